import type { Circuit } from '../services/types';
import { faultsOf, receiver, receiverFirst } from './receiver';
import type { Tone } from './timeline';

interface Words {
  title: string;
  means: string;
  tone: Tone;
}

const causes: Record<NonNullable<Circuit['cause']>, (channel: string) => string> = {
  unavailable: (channel) =>
    `${receiverFirst(channel)} did not answer, or answered with faults of its own. It is probed by itself.`,
  unauthorized: (channel) => {
    const { refuses, remedy } = faultsOf(channel);
    return `${receiverFirst(channel)} refuses ${refuses}. ${remedy}; the next probe closes the circuit.`;
  },
  misconfigured: (channel) => {
    const { elsewhere, correction } = faultsOf(channel);
    return `${elsewhere}. ${correction}; the next probe closes the circuit.`;
  },
  forced: () => 'An operator stopped all delivery.',
};

/** Whether a moment is still to come. */
export const isAhead = (at: string | undefined, now = Date.now()): at is string =>
  at !== undefined && Date.parse(at) > now;

/** The circuit's state in words. */
export function circuitWords(circuit: Circuit, now = Date.now()): Words {
  const { channel, state, cause, limited_until, quota_until } = circuit;
  if (state === 'half_open') {
    return {
      title: 'Probing',
      means: `One message tries whether ${receiver(channel)} is back; the others wait.`,
      tone: 'wait',
    };
  }
  if (state === 'open') {
    return {
      title: cause === 'forced' ? 'Open: stopped by an operator' : 'Open',
      means: cause ? causes[cause](channel) : '',
      tone: 'bad',
    };
  }
  if (isAhead(quota_until, now) || isAhead(limited_until, now)) {
    return {
      title: 'Closed, but limited',
      means: `${receiverFirst(channel)} answers, and takes no more than its limit: messages wait for their turn.`,
      tone: 'wait',
    };
  }
  return { title: 'Closed', means: `${receiverFirst(channel)} answers: messages are sent as they come.`, tone: 'good' };
}
