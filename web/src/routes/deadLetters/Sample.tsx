import { Text } from '@mantine/core';
import { LinkAnchor } from '../../components/links';
import { Section } from '../../components/Section';
import { Time } from '../../components/Time';
import { counted, reasonLabel } from '../../model/words';
import type { DeadLetter, DeadLetters } from '../../services/types';
import { Tick, type TickProps } from './Tick';

/** Some of the queue's items: SQS shows no more than a sample. */
export function Sample({ letters: { depth, sample }, ...ticks }: TickProps & { letters: DeadLetters }) {
  const hint = `About ${counted(depth, 'item')} in the queue; ${sample.length} of them looked at`;
  return (
    <Section title="In the queue" hint={hint} flush>
      {sample.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          {depth === 0
            ? 'The queue is empty.'
            : 'None could be looked at just now: others hold them. Look again in a moment.'}
        </Text>
      ) : (
        <table className="rows as-cards still">
          <thead>
            <tr>
              <th scope="col" style={{ width: 44 }}>
                <span className="visually-hidden">Tick</span>
              </th>
              <th scope="col">Why it is here</th>
              <th scope="col" style={{ width: 150 }}>
                Message
              </th>
              <th scope="col" style={{ width: 100 }}>
                Receives
              </th>
              <th scope="col" style={{ width: 120 }}>
                Sent
              </th>
            </tr>
          </thead>
          <tbody>
            {sample.map((item) => (
              <Item key={item.item_id} item={item} {...ticks} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Item({ item, ...ticks }: TickProps & { item: DeadLetter }) {
  return (
    <tr>
      <td data-cell="tick">{item.redrivable && item.message_id && <Tick id={item.message_id} {...ticks} />}</td>
      <td className="truncate" title={item.detail}>
        <Text span size="sm" fw={500}>
          {reasonLabel(item.reason)}
        </Text>
        {item.detail && <span className="row-detail">{item.detail}</span>}
        {!item.redrivable && <span className="row-detail">· a redrive would not deliver it</span>}
      </td>
      <td className="wide-only">
        {item.message_id ? (
          <LinkAnchor to="/messages/$id" params={{ id: item.message_id }} size="sm" className="mono">
            {item.message_id.slice(0, 8)}…{item.message_id.slice(-4)}
          </LinkAnchor>
        ) : (
          <Text span size="sm" c="dimmed">
            cannot be read
          </Text>
        )}
      </td>
      <td className="numeric wide-only">{item.receives}</td>
      <td>
        <Time at={item.sent_at} />
      </td>
    </tr>
  );
}
