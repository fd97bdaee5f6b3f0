import type { Page } from '@playwright/test';
import { send } from './api';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

test('a refused message says why, fails again while the cause stands, and arrives when it is gone', async ({
  page,
}) => {
  await standin.refuse();
  await page.goto('/');
  const [id = ''] = await send(page, 'refused at first');
  await page.goto(`/messages/${id}`);
  await untilStatus(page, 'Failed');
  await expect(page.getByText('Refused by ntfy.', { exact: true })).toBeVisible();
  await expect(page.getByText(/40021/).first()).toBeVisible();
  await expect(page.getByLabel('MarkFailed, on the path')).toBeVisible();

  await page.getByRole('button', { name: 'Replay' }).click();
  await expect(page.getByText('2 (replayed 1×)')).toBeVisible({ timeout: soon });
  await untilStatus(page, 'Failed');
  await expect(page.getByText('Attempt: Refused')).toHaveCount(2, { timeout: soon });

  await standin.heal();
  await page.getByRole('button', { name: 'Replay' }).click();
  await untilStatus(page, 'Delivered');
  expect(await standin.shown(id, 3)).toMatchObject([{ message: 'refused at first' }]);
  expect(await standin.shown(id, 1)).toEqual([]);
  await expect(page.getByText('Replayed', { exact: true })).toHaveCount(2);

  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('dialog', { name: 'Deliver it once more?' }).getByRole('button', { name: 'Replay' }).click();
  await expect.poll(async () => (await standin.shown(id, 4)).length, { timeout: soon }).toBe(1);
});

test('all that a filter matches is counted, replayed, and nothing else is', async ({ page }) => {
  const { ids, since } = await refused(page, 3);
  await page.goto(`/messages?created_after=${encodeURIComponent(since)}`);
  await page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Failed' }).click();
  await expect(page).toHaveURL(/status=failed/);
  await expect(page.getByText('3 messages shown', { exact: true })).toBeVisible({ timeout: soon });
  await page.getByRole('button', { name: 'Replay all that match…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replay all that match' });
  await expect(dialog.getByText('3 messages match.')).toBeVisible();
  expect(await standin.shown(ids[0] ?? '', 2), 'to count replays nothing').toEqual([]);
  await dialog.getByRole('button', { name: 'Replay 3 messages' }).click();
  await expect(page.getByText('Replay done')).toBeVisible({ timeout: soon });
  await expect(page.getByText('3 of 3 messages replayed')).toBeVisible();
  for (const id of ids) {
    await expect.poll(async () => (await standin.shown(id, 2)).length, { timeout: soon }).toBe(1);
  }
  // They have left the filter: they stay where they are until the person asks.
  await page.getByRole('button', { name: /^Refresh: 3 changed$/ }).click({ timeout: soon });
  await expect(page.getByText('No message matches')).toBeVisible();
});

test('what is ticked is replayed, and what is not ticked is not', async ({ page }) => {
  const { ids, since } = await refused(page, 3);
  const [first = '', second = '', third = ''] = ids;
  await page.goto(`/messages?status=failed&created_after=${encodeURIComponent(since)}`);
  await page.getByRole('checkbox', { name: `Tick ${first}` }).check();
  await page.getByRole('checkbox', { name: `Tick ${third}` }).check();
  await page.getByRole('button', { name: 'Replay…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replay what is ticked' });
  await dialog.getByRole('button', { name: 'Replay 2 messages' }).click();
  await expect(dialog.getByText('replayed', { exact: true })).toHaveCount(2);
  for (const id of [first, third]) {
    await expect.poll(async () => (await standin.shown(id, 2)).length, { timeout: soon }).toBe(1);
  }
  expect(await standin.shown(second, 2)).toEqual([]);
});

/** Messages that ntfy has refused, with the moment since which there are only they. */
async function refused(page: Page, count: number): Promise<{ ids: string[]; since: string }> {
  await standin.refuse();
  await page.goto('/circuit');
  const since = new Date().toISOString();
  const ids = await send(page, ...Array.from({ length: count }, (_, i) => `refused, number ${i + 1}`));
  for (const id of ids) {
    await page.goto(`/messages/${id}`);
    await untilStatus(page, 'Failed');
  }
  await standin.heal();
  return { ids, since };
}
