import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { draw } from '../test/draw';
import { ill, livelyWorld, refusedField } from '../test/fakeApi';
import { circuit, metrics, schedule } from '../test/factories/operations';
import { deferredMessage, message, refusedMessage } from '../test/factories/message';
import { server } from '../test/server';
import type { Metrics } from '../services/types';

const paths = (world: { changes: { path: string }[] }) => world.changes.map(({ path }) => path);

test('the circuit is opened only once that was confirmed', async () => {
  const { world, user } = draw('/circuit');
  await user.click(await screen.findByRole('button', { name: 'Force open…' }));
  expect(world.changes).toEqual([]);
  await user.click(await screen.findByRole('button', { name: 'Stop delivery' }));
  expect(await screen.findByRole('heading', { name: 'Open: stopped by an operator' })).toBeVisible();
  expect(screen.getByText('It stays open until somebody resets it.', { exact: false })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Reset…' }));
  await user.click(await screen.findByRole('button', { name: 'Reset' }));
  await waitFor(() =>
    expect(paths(world)).toEqual(['POST /api/circuit/open?channel=ntfy', 'POST /api/circuit/reset?channel=ntfy']),
  );
});

test('an open circuit says since when, why, and what comes next', async () => {
  const now = Date.now();
  const moment = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  draw('/circuit', {
    circuit: circuit({ state: 'open', cause: 'unavailable', opened_at: moment(-95), retry_at: moment(25) }),
  });
  const state = (await screen.findByRole('heading', { name: 'Open' })).closest('section') ?? document.body;
  expect(state).toHaveTextContent(/ntfy did not answer.*Since 1 min ago.*next probe may be made in 2\d s/);
});

test('the circuit’s history leads from an opening to the message that saw it', async () => {
  const world = livelyWorld();
  draw('/circuit', world);
  const history = (await screen.findByRole('heading', { name: 'History' })).closest('section') ?? document.body;
  const items = within(history).getAllByRole('listitem');
  expect(items[0]).toHaveTextContent(/^Closed: ntfy answered the probe.*open for 3 min 20 s · after 2 failed probes$/);
  expect(items[1]).toHaveTextContent(/^Opened: ntfy did not answer/);
  const link = within(items[1] ?? document.body).getByRole('link');
  expect(link).toHaveAttribute('href', `/messages/${world.messages[1]?.id}`);
  expect(items[2]).toHaveTextContent(/by user:olivia · open for 10 min/);
});

test('each channel’s circuit is seen, and opened, by itself', async () => {
  const channels = ['ntfy', 'webhook'];
  const { world, user } = draw('/', {
    circuit: circuit({ channels }),
    webhook: circuit({ channel: 'webhook', channels, state: 'open', cause: 'unavailable' }),
  });
  expect(await screen.findByText('Circuit of ntfy')).toBeVisible();
  await user.click(await screen.findByText('Circuit of webhook'));
  expect(await screen.findByText(/The webhook’s receiver did not answer/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Reset…' }));
  await user.click(await screen.findByRole('button', { name: 'Reset' }));
  await waitFor(() => expect(paths(world)).toEqual(['POST /api/circuit/reset?channel=webhook']));
  await user.click(screen.getByRole('radio', { name: 'ntfy' }));
  expect(await screen.findByRole('heading', { name: 'Closed' })).toBeVisible();
});

test('dead letters: some, and all', async () => {
  const { world, user } = draw('/dlq', livelyWorld());
  const tick = (await screen.findAllByRole('checkbox'))[0];
  await user.click(tick ?? document.body);
  await user.click(screen.getByRole('button', { name: 'Redrive 1 ticked…' }));
  await user.click(await screen.findByRole('button', { name: 'Redrive' }));
  await waitFor(() => expect(world.changes).toHaveLength(1));
  await user.click(screen.getByRole('button', { name: 'Redrive all…' }));
  await user.click(await screen.findByRole('button', { name: 'Redrive all' }));
  await waitFor(() => expect(world.changes.at(-1)?.body).toEqual({ all: true }));
  expect(world.changes[0]?.body).toHaveProperty('message_id');
});

test('no dead letters is good news, and said', async () => {
  draw('/dlq');
  expect(await screen.findByText('Nothing has failed on the way')).toBeVisible();
});

test('a schedule is made from choices, and what the API refuses stands at its field', async () => {
  const { world, user } = draw('/schedules');
  await user.click(await screen.findByRole('button', { name: 'New schedule' }));
  const form = await screen.findByRole('dialog', { name: 'New schedule' });
  await user.type(within(form).getByRole('textbox', { name: 'Name' }), 'Morning');
  await user.type(within(form).getByRole('textbox', { name: 'Text' }), 'Coffee');
  server.use(http.post('*/api/schedules', () => refusedField('expression', 'never fires'), { once: true }));
  await user.click(within(form).getByRole('button', { name: 'Create the schedule' }));
  expect(await within(form).findByText('never fires')).toBeVisible();
  await user.click(within(form).getByRole('button', { name: 'Create the schedule' }));
  await waitFor(() => expect(world.schedules).toHaveLength(1));
  expect(world.changes[0]?.body).toMatchObject({
    name: 'Morning',
    expression: 'cron(0 9 * * ? *)',
    payload: { message: 'Coffee' },
  });
  expect(await screen.findByRole('article', { name: 'Morning' })).toBeVisible();
});

test('a schedule shows its runs in its own zone and in the person’s', async () => {
  draw('/schedules', { schedules: [schedule({ timezone: 'Asia/Tokyo', next_runs: ['2026-11-26T01:30:00Z'] })] });
  const runs = await screen.findByText(/Next runs, in Asia\/Tokyo and here/);
  expect(runs.parentElement).toHaveTextContent(/Thu,? 26 Nov,? 10:30/);
});

test('a schedule is paused, resumed, run, and deleted once that was confirmed', async () => {
  const { world, user, router } = draw('/schedules', { schedules: [schedule()] });
  const id = world.schedules[0]?.id;
  await user.click(await screen.findByRole('button', { name: 'Pause' }));
  await user.click(await screen.findByRole('button', { name: 'Resume' }));
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  await user.click(screen.getByRole('button', { name: 'Run now' }));
  await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/messages\//));
  expect(paths(world)).toEqual(['pause', 'resume', 'run'].map((act) => `POST /api/schedules/${id}/${act}`));
});

test('a schedule of webhook events keeps what it says when it is changed', async () => {
  const payload = { title: 'Backup', data: { tables: 12 } };
  const { world, user } = draw('/schedules', { schedules: [schedule({ message_type: 'webhook', payload })] });
  await user.click(await screen.findByRole('button', { name: 'Edit…' }));
  const name = await screen.findByLabelText('Name');
  await user.type(name, ', renamed');
  await user.click(screen.getByRole('button', { name: 'Save the changes' }));
  await waitFor(() => expect(world.schedules[0]?.name).toMatch(/, renamed$/));
  expect(world.schedules[0]).toMatchObject({ message_type: 'webhook', payload });
});

test('a message says why it waits, what helps, and what comes next', async () => {
  const waiting = deferredMessage();
  draw(`/messages/${waiting.id}`, { messages: [waiting] });
  expect(await screen.findByText('There is nothing to do: it is tried again until its deadline.')).toBeVisible();
  expect(screen.getByText('Next attempt', { selector: '.timeline-title' })).toBeVisible();
  expect(screen.getByText('ntfy answered 503 after 12 ms')).toBeVisible();
});

test('a delivered message is replayed only once that was confirmed; a failed one at once', async () => {
  const [delivered, failed] = [message(), refusedMessage()];
  const { world, user, router } = draw(`/messages/${delivered.id}`, { messages: [delivered, failed] });
  await user.click(await screen.findByRole('button', { name: 'Replay' }));
  const dialog = await screen.findByRole('dialog', { name: 'Deliver it once more?' });
  expect(world.changes).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await router.navigate({ to: '/messages/$id', params: { id: failed.id } });
  await screen.findByText('Refused by ntfy.');
  await user.click(screen.getByRole('button', { name: 'Replay' }));
  await waitFor(() => expect(paths(world)).toEqual([`POST /api/messages/${failed.id}/replay`]));
});

test('a message that does not exist says so', async () => {
  draw('/messages/0198c1f2-6f0a-7c3e-9d55-ffffffffffff');
  expect(await screen.findByText('There is no such message')).toBeVisible();
});

test('a fault says what happened, with the reference, and can be tried again', async () => {
  const { user } = draw('/circuit');
  server.use(http.get('*/api/circuit', ill, { once: true }), http.get('*/api/circuit', ill, { once: true }));
  const notice = await screen.findByRole('alert');
  expect(notice).toHaveTextContent('Something of ours broke');
  expect(notice).toHaveTextContent('c6af9ac6-7b61-11e6-9a41-93e8deadbeef');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'Closed' })).toBeVisible();
});

