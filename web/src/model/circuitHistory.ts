import type { Circuit, CircuitChange } from '../services/types';
import { faultsOf, receiver } from './receiver';
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

type Titles = Record<CircuitChange['reason'], string>;

function titles(channel: string): Titles {
  const { refuses, elsewhere } = faultsOf(channel);
  return {
    unavailable: `Opened: ${receiver(channel)} did not answer`,
    unauthorized: `Opened: ${receiver(channel)} refuses ${refuses}`,
    misconfigured: `Opened: ${uncapitalized(elsewhere)}`,
    forced: 'Opened by an operator',
    answered: `Closed: ${receiver(channel)} answered the probe`,
    reset: 'Closed by an operator',
  };
}

/** What is said of a change that leaves it open. */
function means(channel: string): Partial<Titles> {
  const { refuses, elsewhere } = faultsOf(channel);
  return {
    unavailable: `Still open: ${receiver(channel)} did not answer the probe`,
    unauthorized: `Still open: ${receiver(channel)} refuses ${refuses}`,
    misconfigured: `Still open: ${uncapitalized(elsewhere)}`,
    forced: 'Held open by an operator',
  };
}

const uncapitalized = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1);

/** A circuit's changes, newest first, in words: how long it was open stands beside each time that it closed. */
export const circuitEvents = ({ channel, history }: Pick<Circuit, 'channel' | 'history'>): CircuitEvent[] =>
  history.map((change, i) => {
    const stayed = change.from !== 'closed' && change.to !== 'closed';
    return {
      at: change.at,
      title: (stayed ? means(channel)[change.reason] : undefined) ?? titles(channel)[change.reason],
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
