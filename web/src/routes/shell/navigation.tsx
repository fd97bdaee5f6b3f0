import {
  IconCalendarClock,
  IconGauge,
  IconInbox,
  IconMailExclamation,
  IconPlugConnected,
  IconSend,
  type Icon,
} from '@tabler/icons-react';

interface Place {
  to: '/' | '/messages' | '/send' | '/schedules' | '/circuit' | '/dlq';
  label: string;
  icon: Icon;
  /** What it is for, in the command palette. */
  about: string;
}

/** The dashboard's pages. */
export const places: readonly Place[] = [
  { to: '/', label: 'Overview', icon: IconGauge, about: 'The health of the pipeline at a glance' },
  { to: '/messages', label: 'Messages', icon: IconInbox, about: 'Find, follow and replay messages' },
  { to: '/send', label: 'Send', icon: IconSend, about: 'Write a message' },
  { to: '/schedules', label: 'Schedules', icon: IconCalendarClock, about: 'Messages that are made by themselves' },
  { to: '/circuit', label: 'Circuit', icon: IconPlugConnected, about: 'Whether ntfy is called, and why not' },
  { to: '/dlq', label: 'Dead letters', icon: IconMailExclamation, about: 'What failed on the way, and redrive' },
];
