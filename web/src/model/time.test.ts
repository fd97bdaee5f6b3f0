import { expect, test } from 'vitest';
import { duration, exact, relative } from './time';

const now = Date.parse('2026-11-25T08:00:00Z');

test.each([
  [0, 'just now'],
  [-999, 'just now'],
  [-1_000, '1 s ago'],
  [-59_999, '59 s ago'],
  [-60_000, '1 min ago'],
  [-3_600_000, '1 h ago'],
  [-86_400_000, '1 day ago'],
  [-3 * 86_400_000, '3 days ago'],
  [500, 'now'],
  [30_000, 'in 30 s'],
  [7_200_000, 'in 2 h'],
])('%d ms away reads "%s"', (away, words) => {
  expect(relative(now + away, now)).toBe(words);
});

test.each([
  [48.4, '48 ms'],
  [1_000, '1 s'],
  [1_240, '1.2 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [49 * 3_600_000, '2 d 1 h'],
])('%d ms took "%s"', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('the exact time names its zone', () => {
  expect(exact(now, 'Europe/Berlin')).toMatch(/Wed,? 25 Nov 2026.* 09:00:00 (CET|GMT\+1)/);
});
