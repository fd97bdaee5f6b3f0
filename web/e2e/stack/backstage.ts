import type { Message, Reason } from '../../src/services/types';
import type { Person } from './people';
import { setting } from './setting';

async function ask<T>(path: string, body: object): Promise<T> {
  const answer = await fetch(setting('REZAGENT_BACKSTAGE_URL') + path, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) {
    throw new Error(`backstage refuses: ${await answer.text()}`);
  }
  return (await answer.json()) as T;
}

/** Messages that were accepted a while ago and have ended since. */
export interface Past {
  count: number;
  /** How long ago the first was accepted, and the time to the next. */
  age_ms: number;
  step_ms?: number;
  took_ms?: number;
  created_by: string;
  message_type?: string;
  payload?: Message['payload'];
  status?: Message['status'];
  reason?: Reason;
  detail?: string;
  attempts?: { outcome: string; status?: number; code?: number; detail?: string }[];
}

const text = { message: 'from long ago' };

/** Does what no page can; see local/backstage. */
export const backstage = {
  past: (past: Past) =>
    ask<string[]>('/past', {
      step_ms: 1_000,
      took_ms: 200,
      message_type: 'notification',
      payload: text,
      status: 'completed',
      ...past,
    }),
  /** Puts a message into the dead letters’ queue; without a reason a letter that nobody can read. */
  bury: async (reason?: Reason, over: { detail?: string; age_ms?: number; payload?: Message['payload'] } = {}) => {
    const { id } = await ask<{ id: string }>('/dead-letters', {
      reason: reason ?? '',
      detail: 'made by a test',
      age_ms: 60_000,
      created_by: 'program:backup',
      payload: text,
      ...over,
    });
    return id;
  },
  /** Makes somebody who may sign in, and belongs to no group. */
  invite: (name: string) => ask<Person>('/users', { name }),
  join: (user: string, group: string) => ask('/groups', { user, group, member: true }),
  leave: (user: string, group: string) => ask('/groups', { user, group, member: false }),
};
