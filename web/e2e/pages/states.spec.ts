import { emptyWorld } from '../../src/test/fakeApi';
import { look } from '../look';
import { expect, test } from './played';

// What stands above, or in place of, a page: dialogs, menus, empty lists, a viewer's limits.

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 1280, height: 860 }, contextOptions: { reducedMotion: 'reduce' } });

    test('what is ticked, and its replay', async ({ page, complaints }) => {
      await page.goto('/messages');
      for (const i of [2, 3, 7]) {
        await page
          .getByRole('checkbox', { name: /^Tick 0198/ })
          .nth(i)
          .check();
      }
      await look(page, `ticked-${colorScheme}`, complaints);
      await page.getByRole('button', { name: 'Replay…' }).click();
      await expect(page.getByRole('button', { name: 'Replay 3 messages' })).toBeVisible();
      await look(page, `replay-ticked-${colorScheme}`, complaints);
    });

    test('all that match, counted and under way', async ({ page, complaints }) => {
      await page.goto('/messages?status=failed');
      await page.getByRole('button', { name: 'Replay all that match…' }).click();
      await expect(page.getByText('2 messages match.')).toBeVisible();
      await look(page, `replay-all-${colorScheme}`, complaints);
      await page.getByRole('button', { name: 'Replay 2 messages' }).click();
      await expect(page.getByText('Replaying…')).toBeVisible();
      await look(page, `job-${colorScheme}`, complaints);
    });

    test('the command palette', async ({ page, complaints }) => {
      await page.goto('/circuit');
      await page.getByRole('button', { name: /Go to/ }).first().click();
      await expect(page.getByRole('textbox', { name: 'Command' })).toBeVisible();
      await look(page, `palette-${colorScheme}`, complaints);
    });

    test('a new schedule', async ({ page, complaints }) => {
      await page.goto('/schedules');
      await page.getByRole('button', { name: 'New schedule' }).click();
      await page
        .getByRole('textbox', { name: 'When' })
        .or(page.getByRole('combobox', { name: 'When' }))
        .first()
        .click();
      await page.getByRole('option', { name: 'On days of the week' }).click();
      await look(page, `schedule-form-${colorScheme}`, complaints);
    });

    test('a message with faults, as it is written', async ({ page, complaints }) => {
      await page.goto('/send');
      await page.getByRole('textbox', { name: 'Title' }).fill('Disk is filling up');
      await page.getByRole('textbox', { name: 'Text' }).fill('界'.repeat(1366));
      await page.getByRole('textbox', { name: 'A tap opens' }).fill('status.example.com');
      await page.getByRole('button', { name: 'Add a button' }).click();
      await look(page, `send-faults-${colorScheme}`, complaints);
    });

    test('a viewer’s limits', async ({ page, world, complaints }) => {
      world.me = { name: 'user:victor', role: 'viewer' };
      await page.goto('/circuit');
      await page.getByRole('button', { name: 'Force open…' }).focus();
      await expect(page.getByRole('tooltip')).toContainText('Your role is viewer');
      await look(page, `viewer-${colorScheme}`, complaints);
    });

    test('an open circuit is asked about before it is forced', async ({ page, complaints }) => {
      await page.goto('/circuit');
      await page.getByRole('button', { name: 'Force open…' }).click();
      await expect(page.getByRole('button', { name: 'Stop delivery' })).toBeVisible();
      await look(page, `confirm-${colorScheme}`, complaints);
    });
  });
}

test.describe('nothing yet', () => {
  test.use({ world: async ({}, use) => use(emptyWorld()) });
  for (const [path, words] of [
    ['/messages', 'No messages yet'],
    ['/messages?status=failed', 'No message matches'],
    ['/schedules', 'No schedules yet'],
    ['/dlq', 'Nothing has failed on the way'],
    ['/nowhere', 'There is no such page'],
  ] as const) {
    test(path, async ({ page, complaints }) => {
      await page.goto(path);
      await expect(page.getByText(words)).toBeVisible();
      await look(page, `nothing-${path.replaceAll(/\W/g, '')}`, complaints);
    });
  }
});
