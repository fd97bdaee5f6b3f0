import { useMutation, useQueries, useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { broughtIn, listOf, polledHead, polledOlder, withChanged, withOlder, type List } from '../../model/list';
import { listMessages, messageQuery, pollEvery } from '../../services/messages';
import type { MessageFilter } from '../../services/types';
import { changeList, keptList, onLists, takeHead } from './listStore';

/** So many pages are searched without being asked to, where a filter matches little. */
const mostPagesUnasked = 8;
/** So many rows that left the filter are looked up one by one, to say what became of them. */
const mostLookedUp = 20;

export interface MessageList {
  list?: List;
  error: unknown;
  retry: () => void;
  bringIn: () => void;
  loadOlder: () => void;
  loadingOlder: boolean;
  olderError: unknown;
}

/** The messages of a filter, kept up to date without moving them. */
export function useMessageList(filter: MessageFilter): MessageList {
  const key = JSON.stringify(filter);
  const list = useSyncExternalStore(onLists, () => keptList(key));
  const head = useHead(key, filter);
  usePolledOlder(key, filter, list, head.dataUpdatedAt);
  useLeftRows(key, list);
  const older = useMutation({
    mutationFn: (cursor: string) => listMessages({ ...filter, cursor }),
    onSuccess: (page) => changeList(key, (before) => withOlder(before, page)),
  });
  const next = list?.next;
  const loadOlder = () => {
    if (next !== undefined && !older.isPending) {
      older.mutate(next);
    }
  };
  useSearchOn(list, older.isPending || older.isError, loadOlder);
  return {
    list,
    error: list ? undefined : head.error,
    retry: () => void head.refetch(),
    bringIn: () => changeList(key, broughtIn),
    loadOlder,
    loadingOlder: older.isPending,
    olderError: older.error,
  };
}

function useHead(key: string, filter: MessageFilter) {
  const head = useQuery({
    queryKey: ['messages', 'head', filter],
    queryFn: ({ signal }) => listMessages(filter, signal),
    refetchInterval: pollEvery,
    refetchOnMount: 'always',
  });
  const { data: page, dataUpdatedAt } = head;
  useEffect(() => {
    if (page) {
      takeHead(
        key,
        dataUpdatedAt,
        () => listOf(page),
        (list) => polledHead(list, page),
      );
    }
  }, [key, page, dataUpdatedAt]);
  return head;
}

// One older page with each poll of the newest, in turn: the work stays the same however long the list is.
function usePolledOlder(key: string, filter: MessageFilter, list: List | undefined, turn: number) {
  const cursors = list?.cursors ?? [];
  const cursor = cursors[Math.floor(turn / pollEvery) % cursors.length];
  const { data: page } = useQuery({
    queryKey: ['messages', 'older', filter, cursor],
    queryFn: ({ signal }) => listMessages({ ...filter, cursor }, signal),
    enabled: cursor !== undefined,
    refetchInterval: pollEvery,
    gcTime: 0,
  });
  useEffect(() => {
    if (page) {
      changeList(key, (before) => polledOlder(before, page));
    }
  }, [key, page]);
}

function useLeftRows(key: string, list: List | undefined) {
  const left = list ? [...list.left].slice(-mostLookedUp) : [];
  const found = useQueries({
    queries: left.map((id) => messageQuery(id)),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  });
  useEffect(() => {
    if (found.length > 0) {
      changeList(key, (before) => withChanged(before, found));
    }
  }, [key, found]);
}

// An empty page with a cursor is not the end: the API looks through a bounded number of records for one page.
function useSearchOn(list: List | undefined, stopped: boolean, loadOlder: () => void) {
  const searched = list?.cursors.length ?? 0;
  const goOn = list?.rows.length === 0 && list.next !== undefined && searched < mostPagesUnasked;
  useEffect(() => {
    if (goOn && !stopped) {
      loadOlder();
    }
  });
}
