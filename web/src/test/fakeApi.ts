import { http, HttpResponse, type HttpHandler } from 'msw';
import type { Circuit, Me, Message, ReplayJob, Schedule, Summary } from '../services/types';
import { at, attempt, deferredMessage, message, refusedMessage, summary, worldTime } from './factories/message';
import { circuit, deadLetters, metrics, preview, replayJob, schedule } from './factories/operations';

/** What the fake API holds; a test changes it, and the next answer says so. */
export interface World {
  me?: Partial<Me>;
  messages: Message[];
  circuit: Circuit;
  /** The circuit of a second channel, where there is one; opening and resetting are played for the first alone. */
  webhook?: Circuit;
  schedules: Schedule[];
  job?: ReplayJob;
  /** The requests that changed something: method, path and body. */
  changes: { path: string; body: unknown; headers: Headers }[];
}

export const emptyWorld = (over: Partial<World> = {}): World => ({
  messages: [],
  circuit: circuit(),
  schedules: [],
  changes: [],
  ...over,
});

/** A world in which a little of everything has happened. */
export function livelyWorld(): World {
  const people = ['user:olivia', 'user:victor', 'program:backup', 'schedule:0198c1f2'];
  const many = Array.from({ length: 38 }, (_, i) => {
    const over = {
      created_at: at(-90 - i * 211),
      updated_at: at(-89 - i * 211),
      created_by: people[i % people.length] ?? '',
    };
    if (i === 4 || i === 17) {
      return refusedMessage(over);
    }
    return i % 9 === 2
      ? message({ ...over, message_type: 'scheduled_hello', payload: {}, title: 'hello world' })
      : message(over);
  });
  const waiting = deferredMessage({
    created_at: at(-48),
    started_at: at(-6),
    next_attempt_at: at(25),
    deferrals: 2,
    attempts: [503, 502, 503].map((status, i) =>
      attempt({
        at: at(-47 + i * 20),
        outcome: 'unavailable',
        status,
        ntfy_id: undefined,
        latency_ms: 12 + i,
        detail: `ntfy answered ${status}`,
      }),
    ),
    payload: {
      title: 'Disk is filling up',
      message: '/var on db-2 is at 95 %.\nAt this rate it is full in about 40 minutes.',
      priority: 5,
      tags: ['warning', 'db-2'],
      click: 'https://status.example.com/db-2',
      actions: [
        { action: 'view', label: 'Open the graph', url: 'https://status.example.com/db-2' },
        { action: 'http', label: 'Clean up', url: 'https://status.example.com/clean' },
      ],
    },
  });
  return emptyWorld({
    circuit: circuit({
      history: [
        {
          at: at(-3_000),
          from: 'half_open',
          to: 'closed',
          reason: 'answered',
          failed_probes: 2,
          by: `q-${waiting.id}-1`,
        },
        { at: at(-3_200), from: 'closed', to: 'open', reason: 'unavailable', by: `q-${waiting.id}-1` },
        { at: at(-90_000), from: 'open', to: 'closed', reason: 'reset', by: 'user:olivia' },
        { at: at(-90_600), from: 'closed', to: 'open', reason: 'forced', by: 'user:olivia' },
      ],
    }),
    messages: [
      message({ status: 'processing', created_at: at(-2), attempts: [], finished_at: undefined }),
      waiting,
      ...many,
    ],
    schedules: [
      schedule(),
      schedule({
        name: 'Sign of life',
        expression: 'rate(1 hour)',
        timezone: 'UTC',
        sentence: 'Every hour',
        message_type: 'scheduled_hello',
        payload: {},
        next_runs: [1, 2, 3, 4, 5].map((n) => at(n * 3_600)),
      }),
      schedule({
        name: 'Quarterly key change',
        expression: 'cron(0 9 1 1,4,7,10 ? *)',
        sentence: 'At 09:00 on the 1st in January, April, July and October, Europe/Berlin',
        paused: true,
      }),
    ],
  });
}

const problem = (status: number, code: string, title: string, detail: string, more: object = {}) =>
  HttpResponse.json(
    {
      type: `/api/docs/errors#${code}`,
      title,
      status,
      code,
      detail,
      instance: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      ...more,
    },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  );

export const unauthenticated = () =>
  problem(401, 'unauthenticated', 'You are not signed in', 'Sign in, or send a token.');
