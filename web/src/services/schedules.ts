import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answered, api, done } from '../api/client';
import type { SetSchedule } from './types';

/** All schedules, page by page. */
export const schedulesQuery = infiniteQueryOptions({
  queryKey: ['schedules'],
  queryFn: ({ pageParam, signal }) =>
    answered(api.GET('/api/schedules', { params: { query: { limit: 50, cursor: pageParam } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next,
  refetchInterval: 30_000,
});

/** What an expression means. Nothing is made; asking for another one aborts this. */
export const previewQuery = (expression: string, timezone: string) =>
  queryOptions({
    queryKey: ['schedule-preview', expression, timezone],
    queryFn: ({ signal }) => answered(api.POST('/api/schedules/preview', { body: { expression, timezone }, signal })),
    staleTime: 30_000,
    gcTime: 60_000,
  });

/** Makes a schedule, or changes the one with the id. */
export const saveSchedule = (id: string | undefined, body: SetSchedule) =>
  id === undefined
    ? answered(api.POST('/api/schedules', { body }))
    : answered(api.PUT('/api/schedules/{id}', { params: { path: { id } }, body }));

/** Lets a schedule rest, or fire again. */
export const pauseSchedule = (id: string, pause: boolean) =>
  pause
    ? answered(api.POST('/api/schedules/{id}/pause', { params: { path: { id } } }))
    : answered(api.POST('/api/schedules/{id}/resume', { params: { path: { id } } }));

/** Makes a schedule's message now. */
export const runSchedule = (id: string) => answered(api.POST('/api/schedules/{id}/run', { params: { path: { id } } }));

/** Deletes a schedule; the messages that it made stay. */
export const deleteSchedule = (id: string) => done(api.DELETE('/api/schedules/{id}', { params: { path: { id } } }));
