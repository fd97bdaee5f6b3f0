import { standin } from './standin';
import { expect, test, untilStatus } from './world';

test('a message is written, sent and watched until it is delivered, as it was written', async ({ page }) => {
  await page.goto('/send');
  await page.getByRole('textbox', { name: 'Title' }).fill('Backup of “orders” 🗄');
  await page.getByRole('textbox', { name: 'Text' }).fill('12 tables, 48 MB\nNext run: tomorrow, 02:30');
  await page.getByText('High', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Tags' }).pressSequentially('white_check_mark,db-2,');
  await page.getByRole('textbox', { name: 'A tap opens' }).fill('https://status.example.com/db-2');
  await page.getByRole('button', { name: 'Add a button' }).click();
  await page.getByRole('textbox', { name: 'Label' }).fill('Open the graph');
  await page.getByRole('textbox', { name: 'Address' }).fill('https://status.example.com/graph');
  const preview = page.getByRole('figure');
  await expect(preview).toContainText('Backup of “orders” 🗄');
  await expect(preview).toContainText('12 tables, 48 MB');
  await expect(preview).toContainText('Open the graph');

  await page.getByRole('button', { name: 'Send now' }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await untilStatus(page, 'Delivered');
  await expect(page.getByText('Attempt: Delivered')).toBeVisible();
  await expect(page.getByRole('figure')).toContainText('12 tables, 48 MB');
  await expect(page.getByLabel('MarkCompleted, on the path')).toBeVisible();
  await expect(page.getByLabel('MarkFailed', { exact: true })).toBeVisible();
  const written = {
    title: 'Backup of “orders” 🗄',
    message: '12 tables, 48 MB\nNext run: tomorrow, 02:30',
    priority: 4,
    tags: ['white_check_mark', 'db-2'],
    click: 'https://status.example.com/db-2',
    actions: [{ action: 'view', label: 'Open the graph', url: 'https://status.example.com/graph' }],
  };
  const first = idIn(page.url());
  expect(await standin.shown(first)).toMatchObject([written]);

  await page.getByRole('link', { name: 'Duplicate' }).click();
  await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue(written.title);
  await page.getByRole('textbox', { name: 'Title' }).fill('The same again');
  await page.getByRole('button', { name: 'Send now' }).click();
  await expect(page).not.toHaveURL(/send/);
  await untilStatus(page, 'Delivered');
  expect(await standin.shown(idIn(page.url()))).toMatchObject([{ ...written, title: 'The same again' }]);
  expect(await standin.shown(first)).toHaveLength(1);
});

test('what the API alone can refuse is told at its field', async ({ page }) => {
  await page.goto('/send');
  await page.getByRole('textbox', { name: 'Text' }).fill('to nowhere');
  await page.getByRole('textbox', { name: 'ntfy shows it later' }).fill('on some fine day');
  await page.getByRole('button', { name: /^Send/ }).click();
  await expect(page).toHaveURL(/\/send/);
  await expect(page.getByRole('textbox', { name: 'ntfy shows it later' })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByRole('textbox', { name: 'Text' })).toHaveValue('to nowhere');
});

const idIn = (url: string) => url.slice(url.lastIndexOf('/') + 1);
