import { Stack, Text } from '@mantine/core';
import { Time } from '../../components/Time';
import { ownZone, toTheMinute } from '../../model/time';

/** The next runs, in the schedule's zone and in the person's. */
export function RunList({ runs, timezone }: { runs: readonly string[]; timezone: string }) {
  const own = ownZone();
  const other = own !== timezone;
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed" fw={550}>
        Next runs{other && `, in ${timezone} and here (${own})`}
      </Text>
      <ol className="next-runs">
        {runs.map((at, i) => (
          <li key={at}>
            <span className="numeric">{toTheMinute(at, timezone)}</span>
            {other && <span className="numeric next-run-own">{toTheMinute(at)}</span>}
            {i === 0 && (
              <span className="next-run-own">
                <Time at={at} />
              </span>
            )}
          </li>
        ))}
      </ol>
    </Stack>
  );
}
