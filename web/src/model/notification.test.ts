import { expect, test } from 'vitest';
import type { Notification } from '../services/types';
import { bodyBytes, bytesOf, faultsOf, maxBodyBytes } from './notification';

test.each<[string, string, boolean]>([
  ['1,365 × 界 is 4,095 bytes', '界'.repeat(1365), true],
  ['1,366 × 界 is 4,098 bytes', '界'.repeat(1366), false],
  ['4,095 × a', 'a'.repeat(4095), true],
  ['4,095 × a and é', 'a'.repeat(4095) + 'é', false],
  ['1,400 × < stay 1,400 bytes', '<'.repeat(1400), true],
])('the text’s limit counts bytes: %s', (_, message, fits) => {
  expect(faultsOf({ message })).toEqual(fits ? {} : { message: expect.stringContaining('too long') as string });
});

test('the whole JSON has a limit of its own, in which quotes count twice', () => {
  const message = '"'.repeat(4095);
  expect(bytesOf(message)).toBe(4095);
  expect(bodyBytes({ message })).toBeGreaterThan(maxBodyBytes);
  expect(faultsOf({ message })).toEqual({ body: expect.stringContaining('too large') as string });
});

test('line separators are reckoned as Go writes them', () => {
  expect(bodyBytes({ message: '\u2028' }) - bodyBytes({ message: '' })).toBe(6);
});

test.each<[string, Notification, string | undefined]>([
  ['only a title', { title: 'x' }, undefined],
  ['only an attachment', { attach: 'https://example.com/a.png' }, undefined],
  ['blanks', { message: ' \n' }, 'message'],
  ['a topic with a dot', { message: 'x', topic: 'my.topic' }, 'topic'],
  ['a script to click', { message: 'x', click: 'javascript:alert(1)' }, 'click'],
  ['an address to mail', { message: 'x', click: 'mailto:a@example.com' }, undefined],
  ['an icon by ftp', { message: 'x', icon: 'ftp://example.com/a.png' }, 'icon'],
  ['an address without a host', { message: 'x', attach: 'https:///a.png' }, 'attach'],
  ['a file name alone', { message: 'x', filename: 'a.png' }, 'filename'],
  ['a delay in words', { message: 'x', delay: 'tomorrow 10am' }, undefined],
  ['a delay of no form', { message: 'x', delay: 'soon' }, 'delay'],
  ['a tag with a comma', { message: 'x', tags: ['a,b'] }, 'tags'],
  ['a button without a label', { message: 'x', actions: [{ action: 'broadcast', label: '' }] }, 'actions[0].label'],
  ['a button that opens nothing', { message: 'x', actions: [{ action: 'view', label: 'Open' }] }, 'actions[0].url'],
  ['a button that copies nothing', { message: 'x', actions: [{ action: 'copy', label: 'Copy' }] }, 'actions[0].value'],
])('%s', (_, notification, field) => {
  expect(Object.keys(faultsOf(notification))).toEqual(field ? [field] : []);
});
