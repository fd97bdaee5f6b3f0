import { Progress, Text } from '@mantine/core';
import { bodyBytes, maxBodyBytes } from '../model/notification';
import type { Notification } from '../services/types';

/** How much of what ntfy reads at most a notification takes. */
export function BodySize({ notification }: { notification: Notification }) {
  const used = bodyBytes(notification);
  const over = used > maxBodyBytes;
  return (
    <div>
      <Text size="xs" c={over ? 'var(--rez-bad)' : 'dimmed'} className="numeric" mb={4}>
        {used.toLocaleString('en')} of {maxBodyBytes.toLocaleString('en')} bytes in all, as ntfy reads it
      </Text>
      <Progress
        value={Math.min(100, (100 * used) / maxBodyBytes)}
        size="xs"
        color={over ? 'red.8' : 'indigo'}
        aria-label="Size in all"
      />
    </div>
  );
}
