import type { Page } from '@playwright/test';
import { call } from './api';
import { standin } from './standin';
import type { MessagePage } from '../../src/services/types';
import { expect, soon, test, untilStatus } from './world';

test('a schedule is made, says when it fires, and its message arrives', async ({ page }) => {
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 8_000);
  const id = await made(page, 'In a moment', `at(${inBerlin(at)})`, 'right on time');
  const card = page.getByRole('article', { name: 'In a moment' });
  await expect(card).toContainText('right on time');
  await expect(card).toContainText(inBerlin(at).slice(11, 16));
  const fired = await firedBy(page, id);
  await page.goto(`/messages?created_by=${encodeURIComponent(`schedule:${id}`)}`);
  await page.locator('tr[data-id]').first().locator('td').nth(3).click();
  await expect(page).toHaveURL(new RegExp(`/messages/${fired}$`));
  await untilStatus(page, 'Delivered');
  expect(await standin.shown(fired)).toMatchObject([{ message: 'right on time' }]);
  await page.goto('/schedules');
  await expect(page.getByRole('heading', { name: 'Schedules', exact: true })).toBeVisible();
  await expect(card.getByText('It does not fire any more.').or(page.getByText('No schedules yet'))).toBeVisible();
});

test('a schedule rests, runs at once, changes and goes', async ({ page }) => {
  await made(page, 'Hourly', 'rate(1 hour)', 'every hour');
  const card = page.getByRole('article', { name: 'Hourly' });
  await expect(card.getByRole('listitem')).toHaveCount(5);
  await card.getByRole('button', { name: 'Pause' }).click();
  await expect(card.getByText('Paused', { exact: true })).toBeVisible();
  await expect(card.getByText('It rests: it fires no more until it is resumed.')).toBeVisible();
  await card.getByRole('button', { name: 'Run now' }).click();
  await untilStatus(page, 'Delivered');
  await page.goBack();
  await card.getByRole('button', { name: 'Resume' }).click();
  await expect(card.getByText('Paused', { exact: true })).toBeHidden();

  await card.getByRole('button', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change “Hourly”' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Renamed');
  await dialog.getByRole('button', { name: 'Save the changes' }).click();
  const renamed = page.getByRole('article', { name: 'Renamed' });
  await renamed.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog', { name: 'Delete “Renamed”?' }).getByRole('button', { name: 'Delete' }).click();
  await expect(renamed).toBeHidden();
});

test('an expression that nobody can keep is refused at its field, in words', async ({ page }) => {
  await form(page, 'Never', 'cron(0 0 31 2 ? *)', 'never shown');
  const dialog = page.getByRole('dialog', { name: 'New schedule' });
  await dialog.getByRole('button', { name: 'Create the schedule' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Expression' })).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Never');
});

async function form(page: Page, name: string, expression: string, text: string): Promise<void> {
  await page.goto('/schedules');
  await page.getByRole('button', { name: 'New schedule' }).click();
  const dialog = page.getByRole('dialog', { name: 'New schedule' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await dialog
    .getByRole('textbox', { name: 'When' })
    .or(dialog.getByRole('combobox', { name: 'When' }))
    .first()
    .click();
  await page.getByRole('option', { name: 'By an expression' }).click();
  await dialog.getByRole('textbox', { name: 'Expression' }).fill(expression);
  await dialog.getByRole('textbox', { name: 'Text' }).fill(text);
}

/** Makes a schedule through the page, and gives its id. */
async function made(page: Page, name: string, expression: string, text: string): Promise<string> {
  await form(page, name, expression, text);
  const [answer] = await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith('/api/schedules') && answer.request().method() === 'POST'),
    page.getByRole('button', { name: 'Create the schedule' }).click(),
  ]);
  await expect(page.getByRole('article', { name })).toBeVisible();
  return ((await answer.json()) as { id: string }).id;
}

/** Waits for the message that a schedule makes, and gives its id. */
async function firedBy(page: Page, schedule: string): Promise<string> {
  let id = '';
  const look = async () => {
    const path = `/api/messages?created_by=${encodeURIComponent(`schedule:${schedule}`)}`;
    id = (await call<MessagePage>(page, 'GET', path)).body.items[0]?.id ?? '';
    return id;
  };
  await expect.poll(look, { timeout: soon }).not.toBe('');
  return id;
}

// The browser's own zone, in which the form begins.
const inBerlin = (at: Date) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium' })
    .format(at)
    .replace(' ', 'T');
