import { backstage } from './backstage';
import { standin } from './standin';
import { expect, soon, test } from './world';

test('dead letters: one is redriven, then all, and what can be delivered arrives', async ({ page }) => {
  const faulted = await backstage.bury('pipeline_fault', { detail: 'the workflow ended with States.Timeout' });
  const other = await backstage.bury('pipeline_fault');
  const expired = await backstage.bury('expired', { detail: 'waited for ntfy' });
  const refused = await backstage.bury('refused');
  await page.goto('/dlq');
  const queue = page
    .getByRole('region', { name: 'In the queue' })
    .or(page.locator('section', { hasText: 'In the queue' }));
  await expect(queue.getByText('the workflow ended with States.Timeout').first()).toBeVisible();
  await expect(queue.getByText('a redrive would not deliver it')).toHaveCount(1);
  await expect(page.getByRole('checkbox', { name: `Tick ${refused}` })).toHaveCount(0);

  await page
    .getByRole('checkbox', { name: `Tick ${faulted}` })
    .first()
    .check();
  await page.getByRole('button', { name: 'Redrive 1 ticked…' }).click();
  await page.getByRole('dialog', { name: 'Redrive 1 message?' }).getByRole('button', { name: 'Redrive' }).click();
  await expect.poll(async () => (await standin.shown(faulted)).length, { timeout: soon }).toBe(1);
  expect(await standin.shown(other)).toEqual([]);

  await page.getByRole('button', { name: 'Redrive all…' }).click();
  await page
    .getByRole('dialog', { name: 'Redrive the whole queue?' })
    .getByRole('button', { name: 'Redrive all' })
    .click();
  await expect.poll(async () => (await standin.shown(other)).length, { timeout: soon }).toBe(1);
  await expect.poll(async () => (await standin.shown(expired, 2)).length, { timeout: soon }).toBe(1);
  await expect(page.getByText('Nothing has failed on the way')).toBeVisible({ timeout: soon });
  expect(await standin.shown(refused)).toEqual([]);
});
