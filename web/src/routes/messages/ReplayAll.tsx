import { Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../components/ErrorNotice';
import { statusWords, typeLabel } from '../../model/words';
import { exact } from '../../model/time';
import { replayCountQuery, startReplay } from '../../services/replays';
import type { MessageFilter } from '../../services/types';

interface Props {
  filter: MessageFilter;
  onStarted: (job: string) => void;
  onClose: () => void;
}

/** Counts what a filter chooses, and replays it once that was seen. */
export function ReplayAll({ filter, onStarted, onClose }: Props) {
  const count = useQuery(replayCountQuery(filter));
  const start = useMutation({
    mutationFn: () => startReplay(filter),
    onSuccess: (job) => job.id !== undefined && onStarted(job.id),
  });
  const none = count.data?.count === '0';
  const fault = start.error ?? count.error;
  return (
    <Modal opened onClose={onClose} title="Replay all that match" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <FilterWords filter={filter} />
        {count.isPending && <Skeleton height={24} width={220} aria-label="Counting" />}
        {count.data && (
          <Text fw={550} role="status">
            {none ? 'No message matches: there is nothing to replay.' : `${countWords(count.data.count)} match.`}
          </Text>
        )}
        {fault && <ErrorNotice error={fault} retry={() => (start.error ? start.mutate() : void count.refetch())} />}
        <Text size="sm" c="dimmed">
          Each is delivered once more, as new; waiting ones become due now. What was accepted after you start is left
          out. You can stop it at any time.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => start.mutate()} loading={start.isPending} disabled={!count.data || none}>
            {count.data && !none ? `Replay ${countWords(count.data.count)}` : 'Replay'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

// The API counts to 10,000 and then says 10000+.
function countWords(count = '0'): string {
  const more = count.endsWith('+');
  const number = parseInt(count, 10);
  return `${more ? 'more than ' : ''}${number.toLocaleString('en')} ${number === 1 ? 'message' : 'messages'}`;
}

function FilterWords({ filter }: { filter: MessageFilter }) {
  const words: [string, string | undefined][] = [
    ['Status', filter.status && statusWords[filter.status].label],
    ['Type', filter.message_type && typeLabel(filter.message_type)],
    ['Stage', filter.stage],
    ['Created by', filter.created_by],
    ['From', filter.created_after && exact(filter.created_after)],
    ['Before', filter.created_before && exact(filter.created_before)],
  ];
  return (
    <dl className="definition">
      {words.map(([name, value]) =>
        value ? (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}
