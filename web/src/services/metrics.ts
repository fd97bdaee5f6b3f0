import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import type { Period } from './types';

/** The periods that the API keeps figures of. */
export const periods = ['1h', '24h', '7d'] as const satisfies readonly Period[];

/** A period's figures. */
export const metricsQuery = (period: Period) =>
  queryOptions({
    queryKey: ['metrics', period],
    queryFn: ({ signal }) => answered(api.GET('/api/metrics', { params: { query: { period } }, signal })),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });

/** Which deployment this is, and which version. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => answered(api.GET('/api/health', { signal })),
  staleTime: Infinity,
});
