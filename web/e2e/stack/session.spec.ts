import type { BrowserContext, Page } from '@playwright/test';
import { backstage } from './backstage';
import { cookies, signedIn, signIn, typePassword, userOf } from './people';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

// A session that ends while somebody works. The cookies are taken away as the browser does at their end.

test.use({ role: 'nobody' });

const text = (page: Page) => page.getByRole('textbox', { name: 'Text' });

test('an access token that has ended is renewed, and nobody notices', async ({ page, context }) => {
  await signedIn(page, 'operator', '/send');
  await text(page).fill('half a mess');
  const before = await valueOf(context, cookies.access);
  await context.clearCookies({ name: cookies.access });
  await expect.poll(() => valueOf(context, cookies.access), { timeout: soon }).toBeTruthy();
  expect(await valueOf(context, cookies.access)).not.toBe(before);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(text(page)).toHaveValue('half a mess');
  await context.clearCookies({ name: cookies.access });
  await text(page).fill('a whole message');
  await page.getByRole('button', { name: 'Send now' }).click();
  await untilStatus(page, 'Delivered');
  expect(await standin.shown(idOf(page))).toMatchObject([{ message: 'a whole message' }]);
});

test('a session that has ended asks to sign in, and keeps the half-written message', async ({ page, context }) => {
  await signedIn(page, 'operator', '/send');
  await page.getByRole('textbox', { name: 'Title' }).fill('Disk is filling up');
  await text(page).fill('half a mess');
  await context.clearCookies();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(dialog).toBeVisible({ timeout: soon });

  await dialog.getByRole('button', { name: 'I have signed in' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Not signed in yet');

  const [other] = await Promise.all([
    context.waitForEvent('page'),
    dialog.getByRole('link', { name: 'Sign in' }).click(),
  ]);
  await typePassword(other, userOf('operator'));
  await expect(dialog).toBeHidden();
  await expect.poll(() => other.isClosed()).toBe(true);
  await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('Disk is filling up');
  await expect(text(page)).toHaveValue('half a mess');
  await page.getByRole('button', { name: 'Send now' }).click();
  await untilStatus(page, 'Delivered');
});

test('a role that changes is the page’s after the next renewal, both ways, without a broken page', async ({
  page,
  context,
}) => {
  const nina = await backstage.invite(`nina-${Date.now()}`);
  await signIn(page, nina);
  await expect(page.getByText('You have no role here')).toBeVisible();
  await expect(page.getByText(/Ask whoever runs rez_agent/)).toBeVisible();

  await backstage.join(nina.name, 'viewer');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByRole('button', { name: `Signed in as ${nina.name}, viewer` })).toBeVisible();
  await page.getByRole('link', { name: 'Circuit' }).first().click();
  const force = page.getByRole('button', { name: 'Force open…' });
  await expect(force).toHaveAccessibleDescription(/Your role is viewer/);

  await backstage.join(nina.name, 'operator');
  await context.clearCookies({ name: cookies.access });
  await lookedAtAgain(page);
  await expect(page.getByRole('button', { name: `Signed in as ${nina.name}, operator` })).toBeVisible();
  await expect(force).toHaveAccessibleDescription('');

  await backstage.leave(nina.name, 'operator');
  await context.clearCookies({ name: cookies.access });
  await force.click();
  await page.getByRole('button', { name: 'Stop delivery' }).click();
  await expect(page.getByRole('alert')).toContainText('operator');
  await expect(page.getByRole('button', { name: `Signed in as ${nina.name}, viewer` })).toBeVisible();
  await expect(force).toHaveAccessibleDescription(/Your role is viewer/);
  await expect(page.getByRole('heading', { name: 'Closed' })).toBeVisible();
});

const valueOf = async (context: BrowserContext, cookie: string) =>
  (await context.cookies()).find(({ name }) => name === cookie)?.value;

// What a browser does when somebody comes back to the tab.
const lookedAtAgain = (page: Page) => page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));

const idOf = (page: Page) => new URL(page.url()).pathname.split('/').at(-1) ?? '';
