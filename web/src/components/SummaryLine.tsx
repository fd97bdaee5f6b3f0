import { besideHeadline, headline } from '../model/words';
import type { Summary } from '../services/types';
import { LinkAnchor } from './links';

/** A message in one line, which leads to it. */
export function SummaryLine({ message }: { message: Summary }) {
  const beside = besideHeadline(message);
  return (
    <LinkAnchor to="/messages/$id" params={{ id: message.id }} className="row-link truncate" underline="never">
      <bdi>{headline(message)}</bdi>
      {beside && ' · '}
      <span className="row-beside">{beside}</span>
      {message.detail && <span className="row-detail"> {message.detail}</span>}
    </LinkAnchor>
  );
}
