import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { asApiError } from '../api/problem';

interface Asked {
  title: string;
  children: ReactNode;
  /** What the button that does it says. */
  doIt: string;
  danger?: boolean;
  onConfirm: () => void;
}

/** Asks before something is done that others will notice. */
export function confirm({ title, children, doIt, danger, onConfirm }: Asked): void {
  modals.openConfirmModal({
    title,
    centered: true,
    children: (
      <Text size="sm" component="div">
        {children}
      </Text>
    ),
    labels: { confirm: doIt, cancel: 'Cancel' },
    confirmProps: danger ? { color: 'red.8' } : {},
    closeButtonProps: { 'aria-label': 'Close' },
    onConfirm,
  });
}

/** Says that something was done. */
export function tell(message: string): void {
  notifications.show({ message, color: 'green.8', withBorder: true, closeButtonProps: { 'aria-label': 'Close' } });
}

/** Says that something could not be done, and why. */
export function tellFault(thrown: unknown): void {
  const fault = asApiError(thrown);
  notifications.show({
    title: fault.title,
    message: fault.reference ? `${fault.message} (reference ${fault.reference})` : fault.message,
    color: 'red.8',
    withBorder: true,
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': 'Close' },
  });
}
