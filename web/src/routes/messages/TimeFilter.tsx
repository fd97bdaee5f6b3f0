import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { toTheMinute } from '../../model/time';
import type { MessageFilter } from '../../services/types';

type Range = Pick<MessageFilter, 'created_after' | 'created_before'>;

const presets: { label: string; minutes: number }[] = [
  { label: 'Last hour', minutes: 60 },
  { label: 'Last 24 hours', minutes: 24 * 60 },
  { label: 'Last 7 days', minutes: 7 * 24 * 60 },
];

interface Props {
  filter: Range;
  onChange: (range: Range) => void;
}

/** When the messages were accepted. A preset becomes a fixed time, so that a shared address shows the same messages later. */
export function TimeFilter({ filter, onChange }: Props) {
  return (
    <Popover position="bottom-start" trapFocus withRoles>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconCalendar size={14} />} fw={500}>
          {rangeWords(filter)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Time">
        <Stack gap="sm">
          <Group gap="xs">
            {presets.map(({ label, minutes }) => (
              <Button
                key={label}
                size="xs"
                variant="default"
                onClick={() => onChange({ created_after: minutesAgo(minutes), created_before: undefined })}
              >
                {label}
              </Button>
            ))}
          </Group>
          <Group gap="xs" grow>
            <Moment
              label="From"
              value={filter.created_after}
              onChange={(created_after) => onChange({ created_after })}
            />
            <Moment
              label="Before"
              value={filter.created_before}
              onChange={(created_before) => onChange({ created_before })}
            />
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface MomentProps {
  label: string;
  value?: string;
  onChange: (value: string | undefined) => void;
}

function Moment({ label, value, onChange }: MomentProps) {
  return (
    <TextInput
      type="datetime-local"
      size="xs"
      label={label}
      value={value ? localMinute(value) : ''}
      onChange={(event) => {
        const at = new Date(event.currentTarget.value);
        onChange(Number.isNaN(at.getTime()) ? undefined : at.toISOString());
      }}
    />
  );
}

function rangeWords({ created_after: after, created_before: before }: Range): string {
  if (after && before) {
    return `${toTheMinute(after)} – ${toTheMinute(before)}`;
  }
  return after ? `Since ${toTheMinute(after)}` : before ? `Before ${toTheMinute(before)}` : 'Any time';
}

const minute = 60_000;

const minutesAgo = (minutes: number) => new Date((Math.floor(Date.now() / minute) - minutes) * minute).toISOString();

// What an input of this kind reads: the local clock, without a zone.
function localMinute(at: string): string {
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * minute).toISOString().slice(0, 16);
}