test('the overview leads from a failure to its reason', async () => {
  draw('/', livelyWorld());
  const failures = (await screen.findByRole('heading', { name: 'Latest failures' })).closest('section');
  expect(within(failures ?? document.body).getByRole('link', { name: /^Backup · Refused by ntfy/ })).toHaveAttribute(
    'href',
    expect.stringMatching(/^\/messages\//),
  );
  expect(screen.getByRole('link', { name: /Waiting now/ })).toHaveAttribute('href', '/messages?status=deferred');
});

test.each<[Metrics['waiting'], RegExp]>([
  [{ under_way: { count: 0 }, deferred: { count: 0 } }, /^Waiting now0all is on time · none under way$/],
  [{ under_way: { count: 3 }, deferred: { count: 12 } }, /^Waiting now12tried again by itself · 3 under way$/],
  [
    { under_way: { count: 1000, more: true }, deferred: { count: 1000, more: true } },
    /^Waiting now1,000\+tried again by itself · 1,000\+ under way$/,
  ],
])('the overview says what waits: %o', async (waiting, words) => {
  draw('/');
  server.use(http.get('*/api/metrics', () => HttpResponse.json(metrics({ waiting }))));
  await waitFor(() => expect(screen.getByRole('link', { name: /Waiting now/ })).toHaveTextContent(words));
});
