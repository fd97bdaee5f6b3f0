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
  if (ticked.size === 0) {
    return null;
  }
  const shown = list?.rows.filter(({ id }) => ticked.has(id) && !list.left.has(id)).length ?? 0;
  const apart = ticked.size - shown;
  return (
    <div className="selection-bar" role="region" aria-label="Selection">
      <Text size="sm" fw={550}>
        {counted(ticked.size, 'message')} ticked
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
        <OperatorButton size="xs" leftSection={<IconRefresh size={14} />} onClick={dialog.open}>
          Replay…
        </OperatorButton>
      </Group>
      {opened && <ReplayTicked messages={[...ticked.values()]} onClose={dialog.close} />}
    </div>
  );
}
