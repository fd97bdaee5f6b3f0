// When a schedule fires, as people choose it, and the expression that it becomes. What the expression means the API says:
// there is one reader of expressions, and it is not here.

export type When =
  | { kind: 'once'; at: string }
  | { kind: 'every'; count: number; unit: Unit }
  | { kind: 'daily'; time: string }
  | { kind: 'weekly'; days: number[]; time: string }
  | { kind: 'monthly'; day: string; time: string }
  | { kind: 'expression'; expression: string };

export type Unit = 'minute' | 'hour' | 'day';

export const units: readonly Unit[] = ['minute', 'hour', 'day'];

/** The weekdays in AWS's numbers: 1 is Sunday. Monday comes first here. */
export const weekdays = [
  { number: 2, label: 'Mon' },
  { number: 3, label: 'Tue' },
  { number: 4, label: 'Wed' },
  { number: 5, label: 'Thu' },
  { number: 6, label: 'Fri' },
  { number: 7, label: 'Sat' },
  { number: 1, label: 'Sun' },
] as const;

/** The expression of what was chosen. */
export function expressionOf(when: When): string {
  switch (when.kind) {
    case 'once':
      return `at(${when.at.length === 16 ? `${when.at}:00` : when.at})`;
    case 'every':
      return `rate(${when.count} ${when.unit}${when.count === 1 ? '' : 's'})`;
    case 'daily':
      return `cron(${clock(when.time)} * * ? *)`;
    case 'weekly':
      return `cron(${clock(when.time)} ? * ${when.days.toSorted((a, b) => a - b).join(',')} *)`;
    case 'monthly':
      return `cron(${clock(when.time)} ${when.day} * ? *)`;
    case 'expression':
      return when.expression.trim();
  }
}

function clock(time: string): string {
  const [hour = '0', minute = '0'] = time.split(':');
  return `${Number(minute)} ${Number(hour)}`;
}

/** What was chosen for an expression; one that is more than the choices is left as it is. */
export function whenOf(expression: string): When {
  const once = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d)(:00)?\)$/.exec(expression);
  if (once?.[1]) {
    return { kind: 'once', at: once[1] };
  }
  const every = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (every) {
    return { kind: 'every', count: Number(every[1]), unit: every[2] as Unit };
  }
  const cron = /^cron\((\d+) (\d+) (\S+) \* (\S+) \*\)$/.exec(expression);
  return (cron && cronWhen(cron)) ?? { kind: 'expression', expression };
}

function cronWhen([, minute = '', hour = '', day = '', weekday = '']: RegExpExecArray): When | undefined {
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (weekday === '?' && day === '*') {
    return { kind: 'daily', time };
  }
  if (weekday === '?' && /^(\d+|L)$/.test(day)) {
    return { kind: 'monthly', day, time };
  }
  return day === '?' && /^[1-7](,[1-7])*$/.test(weekday)
    ? { kind: 'weekly', days: weekday.split(',').map(Number), time }
    : undefined;
}

/** What is missing before the API can be asked, or undefined. */
export function incomplete(when: When): string | undefined {
  switch (when.kind) {
    case 'once':
      return when.at === '' ? 'Choose a day and a time' : undefined;
    case 'every':
      return Number.isInteger(when.count) && when.count > 0 ? undefined : 'A whole number from 1';
    case 'weekly':
      return when.days.length === 0 ? 'Choose at least one day' : when.time === '' ? 'Choose a time' : undefined;
    case 'daily':
    case 'monthly':
      return when.time === '' ? 'Choose a time' : undefined;
    case 'expression':
      return when.expression.trim() === '' ? 'Write an expression' : undefined;
  }
}

/** What a kind begins with. */
export function beginning(kind: When['kind'], from: When): When {
  const time = 'time' in from ? from.time : '09:00';
  switch (kind) {
    case 'once':
      return { kind, at: '' };
    case 'every':
      return { kind, count: 1, unit: 'hour' };
    case 'daily':
      return { kind, time };
    case 'weekly':
      return { kind, days: [2, 3, 4, 5, 6], time };
    case 'monthly':
      return { kind, day: '1', time };
    case 'expression':
      return { kind, expression: incomplete(from) ? '' : expressionOf(from) };
  }
}
