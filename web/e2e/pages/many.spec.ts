import type { Page } from '@playwright/test';
import { emptyWorld, plainMessages } from '../../src/test/fakeApi';
import { expect, test } from './played';

// A list of 10,000: how long it takes from a key or a click to the next paint, as the browser itself measures it, beside
// a list of 50 on the same machine in the same minute.

const many = 10_000;
const perPage = 1_000;

test.use({
  viewport: { width: 1280, height: 860 },
  world: async ({}, use) => use(emptyWorld({ messages: plainMessages(many) })),
});

test('a list of 10,000 answers like a short one', async ({ page, world }) => {
  test.setTimeout(180_000);
  let size = 50;
  await page.route('**/api/messages?*', async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const items = world.messages.slice(from, from + size);
    const next = from + size < many ? { next: String(from + size) } : {};
    await route.fulfill({ json: { items, ...next } });
  });
  await page.addInitScript(() => {
    const seen = window as unknown as { interactions: [string, number][] };
    seen.interactions = [];
    new PerformanceObserver((list) => {
      list.getEntries().forEach(({ name, duration }) => seen.interactions.push([name, duration]));
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
  });
  await page.goto('/messages');
  await expect(page.getByText(/^50 messages shown/)).toBeVisible();
  const short = await interactions(page);

  size = perPage;
  await page.goto('/messages');
  for (let shown = perPage; shown < many; shown += perPage) {
    await expect(page.getByText(`${shown.toLocaleString('en')} messages shown, older ones follow`)).toBeVisible();
    await page.getByRole('button', { name: 'Show older messages' }).click();
  }
  await expect(page.getByText('10,000 messages shown', { exact: true })).toBeVisible();
  const drawn = await page.locator('tr[data-id]').count();
  await page.mouse.wheel(0, -500_000);
  await expect(page.locator(`tr[data-id="${world.messages[0]?.id}"]`)).toBeInViewport();
  const long = await interactions(page);
  console.log(
    [
      `from a key or a click to the next paint, in ms (list of 50 | of 10,000, ${drawn} rows drawn):`,
      ...Object.keys(long).map((what) => `  ${what}: ${short[what]} | ${long[what]}`),
    ].join('\n'),
  );
  expect(drawn).toBeLessThan(many / 10);
  for (const [what, took] of Object.entries(long)) {
    expect(took, what).toBeLessThan(Math.max(1_000, 5 * (short[what] ?? 0)));
  }
  await expect(page.getByText('10,000 messages ticked')).toBeVisible();
  await page.getByRole('button', { name: 'Clear' }).click();
});

/** Does what people do with a list, and gives the longest wait of each. */
async function interactions(page: Page): Promise<Record<string, number>> {
  const took: Record<string, number> = {};
  const measured = async (what: string, act: () => Promise<void>) => {
    await settled(page);
    await page.evaluate(() => ((window as unknown as { interactions: unknown[] }).interactions = []));
    await act();
    await settled(page);
    took[what] = await page.evaluate(() =>
      Math.max(16, ...(window as unknown as { interactions: [string, number][] }).interactions.map(([, ms]) => ms)),
    );
  };
  const field = page.getByRole('textbox', { name: 'Created by' });
  await measured('type a letter of a filter', async () => {
    await field.click();
    await page.keyboard.press('u');
    await page.keyboard.press('Backspace');
  });
  await measured('tick one', () => page.locator('tr[data-id] input').nth(2).click());
  await measured('untick it', () => page.locator('tr[data-id] input').nth(2).click());
  await measured('walk by keys', async () => {
    await page.locator('tr[data-id]').nth(3).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
  });
  await measured('scroll, and tick there', async () => {
    await page.mouse.move(600, 500);
    await page.mouse.wheel(0, 1_200);
    await settled(page);
    await page.locator('tr[data-id] input').nth(20).click();
  });
  await measured('tick all', () => page.getByRole('checkbox', { name: 'Tick all that are shown' }).click());
  return took;
}

// Two frames and an idle moment after the last paint, so that the browser has told what it measured.
const settled = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<void>((done) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => requestIdleCallback(() => setTimeout(done, 50), { timeout: 1_000 })),
        ),
      ),
  );
