import type { Notification, NotificationAction } from '../services/types';

// ntfy's limits, counted as the API counts them (internal/ntfy): in bytes, because ntfy does.

/** The longest text, in bytes of UTF-8. */
export const maxMessageBytes = 4095;
/** The largest JSON body that ntfy reads, in bytes. */
export const maxBodyBytes = 8191;
export const maxActions = 3;

const utf8 = new TextEncoder();

/** A text's size in bytes of UTF-8. */
export const bytesOf = (text: string): number => utf8.encode(text).length;

/**
 * The size, in bytes, of the JSON that ntfy will read. It is reckoned with the longest topic and sequence id that may be
 * added, and as Go writes it: U+2028 and U+2029 as six bytes, not three.
 */
export function bodyBytes(notification: Notification): number {
  const body = JSON.stringify({
    ...notification,
    topic: notification.topic ?? 't'.repeat(64),
    sequence_id: 's'.repeat(64),
  });
  return bytesOf(body) + 3 * (body.match(/[\u2028\u2029]/g)?.length ?? 0);
}

/** What is wrong with a notification, by field name as the API names it; empty where the API would accept it. */
export function faultsOf(n: Notification): Record<string, string> {
  const faults: Record<string, string> = {};
  const add = (field: string, fault: string | false) => {
    if (fault && !(field in faults)) {
      faults[field] = fault;
    }
  };
  const size = bytesOf(n.message ?? '');
  add('message', size > maxMessageBytes && `${size - maxMessageBytes} bytes too long for ntfy to show as text`);
  const empty = !n.message?.trim() && !n.title?.trim() && !n.attach;
  add('message', empty && 'Write a text, a title, or attach something');
  add('topic', n.topic !== undefined && !/^[-_A-Za-z0-9]{1,64}$/.test(n.topic) && 'At most 64 of A–Z a–z 0–9 - _');
  add('click', badAddress(n.click, openSchemes));
  add('icon', badAddress(n.icon, webSchemes));
  add('attach', badAddress(n.attach, webSchemes));
  add('filename', n.filename !== undefined && n.attach === undefined && 'Only beside an address to attach');
  add(
    'delay',
    n.delay !== undefined && !delayForm.test(n.delay.trim()) && 'For example 30m, 2 hours, 20:30, tomorrow 10am',
  );
  n.tags?.forEach((tag) => add('tags', (tag.trim() === '' || tag.includes(',')) && 'A tag’s name, without commas'));
  n.actions?.forEach((action, i) => actionFaults(action, (field, fault) => add(`actions[${i}].${field}`, fault)));
  const body = bodyBytes(n);
  add('body', body > maxBodyBytes && `${body - maxBodyBytes} bytes too large in all`);
  return faults;
}

function actionFaults(action: NotificationAction, add: (field: string, fault: string | false) => void): void {
  add('label', action.label === '' && 'The button’s text');
  if (action.action === 'view') {
    add('url', action.url ? badAddress(action.url, openSchemes) : 'The address to open');
  }
  if (action.action === 'http') {
    add('url', action.url ? badAddress(action.url, webSchemes) : 'The address to call');
    const bodiless = ['GET', 'HEAD'].includes(action.method?.toUpperCase() ?? '');
    add('body', bodiless && Boolean(action.body) && 'No body with this method');
  }
  add('value', action.action === 'copy' && !action.value && 'The text to copy');
}

const webSchemes = ['http', 'https'];
const openSchemes = [...webSchemes, 'mailto', 'tel', 'geo'];

function badAddress(raw: string | undefined, schemes: string[]): string | false {
  if (raw === undefined || (!/\s/.test(raw) && hasScheme(raw, schemes) && URL.canParse(raw))) {
    return false;
  }
  return schemes === webSchemes
    ? 'An address that begins with https:// or http://'
    : 'An address: https, http, mailto, tel or geo';
}

function hasScheme(raw: string, schemes: string[]): boolean {
  const scheme = raw.slice(0, raw.indexOf(':'));
  return schemes.includes(scheme) && (!webSchemes.includes(scheme) || /^https?:\/\/[^/?#]/.test(raw));
}

// The forms that ntfy documents; the API checks the bounds.
const delayForm =
  /^(\d{10,11}|\d{1,9}\s*(d|days?|h|hours?|m|mins?|minutes?|s|secs?|seconds?)|(\d+(\.\d+)?(h|m|s|ms))+|tomorrow|((today|tomorrow|(mon|tues|wednes|thurs|fri|satur|sun)day),?\s+)?(at\s+)?((0?[1-9]|1[0-2])(:[0-5]\d)?\s*[ap]m|([01]?\d|2[0-3]):[0-5]\d))$/i;

/** Whether a picture may be loaded: only over https, as the page's policy says. */
export const isPicture = (address: string | undefined): address is string =>
  address !== undefined && address.startsWith('https://') && URL.canParse(address);

/** A payload as a notification, where it is one. */
export function notificationOf(messageType: string, payload: unknown): Notification {
  if (messageType === 'scheduled_hello') {
    return { message: 'hello world', tags: ['wave'] };
  }
  return typeof payload === 'object' && payload !== null ? payload : {};
}
