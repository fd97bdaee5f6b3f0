import { Button, Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { ErrorNotice } from '../../components/ErrorNotice';
import { signIn } from '../../services/session';
import { Logo } from './Logo';

/** What somebody sees who is not signed in. */
export function SignInPage() {
  const path = useRouterState({ select: ({ location }) => location.href });
  const leave = useMutation({ mutationFn: () => signIn(path) });
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper className="surface" p="xl" w={380} maw="100%">
        <Stack gap="lg">
          <Logo />
          <div>
            <Title order={1} size="h3">
              Sign in
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              You will be asked for your name and password on the sign-in page, and come back to where you are now.
            </Text>
          </div>
          {leave.isError && <ErrorNotice error={leave.error} />}
          <Button size="md" onClick={() => leave.mutate()} loading={leave.isPending || leave.isSuccess}>
            Continue to the sign-in page
          </Button>
        </Stack>
      </Paper>
    </Center>
  );
}
