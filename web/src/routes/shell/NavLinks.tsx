import { NavLink, Stack } from '@mantine/core';
import { createLink, useRouterState } from '@tanstack/react-router';
import { forwardRef, type ComponentPropsWithoutRef, type ReactNode } from 'react';
import { useCircuits } from '../../services/circuit';
import { places } from './navigation';

interface PlaceLinkProps extends Omit<ComponentPropsWithoutRef<'a'>, 'color' | 'onChange'> {
  label: string;
  icon: ReactNode;
  mark?: ReactNode;
  current: boolean;
}

const PlaceLink = createLink(
  forwardRef<HTMLAnchorElement, PlaceLinkProps>(function PlaceLink({ label, icon, mark, current, ...anchor }, ref) {
    return (
      <NavLink
        ref={ref}
        {...anchor}
        component="a"
        label={label}
        leftSection={icon}
        rightSection={mark}
        active={current}
        aria-current={current ? 'page' : undefined}
        className="nav-link"
      />
    );
  }),
);

/** The way to every page; onFollow closes the drawer on a phone. */
export function NavLinks({ onFollow }: { onFollow: () => void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const states = useCircuits(10_000).map(({ state }) => state);
  const open = states.includes('open');
  return (
    <Stack component="nav" gap={4} aria-label="Pages">
      {places.map(({ to, label, icon: PlaceIcon }) => (
        <PlaceLink
          key={to}
          to={to}
          label={label}
          icon={<PlaceIcon size={19} stroke={1.7} aria-hidden />}
          current={to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)}
          mark={
            to === '/circuit' && (open || states.includes('half_open')) ? (
              <span className="tone" data-tone={open ? 'bad' : 'wait'} style={{ fontSize: 12 }}>
                {open ? 'open' : 'probing'}
              </span>
            ) : undefined
          }
          onClick={onFollow}
        />
      ))}
    </Stack>
  );
}
