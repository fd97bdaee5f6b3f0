import { Button, Center, Group } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { tellFault } from '../../components/confirm';
import { EmptyState } from '../../components/EmptyState';
import { renewSession, signOut } from '../../services/session';

/** What somebody sees who is signed in and belongs to neither group. */
export function NoRolePage({ lookAgain }: { lookAgain: () => Promise<unknown> }) {
  const leave = useMutation({ mutationFn: signOut, onError: tellFault });
  // The session tells the groups of when it began, or was renewed.
  const look = useMutation({ mutationFn: () => renewSession().then(lookAgain), onError: tellFault });
  const actions = (
    <Group>
      <Button variant="default" onClick={() => leave.mutate()} loading={leave.isPending}>
        Sign out
      </Button>
      <Button onClick={() => look.mutate()} loading={look.isPending}>
        Look again
      </Button>
    </Group>
  );
  return (
    <Center component="main" mih="80vh">
      <EmptyState alone icon={<IconLock size={24} />} title="You have no role here" action={actions}>
        You are signed in, but belong to neither of the groups viewer and operator. Ask whoever runs rez_agent to add
        you to one of them, then look again.
      </EmptyState>
    </Center>
  );
}
