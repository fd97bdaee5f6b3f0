import { NavLink, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLink, useRouterState } from '@tanstack/react-router';
import { forwardRef, type ComponentPropsWithoutRef, type ReactNode } from 'react';
import { circuitQuery } from '../../services/circuit';
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
  const { data: circuit } = useQuery({ ...circuitQuery, refetchInterval: 10_000 });
  const notClosed = circuit && circuit.state !== 'closed';
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
            to === '/circuit' && notClosed ? (
              <span className="tone" data-tone={circuit.state === 'open' ? 'bad' : 'wait'} style={{ fontSize: 12 }}>
                {circuit.state === 'open' ? 'open' : 'probing'}
              </span>
            ) : undefined
          }
          onClick={onFollow}
        />
      ))}
    </Stack>
  );
}
