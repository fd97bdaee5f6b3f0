import { expect, test } from 'vitest';
import type { Notification } from '../services/types';
import { draftedNotification, draftOf, emptyDraft, sendWords } from './draft';

test('what was left empty is not sent', () => {
  expect(draftedNotification({ ...emptyDraft, message: 'x' })).toEqual({ message: 'x' });
});

test('a duplicate sends what the original sent', () => {
  const original: Notification = {
    topic: 'backups',
    title: 'Backup',
    message: 'done\n',
    priority: 5,
    tags: ['tada'],
    click: 'https://example.com/',
    icon: 'https://example.com/i.png',
    attach: 'https://example.com/a.pdf',
    filename: 'a.pdf',
    markdown: true,
    delay: '30m',
    actions: [
      {
        action: 'http',
        label: 'Go',
        url: 'https://example.com/',
        method: 'PUT',
        body: '{}',
        headers: { A: 'b' },
        clear: true,
      },
    ],
  };
  expect(draftedNotification(draftOf(original))).toEqual(original);
});

test.each<[Notification, string]>([
  [{ message: 'x' }, 'Send now'],
  [{ message: 'x', topic: 'backups' }, 'Send to backups now'],
  [{ message: 'x', delay: '30m' }, 'Send, shown later by ntfy (30m)'],
  [{ message: 'x', priority: 5 }, 'Send now, as loud as a phone can'],
])('the button for %o says "%s"', (notification, words) => {
  expect(sendWords(notification)).toBe(words);
});
