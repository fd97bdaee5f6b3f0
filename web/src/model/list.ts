import type { MessagePage, Summary } from '../services/types';

// The list under the pointer: rows that are shown stay where they are until the person asks for what is new. A poll
// changes what a row says, never where it is; new messages wait beside the list, and a row that no longer matches the
// filter stays, marked as such.

export interface List {
  rows: readonly Summary[];
  /** Messages that match and are not shown, newest first. */
  waiting: readonly Summary[];
  /** Rows that no longer match the filter. */
  left: ReadonlySet<string>;
  /** More is new than one page holds: bringing it in begins the list anew. */
  gap: boolean;
  /** The cursors of the older pages that were loaded, in their order. */
  cursors: readonly string[];
  /** The cursor of what is older still. */
  next?: string;
  /** How far back was looked, where there is more. */
  searchedTo?: string;
  /** The newest page as last polled: what the list begins with after a gap. */
  head: MessagePage;
}

/** The list that begins with the newest page. */
export function listOf(page: MessagePage): List {
  return {
    rows: page.items,
    waiting: [],
    left: new Set(),
    gap: false,
    cursors: [],
    next: page.next,
    searchedTo: page.searched_to,
    head: page,
  };
}

/** The list after a poll of its newest page. */
export function polledHead(list: List, page: MessagePage): List {
  const lower = page.next === undefined ? '' : (page.searched_to ?? page.items.at(-1)?.created_at ?? '');
  const polled = merged(list, page.items, (row) => row.created_at > lower);
  const known = page.items.some((item) => list.rows.some((row) => row.id === item.id));
  const gap = list.rows.length > 0 && page.items.length > 0 && page.next !== undefined && !known;
  return polled === list && list.head === page ? list : { ...polled, head: page, gap };
}

/** The list after a poll of one of its older pages; what is newer than the page's first message is not its matter. */
export function polledOlder(list: List, page: MessagePage): List {
  const [upper, lower] = [page.items[0]?.created_at ?? '', page.items.at(-1)?.created_at ?? ''];
  return merged(list, page.items, (row) => row.created_at < upper && row.created_at > lower);
}

// covered says of which rows the polled items are all that match.
function merged(list: List, items: readonly Summary[], covered: (row: Summary) => boolean): List {
  const fresh = new Map(items.map((item) => [item.id, item]));
  const rows = updated(list.rows, fresh);
  const left = new Set(
    list.rows
      .filter((row) => !fresh.has(row.id))
      .filter((row) => covered(row) || list.left.has(row.id))
      .map(({ id }) => id),
  );
  const waiting = waitingOf(list, items, covered);
  if (rows === list.rows && equalSets(left, list.left) && waiting === list.waiting) {
    return list;
  }
  return { ...list, rows, left, waiting };
}

function updated(rows: readonly Summary[], fresh: ReadonlyMap<string, Summary>): readonly Summary[] {
  const next = rows.map((row) => {
    const now = fresh.get(row.id);
    return !now || now.updated_at < row.updated_at || same(now, row) ? row : now;
  });
  return next.some((row, i) => row !== rows[i]) ? next : rows;
}

function waitingOf(list: List, items: readonly Summary[], covered: (row: Summary) => boolean): readonly Summary[] {
  const shown = new Set(list.rows.map(({ id }) => id));
  const polled = new Set(items.map(({ id }) => id));
  const oldest = list.rows.at(-1);
  // What is older than the list's end comes with “older”.
  const inReach = (item: Summary) => list.next === undefined || !oldest || item.created_at >= oldest.created_at;
  const next = newestFirst([
    ...items.filter((item) => !shown.has(item.id) && inReach(item)),
    ...list.waiting.filter((item) => !polled.has(item.id) && !covered(item)),
  ]);
  const equal = next.length === list.waiting.length && next.every((item, i) => same(item, list.waiting[i]));
  return equal ? list.waiting : next;
}

/** The list with what is new brought in, and without what no longer matches. */
export function broughtIn(list: List): List {
  if (list.gap) {
    return listOf(list.head);
  }
  const rows = newestFirst([...list.waiting, ...list.rows.filter((row) => !list.left.has(row.id))]);
  return { ...list, rows, waiting: [], left: new Set() };
}

/** The list with one more page of older messages, which the list's cursor gave. */
export function withOlder(list: List, page: MessagePage): List {
  const shown = new Set(list.rows.map(({ id }) => id));
  return {
    ...list,
    rows: [...list.rows, ...page.items.filter((item) => !shown.has(item.id))],
    cursors: list.next === undefined ? list.cursors : [...list.cursors, list.next],
    next: page.next,
    searchedTo: page.searched_to,
  };
}

/** The list with what single messages say now. */
export function withChanged(list: List, changed: readonly Summary[]): List {
  const rows = updated(list.rows, new Map(changed.map((item) => [item.id, item])));
  return rows === list.rows ? list : { ...list, rows };
}

const newestFirst = (items: readonly Summary[]) =>
  items.toSorted((a, b) => compare(b.created_at, a.created_at) || compare(b.id, a.id));

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const same = (a: Summary, b: Summary | undefined) =>
  a === b || (b?.updated_at === a.updated_at && b.status === a.status && b.attempt_count === a.attempt_count);

const equalSets = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  a.size === b.size && [...a].every((id) => b.has(id));
