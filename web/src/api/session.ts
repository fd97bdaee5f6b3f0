import { askIfChanged, forgetAnswers, keepAnswer } from './etag';
import { noAnswer } from './problem';

// The session is in HttpOnly cookies, which no script can read: whether there is one, only the API's answers tell.

const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

type Listener = () => void;
let lost = false;
const listeners = new Set<Listener>();

/** Whether the session has ended and could not be renewed. */
export const sessionIsLost = () => lost;

/** Calls the listener whenever sessionIsLost changes; gives the way to stop that. */
export function onSession(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Notes that the session has ended, or is back. */
export function setSessionLost(now: boolean): void {
  if (lost === now) {
    return;
  }
  lost = now;
  if (now) {
    forgetAnswers();
  }
  listeners.forEach((listener) => listener());
}

/** Fetches from the API: with the proof against CSRF, and again once after renewing a session that has ended. */
export async function apiFetch(request: Request): Promise<Response> {
  if (unsafe.has(request.method)) {
    request.headers.set('X-Rez-Csrf', '1');
  }
  askIfChanged(request);
  const again = request.clone();
  const first = await send(request);
  if (first.status !== 401) {
    return keepAnswer(request, first);
  }
  if (!(await renewed())) {
    return first;
  }
  return keepAnswer(again, await send(again));
}

async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (fault) {
    if (request.signal.aborted) {
      throw fault;
    }
    throw noAnswer();
  }
}

let renewing: Promise<boolean> | undefined;

/**
 * Renews the session: from then on its role is that of the groups of now. The refresh token is good for one use, so
 * requests that end together share one renewal.
 */
export function renewed(): Promise<boolean> {
  renewing ??= renew().finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function renew(): Promise<boolean> {
  const origin = window.location.origin;
  const answer = await send(
    new Request(`${origin}/api/auth/refresh`, { method: 'POST', headers: { 'X-Rez-Csrf': '1' } }),
  );
  // Only a refusal ends the session: a fault of the API's may pass.
  if (answer.ok || answer.status === 400 || answer.status === 401 || answer.status === 403) {
    setSessionLost(!answer.ok);
  }
  return answer.ok;
}
