import { Container } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { EmptyState } from './EmptyState';
import { LinkButton } from './links';

/** Stands at addresses that do not exist. */
export function PageMissing() {
  return (
    <Container component="main" py="xl">
      <EmptyState
        alone
        icon={<IconMapOff size={24} />}
        title="There is no such page"
        action={<LinkButton to="/">Go to the overview</LinkButton>}
      >
        The address leads nowhere: it may be mistyped, or from another version.
      </EmptyState>
    </Container>
  );
}
