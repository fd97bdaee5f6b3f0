import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { delay, http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { draw } from '../../test/draw';
import { ill, refusedField } from '../../test/fakeApi';
import { preview, schedule } from '../../test/factories/operations';
import { server } from '../../test/server';

interface Asked {
  expression: string;
  timezone: string;
  signal: AbortSignal;
}

// Draws the form of a schedule with an expression; answer says what each preview gets.
async function drawForm(answer: (asked: Asked) => Response | Promise<Response>) {
  const asked: Asked[] = [];
  const drawn = draw('/schedules', {
    schedules: [schedule({ expression: 'cron(0 9 ? * 2#1 *)', timezone: 'Asia/Tokyo' })],
  });
  server.use(
    http.post('*/api/schedules/preview', async ({ request }) => {
      const one = { ...((await request.json()) as Omit<Asked, 'signal'>), signal: request.signal };
      asked.push(one);
      return answer(one);
    }),
  );
  await drawn.user.click(await screen.findByRole('button', { name: 'Edit…' }));
  const form = await screen.findByRole('dialog');
  const field = within(form).getByRole('textbox', { name: 'Expression' });
  const write = (expression: string) => fireEvent.change(field, { target: { value: expression } });
  const region = () => within(form).getByRole('region', { name: 'What it means' });
  return { ...drawn, asked, form, write, region };
}

const said = ({ expression, timezone }: Asked) =>
  HttpResponse.json(preview({ expression, timezone, sentence: `Means ${expression}` }));

test('an expression is explained before it is saved: words, runs in both zones, what the clocks do', async () => {
  const { region, world } = await drawForm(({ timezone }) =>
    HttpResponse.json(
      preview({
        timezone,
        sentence: 'At 09:00 on the 1st Monday of the month, Asia/Tokyo',
        next_runs: ['2026-12-07T00:00:00Z', '2027-01-04T00:00:00Z'],
        warnings: ['On Sunday the clocks are put forward and leave out 02:30: it does not fire then.'],
      }),
    ),
  );
  await waitFor(() => expect(region()).toHaveTextContent('At 09:00 on the 1st Monday of the month, Asia/Tokyo'));
  expect(region()).toHaveTextContent(/Next runs, in Asia\/Tokyo and here/);
  expect(region()).toHaveTextContent(/Mon,? 0?7 Dec,? 09:00/);
  expect(region()).toHaveTextContent('leave out 02:30: it does not fire then.');
  expect(world.changes).toEqual([]);
});

test('while one types the API is asked for what was written last, and for nothing in between', async () => {
  const { asked, write, region } = await drawForm(said);
  await waitFor(() => expect(region()).toHaveTextContent('Means cron(0 9 ? * 2#1 *)'));
  ['rate(', 'rate(3', 'rate(3 hours)'].forEach(write);
  expect(region()).not.toHaveTextContent('Means');
  await waitFor(() => expect(region()).toHaveTextContent('Means rate(3 hours)'));
  expect(asked.map(({ expression }) => expression)).toEqual(['cron(0 9 ? * 2#1 *)', 'rate(3 hours)']);
});

test('an answer that comes late is aborted and not shown', async () => {
  const { asked, write, region } = await drawForm(async (one) => {
    if (one.expression === 'rate(1 day)') {
      await delay('infinite');
    }
    return said(one);
  });
  write('rate(1 day)');
  await waitFor(() => expect(asked.map(({ expression }) => expression)).toContain('rate(1 day)'));
  write('rate(2 days)');
  await waitFor(() => expect(region()).toHaveTextContent('Means rate(2 days)'));
  expect(asked.find(({ expression }) => expression === 'rate(1 day)')?.signal.aborted).toBe(true);
});

test('what is wrong is said in the words that saving would use, and what is missing is not asked for', async () => {
  const { asked, write, region } = await drawForm(() =>
    refusedField('expression', 'has the plural minutes for 1; did you mean rate(1 minute)?'),
  );
  write('rate(1 minutes)');
  await waitFor(() =>
    expect(region()).toHaveTextContent('The expression has the plural minutes for 1; did you mean rate(1 minute)?'),
  );
  const before = asked.length;
  write(' ');
  await waitFor(() => expect(region()).toHaveTextContent(/^Becomes …$/));
  expect(asked).toHaveLength(before);
});

test('a preview that fails keeps nobody from saving', async () => {
  const { form, region, user, world } = await drawForm(ill);
  await waitFor(() => expect(region()).toHaveTextContent('It can be saved all the same.'));
  await user.click(within(form).getByRole('button', { name: 'Save the changes' }));
  await waitFor(() => expect(world.changes).toHaveLength(1));
});
