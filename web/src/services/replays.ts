import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import type { MessageFilter } from './types';

/** How many messages a filter chooses; nothing is replayed. */
export const replayCountQuery = (filter: MessageFilter) =>
  queryOptions({
    queryKey: ['replay-count', filter],
    queryFn: ({ signal }) => answered(api.POST('/api/replays', { body: { filter, dry_run: true }, signal })),
    staleTime: 0,
    gcTime: 0,
  });

/** Starts to replay all that a filter chooses. */
export const startReplay = (filter: MessageFilter) => answered(api.POST('/api/replays', { body: { filter } }));

/** How far a replay is; followed until it has ended. */
export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ['replay', id],
    queryFn: ({ signal }) => answered(api.GET('/api/replays/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : 1_000),
  });

/** Stops a replay; what it has replayed stays so. */
export const cancelReplay = (id: string) =>
  answered(api.POST('/api/replays/{id}/cancel', { params: { path: { id } } }));
