import { reasonWords, typeLabel } from '../model/words';
import type { Summary } from '../services/types';
import { LinkAnchor } from './links';

/** A message in one line, which leads to it. */
export function SummaryLine({ message }: { message: Summary }) {
  return (
    <LinkAnchor to="/messages/$id" params={{ id: message.id }} className="row-link truncate" underline="never">
      {typeLabel(message.message_type)}
      {message.reason && ` · ${reasonWords[message.reason].label}`}
      {message.detail && <span className="row-detail"> {message.detail}</span>}
    </LinkAnchor>
  );
}
