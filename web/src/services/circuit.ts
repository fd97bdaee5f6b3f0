import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { pollEvery } from './messages';

/** The circuit breaker and the rate limit. */
export const circuitQuery = queryOptions({
  queryKey: ['circuit'],
  queryFn: ({ signal }) => answered(api.GET('/api/circuit', { signal })),
  refetchInterval: pollEvery,
});

/** Stops all delivery until somebody resets it. */
export const openCircuit = () => answered(api.POST('/api/circuit/open'));

/** Closes the circuit. */
export const resetCircuit = () => answered(api.POST('/api/circuit/reset'));
