import type {
  Circuit,
  DeadLetter,
  DeadLetters,
  Figures,
  Metrics,
  ReplayJob,
  Schedule,
  SchedulePreview,
} from '../../services/types';
import { at, nextId, summary } from './message';

export const circuit = (over: Partial<Circuit> = {}): Circuit => ({
  channel: 'ntfy',
  channels: ['ntfy'],
  state: 'closed',
  trips: 0,
  failures: [],
  history: [],
  threshold: 5,
  window_ms: 60_000,
  ...over,
});

export const deadLetter = (over: Partial<DeadLetter> = {}): DeadLetter => ({
  item_id: nextId(),
  message_id: nextId(),
  status: 'failed',
  reason: 'pipeline_fault',
  detail: 'the workflow ended with States.Timeout',
  sent_at: at(-7_200),
  receives: 4,
  redrivable: true,
  ...over,
});

export function deadLetters(over: Partial<DeadLetters> = {}): DeadLetters {
  const failed = summary({
    status: 'failed',
    reason: 'pipeline_fault',
    detail: 'the workflow ended with States.Timeout',
    created_at: at(-7_200),
  });
  const expired = summary({
    status: 'failed',
    reason: 'expired',
    detail: 'waited for ntfy, which answered 503',
    created_at: at(-90_000),
  });
  return {
    depth: 3,
    sample: [
      deadLetter({ message_id: failed.id }),
      deadLetter({
        message_id: expired.id,
        reason: 'expired',
        detail: 'waited for ntfy, which answered 503',
        receives: 1,
      }),
      deadLetter({
        message_id: undefined,
        status: undefined,
        reason: 'not a ticket',
        detail: 'the body is not JSON',
        redrivable: false,
      }),
    ],
    records: [failed, expired],
    ...over,
  };
}

export const schedule = (over: Partial<Schedule> = {}): Schedule => ({
  id: nextId(),
  name: 'Nightly backup reminder',
  expression: 'cron(30 2 * * ? *)',
  timezone: 'Europe/Berlin',
  sentence: 'At 02:30 every day, Europe/Berlin',
  next_runs: [1, 2, 3, 4, 5].map((day) => at(day * 86_400 - 23_400)),
  message_type: 'notification',
  payload: { message: 'Is the backup done?' },
  paused: false,
  created_by: 'user:olivia',
  created_at: at(-86_400),
  ...over,
});

export const preview = (over: Partial<SchedulePreview> = {}): SchedulePreview => ({
  expression: 'cron(0 9 * * ? *)',
  timezone: 'Europe/Berlin',
  sentence: 'At 09:00 every day, Europe/Berlin',
  next_runs: [1, 2, 3, 4, 5].map((day) => at(day * 86_400)),
  warnings: [],
  ...over,
});

const figures = (over: Partial<Figures> = {}): Figures => ({
  accepted: 1_200,
  completed: 1_180,
  failed: 9,
  refused: 4,
  expired: 3,
  faulted: 2,
  replayed: 4,
  deferrals: 31,
  attempts: 1_240,
  success_rate: 0.9924,
  latency_p50_ms: 100,
  latency_p95_ms: 250,
  ...over,
});

/** A day's figures: quiet nights, a bad hour in the afternoon. */
export function metrics(over: Partial<Metrics> = {}): Metrics {
  const hours = Array.from({ length: 24 }, (_, i) => {
    const completed = Math.round(45 + 35 * Math.sin(i / 3.6) + (i % 5) * 3);
    const bad = i === 15;
    return {
      hour: at((i - 23) * 3_600),
      figures: figures({
        accepted: completed + (bad ? 9 : 0),
        completed,
        failed: bad ? 9 : 0,
        deferrals: bad ? 31 : 0,
        latency_p50_ms: bad ? 1_000 : 100,
        latency_p95_ms: bad ? 30_000 : 250 + (i % 4) * 50,
      }),
    };
  });
  return {
    period: '24h',
    from: at(-23 * 3_600),
    to: at(0),
    total: figures(),
    groups: [
      { stage: 'local', message_type: 'notification', figures: figures({ accepted: 1_176, completed: 1_156 }) },
      {
        stage: 'local',
        message_type: 'scheduled_hello',
        figures: figures({
          accepted: 24,
          completed: 24,
          failed: 0,
          refused: 0,
          expired: 0,
          faulted: 0,
          success_rate: 1,
        }),
      },
    ],
    hours,
    waiting: { under_way: { count: 1 }, deferred: { count: 12 } },
    circuit_changes: 2,
    latest_failures: [
      summary({
        status: 'failed',
        reason: 'refused',
        detail: 'ntfy answered 400 (40021): icon URL is not valid',
        created_at: at(-600),
      }),
      summary({
        status: 'failed',
        reason: 'expired',
        detail: 'waited for ntfy, which answered 503',
        created_at: at(-90_000),
      }),
    ],
    ...over,
  };
}

export const replayJob = (over: Partial<ReplayJob> = {}): ReplayJob => ({
  id: nextId(),
  state: 'running',
  filter: { status: 'failed' },
  matched: 128,
  replayed: 50,
  skipped: 2,
  created_by: 'user:olivia',
  created_at: at(-10),
  updated_at: at(-1),
  ...over,
});
