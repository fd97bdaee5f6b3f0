import { expect, test } from 'vitest';
import type { Message } from '../services/types';
import { at, attempt, deferredMessage, message, refusedMessage } from '../test/factories/message';
import { edgeKey, edgesAlong, pathOf, workflowEdges, workflowStates } from './workflow';

const known = new Set(workflowEdges.map(({ from, to }) => edgeKey(from, to)));

const expired: Partial<Message> = { status: 'failed', reason: 'expired' };

test.each<[string, Message, string]>([
  ['accepted', message({ status: 'created', attempts: [] }), ''],
  ['in work', message({ status: 'processing', attempts: [] }), 'MarkProcessing'],
  ['delivered', message(), 'Done'],
  ['waiting after an attempt', deferredMessage(), 'Deferred'],
  ['waiting for the circuit', deferredMessage({ reason: 'circuit_open', attempts: [] }), 'Deferred'],
  ['refused', refusedMessage(), 'DeliveryFailed'],
  ['expired after an attempt', message({ ...expired, attempts: [attempt()] }), 'DeliveryExpired'],
  ['expired behind the circuit', message({ ...expired, attempts: [] }), 'DeliveryExpired'],
  ['expired outside any execution', message({ ...expired, finished_at: at(0) }), ''],
  ['expired before any execution', message({ ...expired, attempts: [], started_at: undefined }), ''],
  ['expired in the queue', message({ ...expired, attempts: [], deadline: at(-3600) }), 'DeliveryExpired'],
  ['a fault', message({ status: 'failed', reason: 'pipeline_fault', attempts: [] }), 'PipelineFault'],
])('the path of a message that is %s is one that the state machine has', (_, record, end) => {
  const path = pathOf(record);
  expect(path.states.at(-1) ?? '').toBe(end);
  expect([...edgesAlong(path)].filter((edge) => !known.has(edge))).toEqual([]);
});

test('an attempt of an earlier execution is no request of the newest one', () => {
  const waiting = deferredMessage({ reason: 'rate_limited', started_at: at(0), attempts: [attempt({ at: at(-60) })] });
  expect(pathOf(waiting).states).not.toContain('SendNtfy');
});

test('what the record does not tell of a path is said, and nothing where it tells all', () => {
  const unknown = (record: Message) => pathOf(record).unknown;
  expect(unknown(message({ status: 'processing', attempts: [] }))).toBe(
    'How far it has come is written down when it ends.',
  );
  expect(unknown(message({ status: 'failed', reason: 'pipeline_fault' }))).toMatch(/^The steps between/);
  const certain = [message(), deferredMessage(), refusedMessage(), message(expired), message({ status: 'created' })];
  expect(certain.map(unknown)).toEqual(certain.map(() => undefined));
});

test('a message in work that was sent already shows that it was', () => {
  const failed = attempt({ outcome: 'unavailable', status: 503 });
  expect(pathOf(message({ status: 'processing', attempts: [failed] })).states.at(-1)).toBe('SendNtfy');
});

test('a wait that only ntfy’s answer can cause passed through SendNtfy, whatever the clocks say', () => {
  const early = { started_at: at(0), attempts: [attempt({ at: at(-1) })] };
  expect(pathOf(deferredMessage(early)).states).toContain('SendNtfy');
  expect(pathOf(deferredMessage({ ...early, reason: 'circuit_open' })).states).not.toContain('SendNtfy');
});

test('every state of the committed workflow is drawn, and explained', () => {
  expect(workflowStates.length).toBeGreaterThan(15);
  expect(workflowStates.filter(({ comment }) => comment === '')).toEqual([]);
});

test('one edge leads from a state to another, however many rules do', () => {
  expect(known.size).toBe(workflowEdges.length);
});
