import type { Page } from '@playwright/test';
import { call } from '../stack/api';
import { backstage, type Past } from '../stack/backstage';

const hour = 3_600_000;

const backup = {
  title: 'Backup of “orders”',
  message: '12 tables, 48 MB in 31 s. Next run tomorrow at 02:30.',
  tags: ['white_check_mark'],
};
const refusal = 'HTTP 400/40021: ntfy refuses the message; it says: invalid request: icon URL is invalid';

/** A day of messages: quiet at night, busy by day, one bad hour. */
export async function aDay(): Promise<void> {
  const plan: Past[] = [];
  for (let ago = 23; ago >= 1; ago -= 1) {
    const bad = ago === 6;
    const count = Math.round(9 + 6 * Math.sin((20 - ago) / 3.6)) + (ago % 3);
    const each = { age_ms: ago * hour, step_ms: Math.floor(hour / (count + 1)) };
    plan.push({
      ...each,
      count,
      created_by: ['program:backup', 'user:olivia', 'program:ci'][ago % 3] ?? '',
      payload: backup,
      took_ms: bad ? 24_000 : 90 + (ago % 4) * 40,
      attempts: bad ? [{ outcome: 'unavailable', status: 503 }, delivered] : [delivered],
    });
    plan.push({
      ...each,
      count: 1,
      created_by: 'schedule:nightly',
      message_type: 'scheduled_hello',
      payload: {},
      attempts: [delivered],
    });
    if (bad || ago === 15) {
      plan.push({
        ...each,
        count: bad ? 4 : 1,
        created_by: 'program:ci',
        payload: { title: 'Build failed', message: 'main, step “test”', icon: 'http://' },
        status: 'failed',
        reason: 'refused',
        detail: refusal,
        attempts: [{ outcome: 'rejected', status: 400, code: 40021, detail: refusal }],
      });
    }
  }
  for (const past of plan) {
    await backstage.past(past);
  }
}

const delivered = { outcome: 'delivered', status: 200 };

/** Letters of every kind in the dead letters’ queue. */
export async function deadLetters(): Promise<void> {
  await backstage.bury('expired', {
    detail: 'it waited for ntfy, which answered HTTP 503, until its deadline',
    age_ms: 26 * hour,
    payload: backup,
  });
  await backstage.bury('pipeline_fault', {
    detail: 'the workflow ended with States.Timeout',
    age_ms: 2 * hour,
    payload: backup,
  });
  await backstage.bury('pipeline_fault', {
    detail: 'the workflow ended with Lambda.Unknown',
    age_ms: hour,
    payload: backup,
  });
  await backstage.bury();
}

/** Schedules of every kind. */
export async function schedules(page: Page): Promise<void> {
  for (const [name, expression, message, paused = false] of [
    ['Backup reminder', 'cron(30 2 * * ? *)', 'Is tonight’s backup done?'],
    ['Sign of life', 'rate(1 hour)', 'rez_agent is there'],
    ['Team meeting', 'cron(55 9 ? * MON-FRI *)', 'In five minutes, room 4'],
    ['Change the keys', 'cron(0 9 1 1,4,7,10 ? *)', 'A quarter has passed: change the keys', true],
  ] as const) {
    const { status } = await call(page, 'POST', '/api/schedules', {
      name,
      expression,
      timezone: expression.startsWith('rate') ? 'UTC' : 'America/New_York',
      message_type: 'notification',
      payload: { message },
      paused,
    });
    if (status !== 201) {
      throw new Error(`the API answered ${status} to the schedule ${name}`);
    }
  }
}
