import { expect, test } from 'vitest';
import { filterOf, readSearch } from './filter';

test('every filter of the API survives the address', () => {
  const all = {
    status: 'failed',
    stage: 'prod',
    message_type: 'notification',
    created_by: 'user:alice',
    created_after: '2026-11-25T00:00:00.000Z',
    created_before: '2026-11-26T00:00:00.000Z',
    job: '0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11',
  };
  expect(readSearch(all)).toEqual(all);
  expect(filterOf(readSearch(all))).not.toHaveProperty('job');
});

test('a name that looks like a number stays a name', () => {
  expect(readSearch({ created_by: 7 })).toEqual({ created_by: '7' });
});

test.each([
  { status: 'lost' },
  { status: 7 },
  { message_type: 'telegram' },
  { created_by: ' ' },
  { created_by: 'x'.repeat(257) },
  { stage: {} },
  { created_after: 'yesterday' },
  { job: '../../evil' },
  { unknown: 'x' },
])('what is not allowed counts as absent: %o', (raw) => {
  expect(readSearch(raw)).toEqual({});
});
