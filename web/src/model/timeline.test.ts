import { expect, test } from 'vitest';
import { at, attempt, deferredMessage, message, refusedMessage } from '../test/factories/message';
import { timelineOf } from './timeline';

const titles = (of: Parameters<typeof timelineOf>[0]) => timelineOf(of).map(({ title }) => title);

test('a delivery that went well', () => {
  expect(titles(message())).toEqual(['Accepted', 'Newest execution started', 'Attempt: Delivered', 'Delivered']);
  expect(timelineOf(message()).at(-1)?.detail).toBe('200 ms after it was accepted');
});

test('each attempt says its status, its latency and what it meant', () => {
  const refused = timelineOf(refusedMessage()).find(({ title }) => title === 'Attempt: Refused');
  expect(refused?.detail).toBe('HTTP 400, ntfy 40021 after 48 ms · ntfy answered 400 (40021): icon URL is not valid');
});

test('an attempt without an answer says so', () => {
  const lost = message({ attempts: [attempt({ outcome: 'unavailable', status: undefined, latency_ms: 5000 })] });
  expect(timelineOf(lost).some(({ detail }) => detail === 'no answer after 5 s')).toBe(true);
});

test('what waits names what comes next, and until when', () => {
  expect(titles(deferredMessage()).slice(-2)).toEqual(['Next attempt', 'Given up, if it still waits then']);
});

test('a replay stands where it happened, between the attempts', () => {
  const replayed = message({
    attempts: [attempt({ at: at(-50), outcome: 'rejected', status: 400 }), attempt({ at: at(-10) })],
    acts: [{ at: at(-20), by: 'user:bob', what: 'replayed', generation: 2 }],
    generation: 2,
    started_at: at(-11),
    finished_at: at(-9),
  });
  expect(titles(replayed)).toEqual([
    'Accepted',
    'Attempt: Refused',
    'Replayed',
    'Newest execution started',
    'Attempt: Delivered',
    'Delivered',
  ]);
});
