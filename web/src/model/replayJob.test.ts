import { expect, test } from 'vitest';
import type { ReplayJob } from '../services/types';
import { replayJob } from '../test/factories/operations';
import { jobProgress, jobShare } from './replayJob';

test.each<[Partial<ReplayJob>, number | undefined, string]>([
  [{ total: 200, matched: 50, replayed: 50, skipped: 0 }, 25, '50 of 200 messages replayed'],
  [{ total: undefined, matched: 52, replayed: 50, skipped: 0 }, undefined, '50 of 52 messages found so far replayed'],
  [{ total: 3, matched: 4, replayed: 4, skipped: 0 }, 100, '4 of 4 messages replayed'],
  [{ state: 'done', total: 5, matched: 4, replayed: 4, skipped: 0 }, 100, '4 of 4 messages replayed'],
  [
    { state: 'cancelled', total: 4, matched: 2, replayed: 1, skipped: 1, detail: 'cancelled by user:olivia' },
    50,
    '1 of 4 messages replayed · 1 skipped because they had changed meanwhile · cancelled by user:olivia',
  ],
])('%o', (job, share, words) => {
  expect(jobShare(replayJob(job))).toBe(share);
  expect(jobProgress(replayJob(job))).toBe(words);
});
