import { Group, Text, Title, type BoxProps, Box } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props extends BoxProps {
  title: string;
  hint?: ReactNode;
  actions?: ReactNode;
  /** Whether the content reaches to the edges, as tables do. */
  flush?: boolean;
  children: ReactNode;
}

/** A part of a page on a surface of its own. */
export function Section({ title, hint, actions, flush = false, children, ...box }: Props) {
  return (
    <Box component="section" className="surface" {...box}>
      <Group justify="space-between" px="md" pt="md" pb={flush ? 'xs' : 0} gap="sm" align="flex-start">
        <div>
          <Title order={2} size="h5">
            {title}
          </Title>
          {hint && (
            <Text size="xs" c="dimmed" component="div">
              {hint}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      <Box p={flush ? 0 : 'md'}>{children}</Box>
    </Box>
  );
}
