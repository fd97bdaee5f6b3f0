import type { Page } from '@playwright/test';
import { backstage } from './backstage';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

// The whole way without a pointer.

test('a message is written, sent and found by keys alone', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Command' }).waitFor();
  await page.keyboard.type('send');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Send a message' })).toBeVisible();
  await tabTo(page, page.getByRole('textbox', { name: 'Title' }));
  await page.keyboard.type('By keys');
  await page.keyboard.press('Tab');
  await page.keyboard.type('no pointer was used');
  await page.keyboard.press('Control+Enter');
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await untilStatus(page, 'Delivered');
  expect(await standin.shown(page.url().slice(-36))).toMatchObject([
    { title: 'By keys', message: 'no pointer was used' },
  ]);
});

test('the list is walked, ticked, opened and replayed by keys alone', async ({ page }) => {
  const author = `user:keys-${Date.now()}`;
  const ids = await backstage.past({ count: 3, age_ms: 20_000, step_ms: 100, created_by: author });
  const [oldest = '', middle = '', newest = ''] = ids;
  await page.goto(`/messages?created_by=${encodeURIComponent(author)}`);
  await expect(page.getByText(/^3 messages shown/)).toBeVisible({ timeout: soon });
  await page.keyboard.press('j');
  await expect(row(page, newest)).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('x');
  await page.keyboard.press('k');
  await expect(row(page, middle)).toBeFocused();
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('2 messages ticked');
  await page.keyboard.press('r');
  const dialog = page.getByRole('dialog', { name: 'Replay what is ticked' });
  await tabTo(page, dialog.getByRole('button', { name: 'Replay 2 messages' }));
  await page.keyboard.press('Enter');
  for (const id of [oldest, middle]) {
    await expect.poll(async () => (await standin.shown(id, 2)).length, { timeout: soon }).toBe(1);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/messages/(${ids.join('|')})$`));
});

const row = (page: Page, id: string) => page.locator(`tr[data-id="${id}"]`);

/** Goes to something with the Tab key, as far as it may be. */
async function tabTo(page: Page, wanted: ReturnType<Page['locator']>): Promise<void> {
  await wanted.waitFor();
  for (let i = 0; i < 40; i += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error('the Tab key does not lead there');
}
