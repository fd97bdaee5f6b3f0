import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import type { Role } from './people';
import { signedIn } from './people';
import { standin } from './standin';

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

interface Options {
  /** Whose page it is. */
  role: Role | 'nobody';
}

interface Watched {
  /** What the page complained about: errors of its own, and what its Content-Security-Policy refused. */
  complaints: string[];
  /** ntfy is well when a story begins and when it has ended. */
  well: undefined;
}

interface Shared {
  /** A role’s cookies, from one real sign-in. */
  sessionOf: (role: Role) => Promise<StorageState>;
}

/** Stories over a running stack: the page is an operator's where the story does not say otherwise. */
export const test = base.extend<Options & Watched, Shared>({
  role: ['operator', { option: true }],
  sessionOf: [
    async ({ browser }, use) => {
      const kept = new Map<Role, StorageState>();
      await use(async (role) => {
        const known = kept.get(role);
        if (known) {
          return known;
        }
        const context = await browser.newContext({ baseURL: process.env.REZAGENT_WEB_URL });
        await signedIn(await context.newPage(), role);
        const state = await context.storageState();
        await context.close();
        kept.set(role, state);
        return state;
      });
    },
    { scope: 'worker' },
  ],
  storageState: async ({ role, sessionOf }, use) => use(role === 'nobody' ? undefined : await sessionOf(role)),
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (fault) => complaints.push(fault.message));
      page.on('console', (line) => {
        // The browser notes each answer of 400 and more: those are for the stories to judge.
        if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) {
          complaints.push(line.text());
        }
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  well: [
    async ({}, use) => {
      await standin.heal();
      await use(undefined);
      await standin.heal();
    },
    { auto: true },
  ],
});

/** How long anything may take that waits for the pipeline and the machine, in milliseconds. */
export const soon = 30_000;

/** Opens a message's page, or takes the one that stands open, and waits until it says how the message stands. */
export async function untilStatus(page: Page, status: string): Promise<void> {
  await expect(page.locator('.page-head').getByText(status, { exact: true })).toBeVisible({ timeout: soon });
}

export { expect };
