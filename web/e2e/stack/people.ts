import { expect, type Page } from '@playwright/test';
import { setting } from './setting';

export type Role = 'operator' | 'viewer';

/** Somebody who may sign in. */
export interface Person {
  name: string;
  password: string;
}

/** The stack's own user of a role. */
export function userOf(role: Role): Person {
  const users = JSON.parse(setting('REZAGENT_USERS')) as (Person & { role: Role })[];
  const found = users.find((user) => user.role === role);
  if (!found) {
    throw new Error(`the stack has no user of the role ${role}`);
  }
  return found;
}

/** Types name and password into the sign-in page, which is not ours, and lets it lead on. */
export async function typePassword(page: Page, { name, password }: Person): Promise<void> {
  await page.locator('input[name=username]').fill(name);
  await page.locator('input[name=password]').fill(password);
  await page.locator('input[name=password]').press('Enter');
}

/** Opens a path as somebody who is not signed in, and signs in: the whole way that a person goes. */
export async function signIn(page: Page, person: Person, path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByRole('button', { name: 'Continue to the sign-in page' }).click();
  await typePassword(page, person);
}

/** Signs in the stack's user of a role. */
export async function signedIn(page: Page, role: Role, path = '/'): Promise<void> {
  await signIn(page, userOf(role), path);
  await expect(page.getByRole('button', { name: `Signed in as ${role}, ${role}` })).toBeVisible();
}

/** The cookies that hold a session. */
export const cookies = { access: '__Host-rez_access', refresh: '__Secure-rez_refresh' };
