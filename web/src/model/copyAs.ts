import type { Message } from '../services/types';
import { notificationOf } from './notification';

/** A word of a POSIX shell that means exactly the text. */
export const quoted = (text: string): string =>
  /^[-\w./:@%+=,]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** The command that sends the same payload again by curl. The token stays in the reader's environment. */
export function asCurl(message: Message, origin: string): string {
  const body = JSON.stringify({ message_type: message.message_type, payload: message.payload });
  return [
    `curl --fail-with-body ${quoted(`${origin}/api/messages`)}`,
    `-H "Authorization: Bearer $REZAGENT_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(body)}`,
  ].join(' \\\n  ');
}

/** The command that sends the same payload again by rezagent; undefined where it has no option for a field. */
export function asRezagent(message: Message): string | undefined {
  if (message.message_type !== 'notification') {
    return `rezagent send --type=${quoted(message.message_type)}`;
  }
  const n = notificationOf(message.message_type, message.payload);
  if (n.topic) {
    return undefined;
  }
  const flags = [
    flag('title', n.title),
    flag('priority', n.priority ? String(n.priority) : undefined),
    flag('tags', n.tags?.join(',')),
    flag('click', n.click),
    flag('icon', n.icon),
    flag('attach', n.attach),
    flag('filename', n.filename),
    n.markdown ? '--markdown' : '',
    flag('actions', n.actions?.length ? JSON.stringify(n.actions) : undefined),
    flag('delay', n.delay),
  ].filter((words) => words !== '');
  // Behind --, a text may begin with a dash.
  const text = n.message ? ['--', quoted(n.message)] : [];
  return ['rezagent send', ...flags, ...text].join(' ');
}

const flag = (name: string, value: string | undefined) => (value ? `--${name}=${quoted(value)}` : '');
