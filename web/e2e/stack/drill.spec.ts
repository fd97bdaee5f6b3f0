import { call, send } from './api';
import { standin } from './standin';
import { expect, soon, test, untilStatus } from './world';

// From “something failed” to why, to replayed: what docs/dashboard.md describes, with its times.

test('the drill: something failed, why, replayed', async ({ page }) => {
  await page.goto('/circuit');
  await standin.refuse();
  const [id = ''] = await send(page, 'the drill’s message');
  await expect
    .poll(async () => (await call<{ status: string }>(page, 'GET', `/api/messages/${id}`)).body.status, {
      timeout: soon,
    })
    .toBe('failed');

  const clock = stopwatch();
  await page.goto('/');
  const failure = page.locator(`a[href="/messages/${id}"]`);
  await expect(failure).toContainText('Refused by ntfy', { timeout: soon });
  clock.lap('the overview shows that it failed');
  await failure.click();
  await expect(page.getByText('Refused by ntfy.', { exact: true })).toBeVisible();
  await expect(page.getByText(/40021/).first()).toBeVisible();
  clock.lap('its page says why, and what helps');
  await standin.heal();
  await page.getByRole('button', { name: 'Replay' }).click();
  await untilStatus(page, 'Delivered');
  clock.lap('replayed, and delivered');
  expect(await standin.shown(id, 2)).toHaveLength(1);
  console.log(clock.told());
});

test('the first page is useful soon', async ({ page }) => {
  const begun = Date.now();
  await page.goto('/');
  await expect(page.getByRole('link', { name: /^Delivered \d/ })).toBeVisible({ timeout: soon });
  const useful = Date.now() - begun;
  const painted = await page.evaluate(() =>
    Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN),
  );
  console.log(`overview: first paint after ${painted} ms, its figures after ${useful} ms`);
  // The goal is a second on a quiet machine; this only catches what is broken on any.
  expect(useful).toBeLessThan(10_000);
});

function stopwatch() {
  const begun = Date.now();
  let last = begun;
  const laps: string[] = [];
  return {
    lap: (what: string) => {
      const now = Date.now();
      laps.push(`${((now - last) / 1000).toFixed(1)} s  ${what}`);
      last = now;
    },
    told: () =>
      `the drill, step by step:\n  ${[...laps, `${((last - begun) / 1000).toFixed(1)} s  in all`].join('\n  ')}`,
  };
}
