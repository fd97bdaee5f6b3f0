import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { message } from '../test/factories/message';
import { ill, unauthenticated } from '../test/fakeApi';
import { server } from '../test/server';
import { answered, api } from './client';
import { asApiError, type ApiError } from './problem';
import { sessionIsLost } from './session';

const getCircuit = () => answered(api.GET('/api/circuit'));
const openCircuit = () => answered(api.POST('/api/circuit/open'));

async function faultOf(asking: Promise<unknown>): Promise<ApiError> {
  return asApiError(
    await asking.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
}

/** A session that is renewed once: answers 401 before, and counts the renewals. */
function renewable(refresh: () => HttpResponse<null> | ReturnType<typeof unauthenticated>) {
  const seen = { renewals: 0, signedIn: false };
  server.use(
    http.post('*/api/auth/refresh', () => {
      seen.renewals += 1;
      const answer = refresh();
      seen.signedIn = answer.ok;
      return answer;
    }),
    http.get('*/api/circuit', () => (seen.signedIn ? HttpResponse.json({ state: 'closed' }) : unauthenticated())),
    http.post('*/api/circuit/open', () => (seen.signedIn ? HttpResponse.json({ state: 'open' }) : unauthenticated())),
  );
  return seen;
}

test('a session that has ended is renewed silently, once for all requests, and each of them is repeated', async () => {
  const seen = renewable(() => new HttpResponse(null, { status: 204 }));
  const answers = await Promise.all([getCircuit(), getCircuit(), openCircuit()]);
  expect(answers.map(({ state }) => state)).toEqual(['closed', 'closed', 'open']);
  expect(seen.renewals).toBe(1);
  expect(sessionIsLost()).toBe(false);
});

test('a session that cannot be renewed is lost', async () => {
  renewable(unauthenticated);
  expect((await faultOf(getCircuit())).code).toBe('unauthenticated');
  expect(sessionIsLost()).toBe(true);
});

test('a fault of the renewal is not the session’s end', async () => {
  renewable(ill);
  expect((await faultOf(getCircuit())).status).toBe(401);
  expect(sessionIsLost()).toBe(false);
});

test('what changes something proves that it comes from our pages; what reads needs not', async () => {
  const proofs: (string | null)[] = [];
  const proof = ({ request }: { request: Request }) => {
    proofs.push(request.headers.get('X-Rez-Csrf'));
    return HttpResponse.json({ state: 'open' });
  };
  server.use(http.get('*/api/circuit', proof), http.post('*/api/circuit/open', proof));
  await openCircuit();
  await getCircuit();
  expect(proofs).toEqual(['1', null]);
});

test('a poll that finds nothing new is answered from what is known', async () => {
  const asked: (string | null)[] = [];
  const known = message();
  server.use(
    http.get('*/api/messages/:id', ({ request }) => {
      const tag = request.headers.get('If-None-Match');
      asked.push(tag);
      return tag === '"1"'
        ? new HttpResponse(null, { status: 304 })
        : HttpResponse.json(known, { headers: { ETag: '"1"' } });
    }),
  );
  const get = () => answered(api.GET('/api/messages/{id}', { params: { path: { id: known.id } } }));
  expect(await get()).toEqual(known);
  expect(await get()).toEqual(known);
  expect(asked).toEqual([null, '"1"']);
});

test('a problem keeps its words, its fields and its reference', async () => {
  server.use(http.get('*/api/circuit', ill));
  expect(await faultOf(getCircuit())).toMatchObject({
    code: 'internal',
    status: 500,
    reference: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    transient: true,
  });
});

test.each([200, 404, 502])('a page of HTML with status %d is no answer of the API’s', async (status) => {
  server.use(http.get('*/api/circuit', () => HttpResponse.html('<title>Sign in</title>', { status })));
  expect((await faultOf(getCircuit())).code).toBe('not_json');
});

test('no answer at all says so', async () => {
  server.use(http.get('*/api/circuit', () => HttpResponse.error()));
  expect((await faultOf(getCircuit())).code).toBe('network');
});
