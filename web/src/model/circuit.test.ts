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

test.each([
  ['unavailable', /^The webhook’s receiver did not answer/],
  ['unauthorized', /^The webhook’s receiver refuses our signature\. Put the secret in place/],
  ['misconfigured', /WEBHOOK_URL/],
] as const)('of a webhook that is %s it is said whose fault it is', (cause, means) => {
  expect(circuitWords(circuit({ channel: 'webhook', state: 'open', cause }), worldTime).means).toMatch(means);
});
