import { expect, test } from '@playwright/test';

// Over a running stack, which REZAGENT_WEB_URL names.

test('the dashboard answers, keeps its policy, and asks to sign in', async ({ page }) => {
  const complaints: string[] = [];
  page.on('pageerror', (fault) => complaints.push(fault.message));
  await page.goto('/messages?status=failed');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  expect(complaints).toEqual([]);
});
