import { expect, test } from 'vitest';
import type { CircuitChange } from '../services/types';
import { at } from '../test/factories/message';
import { circuitEvents } from './circuitHistory';

const id = '0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11';
const opened: CircuitChange = {
  at: at(-200),
  from: 'closed',
  to: 'open',
  reason: 'unavailable',
  by: `q-${id}-1`,
};

test('an outage reads: opened by which message, closed after how long and how many probes', () => {
  const closed: CircuitChange = {
    at: at(0),
    from: 'half_open',
    to: 'closed',
    reason: 'answered',
    failed_probes: 2,
    by: `q-${id}-1`,
  };
  expect(circuitEvents({ channel: 'ntfy', history: [closed, opened] })).toEqual([
    {
      at: at(0),
      title: 'Closed: ntfy answered the probe',
      detail: 'open for 3 min 20 s · after 2 failed probes',
      tone: 'good',
      messageId: id,
    },
    { at: at(-200), title: 'Opened: ntfy did not answer', detail: undefined, tone: 'bad', messageId: id },
  ]);
});

test('what an operator did names the person, and a cause that changed meanwhile is no second opening', () => {
  const forced: CircuitChange = { at: at(-100), from: 'open', to: 'open', reason: 'forced', by: 'user:olivia' };
  const reset: CircuitChange = { at: at(-80), from: 'open', to: 'closed', reason: 'reset', by: 'user:olivia' };
  const events = circuitEvents({ channel: 'ntfy', history: [reset, forced, opened] });
  expect(events.map(({ title, by }) => [title, by])).toEqual([
    ['Closed by an operator', 'user:olivia'],
    ['Held open by an operator', 'user:olivia'],
    ['Opened: ntfy did not answer', undefined],
  ]);
  expect(events[0]?.detail).toBe('open for 2 min');
});

test('how long it was open is not made up where its opening is forgotten', () => {
  const closed: CircuitChange = {
    at: at(0),
    from: 'half_open',
    to: 'closed',
    reason: 'answered',
    by: 'a-name-by-hand',
  };
  expect(circuitEvents({ channel: 'ntfy', history: [closed] })).toMatchObject([
    { detail: undefined, by: 'a-name-by-hand' },
  ]);
});
