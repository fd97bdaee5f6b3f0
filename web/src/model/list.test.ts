import { expect, test } from 'vitest';
import type { MessagePage, Summary } from '../services/types';
import { at, summary } from '../test/factories/message';
import { broughtIn, listOf, polledHead, polledOlder, withChanged, withOlder, type List } from './list';

// m5 is newer than m4, and so on.
const message = (n: number, over: Partial<Summary> = {}) =>
  summary({ id: `m${n}`, created_at: at(n), updated_at: at(n), ...over });

const messages = (...numbers: number[]) => numbers.map((n) => message(n));
const page = (items: Summary[], next?: string): MessagePage => ({ items, next });
const ids = (rows: readonly Summary[]) => rows.map(({ id }) => id).join(' ');

test('new messages wait, and the rows stay where they are', () => {
  const list = polledHead(listOf(page(messages(3, 2, 1))), page(messages(5, 4, 3, 2, 1)));
  expect(ids(list.rows)).toBe('m3 m2 m1');
  expect(ids(list.waiting)).toBe('m5 m4');
  const brought = broughtIn(list);
  expect(ids(brought.rows)).toBe('m5 m4 m3 m2 m1');
  expect(brought.waiting).toEqual([]);
});

test('a row that changed says so in its place', () => {
  const changed = message(2, { status: 'failed', updated_at: at(9) });
  const list = polledHead(listOf(page(messages(3, 2, 1))), page([message(3), changed, message(1)]));
  expect(ids(list.rows)).toBe('m3 m2 m1');
  expect(list.rows[1]?.status).toBe('failed');
});

test('an answer that was overtaken changes nothing', () => {
  const list = listOf(page([message(1, { status: 'completed', updated_at: at(9) })]));
  expect(polledHead(list, page([message(1, { status: 'processing', updated_at: at(5) })])).rows[0]?.status).toBe(
    'completed',
  );
});

test('a row that no longer matches stays, marked, until new ones are brought in', () => {
  const list = polledHead(listOf(page(messages(3, 2, 1))), page(messages(3, 1)));
  expect(ids(list.rows)).toBe('m3 m2 m1');
  expect([...list.left]).toEqual(['m2']);
  expect(ids(broughtIn(list).rows)).toBe('m3 m1');
});

test('a row that matches again is no longer marked', () => {
  const once = polledHead(listOf(page(messages(2, 1))), page(messages(1)));
  expect([...polledHead(once, page(messages(2, 1))).left]).toEqual([]);
});

test('what a full page does not reach is not taken for gone', () => {
  const list = polledHead(listOf(page(messages(3, 2, 1))), page(messages(4, 3), 'c'));
  expect([...list.left]).toEqual([]);
});

test('a filter that matches little: rows as far back as was looked are known to be gone', () => {
  const searched: MessagePage = { items: [], next: 'c', searched_to: at(1) };
  expect([...polledHead(listOf(page(messages(3, 2, 1))), searched).left]).toEqual(['m3', 'm2']);
});

test('a message that comes to match inside the list waits, too', () => {
  const list = polledHead(listOf(page(messages(3, 1))), page(messages(3, 2, 1)));
  expect(ids(list.rows)).toBe('m3 m1');
  expect(ids(broughtIn(list).rows)).toBe('m3 m2 m1');
});

test('a waiting message that left the filter meanwhile is not counted', () => {
  const once = polledHead(listOf(page(messages(1))), page(messages(2, 1)));
  expect(polledHead(once, page(messages(1))).waiting).toEqual([]);
});

test('what is older than the list’s end comes with the older page only', () => {
  const list = polledHead(listOf(page(messages(3, 2), 'c')), page(messages(3, 1), 'd'));
  expect(list.waiting).toEqual([]);
});

test('older pages follow, without a row twice', () => {
  const list = withOlder(listOf(page(messages(4, 3), 'c1')), page(messages(3, 2, 1), 'c2'));
  expect(ids(list.rows)).toBe('m4 m3 m2 m1');
  expect(list).toMatchObject({ cursors: ['c1'], next: 'c2' });
});

test('an older page that is polled marks and changes its own rows only', () => {
  const list = withOlder(listOf(page(messages(6, 5), 'c')), page(messages(4, 3, 2, 1)));
  const polled = polledOlder(list, page([message(4), message(2, { status: 'failed' }), message(1)]));
  expect([...polled.left]).toEqual(['m3']);
  expect(polled.rows.map(({ status }) => status)).toEqual(
    Array.from({ length: 6 }, (_, i) => (i === 4 ? 'failed' : 'completed')),
  );
});

test('more news than a page holds begin the list anew, so that none is missing between', () => {
  const old = withOlder(listOf(page(messages(2), 'c1')), page(messages(1), 'c0'));
  const list = polledHead(old, page(messages(9, 8), 'c7'));
  expect(list.gap).toBe(true);
  expect(ids(list.rows)).toBe('m2 m1');
  const brought = broughtIn(list);
  expect(ids(brought.rows)).toBe('m9 m8');
  expect(brought).toMatchObject({ next: 'c7', cursors: [], gap: false });
});

test('a poll that finds nothing new is the very same list, so that nothing is drawn again', () => {
  const head = page(messages(2, 1));
  const list = listOf(head);
  expect(polledHead(list, head)).toBe(list);
  expect(withChanged(list, messages(2))).toBe(list);
});

test('200 rows under 100 new messages: none moves, none is lost', () => {
  const numbers = Array.from({ length: 200 }, (_, i) => 200 - i);
  let list: List = listOf(page(messages(...numbers.slice(0, 50)), 'c'));
  list = withOlder(list, page(messages(...numbers.slice(50))));
  const before = ids(list.rows);
  for (let newest = 205; newest <= 300; newest += 5) {
    list = polledHead(list, page(messages(...Array.from({ length: 50 }, (_, i) => newest - i)), 'c'));
    expect(ids(list.rows)).toBe(before);
  }
  expect(list.gap).toBe(true);
  expect(list.waiting).toHaveLength(100);
});