export const ill = () =>
  problem(500, 'internal', 'Something of ours broke', 'The logs tell what, under the reference in instance.');
export const refusedField = (field: string, words: string, allowed?: string) =>
  problem(422, 'invalid_field', 'A field is wrong', `${field} ${words}`, {
    errors: [{ field, problem: words, allowed }],
  });

const summaryOf = (m: Message): Summary => {
  const {
    id,
    status,
    reason,
    detail,
    title,
    stage,
    message_type,
    channel,
    created_by,
    created_at,
    updated_at,
    generation,
    attempt_count,
    deadline,
    next_attempt_at,
  } = m;
  return {
    id,
    status,
    reason,
    detail,
    title,
    stage,
    message_type,
    channel,
    created_by,
    created_at,
    updated_at,
    generation,
    attempt_count,
    deadline,
    next_attempt_at,
  };
};

/** The API's routes over a world; any origin. */
export function fakeApi(world: World): HttpHandler[] {
  return [
    ...sessionRoutes(world),
    ...messageRoutes(world),
    ...replayRoutes(world),
    ...operationRoutes(world),
    ...scheduleRoutes(world),
  ];
}

async function note(world: World, request: Request): Promise<unknown> {
  const text = await request.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const { pathname, search } = new URL(request.url);
  world.changes.push({ path: `${request.method} ${pathname}${search}`, body, headers: request.headers });
  return body;
}

function sessionRoutes(world: World): HttpHandler[] {
  return [
    http.get('*/api/auth/me', () =>
      HttpResponse.json({ subject: '3f1c2f7e', name: 'user:olivia', role: 'operator', via: 'cookie', ...world.me }),
    ),
    http.post('*/api/auth/refresh', unauthenticated),
    http.post('*/api/auth/login', () =>
      HttpResponse.json({ authorize_url: 'https://sign-in.example.com/oauth2/authorize' }),
    ),
    http.post('*/api/auth/logout', () => HttpResponse.json({ logout_url: 'https://sign-in.example.com/logout' })),
    http.get('*/api/health', () => HttpResponse.json({ status: 'ok', stage: 'local', version: 'v1.4.0' })),
  ];
}

function messageRoutes(world: World): HttpHandler[] {
  return [
    http.get('*/api/messages', ({ request }) => {
      const query = new URL(request.url).searchParams;
      const matching = world.messages.filter(
        (m) =>
          ['status', 'stage', 'message_type', 'created_by'].every(
            (name) => !query.has(name) || query.get(name) === m[name as 'status'],
          ) &&
          m.created_at >= (query.get('created_after') ?? '') &&
          m.created_at < (query.get('created_before') ?? '9'),
      );
      const from = Number(query.get('cursor') ?? 0);
      const to = from + Number(query.get('limit') ?? 50);
      const items = matching.toSorted((a, b) => b.created_at.localeCompare(a.created_at)).slice(from, to);
      return HttpResponse.json({ items: items.map(summaryOf), ...(to < matching.length ? { next: String(to) } : {}) });
    }),
    http.post('*/api/messages', async ({ request }) => {
      const { payload } = (await note(world, request)) as { payload: Message['payload'] };
      const created = message({
        payload,
        status: 'created',
        attempts: [],
        created_at: new Date(Math.max(Date.now(), worldTime)).toISOString(),
        finished_at: undefined,
        started_at: undefined,
        execution_arn: undefined,
      });
      world.messages.unshift(created);
      return HttpResponse.json(
        { id: created.id, status: 'created', generation: 1, created_at: created.created_at, links: created.links },
        { status: 202 },
      );
    }),
    http.get('*/api/messages/:id', ({ params }) => {
      const found = world.messages.find(({ id }) => id === params.id);
      return found
        ? HttpResponse.json(found)
        : problem(404, 'not_found', 'There is nothing here', 'there is no such message');
    }),
    http.post('*/api/messages/:id/replay', async ({ request, params }) => {
      await note(world, request);
      const found = world.messages.find(({ id }) => id === params.id);
      if (!found || found.status === 'processing') {
        return problem(409, 'wrong_status', 'Its status does not allow this', 'it is on its way');
      }
      Object.assign(found, {
        status: 'created',
        reason: undefined,
        detail: undefined,
        generation: found.generation + 1,
        updated_at: new Date().toISOString(),
      });
      return HttpResponse.json(
        {
          id: found.id,
          status: 'created',
          generation: found.generation,
          created_at: found.created_at,
          links: found.links,
        },
        { status: 202 },
      );
    }),
  ];
}

