import { Button, Center, Group } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { tellFault } from '../../components/confirm';
import { EmptyState } from '../../components/EmptyState';
import { signOut } from '../../services/session';

/** What somebody sees who is signed in and belongs to neither group. */
export function NoRolePage({ retry }: { retry: () => void }) {
  const leave = useMutation({ mutationFn: signOut, onError: tellFault });
  const actions = (
    <Group>
      <Button variant="default" onClick={() => leave.mutate()} loading={leave.isPending}>
        Sign out
      </Button>
      <Button onClick={retry}>Look again</Button>
    </Group>
  );
  return (
    <Center component="main" mih="80vh">
      <EmptyState alone icon={<IconLock size={24} />} title="You have no role here" action={actions}>
        You are signed in, but belong to neither of the groups viewer and operator. Ask whoever runs rez_agent to add
        you to one of them, then sign in again.
      </EmptyState>
    </Center>
  );
}
