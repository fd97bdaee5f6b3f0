import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { circuit } from '../../test/factories/operations';
import { message } from '../../test/factories/message';
import { draw } from '../../test/draw';
import { refusedField } from '../../test/fakeApi';
import { server } from '../../test/server';

const text = () => screen.findByRole('textbox', { name: 'Text' });

test('what is sent is what was written, and then it is followed', async () => {
  const { world, user, router } = draw('/send');
  await user.type(await screen.findByRole('textbox', { name: 'Title' }), 'Disk');
  await user.type(await text(), '95 %');
  await user.click(screen.getByRole('radio', { name: 'High' }));
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  await waitFor(() => expect(router.state.location.pathname).toBe(`/messages/${world.messages[0]?.id}`));
  expect(world.changes[0]?.body).toEqual({
    message_type: 'notification',
    payload: { title: 'Disk', message: '95 %', priority: 4 },
  });
});

test('Ctrl and Enter send from any field', async () => {
  const { world, user } = draw('/send');
  await user.type(await text(), 'by keys{Control>}{Enter}{/Control}');
  await waitFor(() => expect(world.changes.map(({ path }) => path)).toEqual(['POST /api/messages']));
});

test('a viewer’s keys send nothing', async () => {
  const { world, user } = draw('/send', { me: { role: 'viewer' } });
  await user.type(await text(), 'by keys{Control>}{Enter}{/Control}');
  expect(screen.getByRole('button', { name: 'Send now' })).toHaveAccessibleDescription(/Your role is viewer/);
  expect(world.changes).toEqual([]);
});

test('the counters count bytes, and what is too long is not sent', async () => {
  const { world, user } = draw('/send');
  const field = await text();
  await user.click(field);
  await user.paste('界'.repeat(1366));
  expect(screen.getByText('4,098 of 4,095 bytes')).toBeVisible();
  expect(screen.getByText(/3 bytes too long/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  expect(world.changes).toEqual([]);
});

test('the same text again has the same key, so a lost answer makes no second message; another text has another', async () => {
  const keys: (string | null)[] = [];
  const { user } = draw('/send');
  server.use(
    http.post('*/api/messages', ({ request }) => {
      keys.push(request.headers.get('Idempotency-Key'));
      return HttpResponse.error();
    }),
  );
  await user.type(await text(), 'a');
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(keys).toHaveLength(2));
  await user.type(await text(), 'b');
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  await waitFor(() => expect(keys).toHaveLength(3));
  expect(keys[0]).toBeTruthy();
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});

test('what the API refuses stands at its field', async () => {
  const { user } = draw('/send');
  server.use(http.post('*/api/messages', () => refusedField('payload.delay', 'is 5s', '10 s to 3 days')));
  await user.type(await text(), 'a');
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  expect(await screen.findByRole('textbox', { name: 'ntfy shows it later' })).toHaveAccessibleDescription(
    /is 5s; allowed: 10 s to 3 days/,
  );
});

test('a viewer may not, and is told why', async () => {
  const { world, user } = draw('/send', { me: { role: 'viewer' } });
  await user.type(await text(), 'a');
  const send = screen.getByRole('button', { name: 'Send now' });
  expect(send).toHaveAccessibleDescription(/Your role is viewer/);
  send.focus();
  await user.keyboard('{Enter}');
  await user.type(await screen.findByRole('textbox', { name: 'Title' }), 'x{Enter}');
  expect(world.changes).toEqual([]);
});

test('a duplicate begins as its original', async () => {
  const original = message({
    payload: { title: 'Backup', message: 'done', tags: ['tada'], click: 'https://example.com/' },
  });
  const { user, world } = draw(`/send?from=${original.id}`, { messages: [original] });
  expect(await text()).toHaveValue('done');
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  await waitFor(() =>
    expect(world.changes[0]?.body).toEqual({ message_type: 'notification', payload: original.payload }),
  );
});

test('while the circuit is open the page says that the message will wait', async () => {
  draw('/send', { circuit: circuit({ state: 'open', cause: 'unavailable' }) });
  expect(await screen.findByText(/will be accepted and wait/)).toBeVisible();
});

test('a look at another page loses nothing that was written', async () => {
  const { user } = draw('/send');
  await user.type(await text(), 'half a mess');
  await user.click(screen.getByRole('link', { name: 'Circuit' }));
  await screen.findByRole('heading', { name: 'Circuit' });
  await user.click(screen.getByRole('link', { name: 'Send' }));
  expect(await text()).toHaveValue('half a mess');
});