function replayRoutes(world: World): HttpHandler[] {
  return [
    http.post('*/api/replays', async ({ request }) => {
      const { filter, dry_run } = (await note(world, request)) as { filter: { status?: string }; dry_run?: boolean };
      if (dry_run) {
        const count = world.messages.filter(({ status }) => status === filter.status).length;
        return HttpResponse.json({ ...replayJob({ state: 'counted', count: String(count) }), id: undefined });
      }
      world.job = replayJob();
      return HttpResponse.json(world.job, { status: 202 });
    }),
    http.get('*/api/replays/:id', () =>
      world.job
        ? HttpResponse.json(world.job)
        : problem(404, 'not_found', 'There is nothing here', 'there is no such replay'),
    ),
    http.post('*/api/replays/:id/cancel', async ({ request }) => {
      await note(world, request);
      world.job = replayJob({ ...world.job, state: 'cancelled' });
      return HttpResponse.json(world.job);
    }),
  ];
}

function operationRoutes(world: World): HttpHandler[] {
  return [
    http.get('*/api/metrics', ({ request }) =>
      HttpResponse.json(metrics({ period: (new URL(request.url).searchParams.get('period') ?? '24h') as '24h' })),
    ),
    http.get('*/api/circuit', ({ request }) =>
      HttpResponse.json(new URL(request.url).searchParams.get('channel') === 'webhook' ? world.webhook : world.circuit),
    ),
    http.post('*/api/circuit/open', async ({ request }) => {
      await note(world, request);
      world.circuit = circuit({
        state: 'open',
        cause: 'forced',
        opened_at: at(0),
        changed_by: 'user:olivia',
        history: [{ at: at(0), from: 'closed', to: 'open', reason: 'forced', by: 'user:olivia' }],
      });
      return HttpResponse.json(world.circuit);
    }),
    http.post('*/api/circuit/reset', async ({ request }) => {
      await note(world, request);
      world.circuit = circuit({ changed_by: 'user:olivia' });
      return HttpResponse.json(world.circuit);
    }),
    http.get('*/api/dlq', () =>
      HttpResponse.json(world.messages.length === 0 ? { depth: 0, sample: [], records: [] } : deadLetters()),
    ),
    http.post('*/api/dlq/redrive', async ({ request }) => {
      await note(world, request);
      return HttpResponse.json({ items: 1 }, { status: 202 });
    }),
  ];
}

function scheduleRoutes(world: World): HttpHandler[] {
  const found = (id: unknown) => world.schedules.find((each) => each.id === id) ?? schedule();
  return [
    http.get('*/api/schedules', () => HttpResponse.json({ items: world.schedules })),
    http.post('*/api/schedules', async ({ request }) => {
      const made = schedule((await note(world, request)) as Partial<Schedule>);
      world.schedules.push(made);
      return HttpResponse.json(made, { status: 201 });
    }),
    http.post('*/api/schedules/preview', async ({ request }) => {
      const asked = (await request.json()) as { expression: string; timezone: string };
      return HttpResponse.json(preview({ ...asked, sentence: `Means ${asked.expression}, ${asked.timezone}` }));
    }),
    http.put('*/api/schedules/:id', async ({ request, params }) =>
      HttpResponse.json(Object.assign(found(params.id), await note(world, request))),
    ),
    http.post('*/api/schedules/:id/:act', async ({ request, params }) => {
      await note(world, request);
      if (params.act === 'run') {
        const made = message({ status: 'created', attempts: [] });
        world.messages.unshift(made);
        return HttpResponse.json(
          { id: made.id, status: 'created', generation: 1, created_at: made.created_at, links: made.links },
          { status: 202 },
        );
      }
      return HttpResponse.json(Object.assign(found(params.id), { paused: params.act === 'pause' }));
    }),
    http.delete('*/api/schedules/:id', async ({ request, params }) => {
      await note(world, request);
      world.schedules = world.schedules.filter(({ id }) => id !== params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  ];
}

/** Many messages, newest first, without anything special about them. */
export const plainMessages = (count: number): Message[] =>
  Array.from({ length: count }, (_, i) => message({ ...summary(), created_at: at(-i), updated_at: at(-i) }));
