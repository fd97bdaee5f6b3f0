import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Time } from '../../components/Time';
import { reasonWords, typeLabel } from '../../model/words';
import { exact } from '../../model/time';
import type { Message } from '../../services/types';

/** What the record says, in words. */
export function Facts({ message: m }: { message: Message }) {
  const facts: [string, ReactNode][] = [
    ['Id', <span className="mono">{m.id}</span>],
    ['Type', typeLabel(m.message_type)],
    ['Created by', m.created_by],
    ['Accepted', <Exact at={m.created_at} />],
    ['Finished', m.finished_at && <Exact at={m.finished_at} />],
    ['Next attempt', m.next_attempt_at && <Exact at={m.next_attempt_at} />],
    ['Deadline', m.status !== 'completed' && <Exact at={m.deadline} />],
    ['Stage', m.stage],
    ['Channel', m.channel],
    ['Generation', m.generation > 1 ? `${m.generation} (replayed ${m.generation - 1}×)` : undefined],
    ['Put off', m.deferrals > 0 && `${m.deferrals}×`],
    ['Kept until', m.expires_at && exact(m.expires_at)],
  ];
  return (
    <dl className="definition">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
      <Links message={m} />
    </dl>
  );
}

function Exact({ at }: { at: string }) {
  return (
    <>
      {exact(at)} (<Time at={at} />)
    </>
  );
}

function Links({ message: { links } }: { message: Message }) {
  const all: [string, string | undefined][] = [
    ['Execution', links.execution],
    ['Logs', links.logs],
    ['Trace', links.trace],
  ];
  const known = all.filter((link): link is [string, string] => link[1] !== undefined);
  if (known.length === 0) {
    return null;
  }
  return (
    <div style={{ display: 'contents' }}>
      <dt>AWS console</dt>
      <dd>
        {known.map(([name, href], i) => (
          <span key={name}>
            {i > 0 && ' · '}
            <Anchor href={href} target="_blank" rel="noreferrer" inherit>
              {name}
            </Anchor>
          </span>
        ))}
      </dd>
    </div>
  );
}

/** Why a message waits or failed, and what helps. */
export function Reason({ message: { status, reason, detail, acts } }: { message: Message }) {
  if (!reason || status === 'completed') {
    return null;
  }
  const { label, means, todo } = reasonWords[reason];
  return (
    <div className="surface reason" data-tone={status === 'failed' ? 'bad' : 'wait'} role="status">
      <strong>{label}.</strong> {means} {detail && <span className="mono">{detail}</span>}
      <div className="reason-todo">
        {acts.length > 0 && status !== 'failed' ? 'It was replayed. ' : ''}
        {todo}
      </div>
    </div>
  );
}
