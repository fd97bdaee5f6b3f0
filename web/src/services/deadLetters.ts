import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';

/** The queue's depth, a sample of its items, and the records of what failed on the way. Each look counts as a receive, so it is not asked often. */
export const deadLettersQuery = queryOptions({
  queryKey: ['dlq'],
  queryFn: ({ signal }) => answered(api.GET('/api/dlq', { signal })),
  refetchInterval: 15_000,
});

/** Delivers one dead letter after all. */
export const redriveOne = (id: string) => answered(api.POST('/api/dlq/redrive', { body: { message_id: id } }));

/** Delivers the whole queue after all. */
export const redriveAll = () => answered(api.POST('/api/dlq/redrive', { body: { all: true } }));
