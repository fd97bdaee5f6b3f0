import type { Metrics } from '../services/types';

export interface Bar {
  /** When the bar's time begins. */
  at: string;
  delivered: number;
  failed: number;
  putOff: number;
  p50?: number;
  p95?: number;
}

const hour = 3_600_000;

/** One bar for each hour of the period, those without messages included. */
export function barsOf({ from, to, hours }: Metrics): Bar[] {
  const known = new Map(hours.map(({ hour: at, figures }) => [Date.parse(at), figures]));
  const bars: Bar[] = [];
  for (let at = Math.floor(Date.parse(from) / hour) * hour; at <= Date.parse(to); at += hour) {
    const figures = known.get(at);
    bars.push({
      at: new Date(at).toISOString(),
      delivered: figures?.completed ?? 0,
      failed: figures?.failed ?? 0,
      putOff: figures?.deferrals ?? 0,
      p50: figures?.latency_p50_ms,
      p95: figures?.latency_p95_ms,
    });
  }
  return bars;
}

/** Whether an hour has a time to delivery and none beside it has: no line leads to it. */
export function standsAlone(bars: Bar[], index: number): boolean {
  const [before, here, after] = [bars[index - 1], bars[index], bars[index + 1]];
  return here?.p50 !== undefined && before?.p50 === undefined && after?.p50 === undefined;
}

/** A rate as people read it: never 100 % where something failed. */
export function percent(rate: number | undefined): string {
  if (rate === undefined) {
    return '–';
  }
  return rate === 1 ? '100 %' : `${(Math.floor(rate * 1000) / 10).toFixed(1)} %`;
}
