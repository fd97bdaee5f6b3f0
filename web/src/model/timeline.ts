import type { Attempt, Message } from '../services/types';
import { duration } from './time';
import { actLabel, outcomeLabel, reasonWords } from './words';

export type Tone = 'neutral' | 'good' | 'wait' | 'bad' | 'now';

export interface TimelineEvent {
  /** When it was, or will be. */
  at: string;
  title: string;
  detail?: string;
  tone: Tone;
  /** Whether it is still to come. */
  ahead?: boolean;
}

/** What happened to a message, oldest first, and what comes next. */
export function timelineOf(message: Message): TimelineEvent[] {
  const past: TimelineEvent[] = [
    { at: message.created_at, title: 'Accepted', detail: `by ${message.created_by}`, tone: 'neutral' },
    ...message.attempts.map(attemptEvent),
    ...message.acts.map((act): TimelineEvent => ({
      at: act.at,
      title: actLabel(act.what),
      detail: `by ${act.by}`,
      tone: 'neutral',
    })),
    ...startEvent(message),
    ...endEvent(message),
  ];
  past.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [...past, ...nextEvents(message)];
}

function attemptEvent(attempt: Attempt): TimelineEvent {
  const status = attempt.status ? `HTTP ${attempt.status}` : 'no answer';
  const code = attempt.code ? `, ntfy ${attempt.code}` : '';
  return {
    at: attempt.at,
    title: `Attempt: ${outcomeLabel(attempt.outcome)}`,
    detail: [`${status}${code} after ${duration(attempt.latency_ms)}`, attempt.detail].filter(Boolean).join(' · '),
    tone: attemptTone(attempt.outcome),
  };
}

function attemptTone(outcome: string): Tone {
  return outcome === 'delivered' ? 'good' : outcome === 'rejected' ? 'bad' : 'wait';
}

function startEvent({ started_at, generation, deferrals }: Message): TimelineEvent[] {
  if (!started_at) {
    return [];
  }
  const which = deferrals > 0 ? `try ${deferrals + 1}` : generation > 1 ? `replay ${generation - 1}` : undefined;
  return [{ at: started_at, title: 'Newest execution started', detail: which, tone: 'neutral' }];
}

function endEvent(message: Message): TimelineEvent[] {
  if (!message.finished_at) {
    return [];
  }
  if (message.status === 'completed') {
    const took = Date.parse(message.finished_at) - Date.parse(message.created_at);
    const since = message.generation === 1 ? `${duration(took)} after it was accepted` : undefined;
    return [{ at: message.finished_at, title: 'Delivered', detail: since, tone: 'good' }];
  }
  if (message.status !== 'failed') {
    return [];
  }
  const reason = message.reason ? reasonWords[message.reason].label : undefined;
  return [
    { at: message.finished_at, title: reason ? `Failed: ${reason}` : 'Failed', detail: message.detail, tone: 'bad' },
  ];
}

function nextEvents(message: Message): TimelineEvent[] {
  if (message.status === 'deferred' && message.next_attempt_at) {
    return [
      { at: message.next_attempt_at, title: 'Next attempt', tone: 'wait', ahead: true },
      { at: message.deadline, title: 'Given up, if it still waits then', tone: 'neutral', ahead: true },
    ];
  }
  if (message.status === 'processing' && message.lease_until) {
    return [
      { at: message.lease_until, title: 'At the latest then another execution may take it', tone: 'now', ahead: true },
    ];
  }
  return [];
}
