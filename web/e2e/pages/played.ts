import { test as base, expect, type Page } from '@playwright/test';
import { getResponse } from 'msw';
import { worldTime } from '../../src/test/factories/message';
import { fakeApi, livelyWorld, type World } from '../../src/test/fakeApi';

interface Played {
  /** The world behind the API of this test's page. */
  world: World;
  /** What the page complained about: errors of its own, and what its Content-Security-Policy refused. */
  complaints: string[];
}

/** Tests of the built pages over a played API, at a moment that stands still. */
export const test = base.extend<Played>({
  world: async ({}, use) => {
    await use(livelyWorld());
  },
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('pageerror', (fault) => complaints.push(fault.message));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    await use(complaints);
  },
  page: async ({ page, world }, use) => {
    await page.clock.setFixedTime(worldTime);
    await play(page, world);
    await use(page);
  },
});

async function play(page: Page, world: World): Promise<void> {
  const routes = fakeApi(world);
  await page.route('**/api/**', async (route) => {
    const asked = route.request();
    const request = new Request(asked.url(), {
      method: asked.method(),
      headers: asked.headers(),
      body: asked.postData() ?? undefined,
    });
    const answer = await getResponse(routes, request);
    if (!answer) {
      throw new Error(`nobody plays ${asked.method()} ${asked.url()}`);
    }
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    });
  });
  // Pictures of messages come from elsewhere: here from nowhere.
  await page.route(/^https:\/\/(?!127)/, (route) => route.abort());
}

export { expect };
