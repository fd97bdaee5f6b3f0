import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { at, deferredMessage, message, refusedMessage } from '../../test/factories/message';
import { draw } from '../../test/draw';
import { plainMessages } from '../../test/fakeApi';

const rowIds = () => [...document.querySelectorAll<HTMLElement>('tr[data-id]')].map((row) => row.dataset.id);
const changed = (world: { changes: { path: string }[] }) => world.changes.map(({ path }) => path);

test('filters stand in the address, and the list follows them', async () => {
  const { user, router } = draw('/messages', { messages: [refusedMessage(), message()] });
  expect(await screen.findByText('2 messages shown')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Failed' }));
  expect(await screen.findByText('1 message shown')).toBeVisible();
  expect(router.state.location.search).toEqual({ status: 'failed' });
  await user.type(screen.getByRole('textbox', { name: 'Created by' }), 'user:nobody{Enter}');
  expect(await screen.findByText('No message matches')).toBeVisible();
  expect(router.state.location.search).toEqual({ status: 'failed', created_by: 'user:nobody' });
});

test('a row says what its message says, its kind where it says nothing, and why it waits', async () => {
  draw('/messages', {
    messages: [
      deferredMessage({ payload: { title: 'Disk is filling up' }, generation: 2 }),
      message({ payload: { attach: 'https://example.com/report.pdf' }, title: undefined }),
      message({ message_type: 'scheduled_hello', payload: {}, title: 'hello world' }),
    ],
  });
  const links = (await screen.findAllByRole('row')).slice(1).map((row) => within(row).getByRole('link').textContent);
  expect(links[0]).toMatch(/^Disk is filling up · replay 1 · ntfy unavailable \w{6} ntfy answered 503/);
  expect(links[1]).toMatch(/^Notification \w{6}$/);
  expect(links[2]).toMatch(/^hello world · Scheduled hello \w{6}$/);
});

test('new messages wait behind a button, and rows do not move', async () => {
  const { world, user, client } = draw('/messages', { messages: plainMessages(3) });
  await screen.findByText('3 messages shown');
  const before = rowIds();
  world.messages.unshift(message({ created_at: at(10) }), message({ created_at: at(11) }));
  await act(() => client.invalidateQueries());
  const bringIn = await screen.findByRole('button', { name: '2 new' });
  expect(rowIds()).toEqual(before);
  await user.click(bringIn);
  expect(rowIds()).toHaveLength(5);
});

test('ticks hold by id while filters change, and a replay acts on what was ticked, as it was seen', async () => {
  const [failed, waiting] = [refusedMessage({ generation: 2 }), deferredMessage()];
  const { world, user, router } = draw('/messages', { messages: [failed, waiting, message()] });
  await user.click(await screen.findByRole('checkbox', { name: `Tick ${failed.id}` }));
  await user.click(screen.getByRole('checkbox', { name: `Tick ${waiting.id}` }));
  await act(() => router.navigate({ to: '/messages', search: { status: 'completed' } }));
  const bar = await screen.findByRole('region', { name: 'Selection' });
  expect(bar).toHaveTextContent('2 messages ticked, 2 of them not in this list');
  await user.click(within(bar).getByRole('button', { name: 'Replay…' }));
  await user.click(await screen.findByRole('button', { name: 'Replay 2 messages' }));
  await waitFor(() => expect(changed(world)).toHaveLength(2));
  expect(changed(world).toSorted()).toEqual(
    [`POST /api/messages/${failed.id}/replay`, `POST /api/messages/${waiting.id}/replay`].toSorted(),
  );
  expect(world.changes.find(({ path }) => path.includes(failed.id))?.body).toEqual({ generation: 2 });
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Selection' })).toBeNull());
  expect(screen.getAllByText('replayed'), 'it still says what came of each').toHaveLength(2);
});

test('a replay that is refused keeps its tick and says why', async () => {
  const failed = refusedMessage();
  const { world, user } = draw('/messages', { messages: [failed] });
  await user.click(await screen.findByRole('checkbox', { name: `Tick ${failed.id}` }));
  await user.click(screen.getByRole('button', { name: 'Replay…' }));
  world.messages = [];
  await user.click(await screen.findByRole('button', { name: 'Replay 1 message' }));
  expect(await screen.findByText('it is on its way')).toBeVisible();
  expect(screen.getByText('1 message ticked', { exact: false })).toBeVisible();
});

test('all that match are counted first, then replayed as a job that can be stopped', async () => {
  const { world, user, router } = draw('/messages?status=failed', {
    messages: [refusedMessage(), refusedMessage(), message()],
  });
  await user.click(await screen.findByRole('button', { name: 'Replay all that match…' }));
  const start = await screen.findByRole('button', { name: 'Replay 2 messages' });
  expect(world.changes.map(({ body }) => body)).toEqual([{ filter: { status: 'failed' }, dry_run: true }]);
  await user.click(start);
  expect(await screen.findByText('Replaying…')).toBeVisible();
  expect(router.state.location.search).toMatchObject({ status: 'failed', job: world.job?.id });
  expect(world.changes.at(-1)?.body).toEqual({ filter: { status: 'failed' } });
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText('Replay stopped')).toBeVisible();
});

test('what cannot be replayed as a whole says why, and nothing is asked for', async () => {
  const { world, user } = draw('/messages', { messages: [message()] });
  const replay = await screen.findByRole('button', { name: 'Replay all that match…' });
  await waitFor(() => expect(replay).toHaveAccessibleDescription(/First filter by a status/));
  await user.click(replay);
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(world.changes).toEqual([]);
});

test('older messages follow page by page', async () => {
  const { user } = draw('/messages', { messages: plainMessages(70) });
  await screen.findByText('50 messages shown, older ones follow');
  await user.click(screen.getByRole('button', { name: 'Show older messages' }));
  expect(await screen.findByText('70 messages shown')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Show older messages' })).toBeNull();
});

test('the keyboard walks, ticks and opens', async () => {
  const messages = plainMessages(3);
  const { user, router } = draw('/messages', { messages });
  await screen.findByText('3 messages shown');
  await user.keyboard('jj');
  expect(document.activeElement).toHaveAttribute('data-id', messages[1]?.id);
  await user.keyboard('xk');
  expect(screen.getByRole('checkbox', { name: `Tick ${messages[1]?.id}` })).toBeChecked();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe(`/messages/${messages[0]?.id}`));
});

test('marking text in a row does not open it', async () => {
  const messages = plainMessages(1);
  const { user, router } = draw('/messages', { messages });
  const who = await screen.findByTitle('user:olivia');
  vi.spyOn(window, 'getSelection').mockReturnValue({ isCollapsed: false } as Selection);
  await user.click(who);
  expect(router.state.location.pathname).toBe('/messages');
});
