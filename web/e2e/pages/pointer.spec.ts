import { at, message } from '../../src/test/factories/message';
import { emptyWorld, plainMessages } from '../../src/test/fakeApi';
import { expect, test } from './played';

// The list under the pointer: polls must not move rows, take ticks away, scroll, or drop marked text.

test.use({
  viewport: { width: 1280, height: 860 },
  world: async ({}, use) => use(emptyWorld({ messages: plainMessages(200) })),
});

test('200 rows, 100 new messages in 20 seconds: no row moves under the pointer', async ({ page, world }) => {
  await page.clock.install({ time: new Date(at(0)) });
  await page.goto('/messages');
  for (const shown of ['100', '150', '200']) {
    await page.getByRole('button', { name: 'Show older messages' }).click();
    await expect(page.getByText(new RegExp(`^${shown} messages shown`))).toBeVisible();
  }
  const row = (i: number) => page.locator('tr[data-id]').nth(i);
  await row(100).scrollIntoViewIfNeeded();
  const ticked = [99, 100, 101].map((i) => world.messages[i]?.id ?? '');
  for (const id of ticked) {
    await page.getByRole('checkbox', { name: `Tick ${id}` }).check();
  }
  await row(103).locator('td').nth(3).selectText();
  const before = {
    scroll: await page.evaluate(() => window.scrollY),
    box: await row(104).boundingBox(),
    text: await marked(page),
  };
  for (let second = 1; second <= 20; second += 1) {
    const newest = Array.from({ length: 5 }, (_, i) =>
      message({ created_at: at(second * 10 + i), updated_at: at(second * 10 + i) }),
    );
    world.messages.unshift(...newest.reverse());
    await page.clock.runFor(1_000);
  }
  await expect(page.getByRole('button', { name: /^\d+\+? new$/ })).toBeVisible();
  expect(await page.evaluate(() => window.scrollY)).toBe(before.scroll);
  expect(await row(104).boundingBox()).toEqual(before.box);
  expect(await marked(page)).toBe(before.text);
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('3 messages ticked');
  for (const id of ticked) {
    await expect(page.getByRole('checkbox', { name: `Tick ${id}` })).toBeChecked();
  }
});

test('a ticked row that leaves the filter stays where it is, is named, and is what is replayed', async ({
  page,
  world,
}) => {
  world.messages.slice(0, 60).forEach((each) => Object.assign(each, { status: 'failed', reason: 'refused' }));
  await page.clock.install({ time: new Date(at(0)) });
  await page.goto('/messages?status=failed');
  const [before, leaving, after] = [4, 5, 6].map((i) => world.messages[i]);
  for (const each of [before, leaving]) {
    await page.getByRole('checkbox', { name: `Tick ${each?.id}` }).check();
  }
  const below = page.locator(`tr[data-id="${after?.id}"]`);
  const place = await below.boundingBox();
  Object.assign(leaving ?? {}, { status: 'completed', reason: undefined, updated_at: at(2) });
  await page.clock.runFor(8_000);
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText(
    '2 messages ticked, 1 of them not in this list',
  );
  await expect(page.locator(`tr[data-id="${leaving?.id}"]`)).toHaveAttribute('data-left', 'true');
  expect(await below.boundingBox()).toEqual(place);
  await page.mouse.click((place?.x ?? 0) + 600, (place?.y ?? 0) + 10);
  await expect(page).toHaveURL(new RegExp(`/messages/${after?.id}`));
  await page.goBack();
  await page.getByRole('button', { name: 'Replay…' }).click();
  await page.getByRole('button', { name: 'Replay 2 messages' }).click();
  await expect
    .poll(() => world.changes.map(({ path }) => path).toSorted())
    .toEqual([before, leaving].map((each) => `POST /api/messages/${each?.id}/replay`).toSorted());
});

test('filter, length and ticks survive a look at a message and the way back', async ({ page, world }) => {
  await page.goto('/messages?status=completed');
  await page.getByRole('button', { name: 'Show older messages' }).click();
  await expect(page.getByText(/^100 messages shown/)).toBeVisible();
  await page.getByRole('checkbox', { name: `Tick ${world.messages[80]?.id}` }).check();
  const scroll = await page.evaluate(() => window.scrollY);
  await page.locator('tr[data-id]').nth(81).locator('td').nth(3).click();
  await expect(page).toHaveURL(new RegExp(`/messages/${world.messages[81]?.id}`));
  await page.goBack();
  await expect(page.getByText(/^100 messages shown/)).toBeVisible();
  await expect(page).toHaveURL(/status=completed/);
  await expect(page.getByRole('checkbox', { name: `Tick ${world.messages[80]?.id}` })).toBeChecked();
  expect(Math.abs((await page.evaluate(() => window.scrollY)) - scroll)).toBeLessThan(50);
});

const marked = (page: import('@playwright/test').Page) => page.evaluate(() => window.getSelection()?.toString() ?? '');
