import { act, screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test, vi } from 'vitest';
import { draw } from '../../test/draw';
import { unauthenticated } from '../../test/fakeApi';
import { circuit } from '../../test/factories/operations';
import { server } from '../../test/server';
import { signedInChannel } from '../../services/session';

const leave = () => {
  const assign = vi.fn();
  const { origin, href } = window.location;
  vi.stubGlobal('location', { origin, href, assign });
  return assign;
};

test('who is not signed in is led to the sign-in page, and comes back to where they were', async () => {
  const { user } = draw('/messages?status=failed');
  const asked: (string | null)[] = [];
  server.use(
    http.get('*/api/auth/me', unauthenticated),
    http.post('*/api/auth/login', ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('redirect'));
      return HttpResponse.json({ authorize_url: 'https://sign-in.example.com/' });
    }),
  );
  const assign = leave();
  await user.click(await screen.findByRole('button', { name: 'Continue to the sign-in page' }));
  await waitFor(() => expect(assign).toHaveBeenCalledWith('https://sign-in.example.com/'));
  expect(asked).toEqual(['/messages?status=failed']);
});

test('a session that ends asks to sign in again and keeps what is half written', async () => {
  const { user, client } = draw('/send');
  const text = await screen.findByRole('textbox', { name: 'Text' });
  await user.type(text, 'half a mess');
  server.use(http.get('*/api/auth/me', unauthenticated), http.get('*/api/circuit', unauthenticated));
  await act(() => client.invalidateQueries());
  const dialog = await screen.findByRole('dialog', { name: 'Sign in again' });
  await waitFor(() => expect(dialog).toBeVisible());
  expect(screen.getByRole('link', { name: 'Sign in' })).toHaveAttribute(
    'href',
    '/api/auth/login?redirect=%2Fsigned-in',
  );
  server.resetHandlers();
  signedInAgain();
  new BroadcastChannel(signedInChannel).postMessage('signed in');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(text).toHaveValue('half a mess');
});

function signedInAgain() {
  server.use(
    http.get('*/api/auth/me', () =>
      HttpResponse.json({ subject: 's', name: 'user:olivia', role: 'operator', via: 'cookie' }),
    ),
    http.get('*/api/circuit', () => HttpResponse.json(circuit())),
    http.get('*/api/health', () => HttpResponse.json({ status: 'ok', stage: 'local', version: 'v' })),
  );
}

test('who has no role is told whom to ask', async () => {
  draw('/');
  server.use(
    http.get('*/api/auth/me', () =>
      HttpResponse.json(
        { code: 'no_role', status: 403, title: 'You have no role here', detail: 'x', type: 'x' },
        { status: 403 },
      ),
    ),
  );
  expect(await screen.findByText(/Ask whoever runs rez_agent/)).toBeVisible();
});

test('who was given a role meanwhile looks again: the session is renewed, since it tells the groups of before', async () => {
  const { user } = draw('/circuit');
  let renewed = false;
  const noRole = { code: 'no_role', status: 403, title: 'You have no role here', detail: 'x', type: 'x' };
  server.use(
    http.get('*/api/auth/me', () => (renewed ? undefined : HttpResponse.json(noRole, { status: 403 }))),
    http.post('*/api/auth/refresh', () => {
      renewed = true;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Look again' }));
  expect(await screen.findByRole('button', { name: 'Signed in as olivia, operator' })).toBeVisible();
});

test('a role that changes shows without a broken page', async () => {
  const { world, client } = draw('/circuit');
  expect(await screen.findByRole('button', { name: 'Signed in as olivia, operator' })).toBeVisible();
  world.me = { role: 'viewer' };
  await act(() => client.invalidateQueries());
  expect(await screen.findByRole('button', { name: 'Signed in as olivia, viewer' })).toBeVisible();
  expect(screen.getByRole('button', { name: 'Force open…' })).toHaveAccessibleDescription(/Your role is viewer/);
});

test('signing out leads to the end of the sign-in page’s own session', async () => {
  const { user } = draw('/circuit');
  await user.click(await screen.findByRole('button', { name: /Signed in as/ }));
  const assign = leave();
  await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
  await waitFor(() => expect(assign).toHaveBeenCalledWith('https://sign-in.example.com/logout'));
});

test('the palette goes to a page, and to a message by its id', async () => {
  const { user, router } = draw('/circuit');
  await screen.findByRole('heading', { name: 'Circuit' });
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('textbox', { name: 'Command' }), 'dead');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/dlq'));
});

test('an address that leads nowhere says so', async () => {
  draw('/nowhere');
  expect(await screen.findByText('There is no such page')).toBeVisible();
});
