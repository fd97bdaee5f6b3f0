import { send } from './api';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

test('an operator stops all delivery, and lets it go on', async ({ page }) => {
  await page.goto('/circuit');
  await expect(page.getByRole('heading', { name: 'Closed' })).toBeVisible({ timeout: soon });
  await page.getByRole('button', { name: 'Force open…' }).click();
  await page
    .getByRole('dialog', { name: 'Stop delivery to ntfy?' })
    .getByRole('button', { name: 'Stop delivery' })
    .click();
  await expect(page.getByRole('heading', { name: 'Open: stopped by an operator' })).toBeVisible();
  await expect(page.getByText('It stays open until somebody resets it.')).toBeVisible();
  await expect(page.getByText('user:operator').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Force open…' })).toHaveAccessibleDescription(/forced open already/);

  const [id = ''] = await send(page, 'waits for the operator');
  await page.goto(`/messages/${id}`);
  await untilStatus(page, 'Waiting');
  await expect(page.getByText('Circuit open.', { exact: true })).toBeVisible();
  expect(await standin.shown(id)).toEqual([]);

  await page.goto('/circuit');
  await page.getByRole('button', { name: 'Reset…' }).click();
  await page.getByRole('dialog', { name: 'Reset the circuit?' }).getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByRole('heading', { name: 'Closed' })).toBeVisible();
  await page.goto(`/messages/${id}`);
  await untilStatus(page, 'Delivered');
  expect(await standin.shown(id)).toHaveLength(1);
});
