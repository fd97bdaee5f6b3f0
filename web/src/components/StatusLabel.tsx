import { Tooltip } from '@mantine/core';
import { statusWords } from '../model/words';
import type { Status } from '../services/types';
import type { Tone } from '../model/timeline';

const tones: Record<Status, Tone> = {
  created: 'neutral',
  processing: 'now',
  deferred: 'wait',
  completed: 'good',
  failed: 'bad',
};

/** Where a message stands: a colored dot, and always the word. */
export function StatusLabel({ status }: { status: Status }) {
  const moving = status === 'created' || status === 'processing';
  return (
    <Tooltip label={statusWords[status].means} openDelay={400}>
      <span className="tone" data-tone={tones[status]} data-moving={moving || undefined}>
        {statusWords[status].label}
      </span>
    </Tooltip>
  );
}
