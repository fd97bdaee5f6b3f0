import type { Attempt, Message, Notification, Summary } from '../../services/types';

let counter = 0;

/** An id of its own, in the form of the API's. */
export function nextId(): string {
  counter += 1;
  return `0198c1f2-6f0a-7c3e-9d55-${counter.toString(16).padStart(12, '0')}`;
}

/** The moment at which the factories' world stands. */
export const worldTime = Date.parse('2026-11-25T08:00:00.000Z');

/** A time so many seconds from the world's, as the API writes it. */
export const at = (seconds: number): string => new Date(worldTime + seconds * 1000).toISOString();

export function summary(over: Partial<Summary> = {}): Summary {
  const created = over.created_at ?? at(-60);
  return {
    id: nextId(),
    status: 'completed',
    title: 'Backup',
    stage: 'local',
    message_type: 'notification',
    channel: 'ntfy',
    created_by: 'user:olivia',
    created_at: created,
    updated_at: created,
    generation: 1,
    attempt_count: over.status === 'created' ? 0 : 1,
    deadline: at(86_400),
    ...over,
  };
}

export function attempt(over: Partial<Attempt> = {}): Attempt {
  return { at: at(-59.9), outcome: 'delivered', status: 200, latency_ms: 48, ntfy_id: 'JSRS2HKTXBRR', ...over };
}

export function message(over: Partial<Message> = {}): Message {
  const payload: Notification = over.payload ?? {
    title: 'Backup',
    message: '12 tables, 48 MB',
    tags: ['white_check_mark'],
    priority: 3,
  };
  const base = summary({ title: payload.title ?? payload.message, ...over });
  return {
    ...base,
    payload,
    attempts: [attempt()],
    acts: [],
    started_at: at(-59.95),
    finished_at: at(-59.8),
    execution_arn: `arn:aws:states:eu-central-1:123456789012:express:rez-agent-deliver-local:q-${base.id}-1-0-1:6f2c`,
    trace_id: '1-67458a3c-2f1e0a6d5b7c8d9e0f1a2b3c',
    deferrals: 0,
    expires_at: at(90 * 86_400),
    links: {
      self: `/api/messages/${base.id}`,
      execution:
        'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/express-executions/details/x',
      logs: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:logs-insights',
      trace: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/1-6745',
    },
    ...over,
  };
}

/** A message that waits because ntfy did not answer. */
export const deferredMessage = (over: Partial<Message> = {}): Message =>
  message({
    status: 'deferred',
    reason: 'unavailable',
    detail: 'ntfy answered 503 after 12 ms',
    attempts: [attempt({ outcome: 'unavailable', status: 503, ntfy_id: undefined, detail: 'ntfy answered 503' })],
    deferrals: 1,
    next_attempt_at: at(25),
    finished_at: undefined,
    ...over,
  });

/** A message that ntfy refused for good. */
export const refusedMessage = (over: Partial<Message> = {}): Message =>
  message({
    status: 'failed',
    reason: 'refused',
    detail: 'ntfy answered 400 (40021): icon URL is not valid',
    attempts: [
      attempt({
        outcome: 'rejected',
        status: 400,
        code: 40021,
        ntfy_id: undefined,
        detail: 'ntfy answered 400 (40021): icon URL is not valid',
      }),
    ],
    ...over,
  });
