import { Button, Group, Modal, ScrollArea, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asApiError } from '../../api/problem';
import { StatusLabel } from '../../components/StatusLabel';
import { counted, headline } from '../../model/words';
import { canReplay } from '../../model/status';
import { replayMessage } from '../../services/messages';
import type { Summary } from '../../services/types';
import { tick } from './selection';

/** So many replays are asked for at a time. */
const atOnce = 4;

interface Props {
  messages: readonly Summary[];
  onClose: () => void;
}

/** Replays what is ticked: exactly that, in the state in which it was ticked. */
export function ReplayTicked({ messages: given, onClose }: Props) {
  // What is ticked changes while it is replayed; what was asked about does not.
  const [messages] = useState(given);
  const [said, setSaid] = useState<ReadonlyMap<string, string>>(new Map());
  const client = useQueryClient();
  const able = messages.filter(({ status }) => canReplay(status));
  const run = useMutation({
    mutationFn: () => replayEach(able, (id, words) => setSaid((before) => new Map(before).set(id, words))),
    onSettled: () => client.invalidateQueries({ queryKey: ['messages'] }),
  });
  const unable = messages.length - able.length;
  return (
    <Modal
      opened
      onClose={onClose}
      title="Replay what is ticked"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm">
          {counted(able.length, 'message')} will be delivered once more, as new.
          {unable > 0 && ` ${counted(unable, 'message')} cannot be: what is on its way is delivered anyway.`}
        </Text>
        <ScrollArea.Autosize mah={320} type="auto" viewportProps={{ tabIndex: 0, 'aria-label': 'Messages' }}>
          <Stack gap={6}>
            {messages.map((message) => (
              <Line key={message.id} message={message} said={said.get(message.id)} />
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {run.isSuccess ? 'Close' : 'Cancel'}
          </Button>
          {!run.isSuccess && (
            <Button onClick={() => run.mutate()} loading={run.isPending} disabled={able.length === 0}>
              Replay {counted(able.length, 'message')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Line({ message, said }: { message: Summary; said?: string }) {
  return (
    <Group gap="md" wrap="nowrap" className="replay-line">
      <StatusLabel status={message.status} />
      <Text size="sm" className="truncate" style={{ flex: 1 }}>
        <bdi>{headline(message)}</bdi> <span className="mono">{message.id}</span>
      </Text>
      <Text size="sm" c={said && said !== 'replayed' ? 'var(--rez-bad)' : 'dimmed'}>
        {said ?? (canReplay(message.status) ? '' : 'on its way')}
      </Text>
    </Group>
  );
}

async function replayEach(messages: readonly Summary[], say: (id: string, words: string) => void): Promise<void> {
  const queue = [...messages];
  const work = async () => {
    for (let message = queue.shift(); message; message = queue.shift()) {
      try {
        await replayMessage(message.id, message.generation);
        tick([message], false);
        say(message.id, 'replayed');
      } catch (thrown) {
        say(message.id, asApiError(thrown).message);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
