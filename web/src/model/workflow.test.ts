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
  ['expired in the queue', message({ ...expired, attempts: [], deadline: at(-3600) }), 'DeliveryExpired'],
  ['a fault', message({ status: 'failed', reason: 'pipeline_fault', attempts: [] }), 'PipelineFault'],
])('the path of a message that is %s is one that the state machine has', (_, record, end) => {
  const path = pathOf(record);
  expect(path.states.at(-1) ?? '').toBe(end);
  expect([...edgesAlong(path)].filter((edge) => !known.has(edge))).toEqual([]);
});

test('an attempt of an earlier execution is no request of the newest one', () => {
  const waiting = deferredMessage({ started_at: at(0), attempts: [attempt({ at: at(-60) })] });
  expect(pathOf(waiting).states).not.toContain('SendNtfy');
});

test('every state of the committed workflow is drawn, and explained', () => {
  expect(workflowStates.length).toBeGreaterThan(15);
  expect(workflowStates.filter(({ comment }) => comment === '')).toEqual([]);
});

test('one edge leads from a state to another, however many rules do', () => {
  expect(known.size).toBe(workflowEdges.length);
});
