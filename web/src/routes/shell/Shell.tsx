import { ActionIcon, AppShell, Badge, Burger, Group, Kbd, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { asApiError } from '../../api/problem';
import { ErrorNotice } from '../../components/ErrorNotice';
import { PageSkeleton } from '../../components/PageSkeleton';
import { healthQuery } from '../../services/metrics';
import { meQuery } from '../../services/session';
import type { Me } from '../../services/types';
import { CommandPalette } from './CommandPalette';
import { Logo } from './Logo';
import { NavLinks } from './NavLinks';
import { NoRolePage } from './NoRolePage';
import { SignInAgain } from './SignInAgain';
import { SignInPage } from './SignInPage';
import { ThemeSwitch } from './ThemeSwitch';
import { UserMenu } from './UserMenu';

/** What stands around every page; without a session, the way to one. */
export function Shell() {
  const me = useQuery(meQuery);
  const fault = me.error && asApiError(me.error);
  if (fault?.code === 'no_role') {
    return <NoRolePage lookAgain={() => me.refetch()} />;
  }
  if (!me.data && fault?.status === 401) {
    return <SignInPage />;
  }
  return <Frame me={me.data} fault={me.data ? undefined : fault} retry={() => void me.refetch()} />;
}

interface FrameProps {
  me?: Me;
  fault?: unknown;
  retry: () => void;
}

function Frame({ me, fault, retry }: FrameProps) {
  const [opened, drawer] = useDisclosure();
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a href="#page" className="skip-link">
        Skip to the page
      </a>
      <AppShell.Header className="frame">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={drawer.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Pages"
              aria-expanded={opened}
            />
            <Logo />
            <Stage />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SearchButton />
            <ThemeSwitch />
            {me && <UserMenu me={me} />}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className="frame">
        <NavLinks onFollow={drawer.close} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <div className="page">
          {fault ? <ErrorNotice error={fault} retry={retry} /> : me ? <Outlet /> : <PageSkeleton />}
        </div>
      </AppShell.Main>
      <CommandPalette />
      <SignInAgain />
    </AppShell>
  );
}

function Stage() {
  const { data: health } = useQuery(healthQuery);
  return health ? (
    <Badge variant="default" size="md" tt="none" fw={550} visibleFrom="xs" title={`Version ${health.version}`}>
      {health.stage}
    </Badge>
  ) : null;
}

function SearchButton() {
  return (
    <>
      <UnstyledButton className="search-button wide-only" onClick={spotlight.open}>
        <IconSearch size={16} aria-hidden />
        <Text size="sm" component="span">
          Go to…
        </Text>
        <Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      <ActionIcon variant="default" size={36} hiddenFrom="sm" onClick={spotlight.open} aria-label="Go to…">
        <IconSearch size={18} stroke={1.7} />
      </ActionIcon>
    </>
  );
}
