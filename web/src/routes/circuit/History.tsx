import { Text } from '@mantine/core';
import { LinkAnchor } from '../../components/links';
import { Section } from '../../components/Section';
import { Time } from '../../components/Time';
import { circuitEvents, type CircuitEvent } from '../../model/circuitHistory';
import type { Circuit } from '../../services/types';

/** When the circuit opened and closed, why, and by whom. */
export function History({ circuit }: { circuit: Circuit }) {
  return (
    <Section title="History" hint="The newest changes; twenty are kept">
      {circuit.history.length === 0 ? (
        <Text size="sm" c="dimmed">
          It has not opened yet. Each time that it does stands here, with why and for how long.
        </Text>
      ) : (
        <ol className="timeline">
          {circuitEvents(circuit).map((event) => (
            <li key={`${event.at} ${event.title}`} data-tone={event.tone}>
              <div className="timeline-head">
                <span className="timeline-title">{event.title}</span>
                <span className="timeline-time">
                  <Time at={event.at} />
                </span>
              </div>
              <Who event={event} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

function Who({ event: { by, messageId, detail } }: { event: CircuitEvent }) {
  if (!by && !messageId && !detail) {
    return null;
  }
  return (
    <div className="timeline-detail">
      {messageId && (
        <LinkAnchor to="/messages/$id" params={{ id: messageId }} size="sm" underline="always">
          seen by message <span className="mono">{messageId.slice(-6)}</span>
        </LinkAnchor>
      )}
      {by && `by ${by}`}
      {detail && `${by || messageId ? ' · ' : ''}${detail}`}
    </div>
  );
}
