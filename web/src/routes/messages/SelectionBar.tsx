import { Button, Group, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { OperatorButton, useRefusal } from '../../components/role';
import type { List } from '../../model/list';
import { counted } from '../../model/words';
import { ReplayTicked } from './ReplayTicked';
import { untickAll, useTicked } from './selection';

/** What is ticked, and what to do with it. */
export function SelectionBar({ list }: { list?: List }) {
  const ticked = useTicked();
  const refusal = useRefusal();
  const [opened, dialog] = useDisclosure();
  useHotkeys([['r', () => ticked.size > 0 && refusal === undefined && dialog.open()]]);
  const shown = list?.rows.filter(({ id }) => ticked.has(id) && !list.left.has(id)).length ?? 0;
  return (
    <>
      {ticked.size > 0 && <Bar ticked={ticked.size} apart={ticked.size - shown} onReplay={dialog.open} />}
      {/* It tells what came of each also when the last tick is gone. */}
      {opened && <ReplayTicked messages={[...ticked.values()]} onClose={dialog.close} />}
    </>
  );
}

function Bar({ ticked, apart, onReplay }: { ticked: number; apart: number; onReplay: () => void }) {
  return (
    <div className="selection-bar" role="region" aria-label="Selection">
      <Text size="sm" fw={550}>
        {counted(ticked, 'message')} ticked
        {apart > 0 && (
          <Text span size="sm" c="dimmed" fw={400}>
            , {apart} of them not in this list
          </Text>
        )}
      </Text>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={untickAll}>
          Clear
        </Button>
        <OperatorButton size="xs" leftSection={<IconRefresh size={14} />} onClick={onReplay}>
          Replay…
        </OperatorButton>
      </Group>
    </div>
  );
}
