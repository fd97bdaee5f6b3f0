import { expect, test } from 'vitest';
import { beginning, expressionOf, incomplete, whenOf, type When } from './when';

const pairs: [When, string][] = [
  [{ kind: 'once', at: '2027-01-31T09:00' }, 'at(2027-01-31T09:00:00)'],
  [{ kind: 'every', count: 1, unit: 'minute' }, 'rate(1 minute)'],
  [{ kind: 'every', count: 3, unit: 'hour' }, 'rate(3 hours)'],
  [{ kind: 'daily', time: '02:30' }, 'cron(30 2 * * ? *)'],
  [{ kind: 'weekly', days: [2, 3, 4, 5, 6], time: '09:00' }, 'cron(0 9 ? * 2,3,4,5,6 *)'],
  [{ kind: 'weekly', days: [1], time: '09:00' }, 'cron(0 9 ? * 1 *)'],
  [{ kind: 'monthly', day: 'L', time: '09:00' }, 'cron(0 9 L * ? *)'],
  [{ kind: 'expression', expression: 'cron(0 9 ? * 2#1 *)' }, 'cron(0 9 ? * 2#1 *)'],
];

test.each(pairs)('%o becomes %s, and back', (when, expression) => {
  expect(expressionOf(when)).toBe(expression);
  expect(whenOf(expression)).toEqual(when);
});

test('Sunday is 1 and the days are in order, as AWS counts them', () => {
  expect(expressionOf({ kind: 'weekly', days: [2, 1], time: '09:00' })).toBe('cron(0 9 ? * 1,2 *)');
});

test.each([
  'cron(0 9 ? * MON *)',
  'cron(*/5 * * * ? *)',
  'cron(0 9 1 1 ? 2030)',
  'at(2027-01-31T09:00:30)',
  'anything',
])('what is more than the choices stays as it is: %s', (expression) => {
  expect(expressionOf(whenOf(expression))).toBe(expression);
});

test('a choice that changes its kind keeps its time, and can become an expression', () => {
  expect(beginning('weekly', { kind: 'daily', time: '02:30' })).toMatchObject({ time: '02:30' });
  expect(beginning('expression', { kind: 'daily', time: '02:30' })).toEqual({
    kind: 'expression',
    expression: 'cron(30 2 * * ? *)',
  });
});

test.each<[When, string | undefined]>([
  [{ kind: 'once', at: '' }, 'Choose a day and a time'],
  [{ kind: 'every', count: 0, unit: 'day' }, 'A whole number from 1'],
  [{ kind: 'weekly', days: [], time: '09:00' }, 'Choose at least one day'],
  [{ kind: 'daily', time: '' }, 'Choose a time'],
  [{ kind: 'expression', expression: ' ' }, 'Write an expression'],
  [{ kind: 'daily', time: '09:00' }, undefined],
])('%o lacks: %s', (when, words) => {
  expect(incomplete(when)).toBe(words);
});
