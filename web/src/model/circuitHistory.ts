import type { CircuitChange } from '../services/types';
import { duration } from './time';
import type { Tone } from './timeline';
import { counted } from './words';

export interface CircuitEvent {
  at: string;
  title: string;
  detail?: string;
  tone: Tone;
  /** Who did it, where that is a person or a program. */
  by?: string;
  /** The message whose execution did it. */
  messageId?: string;
}

const titles: Record<CircuitChange['reason'], string> = {
  unavailable: 'Opened: ntfy did not answer',
  unauthorized: 'Opened: ntfy refuses our token',
  misconfigured: 'Opened: what answers is not ntfy',
  forced: 'Opened by an operator',
  answered: 'Closed: ntfy answered the probe',
  reset: 'Closed by an operator',
};

const means: Partial<Record<CircuitChange['reason'], string>> = {
  unavailable: 'Still open: ntfy did not answer the probe',
  unauthorized: 'Still open: ntfy refuses our token',
  misconfigured: 'Still open: what answers is not ntfy',
  forced: 'Held open by an operator',
};

/** A circuit's changes, newest first, in words: how long it was open stands beside each time that it closed. */
export const circuitEvents = (history: readonly CircuitChange[]): CircuitEvent[] =>
  history.map((change, i) => {
    const stayed = change.from !== 'closed' && change.to !== 'closed';
    return {
      at: change.at,
      title: (stayed ? means[change.reason] : undefined) ?? titles[change.reason],
      detail: [openFor(change, history.slice(i + 1)), failedProbes(change)].filter(Boolean).join(' · ') || undefined,
      tone: change.to === 'closed' ? 'good' : 'bad',
      ...who(change.by),
    };
  });

// An execution is named after its message: q-<id>-<generation>-…
function who(by: string): Pick<CircuitEvent, 'by' | 'messageId'> {
  const messageId = /^q-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/.exec(by)?.[1];
  return messageId ? { messageId } : { by: by || undefined };
}

const failedProbes = ({ failed_probes = 0 }: CircuitChange) =>
  failed_probes > 0 && `after ${counted(failed_probes, 'failed probe')}`;

function openFor({ at, to }: CircuitChange, older: readonly CircuitChange[]): string | false {
  const opened = older.find(({ from }) => from === 'closed');
  return to === 'closed' && opened !== undefined && `open for ${duration(Date.parse(at) - Date.parse(opened.at))}`;
}
