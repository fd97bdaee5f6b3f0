import { call } from './api';
import { backstage } from './backstage';
import { expect, test } from './world';

test.use({ role: 'viewer' });

test('a viewer sees everything, and what only operators may do says so and does nothing', async ({ page }) => {
  const [id] = await backstage.past({ count: 1, age_ms: 5_000, created_by: 'user:operator' });
  for (const [path, ...buttons] of [
    ['/messages?status=failed', 'Replay all that match…'],
    [`/messages/${id}`, 'Replay'],
    ['/send', /^Send now/],
    ['/schedules', 'New schedule'],
    ['/circuit', 'Force open…', 'Reset…'],
    ['/dlq', 'Redrive ticked…', 'Redrive all…'],
  ] as const) {
    await page.goto(path);
    for (const name of buttons) {
      const button = page.getByRole('button', { name, exact: true });
      await expect(button).toHaveAttribute('aria-disabled', 'true');
      await expect(button).toHaveAccessibleDescription(/Your role is viewer.*Ask whoever runs/);
      await button.click({ force: true });
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
  }
  await page.goto('/circuit');
  await page.getByRole('button', { name: 'Force open…' }).hover();
  await expect(page.getByRole('tooltip')).toContainText('Your role is viewer');
});

test('the API refuses a viewer whatever the page allows', async ({ page }) => {
  const [id] = await backstage.past({ count: 1, age_ms: 5_000, created_by: 'user:operator' });
  await page.goto('/');
  for (const [method, path, body] of [
    ['POST', '/api/messages', { message_type: 'notification', payload: { message: 'x' } }],
    ['POST', `/api/messages/${id}/replay`, { generation: 1 }],
    ['POST', '/api/replays', { filter: { status: 'failed' } }],
    ['POST', '/api/circuit/open', undefined],
    ['POST', '/api/circuit/reset', undefined],
    ['POST', '/api/dlq/redrive', { all: true }],
    [
      'POST',
      '/api/schedules',
      { name: 'x', expression: 'rate(1 hour)', timezone: 'UTC', message_type: 'scheduled_hello', payload: {} },
    ],
  ] as const) {
    const { status, body: problem } = await call<{ code: string }>(page, method, path, body);
    expect([status, problem.code], path).toEqual([403, 'forbidden']);
  }
});
