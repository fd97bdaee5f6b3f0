import type { Page } from '@playwright/test';
import type { Accepted } from '../../src/services/types';

interface Answer<T> {
  status: number;
  body: T;
}

/** Calls the API as the page’s own scripts do: with its session, whatever its buttons allow. */
export async function call<T>(page: Page, method: string, path: string, body?: unknown): Promise<Answer<T>> {
  return page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(path, {
        method,
        headers: { 'X-Rez-Csrf': '1', 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await answer.text();
      return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
    },
    [method, path, body] as const,
  );
}

/** Sends messages as a program would, and gives their ids. */
export async function send(page: Page, ...texts: string[]): Promise<string[]> {
  const ids = [];
  for (const message of texts) {
    const { status, body } = await call<Accepted>(page, 'POST', '/api/messages', {
      message_type: 'notification',
      payload: { message },
    });
    if (status !== 202) {
      throw new Error(`the API answered ${status}: ${JSON.stringify(body)}`);
    }
    ids.push(body.id);
  }
  return ids;
}
