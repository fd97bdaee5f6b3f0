import { queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import type { Channel, Circuit } from './types';
import { pollEvery } from './messages';

/** The channel that every stage has. */
export const firstChannel: Channel = 'ntfy';

/** A channel's circuit breaker and rate limit. */
export const circuitQuery = (channel: Channel = firstChannel) =>
  queryOptions({
    queryKey: ['circuit', channel],
    queryFn: ({ signal }) => answered(api.GET('/api/circuit', { params: { query: { channel } }, signal })),
    refetchInterval: pollEvery,
  });

/** The circuits of all channels of the stage, as far as they are known, ntfy's first. */
export function useCircuits(refetchInterval = pollEvery): Circuit[] {
  const { data: first } = useQuery({ ...circuitQuery(), refetchInterval });
  const others = (first?.channels ?? []).filter((channel) => channel !== firstChannel);
  const found = useQueries({
    queries: others.map((channel) => ({ ...circuitQuery(channel as Channel), refetchInterval })),
  });
  return [first, ...found.map(({ data }) => data)].filter((circuit) => circuit !== undefined);
}

/** Stops a channel's delivery until somebody resets it. */
export const openCircuit = (channel: Channel) =>
  answered(api.POST('/api/circuit/open', { params: { query: { channel } } }));

/** Closes a channel's circuit. */
export const resetCircuit = (channel: Channel) =>
  answered(api.POST('/api/circuit/reset', { params: { query: { channel } } }));
