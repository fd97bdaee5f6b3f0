import type { Notification, NotificationAction } from '../services/types';

/** A notification as it is being written: every field has a text, also where the message will have none. */
export interface Draft {
  topic: string;
  title: string;
  message: string;
  priority: number;
  tags: string[];
  click: string;
  icon: string;
  attach: string;
  filename: string;
  markdown: boolean;
  delay: string;
  actions: NotificationAction[];
}

export const emptyDraft: Draft = {
  topic: '',
  title: '',
  message: '',
  priority: 3,
  tags: [],
  click: '',
  icon: '',
  attach: '',
  filename: '',
  markdown: false,
  delay: '',
  actions: [],
};

/** A draft that begins as an existing notification. */
export const draftOf = (n: Notification): Draft => ({
  ...emptyDraft,
  ...n,
  priority: n.priority === 0 ? 3 : (n.priority ?? 3),
});

/** What a draft would send: without the fields that were left empty. */
export function draftedNotification(draft: Draft): Notification {
  const { tags, actions, priority, markdown, ...texts } = draft;
  return {
    ...filled(texts),
    ...(priority === 3 ? {} : { priority }),
    ...(tags.length > 0 ? { tags } : {}),
    ...(markdown ? { markdown } : {}),
    ...(actions.length > 0 ? { actions: actions.map(filled) } : {}),
  };
}

// An empty text is no text; a button's label stays, so that its absence can be complained about.
function filled<T extends object>(fields: T): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => name === 'label' || (value !== '' && value !== false)),
  ) as T;
}

/** What the button does, in words. */
export function sendWords(n: Notification): string {
  const to = n.topic ? ` to ${n.topic}` : '';
  if (n.delay) {
    return `Send${to}, shown later by ntfy (${n.delay})`;
  }
  return n.priority === 5 ? `Send${to} now, as loud as a phone can` : `Send${to} now`;
}
