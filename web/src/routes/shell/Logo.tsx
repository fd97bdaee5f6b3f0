import { Group, Text } from '@mantine/core';

/** The product's mark and name. */
export function Logo() {
  return (
    <Group gap={10} wrap="nowrap">
      <img src="/icon.svg" alt="" width={28} height={28} />
      <Text fw={650} size="md" style={{ letterSpacing: '-0.01em' }}>
        rez_agent
      </Text>
    </Group>
  );
}
