import createClient from 'openapi-fetch';
import { problemOf } from './problem';
import type { paths } from './schema';
import { apiFetch } from './session';

/** The API, typed by its contract. Same origin, so the cookies need no permission. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: apiFetch,
  headers: { Accept: 'application/json, application/problem+json' },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for; throws an ApiError where the API gave something else. */
export async function answered<T>(asking: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await readable(asking);
  if (!response.ok || data === undefined) {
    throw problemOf(error, response.status);
  }
  return data;
}

/** The same for an answer without a body. */
export async function done(asking: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await readable(asking);
  if (!response.ok) {
    throw problemOf(error, response.status);
  }
}

// A 200 with a page of HTML is no answer of the API's.
async function readable<T>(asking: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await asking;
  } catch (fault) {
    if (fault instanceof SyntaxError) {
      throw problemOf(undefined, 200);
    }
    throw fault;
  }
}
