import type { Page } from '@playwright/test';
import { call, send } from '../stack/api';
import { standin } from '../stack/standin';
import { expect, soon, test, untilStatus } from '../stack/world';
import { aDay, deadLetters, schedules } from './history';
import { picture, scene } from './picture';

// Every page, light and dark, wide and on a phone, on a stack that has seen a little of everything: what docs and README
// show. `make screenshots` starts it.

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.describe('before one is signed in', () => {
  test.use({ role: 'nobody' });
  test('the sign-in page', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await picture(page, 'sign-in');
  });
});

test('the pages', async ({ page }) => {
  await page.goto('/circuit');
  await aDay();
  await deadLetters();
  await schedules(page);
  const delivered = await written(page, {
    title: 'Disk is filling up',
    message: '/var on db-2 is at 95 %.\nAt this rate it is full in about 40 minutes.',
    priority: 5,
    tags: ['warning', 'db-2'],
    click: 'https://status.example.com/db-2',
    actions: [
      { action: 'view', label: 'Open the graph', url: 'https://status.example.com/db-2' },
      { action: 'http', label: 'Clean up', url: 'https://status.example.com/clean' },
    ],
  });
  await page.goto(`/messages/${delivered}`);
  await untilStatus(page, 'Delivered');
  await standin.refuse();
  const refused = await written(page, { title: 'Build failed', message: 'main, step “test”: 3 of 412 failed' });
  await page.goto(`/messages/${refused}`);
  await untilStatus(page, 'Failed');
  await standin.heal();

  await page.goto('/');
  await expect(page.getByText('Messages by hour')).toBeVisible({ timeout: soon });
  await expect(page.getByText('By stage and type').first()).toBeVisible();
  await picture(page, 'overview');
  await page.goto('/messages');
  await expect(page.getByText(/^50 messages shown/)).toBeVisible();
  await picture(page, 'messages', 900);
  await page.goto(`/messages/${delivered}`);
  await untilStatus(page, 'Delivered');
  await picture(page, 'message');
  await page.goto(`/messages/${refused}`);
  await expect(page.getByLabel('MarkFailed, on the path')).toBeVisible();
  await scene(page, 'message-failed');
  await page.goto(`/send?from=${delivered}`);
  await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('Disk is filling up');
  await picture(page, 'send');
  await page.goto('/schedules');
  await expect(page.getByRole('article', { name: 'Change the keys' }).first()).toBeVisible();
  await picture(page, 'schedules');
  await page.goto('/dlq');
  await expect(page.getByRole('heading', { name: 'In the queue' })).toBeVisible();
  await picture(page, 'dead-letters');
  await page.goto('/circuit');
  await expect(page.getByRole('heading', { name: 'Closed' })).toBeVisible();
  await picture(page, 'circuit');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('textbox', { name: 'Command' })).toBeVisible();
  await scene(page, 'palette');

  await page.goto('/messages?status=failed&created_by=program%3Aci');
  await page.getByRole('button', { name: 'Replay all that match…' }).click();
  await expect(page.getByText(/messages match\./)).toBeVisible();
  await scene(page, 'replay');
  await page.getByRole('button', { name: /^Replay \d+ messages$/ }).click();
  await expect(page.getByText('Replay done')).toBeVisible({ timeout: soon });
  await scene(page, 'replay-done');

  await standin.break({ kind: 'status', status: 503 });
  const [waiting = ''] = await send(page, 'Deploy of release 4.2 has begun', 'one', 'two', 'three');
  await expect
    .poll(async () => (await call<{ state: string }>(page, 'GET', '/api/circuit')).body.state, { timeout: 60_000 })
    .toBe('open');
  await page.goto('/circuit');
  await expect(page.getByRole('heading', { name: 'Open' })).toBeVisible();
  await picture(page, 'circuit-open');
  await page.goto(`/messages/${waiting}`);
  await untilStatus(page, 'Waiting');
  await scene(page, 'message-waiting');
});

/** Sends a whole notification, and gives its id. */
async function written(page: Page, payload: object): Promise<string> {
  const { status, body } = await call<{ id: string }>(page, 'POST', '/api/messages', {
    message_type: 'notification',
    payload,
  });
  expect(status).toBe(202);
  return body.id;
}
