const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, or in how long, in a word or two. */
export function relative(at: number, now: number): string {
  const away = at - now;
  const size = span(Math.abs(away));
  if (size === '') {
    return away > 0 ? 'now' : 'just now';
  }
  return away > 0 ? `in ${size}` : `${size} ago`;
}

function span(size: number): string {
  if (size < second) {
    return '';
  }
  if (size < minute) {
    return `${Math.floor(size / second)} s`;
  }
  if (size < hour) {
    return `${Math.floor(size / minute)} min`;
  }
  if (size < day) {
    return `${Math.floor(size / hour)} h`;
  }
  const days = Math.floor(size / day);
  return days === 1 ? '1 day' : `${days} days`;
}

/** How long a step took: "48 ms", "1.2 s", "3 min 20 s". */
export function duration(ms: number): string {
  if (ms < second) {
    return `${Math.round(ms)} ms`;
  }
  if (ms < minute) {
    return `${(ms / second).toFixed(1).replace(/\.0$/, '')} s`;
  }
  if (ms < hour) {
    return parts(Math.floor(ms / minute), 'min', Math.floor((ms % minute) / second), 's');
  }
  if (ms < 2 * day) {
    return parts(Math.floor(ms / hour), 'h', Math.floor((ms % hour) / minute), 'min');
  }
  return parts(Math.floor(ms / day), 'd', Math.floor((ms % day) / hour), 'h');
}

const parts = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

/** The exact time, to the second, in a zone (the browser's own where none is given), with the zone's name. */
export function exact(at: string | number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    timeZone,
  }).format(new Date(at));
}

/** Day and minute in a zone, without the zone's name. */
export function toTheMinute(at: string | number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).format(new Date(at));
}

/** The browser's own zone. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How soon a relative time reads differently, in milliseconds. */
export function nextChange(at: number, now: number): number {
  const away = Math.abs(at - now);
  return away < minute ? second : away < hour ? 15 * second : minute;
}
