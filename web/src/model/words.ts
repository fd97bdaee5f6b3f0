import type { Reason, Status, Summary } from '../services/types';

// What the closed sets of the contract mean, in the words that every page uses.

interface Words {
  label: string;
  means: string;
}

export const statusWords: Record<Status, Words> = {
  created: { label: 'Accepted', means: 'Written down; on its way to the delivery workflow.' },
  processing: { label: 'Sending', means: 'The delivery workflow is working on it now.' },
  deferred: { label: 'Waiting', means: 'Could not be delivered yet; it is tried again by itself.' },
  completed: { label: 'Delivered', means: 'ntfy has taken it.' },
  failed: { label: 'Failed', means: 'It will not be tried again unless somebody replays it.' },
};

interface ReasonWords extends Words {
  /** What helps. */
  todo: string;
}

export const reasonWords: Record<Reason, ReasonWords> = {
  unavailable: {
    label: 'ntfy unavailable',
    means: 'ntfy did not answer, or answered with a fault of its own.',
    todo: 'There is nothing to do: it is tried again until its deadline.',
  },
  rate_limited: {
    label: 'Rate limit',
    means: 'ntfy takes no more messages from us just now.',
    todo: 'There is nothing to do: it waits for its turn.',
  },
  unauthorized: {
    label: 'ntfy refuses our token',
    means: 'ntfy asks for credentials, or does not accept ours.',
    todo: 'Put a valid ntfy token in place; then all that waits is delivered.',
  },
  misconfigured: {
    label: 'ntfy’s address is wrong',
    means: 'What answers at the configured address is not ntfy.',
    todo: 'Correct NTFY_URL; then all that waits is delivered.',
  },
  circuit_open: {
    label: 'Circuit open',
    means: 'Delivery is stopped because ntfy failed repeatedly, or because an operator stopped it.',
    todo: 'See the circuit: it probes by itself, unless it was forced open.',
  },
  refused: {
    label: 'Refused by ntfy',
    means: 'ntfy refuses this very message for good.',
    todo: 'Duplicate it, correct what the detail names, and send it anew.',
  },
  expired: {
    label: 'Expired',
    means: 'Its deadline passed while it waited.',
    todo: 'Replay it if it still matters, here or from the dead letters.',
  },
  pipeline_fault: {
    label: 'Pipeline fault',
    means: 'Something of ours or of AWS broke; ntfy did not.',
    todo: 'The execution and its logs tell more. Redrive it from the dead letters, or replay it.',
  },
};

const outcomeLabels: Record<string, string> = {
  delivered: 'Delivered',
  unavailable: 'ntfy unavailable',
  rate_limited: 'Rate limit',
  unauthorized: 'Token refused',
  misconfigured: 'Not ntfy’s answer',
  rejected: 'Refused',
};

/** What an attempt's outcome meant. */
export const outcomeLabel = (outcome: string): string => outcomeLabels[outcome] ?? outcome;

export const typeLabel = (type: string): string =>
  ({ notification: 'Notification', scheduled_hello: 'Scheduled hello', webhook: 'Webhook event' })[type] ?? type;

/** What a message is called: what it says, or its kind where it shows no text. */
export const headline = ({ title, message_type }: Summary): string => title ?? typeLabel(message_type);

/** What more a line says of a message beside its headline: its kind where that is no plain one, which replay it is, and why it waits or failed. */
export const besideHeadline = ({ title, message_type, generation, reason }: Summary): string =>
  [
    title !== undefined && message_type !== 'notification' && typeLabel(message_type),
    generation > 1 && `replay ${generation - 1}`,
    reason && reasonWords[reason].label,
  ]
    .filter(Boolean)
    .join(' · ');

const actLabels: Record<string, string> = {
  replayed: 'Replayed',
  made_due: 'Made due now',
  redriven: 'Redriven from the dead letters',
};

/** What a person or program did to a message. */
export const actLabel = (what: string): string => actLabels[what] ?? what;

/** A reason in words; one that the contract does not know is shown as it is. */
export const reasonLabel = (reason: string): string =>
  reason in reasonWords ? reasonWords[reason as Reason].label : reason;

const plurals = new Intl.PluralRules('en');

/** "1 message", "12 messages". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${plurals.select(count) === 'one' ? one : many}`;
