import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { message } from '../test/factories/message';
import { asCurl, asRezagent, quoted } from './copyAs';

test.each(['plain', "it's", '$HOME `id` "x" \\ !', 'two\nlines', '', '-5 °C', '*'])(
  'a shell reads %j as it was',
  (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(text)}`], { encoding: 'utf8' })).toBe(text);
  },
);

test('curl carries the whole payload and no token', () => {
  const command = asCurl(message({ payload: { message: "it's" } }), 'https://rez.example.com');
  expect(command).toContain('https://rez.example.com/api/messages');
  expect(command).toContain('$REZAGENT_TOKEN');
  expect(command).toContain(`{"message_type":"notification","payload":{"message":"it'\\''s"}}`);
});

test('rezagent gets every field as a flag, and the text behind --', () => {
  const command = asRezagent(
    message({ payload: { message: '-5 °C', title: 'Cold', priority: 4, tags: ['a', 'b'], markdown: true } }),
  );
  expect(command).toBe(`rezagent send --title=Cold --priority=4 --tags=a,b --markdown -- '-5 °C'`);
});

test('a message of another type is sent by its type', () => {
  expect(asRezagent(message({ message_type: 'scheduled_hello', payload: {} }))).toBe(
    'rezagent send --type=scheduled_hello',
  );
});

test('a topic of its own has no option, so there is no command that would lose it', () => {
  expect(asRezagent(message({ payload: { message: 'x', topic: 'backups' } }))).toBeUndefined();
});
