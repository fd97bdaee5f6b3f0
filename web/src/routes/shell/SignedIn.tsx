import { Center } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect } from 'react';
import { EmptyState } from '../../components/EmptyState';
import { LinkButton } from '../../components/links';
import { signedInChannel } from '../../services/session';

/** Where a sign-in in another tab ends: it tells the tab that waits, and closes itself where it may. */
export function SignedIn() {
  useEffect(() => {
    const channel = new BroadcastChannel(signedInChannel);
    channel.postMessage('signed in');
    channel.close();
    window.close();
  }, []);
  return (
    <Center component="main" mih="70vh">
      <EmptyState
        alone
        icon={<IconCheck size={24} />}
        title="You are signed in"
        action={
          <LinkButton to="/" variant="default">
            Go to the overview
          </LinkButton>
        }
      >
        Close this tab and go on where you were.
      </EmptyState>
    </Center>
  );
}
