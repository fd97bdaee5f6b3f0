import { expect, test } from 'vitest';
import { circuit } from '../test/factories/operations';
import { at, worldTime } from '../test/factories/message';
import { circuitWords } from './circuit';

test.each([
  [circuit(), 'Closed'],
  [circuit({ state: 'open', cause: 'unavailable' }), 'Open'],
  [circuit({ state: 'open', cause: 'forced' }), 'Open: stopped by an operator'],
  [circuit({ state: 'half_open', cause: 'unavailable' }), 'Probing'],
  [circuit({ limited_until: at(10) }), 'Closed, but limited'],
  [circuit({ quota_until: at(10) }), 'Closed, but limited'],
  [circuit({ limited_until: at(-10) }), 'Closed'],
])('%o reads "%s"', (state, title) => {
  expect(circuitWords(state, worldTime).title).toBe(title);
});
