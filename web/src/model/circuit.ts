import type { Circuit } from '../services/types';
import type { Tone } from './timeline';

interface Words {
  title: string;
  means: string;
  tone: Tone;
}

const causes: Record<NonNullable<Circuit['cause']>, string> = {
  unavailable: 'ntfy did not answer, or answered with faults of its own. It is probed by itself.',
  unauthorized: 'ntfy refuses our token. Put a valid one in place; the next probe closes the circuit.',
  misconfigured:
    'What answers at the configured address is not ntfy. Correct NTFY_URL; the next probe closes the circuit.',
  forced: 'An operator stopped all delivery.',
};

/** Whether a moment is still to come. */
export const isAhead = (at: string | undefined, now = Date.now()): at is string =>
  at !== undefined && Date.parse(at) > now;

/** The circuit's state in words. */
export function circuitWords({ state, cause, limited_until, quota_until }: Circuit, now = Date.now()): Words {
  if (state === 'half_open') {
    return { title: 'Probing', means: 'One message tries whether ntfy is back; the others wait.', tone: 'wait' };
  }
  if (state === 'open') {
    return {
      title: cause === 'forced' ? 'Open: stopped by an operator' : 'Open',
      means: cause ? causes[cause] : '',
      tone: 'bad',
    };
  }
  if (isAhead(quota_until, now) || isAhead(limited_until, now)) {
    return {
      title: 'Closed, but limited',
      means: 'ntfy answers, and takes no more than its limit: messages wait for their turn.',
      tone: 'wait',
    };
  }
  return { title: 'Closed', means: 'ntfy answers: messages are sent as they come.', tone: 'good' };
}
