import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { isFinal } from '../model/status';
import type { Accepted, ListQuery, Message, Notification } from './types';

/** How often what moves is asked for, in milliseconds. */
export const pollEvery = 3_000;

/** How many messages a page of the list asks for. */
export const pageSize = 50;

/** One page of the list. */
export const listMessages = (query: ListQuery, signal?: AbortSignal) =>
  answered(api.GET('/api/messages', { params: { query: { limit: pageSize, ...query } }, signal }));

/** A message with its history; followed until it has ended. */
export const messageQuery = (id: string) =>
  queryOptions({
    queryKey: ['message', id],
    queryFn: ({ signal }) => answered(api.GET('/api/messages/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => followEvery(state.data),
  });

function followEvery(message: Message | undefined): number | false {
  if (!message) {
    return false;
  }
  // An ended message can be replayed by somebody else, which nobody needs to see within a second.
  return isFinal(message.status) ? 15_000 : message.status === 'deferred' ? pollEvery : 1_000;
}

/** Accepts a message. The same key and payload again give the same message again. */
export const sendMessage = (payload: Notification, key: string): Promise<Accepted> =>
  answered(
    api.POST('/api/messages', {
      params: { header: { 'Idempotency-Key': key } },
      body: { message_type: 'notification', payload },
    }),
  );

/** Delivers a message again, if it still is what was seen. */
export const replayMessage = (id: string, generation: number): Promise<Accepted> =>
  answered(api.POST('/api/messages/{id}/replay', { params: { path: { id } }, body: { generation } }));
