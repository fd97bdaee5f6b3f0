import { emptyDraft, type Draft } from '../../model/draft';

// What is half written outlives its page, for as long as the tab is open: a look at another page loses nothing.
let kept: Draft = emptyDraft;

export const keptDraft = (): Draft => kept;

export function keepDraft(draft: Draft): void {
  kept = draft;
}
