import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery } from '../services/session';

/** Why the person may not act, or undefined where they may. */
export function useRefusal(): string | undefined {
  const { data: me } = useQuery(meQuery);
  if (me?.role === 'operator') {
    return undefined;
  }
  return me
    ? 'Your role is viewer: only operators may do this. Ask whoever runs rez_agent to add you to the group operator.'
    : 'One moment: your role is being looked up.';
}

interface Props extends ButtonProps {
  onClick?: () => void;
  type?: 'button' | 'submit';
  /** Why it cannot be done now, whoever one is. */
  refusal?: string;
  children: ReactNode;
}

/**
 * A button for operators. For others, or where it cannot be done now, it stays in the keyboard's reach, does nothing and
 * says why: a button that is truly disabled could tell nobody its reason.
 */
export function OperatorButton({ onClick, refusal, type = 'button', children, ...button }: Props) {
  const notAllowed = useRefusal();
  const why = notAllowed ?? refusal;
  return (
    <Tooltip label={why} disabled={why === undefined}>
      <Button
        {...button}
        type={why === undefined ? type : 'button'}
        data-disabled={why !== undefined || undefined}
        aria-disabled={why !== undefined}
        aria-description={why}
        onClick={why === undefined ? onClick : (event) => event.preventDefault()}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
