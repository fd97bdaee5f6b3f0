import { messageTypes, statuses } from './status';
import type { MessageFilter } from '../services/types';

/** The messages page's search parameters: the filter, and the replay job that is watched. */
export interface MessagesSearch extends MessageFilter {
  job?: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the parameters of an address. What is not allowed counts as absent, so that a mistyped address shows more and not nothing. */
export function readSearch(raw: Record<string, unknown>): MessagesSearch {
  return withoutAbsent({
    status: statuses.find((status) => status === raw.status),
    stage: text(raw.stage, 32),
    message_type: messageTypes.find((type) => type === raw.message_type),
    created_by: text(raw.created_by, 256),
    created_after: moment(raw.created_after),
    created_before: moment(raw.created_before),
    job: typeof raw.job === 'string' && uuid.test(raw.job) ? raw.job : undefined,
  });
}

function text(raw: unknown, most: number): string | undefined {
  // The router reads ?created_by=7 as a number.
  const words = typeof raw === 'string' || typeof raw === 'number' ? String(raw).trim() : '';
  return words === '' || words.length > most ? undefined : words;
}

function moment(raw: unknown): string | undefined {
  const at = typeof raw === 'string' ? Date.parse(raw) : NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** Leaves out what is undefined, so that equal filters have equal keys. */
export function withoutAbsent<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== '')) as T;
}

/** The filter alone. */
export function filterOf(search: MessagesSearch): MessageFilter {
  return withoutAbsent({ ...search, job: undefined });
}

/** How many things a filter asks for. */
export const filterCount = (filter: MessageFilter): number => Object.keys(withoutAbsent(filter)).length;
