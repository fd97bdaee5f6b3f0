import { call } from './api';
import { cookies, signIn, signedIn, typePassword, userOf } from './people';
import { expect, test } from './world';

// The real sign-in page, which is not ours, and the way back from it.

test.use({ role: 'nobody' });

const home = /^http:\/\/127\.0\.0\.1:\d+/;

test('signs in, and is back where one was', async ({ page }) => {
  const wanted = '/messages?status=failed&created_by=user%3Aalice';
  await page.goto(wanted);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  const [origin] = home.exec(page.url()) ?? [];
  await page.getByRole('button', { name: 'Continue to the sign-in page' }).click();
  await expect(page.locator('input[name=password]')).toBeVisible();
  expect(page.url().startsWith(`${origin}/`)).toBe(false);
  await typePassword(page, userOf('operator'));
  await expect(page.getByRole('button', { name: 'Signed in as operator, operator' })).toBeVisible();
  expect(page.url()).toBe(`${origin}${wanted}`);
  await expect(page.getByRole('button', { name: 'Failed' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('textbox', { name: 'Created by' })).toHaveValue('user:alice');
});

test('a wrong password leads nowhere', async ({ page, context }) => {
  await signIn(page, { ...userOf('operator'), password: 'Rez4-not-this-one' });
  await expect(page.locator('input[name=password]')).toBeVisible();
  expect((await context.cookies()).map(({ name }) => name)).not.toContain(cookies.access);
});

test('a link that wants to lead elsewhere leads to the overview', async ({ page, baseURL }) => {
  test.slow();
  for (const wish of [
    '//evil.example',
    '/\\evil.example',
    '/%09//evil.example',
    '/%5Cevil.example',
    '/%2F%2Fevil.example',
    '/..//evil.example',
    'https:evil.example',
    `/${'a'.repeat(5 << 10)}`,
  ]) {
    await page.goto(`/api/auth/login?redirect=${encodeURIComponent(wish)}`);
    await typePassword(page, userOf('viewer'));
    await expect(page.getByRole('heading', { name: 'Overview' }), wish.slice(0, 30)).toBeVisible();
    expect(page.url(), wish.slice(0, 30)).toBe(`${baseURL}/`);
  }
  await page.goto('/api/auth/login?redirect=' + encodeURIComponent('/messages?status=failed#a'));
  await typePassword(page, userOf('viewer'));
  await expect(page.getByRole('heading', { name: 'Messages' })).toBeVisible();
  expect(page.url(), 'a path of ours is kept whole').toBe(`${baseURL}/messages?status=failed#a`);
});

test('an address of ours that looks like another site’s is no page, and stays with us', async ({ page, baseURL }) => {
  await page.goto(`${baseURL}//evil.example/x`);
  await expect(page.getByText('There is no such page')).toBeVisible();
  expect(new URL(page.url()).origin).toBe(baseURL);
});

test('who signs out is asked for the password again', async ({ page, context }) => {
  await signedIn(page, 'operator', '/circuit');
  const copied = await context.cookies();
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  const left = (await context.cookies()).map(({ name }) => name);
  expect(left).not.toContain(cookies.access);
  expect(left).not.toContain(cookies.refresh);

  await page.goBack();
  await expect(page.getByRole('button', { name: 'Force open…' })).toBeHidden();
  await page.goto('/circuit');
  await page.getByRole('button', { name: 'Continue to the sign-in page' }).click();
  await expect(page.locator('input[name=password]')).toHaveValue('');

  // Whoever copied the cookies before cannot renew the session with them.
  await context.addCookies(copied.filter(({ name }) => name === cookies.refresh));
  await page.goto('/circuit');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('signing out without a session, and twice, is no fault', async ({ page, context }) => {
  await signedIn(page, 'viewer');
  await context.clearCookies({ name: cookies.access });
  for (const time of ['with an expired session', 'once more']) {
    const { status, body } = await call<{ logout_url: string }>(page, 'POST', '/api/auth/logout');
    expect(status, time).toBe(200);
    expect(body.logout_url, time).toContain('/logout?');
  }
  expect((await context.cookies()).map(({ name }) => name)).not.toContain(cookies.refresh);
});
