import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** Whether it is the page's only title. */
  alone?: boolean;
}

/** Says that there is nothing, why, and what to do. */
export function EmptyState({ icon, title, children, action, alone = false }: Props) {
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center">
      <ThemeIcon size={48} radius="xl" variant="default" aria-hidden>
        {icon}
      </ThemeIcon>
      <Title order={alone ? 1 : 2} size="h4">
        {title}
      </Title>
      <Text size="sm" c="dimmed" maw={440}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}
