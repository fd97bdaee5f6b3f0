import type { ReplayJob } from '../services/types';
import { counted } from './words';

/** How much of a replay is done, 0 to 100; undefined where nobody knows how much there is. */
export function jobShare({ state, total, matched }: ReplayJob): number | undefined {
  if (state === 'done') {
    return 100;
  }
  return total === undefined ? undefined : Math.min(100, Math.round((100 * matched) / total));
}

/** How far a replay is: of how many where that is known, else of how many that were found so far. */
export function jobProgress({ state, total, matched, replayed, skipped, detail }: ReplayJob): string {
  const known = total !== undefined && state !== 'done';
  const all = known ? Math.max(total, matched) : matched;
  const found = state === 'done' || known ? '' : ' found so far';
  return [
    `${replayed.toLocaleString('en')} of ${counted(all, 'message')}${found} replayed`,
    skipped > 0 && `${skipped.toLocaleString('en')} skipped because they had changed meanwhile`,
    detail,
  ]
    .filter(Boolean)
    .join(' · ');
}
