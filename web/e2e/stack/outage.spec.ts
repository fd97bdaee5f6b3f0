import { send } from './api';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

test('an outage: the circuit opens, messages wait with their reason, and arrive when ntfy is back', async ({
  page,
}) => {
  await standin.break({ kind: 'status', status: 503 });
  await page.goto('/send');
  await page.getByRole('textbox', { name: 'Text' }).fill('into the outage');
  await page.getByRole('button', { name: 'Send now' }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  const first = page.url();
  const ids = [first.slice(first.lastIndexOf('/') + 1)];
  ids.push(...(await send(page, 'one more', 'and one', 'and another', 'and the last')));

  await page.goto('/');
  await expect(page.getByRole('link', { name: /^Circuit/ }).filter({ hasText: /Open|Probing/ })).toBeVisible({
    timeout: soon,
  });
  await expect(page.getByRole('link', { name: /^Waiting now [1-9]/ })).toBeVisible({ timeout: soon });
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /^Circuit (open|probing)$/ })
    .click();
  await expect(page.getByRole('heading', { name: /^(Open|Probing)$/ })).toBeVisible();
  await expect(page.getByText(/^ntfy did not answer, or answered with faults of its own/).first()).toBeVisible();
  await page.goto('/send');
  await expect(page.getByText(/is open: the message will be accepted and wait/)).toBeVisible();

  await page.goto(first);
  await untilStatus(page, 'Waiting');
  await expect(page.getByText(/^(Circuit open|ntfy unavailable)\./)).toBeVisible();
  await expect(page.getByText('Next attempt').first()).toBeVisible();
  await expect(page.getByText('Attempt: ntfy unavailable').first()).toBeVisible();
  await expect(page.getByText(/HTTP 503/).first()).toBeVisible();

  await standin.heal();
  await untilStatus(page, 'Delivered');
  for (const id of ids) {
    await expect.poll(async () => (await standin.shown(id)).length, { timeout: soon }).toBe(1);
  }
  await page.goto('/circuit');
  await expect(page.getByRole('heading', { name: 'Closed' })).toBeVisible({ timeout: soon });
});
