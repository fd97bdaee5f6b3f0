import machine from '../../../statemachine/testdata/deliver.asl.json';
import type { Message } from '../services/types';

// The graph is the committed state machine itself; the path is what the record says of the newest execution. The record
// does not hold every step (the execution's history in the console does), so of a fault only its two ends are known.

interface Rule {
  Next: string;
  Comment?: string;
  StringEquals?: string;
  ErrorEquals?: string[];
}

interface AslState {
  Type: string;
  Comment?: string;
  Next?: string;
  Default?: string;
  Choices?: Rule[];
  Catch?: Rule[];
}

export interface WorkflowState {
  name: string;
  type: 'Task' | 'Choice' | 'Succeed' | 'Fail';
  comment: string;
}

export interface WorkflowEdge {
  from: string;
  to: string;
  label: string;
  /** An error leads here, not an outcome. */
  caught: boolean;
}

const states = machine.States as Record<string, AslState>;

/** The states in the order in which they are written. */
export const workflowStates: readonly WorkflowState[] = Object.entries(states).map(([name, state]) => ({
  name,
  type: state.Type as WorkflowState['type'],
  comment: state.Comment ?? '',
}));

/** The ways between the states, at most one each. */
export const workflowEdges: readonly WorkflowEdge[] = Object.entries(states).flatMap(([from, state]) =>
  edgesOf(from, state),
);

function edgesOf(from: string, state: AslState): WorkflowEdge[] {
  const edges = new Map<string, WorkflowEdge>();
  const add = (to: string | undefined, label: string, caught = false) => {
    if (to === undefined) {
      return;
    }
    const known = edges.get(to);
    edges.set(to, {
      from,
      to,
      caught,
      label: known?.label && label ? `${known.label}, ${label}` : (known?.label ?? label),
    });
  };
  add(state.Next, '');
  state.Choices?.forEach((rule) => add(rule.Next, rule.StringEquals ?? rule.Comment ?? ''));
  add(state.Default, 'otherwise');
  state.Catch?.forEach((rule) => add(rule.Next, caughtLabel(rule.ErrorEquals ?? []), true));
  return [...edges.values()];
}

function caughtLabel(errors: string[]): string {
  if (errors.includes('States.ALL')) {
    return 'fault';
  }
  return errors.length > 1 ? 'not now' : errors.join('');
}

export interface Path {
  /** The states that the newest execution went through, in order. */
  states: string[];
  /** The path in a sentence. */
  words: string;
  /** What of the path the record does not tell; absent where it is certain. */
  unknown?: string;
}

const toSend = ['MarkProcessing', 'MayDeliver?', 'CheckCircuit', 'CircuitAllows?', 'SendNtfy'];
const toCircuit = toSend.slice(0, -1);

/** The path that a message's newest execution took, as far as the record tells. */
export function pathOf(message: Message): Path {
  switch (message.status) {
    case 'created':
      return whole([], 'No execution has begun: the message is on its way through the queue.');
    case 'processing':
      return {
        states: sent(message) ? toSend : ['MarkProcessing'],
        words: sent(message)
          ? 'An execution holds the message now, and has asked ntfy already.'
          : 'An execution holds the message now.',
        unknown: 'How far it has come is written down when it ends.',
      };
    case 'completed':
      return whole([...toSend, 'Delivered?', 'MarkCompleted', 'Done'], 'ntfy took the message.');
    case 'deferred':
      return whole(
        [...reached(message), 'MarkDeferred', 'StillTime?', 'Deferred'],
        'The message waits and comes again by itself.',
      );
    case 'failed':
      return failedPath(message);
  }
}

function failedPath(message: Message): Path {
  if (message.reason === 'refused') {
    return whole([...toSend, 'MarkFailed', 'WhyFailed?', 'DeliveryFailed'], 'ntfy refused the message for good.');
  }
  if (message.reason === 'expired' && endedOutside(message)) {
    return whole([], 'No execution ended it: the sweeper found that its deadline had passed while it waited.');
  }
  if (message.reason === 'expired') {
    return whole(
      [...expiredPath(message), 'MarkFailed', 'WhyFailed?', 'DeliveryExpired'],
      'Its deadline passed while it waited.',
    );
  }
  const known = ['MarkProcessing', 'KnowsMessage?', 'ReleaseLease', 'PipelineFault'];
  return {
    states: known,
    words: 'Something of ours broke.',
    unknown: 'The steps between are not on the record: the execution’s history tells where it broke.',
  };
}

// An execution ends within its timeout; whoever ended the message later than that was none.
function endedOutside({ started_at, finished_at }: Message): boolean {
  const took = Date.parse(finished_at ?? '') - Date.parse(started_at ?? '');
  return Number.isNaN(took) || took > machine.TimeoutSeconds * 1_000;
}

function expiredPath(message: Message): string[] {
  if (sent(message)) {
    return [...toSend, 'MarkDeferred', 'StillTime?'];
  }
  const late = message.started_at !== undefined && message.started_at >= message.deadline;
  return late ? ['MarkProcessing', 'MayDeliver?'] : toCircuit;
}

const reached = (message: Message) => (sent(message) ? toSend : toCircuit);

// Whether the newest execution came as far as a request to ntfy: some waits only follow from its answer, of the others
// the time of the last attempt tells.
function sent({ status, reason, started_at, attempts }: Message): boolean {
  if (status === 'deferred' && reason !== 'circuit_open' && reason !== 'rate_limited') {
    return true;
  }
  const last = attempts.at(-1);
  return last !== undefined && (started_at === undefined || last.at >= started_at);
}

const whole = (taken: string[], words: string): Path => ({ states: taken, words });

/** The keys of the edges that a path went along. */
export function edgesAlong({ states: taken }: Path): ReadonlySet<string> {
  return new Set(taken.slice(1).map((to, i) => edgeKey(taken[i] ?? '', to)));
}

export const edgeKey = (from: string, to: string): string => `${from}→${to}`;
