import { queryOptions } from '@tanstack/react-query';
import { listMessages } from './messages';

const mostCounted = 100;

/** How many messages wait: exact up to a hundred, "100+" beyond; the metrics count what happened, not what is. */
export const waitingQuery = queryOptions({
  queryKey: ['waiting'],
  queryFn: async ({ signal }) => {
    const { items, next } = await listMessages({ status: 'deferred', limit: mostCounted }, signal);
    return { count: items.length, more: next !== undefined };
  },
  refetchInterval: 10_000,
});
