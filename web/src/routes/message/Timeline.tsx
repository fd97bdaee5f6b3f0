import { Time } from '../../components/Time';
import { timelineOf } from '../../model/timeline';
import type { Message } from '../../services/types';

/** What happened to a message, and what comes next. */
export function Timeline({ message }: { message: Message }) {
  return (
    <ol className="timeline">
      {timelineOf(message).map((event, i) => (
        <li key={`${event.at} ${event.title} ${i}`} data-tone={event.tone} data-ahead={event.ahead}>
          <div className="timeline-head">
            <span className="timeline-title">{event.title}</span>
            <span className="timeline-time">
              <Time at={event.at} />
            </span>
          </div>
          {event.detail && <div className="timeline-detail">{event.detail}</div>}
        </li>
      ))}
    </ol>
  );
}
