import { AreaChart, BarChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { Section } from '../../components/Section';
import { barsOf, standsAlone } from '../../model/hours';
import { duration } from '../../model/time';
import type { Metrics, Period } from '../../services/types';

/** The period's hours: how many messages, and how long they took. */
export default function Charts({ metrics }: { metrics: Metrics }) {
  const bars = barsOf(metrics).map((bar) => ({ ...bar, time: hourWords(bar.at, metrics.period) }));
  return (
    <div className="charts">
      <Section title="Messages by hour" hint="Delivered and failed, by the hour in which it was">
        <BarChart
          h={230}
          data={bars}
          dataKey="time"
          type="stacked"
          withLegend
          maxBarWidth={36}
          gridAxis="x"
          tickLine="none"
          valueFormatter={(value) => value.toLocaleString('en')}
          yAxisProps={{ allowDecimals: false, width: 44 }}
          xAxisProps={{ minTickGap: 40 }}
          series={[
            { name: 'delivered', label: 'Delivered', color: 'indigo.5' },
            { name: 'failed', label: 'Failed', color: 'red.7' },
          ]}
          aria-label={`${metrics.total.completed} delivered and ${metrics.total.failed} failed by hour`}
        />
      </Section>
      <Section title="Time to delivery" hint="From acceptance to delivery; half and 95 of 100 messages were faster">
        <AreaChart
          h={230}
          data={bars}
          dataKey="time"
          withLegend
          withDots={false}
          areaProps={{
            dot: ({ key, cx, cy, index, stroke }) =>
              standsAlone(bars, index) ? <circle key={key} cx={cx} cy={cy} r={4} fill={stroke} /> : <g key={key} />,
          }}
          connectNulls={false}
          fillOpacity={0.08}
          curveType="monotone"
          gridAxis="x"
          tickLine="none"
          valueFormatter={(took) => duration(took).replaceAll(' ', '\u00a0')} // a tick in one line
          yAxisProps={{ width: 76 }}
          xAxisProps={{ minTickGap: 40 }}
          series={[
            { name: 'p50', label: 'p50', color: 'indigo.5' },
            { name: 'p95', label: 'p95', color: 'orange.7' },
          ]}
          aria-label="Time to delivery by hour"
        />
      </Section>
    </div>
  );
}

function hourWords(at: string, period: Period): string {
  const day = period === '7d' ? { weekday: 'short' as const } : {};
  return new Intl.DateTimeFormat('en-GB', { ...day, hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}
