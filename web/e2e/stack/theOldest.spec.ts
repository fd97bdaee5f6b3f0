import { backstage } from './backstage';
import { standin } from './standin';
import { expect, soon, test } from './world';

// An empty page of the API's is not the end: it looks through a bounded number of records for each.

const hour = 3_600_000;

test('among 3,000 messages the oldest is found, and nobody says before that there is none', async ({ page }) => {
  test.slow();
  await backstage.past({ count: 3_000, age_ms: 6 * hour, created_by: 'user:archive' });
  const [oldest = ''] = await backstage.past({
    count: 1,
    age_ms: 7 * hour,
    created_by: 'user:rare',
    status: 'failed',
    reason: 'refused',
  });
  await page.goto('/messages?created_by=user%3Arare');
  const row = page.locator(`tr[data-id="${oldest}"]`);
  const further = page.getByRole('button', { name: 'Search further back' });
  const none = page.getByText('No message matches');
  do {
    // The page goes on by itself for a while, and then with a click for each look further back.
    await further.click({ timeout: 3_000 }).catch(() => undefined);
    await expect(further.or(row).first()).toBeVisible({ timeout: soon });
    expect(await none.count()).toBe(0);
  } while (!(await row.isVisible()));
  await expect(page.getByText(/^1 message shown/)).toBeVisible({ timeout: soon });

  await page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Failed' }).click();
  await expect(row).toBeVisible({ timeout: soon });
  await page.getByRole('button', { name: 'Replay all that match…' }).click();
  await page.getByRole('button', { name: 'Replay 1 message' }).click({ timeout: soon });
  await expect(page.getByText('Replay done')).toBeVisible({ timeout: soon });
  await expect.poll(async () => (await standin.shown(oldest, 2)).length, { timeout: soon }).toBe(1);
});

test('exactly one page of matches ends, and does not go round', async ({ page }) => {
  await backstage.past({ count: 50, age_ms: 60_000, created_by: 'user:fifty', step_ms: 10 });
  await page.goto('/messages?created_by=user%3Afifty');
  const older = page.getByRole('button', { name: 'Show older messages' });
  for (let clicks = 0; clicks < 30; clicks += 1) {
    await expect(page.getByText(/^50 messages shown/)).toBeVisible({ timeout: soon });
    if (!(await older.isVisible())) {
      break;
    }
    await older.click();
    await expect(older)
      .toBeEnabled()
      .catch(() => undefined);
  }
  await expect(page.getByText('50 messages shown', { exact: true })).toBeVisible();
  await expect(page.locator('tr[data-id]')).toHaveCount(50);
});
