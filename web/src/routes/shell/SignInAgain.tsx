import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useState } from 'react';
import { asApiError } from '../../api/problem';
import { otherTabSignIn } from '../../services/session';
import { useSessionLost, useSignedInElsewhere } from './useSession';

/** Asks to sign in again, above a page that keeps everything that was written on it. */
export function SignInAgain() {
  const lost = useSessionLost();
  const lookAgain = useSignedInElsewhere();
  const [fault, setFault] = useState<string>();
  const check = async () => {
    try {
      setFault(undefined);
      await lookAgain();
    } catch (thrown) {
      const { code, message } = asApiError(thrown);
      setFault(code === 'unauthenticated' ? 'Not signed in yet: finish signing in in the other tab.' : message);
    }
  };
  return (
    <Modal opened={lost} onClose={() => undefined} withCloseButton={false} centered title="Sign in again">
      <Stack>
        <Text size="sm">
          Your session has ended. Sign in in a new tab and come back: this page, and what you have written on it, stays
          as it is.
        </Text>
        {fault && (
          <Alert color="red" variant="outline" role="alert">
            {fault}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => void check()}>
            I have signed in
          </Button>
          <Button
            component="a"
            href={otherTabSignIn}
            target="_blank"
            rel="opener"
            rightSection={<IconExternalLink size={16} />}
            data-autofocus
          >
            Sign in
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
