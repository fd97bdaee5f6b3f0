import { useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { IconBraces, IconFilter, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { tellFault } from '../../components/confirm';
import { signOut } from '../../services/session';
import { places } from './navigation';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Goes anywhere by a few letters; a message by its id. */
export function CommandPalette() {
  const [query, setQuery] = useState('');
  return (
    <Spotlight
      actions={useCommands(query.trim())}
      query={query}
      onQueryChange={setQuery}
      shortcut={['mod + K', '/']}
      attributes={{ content: { 'aria-label': 'Go to' } }}
      maxHeight={420}
      scrollable
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      nothingFound="Nothing is called so. A message’s id works, too."
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: 'Go to a page, or to a message by its id',
        'aria-label': 'Command',
      }}
    />
  );
}

function useCommands(query: string): SpotlightActionData[] {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const pages = places.map(({ to, label, about, icon: PlaceIcon }) => ({
    id: to,
    label,
    description: about,
    leftSection: <PlaceIcon size={18} aria-hidden />,
    onClick: () => void navigate({ to }),
  }));
  const acts: SpotlightActionData[] = [
    command(
      'failed',
      'Failed messages',
      'Messages, filtered',
      IconFilter,
      () => void navigate({ to: '/messages', search: { status: 'failed' } }),
    ),
    command(
      'waiting',
      'Waiting messages',
      'Messages, filtered',
      IconFilter,
      () => void navigate({ to: '/messages', search: { status: 'deferred' } }),
    ),
    command('docs', 'API reference', 'The REST API’s description', IconBraces, () =>
      window.location.assign('/api/docs'),
    ),
    command('light', 'Light colors', 'Colors', IconSun, () => setColorScheme('light')),
    command('dark', 'Dark colors', 'Colors', IconMoon, () => setColorScheme('dark')),
    command('out', 'Sign out', 'Ends the session', IconLogout, () => void signOut().catch(tellFault)),
  ];
  if (!uuid.test(query)) {
    return [...pages, ...acts];
  }
  const id = query.toLowerCase();
  return [
    command(query, query, 'Open the message', IconSearch, () => void navigate({ to: '/messages/$id', params: { id } })),
  ];
}

const command = (
  id: string,
  label: string,
  description: string,
  CommandIcon: typeof IconSearch,
  onClick: () => void,
): SpotlightActionData => ({
  id,
  label,
  description,
  leftSection: <CommandIcon size={18} aria-hidden />,
  onClick,
});
