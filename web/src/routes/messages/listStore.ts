import type { List } from '../../model/list';

// Lists outlive their page, so that going back finds them as they were: as long, and with the same rows in the same
// places. They are kept by filter, for as long as the tab is open.

interface Kept {
  list: List;
  /** When the list began, in the clock of Date.now. */
  begun: number;
}

const mostLists = 20;
const kept = new Map<string, Kept>();
const listeners = new Set<() => void>();
let wantedAnew = 0;

/** The list of a filter, where there is one. */
export const keptList = (key: string): List | undefined => kept.get(key)?.list;

/** Calls the listener whenever a list changes; gives the way to stop that. */
export function onLists(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Notes that the page was asked for anew, not come back to: what is shown next begins with the newest. */
export function beginAnew(): void {
  wantedAnew = Date.now();
}

/** Takes up the newest page, as of a moment. */
export function takeHead(key: string, asOf: number, begin: () => List, change: (list: List) => List): void {
  const known = kept.get(key);
  if (!known || (known.begun < wantedAnew && asOf >= wantedAnew)) {
    keep(key, { list: begin(), begun: asOf });
    return;
  }
  changeList(key, change);
}

/** Changes a list that is there. */
export function changeList(key: string, change: (list: List) => List): void {
  const known = kept.get(key);
  if (!known) {
    return;
  }
  const list = change(known.list);
  if (list !== known.list) {
    keep(key, { ...known, list });
  }
}

function keep(key: string, list: Kept): void {
  kept.delete(key);
  kept.set(key, list);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostLists) {
      break;
    }
    kept.delete(oldest);
  }
  listeners.forEach((listener) => listener());
}

/** Forgets every list. */
export function forgetLists(): void {
  kept.clear();
  wantedAnew = 0;
  listeners.forEach((listener) => listener());
}
