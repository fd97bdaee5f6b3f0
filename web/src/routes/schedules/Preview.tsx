import { Skeleton, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconClockExclamation } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { asApiError } from '../../api/problem';
import { previewQuery } from '../../services/schedules';
import type { SchedulePreview } from '../../services/types';
import { RunList } from './RunList';

/** How long one must not have typed before the API is asked, in milliseconds. */
const pause = 300;

interface Props {
  /** What is written; undefined where something is missing. */
  expression: string | undefined;
  timezone: string;
}

/** What the written expression means, as the API reads it, before anything is saved. */
export function Preview({ expression, timezone }: Props) {
  const [settled] = useDebouncedValue(expression, pause);
  const { data, error } = useQuery({
    ...previewQuery(settled ?? '', timezone),
    enabled: settled !== undefined && settled === expression,
  });
  const current = settled === expression;
  return (
    <section className="schedule-preview" aria-label="What it means" aria-busy={!current}>
      <Text size="xs" c="dimmed">
        Becomes <span className="mono">{expression ?? '…'}</span>
      </Text>
      <div aria-live="polite">
        {expression === undefined ? null : current && error ? (
          <Refused error={error} />
        ) : current && data ? (
          <Meaning preview={data} />
        ) : (
          <Skeleton height={20} my={2} />
        )}
      </div>
    </section>
  );
}

function Meaning({ preview: { sentence, next_runs, timezone, warnings } }: { preview: SchedulePreview }) {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={550}>
        {sentence}
      </Text>
      <RunList runs={next_runs} timezone={timezone} />
      {warnings.map((warning) => (
        <Text key={warning} size="xs" className="schedule-warning">
          <IconClockExclamation size={15} aria-hidden /> {warning}
        </Text>
      ))}
    </Stack>
  );
}

function Refused({ error }: { error: unknown }) {
  const fault = asApiError(error);
  if (fault.fields.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        What it means cannot be shown just now: {fault.title}. It can be saved all the same.
      </Text>
    );
  }
  return fault.fields.map(({ field, problem }) => (
    <Text key={field} size="sm" c="var(--rez-bad)">
      {field === 'timezone' ? 'The time zone' : 'The expression'} {fault.field(field) ?? problem}
    </Text>
  ));
}
