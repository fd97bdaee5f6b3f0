import { expect, test } from 'vitest';
import { at } from '../test/factories/message';
import { metrics } from '../test/factories/operations';
import { barsOf, percent, standsAlone } from './hours';

test('hours without messages are bars, too', () => {
  const day = metrics();
  const bars = barsOf({ ...day, hours: day.hours.filter((_, i) => i % 2 === 0) });
  expect(bars).toHaveLength(24);
  expect(bars[1]).toMatchObject({ at: at(-22 * 3_600), delivered: 0 });
  expect(bars[1]?.p95).toBeUndefined();
  expect(bars[0]?.delivered).toBe(day.hours[0]?.figures.completed);
});

test('an hour that no line leads to stands alone', () => {
  const bars = [undefined, 1, undefined, 1, 1, undefined, 1].map((p50) => ({
    at: '',
    delivered: 0,
    failed: 0,
    putOff: 0,
    p50,
  }));
  expect(bars.map((_, i) => standsAlone(bars, i))).toEqual([false, true, false, false, false, false, true]);
});

test.each([
  [undefined, '–'],
  [1, '100 %'],
  [0.9999, '99.9 %'],
  [0.5, '50.0 %'],
  [0, '0.0 %'],
])('a rate of %s reads "%s"', (rate, words) => {
  expect(percent(rate)).toBe(words);
});
