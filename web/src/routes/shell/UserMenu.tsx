import { Avatar, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { tellFault } from '../../components/confirm';
import { signOut } from '../../services/session';
import type { Me } from '../../services/types';

/** Who is signed in, in which role, and the way out. */
export function UserMenu({ me }: { me: Me }) {
  const leave = useMutation({ mutationFn: signOut, onError: tellFault });
  const name = me.name.replace(/^user:/, '');
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton aria-label={`Signed in as ${name}, ${me.role}`} className="user-button">
          <Avatar size={32} radius="xl" color="indigo.8" variant="filled" aria-hidden>
            {name.slice(0, 1).toUpperCase()}
          </Avatar>
          <span className="wide-only">
            <Text size="sm" fw={550} lh={1.2} component="span" display="block">
              {name}
            </Text>
            <Text size="xs" c="dimmed" lh={1.2} component="span" display="block">
              {me.role}
            </Text>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name} · {me.role}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => leave.mutate()} disabled={leave.isPending}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
