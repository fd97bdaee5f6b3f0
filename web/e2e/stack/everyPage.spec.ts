import { look } from '../look';
import { send } from './api';
import { backstage } from './backstage';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

// Every page over real data: nothing for axe to find in light and dark, and nothing wider than a phone.

let made: { message: string; failed: string } | undefined;

test.beforeEach(async ({ page }) => {
  made ??= await something(page);
});

/** Something of everything, so that no page is empty. */
async function something(page: import('@playwright/test').Page) {
  const [failed = ''] = await backstage.past({
    count: 1,
    age_ms: 30_000,
    created_by: 'program:backup',
    payload: {
      title: 'A title that is much longer than a phone is wide, as titles are now and then',
      message: 'x'.repeat(300),
    },
    status: 'failed',
    reason: 'refused',
    detail: 'ntfy answered 400 (40021): icon URL is not valid',
    attempts: [{ outcome: 'rejected', status: 400, code: 40021, detail: 'icon URL is not valid' }],
  });
  await backstage.bury('pipeline_fault');
  await backstage.bury();
  await page.goto('/circuit');
  const [message = ''] = await send(page, 'for every page');
  await expect.poll(async () => (await standin.shown(message)).length, { timeout: soon }).toBe(1);
  return { message, failed };
}

const pages = {
  overview: { path: () => '/', ready: 'Time to delivery, p50' },
  messages: { path: () => '/messages', ready: /messages? shown/ },
  'a message': { path: () => `/messages/${made?.message}`, ready: 'Attempt: Delivered' },
  'a failed message': { path: () => `/messages/${made?.failed}`, ready: 'Refused by ntfy.' },
  send: { path: () => '/send', ready: 'Preview' },
  'a duplicate': { path: () => `/send?from=${made?.failed}`, ready: 'A new message that begins as' },
  schedules: { path: () => '/schedules', ready: 'Schedules' },
  circuit: { path: () => '/circuit', ready: 'Failures in the window' },
  'dead letters': { path: () => '/dlq', ready: 'In the queue' },
} as const;

const screens = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

test.describe('nothing to complain about', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });
  for (const [name, { path, ready }] of Object.entries(pages)) {
    test(name, async ({ page, complaints }) => {
      await page.goto(path());
      await expect(page.getByText(ready).first()).toBeVisible({ timeout: soon });
      for (const [screen, viewport] of Object.entries(screens)) {
        await page.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          await look(page, `stack-${name}-${colorScheme}-${screen}`, complaints);
        }
      }
    });
  }
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });
  test('the pages are reached through the menu, and a message is opened and replayed', async ({ page }) => {
    await page.goto('/');
    await page.getByRole('button', { name: 'Pages' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Messages' }).click();
    await expect(page.getByRole('heading', { name: 'Messages' })).toBeVisible();
    await page.locator(`tr[data-id="${made?.failed}"] a`).click();
    await page.getByRole('button', { name: 'Replay' }).click();
    await untilStatus(page, 'Delivered');
  });
});
