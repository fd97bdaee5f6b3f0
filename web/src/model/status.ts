import type { MessageType, Status } from '../services/types';

/** The statuses in the order in which a message meets them. */
export const statuses = [
  'created',
  'processing',
  'deferred',
  'completed',
  'failed',
] as const satisfies readonly Status[];

/** The kinds of message that the contract knows. */
export const messageTypes = ['notification', 'scheduled_hello', 'webhook'] as const satisfies readonly MessageType[];

/** Whether nothing more happens to a message by itself. */
export const isFinal = (status: Status): boolean => status === 'completed' || status === 'failed';

/** Whether a message can be replayed now; what is on its way is delivered anyway. */
export const canReplay = (status: Status | undefined): boolean =>
  status !== undefined && (isFinal(status) || status === 'deferred');
