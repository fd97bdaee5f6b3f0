import { setting } from './setting';

/** A notification as ntfy gives it out. */
export interface Shown {
  sequence_id?: string;
  title?: string;
  message?: string;
  priority?: number;
  tags?: string[];
  click?: string;
  actions?: { action: string; label: string; url?: string }[];
}

interface Fault {
  kind: 'status' | 'unauthorized' | 'ratelimit' | 'reset';
  status?: number;
  code?: number;
  count?: number;
}

async function control(method: 'POST' | 'DELETE', body?: Fault): Promise<void> {
  const answer = await fetch(`${setting('REZAGENT_STANDIN_URL')}/_standin/fault`, {
    method,
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`the stand-in refuses: ${await answer.text()}`);
  }
}

/** The ntfy of the running stack, which breaks on demand. */
export const standin = {
  /** Lets every request fail until it heals. */
  break: (fault: Fault = { kind: 'status', status: 503 }) => control('POST', fault),
  /** Lets it refuse every message for good, with ntfy's own words. */
  refuse: () => control('POST', { kind: 'status', status: 400, code: 40021 }),
  heal: () => control('DELETE'),
  /** What a phone shows of a message's generation; more than one would be a duplicate. */
  shown: async (id: string, generation = 1): Promise<Shown[]> => {
    const answer = await fetch(`${setting('REZAGENT_NTFY_URL')}/json?poll=1&since=all`);
    const lines = (await answer.text()).split('\n').filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line) as Shown)
      .filter(({ sequence_id }) => sequence_id === `${id}-${generation}`);
  },
};
