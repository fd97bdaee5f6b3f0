import { SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LinkAnchor } from '../../components/links';
import { PageHead } from '../../components/PageHead';
import { Section } from '../../components/Section';
import { SummaryLine } from '../../components/SummaryLine';
import { Time } from '../../components/Time';
import { percent } from '../../model/hours';
import { duration } from '../../model/time';
import { typeLabel } from '../../model/words';
import { metricsQuery, periods } from '../../services/metrics';
import type { Metrics, Period } from '../../services/types';
import { Cards, States } from './Cards';

// Drawn when needed: the charts' libraries are as large as everything else.
const Charts = lazy(() => import('./Charts'));

const route = getRouteApi('/shell/');

const periodWords: Record<Period, string> = { '1h': 'Last hour', '24h': '24 hours', '7d': '7 days' };

/** The health of the pipeline at a glance. */
export function OverviewPage() {
  const { period = '24h' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: metrics, error, refetch } = useQuery(metricsQuery(period));
  const choice = (
    <SegmentedControl
      aria-label="Period"
      size="sm"
      data={periods.map((value) => ({ value, label: periodWords[value] }))}
      value={period}
      onChange={(value) => void navigate({ search: { period: value }, replace: true })}
    />
  );
  return (
    <>
      <PageHead title="Overview" actions={choice} />
      <Stack gap="md">
        {error && !metrics && <ErrorNotice error={error} retry={() => void refetch()} />}
        <Cards metrics={metrics} />
        <States />
        <Suspense fallback={<Skeleton height={310} />}>
          {metrics ? <Charts metrics={metrics} /> : <Skeleton height={310} />}
        </Suspense>
        {metrics && <Failures metrics={metrics} />}
        {metrics && metrics.groups.length > 0 && <Groups metrics={metrics} />}
      </Stack>
    </>
  );
}

function Failures({ metrics: { latest_failures } }: { metrics: Metrics }) {
  return (
    <Section
      title="Latest failures"
      flush
      actions={
        <LinkAnchor to="/messages" search={{ status: 'failed' }} size="sm">
          All failed messages
        </LinkAnchor>
      }
    >
      {latest_failures.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          None. A message that fails appears here with its reason.
        </Text>
      ) : (
        <table className="rows still">
          <colgroup>
            <col />
            <col style={{ width: 120 }} />
          </colgroup>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">Message</th>
              <th scope="col">Accepted</th>
            </tr>
          </thead>
          <tbody>
            {latest_failures.map((message) => (
              <tr key={message.id}>
                <td>
                  <SummaryLine message={message} />
                </td>
                <td>
                  <Time at={message.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Groups({ metrics: { groups } }: { metrics: Metrics }) {
  return (
    <Section title="By stage and type" flush>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="By stage and type">
        <table className="rows still" style={{ minWidth: 640 }}>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">Type</th>
              <th scope="col">Delivered</th>
              <th scope="col">Failed</th>
              <th scope="col">Success</th>
              <th scope="col">p95</th>
            </tr>
          </thead>
          <tbody>
            {groups.map(({ stage, message_type, figures }) => (
              <tr key={`${stage} ${message_type}`}>
                <td>{stage}</td>
                <td>{typeLabel(message_type)}</td>
                <td className="numeric">{figures.completed.toLocaleString('en')}</td>
                <td className="numeric">{figures.failed.toLocaleString('en')}</td>
                <td className="numeric">{percent(figures.success_rate)}</td>
                <td className="numeric">
                  {figures.latency_p95_ms === undefined ? '–' : `≤ ${duration(figures.latency_p95_ms)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
