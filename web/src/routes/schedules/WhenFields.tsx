import { Chip, Group, Input, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { beginning, units, weekdays, type When } from '../../model/when';

const kinds: { value: When['kind']; label: string }[] = [
  { value: 'once', label: 'Once' },
  { value: 'every', label: 'Every so often' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'On days of the week' },
  { value: 'monthly', label: 'Every month' },
  { value: 'expression', label: 'By an expression' },
];

interface Props {
  when: When;
  onChange: (when: When) => void;
  error?: string;
}

/** When a schedule fires. */
export function WhenFields({ when, onChange, error }: Props) {
  return (
    <Stack gap="sm">
      <Group align="flex-start" gap="sm" grow preventGrowOverflow={false}>
        <Select
          label="When"
          data={kinds}
          allowDeselect={false}
          value={when.kind}
          onChange={(kind) => kind && onChange(beginning(kind, when))}
        />
        <KindFields when={when} onChange={onChange} error={error} />
      </Group>
      {when.kind === 'weekly' && <Days when={when} onChange={onChange} error={error} />}
    </Stack>
  );
}

function KindFields({ when, onChange, error }: Props) {
  switch (when.kind) {
    case 'once':
      return (
        <TextInput
          type="datetime-local"
          label="At"
          value={when.at}
          error={error}
          onChange={(event) => onChange({ ...when, at: event.currentTarget.value })}
        />
      );
    case 'every':
      return (
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <NumberInput
            label="Every"
            min={1}
            w={90}
            value={when.count}
            error={error}
            onChange={(count) => onChange({ ...when, count: Number(count) })}
          />
          <Select
            label="Unit"
            data={units.map((unit) => ({ value: unit, label: when.count === 1 ? unit : `${unit}s` }))}
            allowDeselect={false}
            value={when.unit}
            onChange={(unit) => unit && onChange({ ...when, unit: unit })}
          />
        </Group>
      );
    case 'daily':
      return <TimeOfDay when={when} onChange={onChange} error={error} />;
    case 'weekly':
      return <TimeOfDay when={when} onChange={onChange} />;
    case 'monthly':
      return (
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Select
            label="Day"
            data={monthDays}
            allowDeselect={false}
            value={when.day}
            onChange={(day) => day && onChange({ ...when, day })}
          />
          <TimeOfDay when={when} onChange={onChange} error={error} />
        </Group>
      );
    case 'expression':
      return (
        <TextInput
          label="Expression"
          placeholder="cron(30 2 * * ? *)"
          description="cron(minutes hours day-of-month month day-of-week year); one of the two days is ?, and 1 is Sunday"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          className="mono"
          value={when.expression}
          error={error}
          onChange={(event) => onChange({ ...when, expression: event.currentTarget.value })}
        />
      );
  }
}

const monthDays = [...Array.from({ length: 31 }, (_, i) => String(i + 1)), { value: 'L', label: 'Last' }];

interface TimeProps {
  when: Extract<When, { time: string }>;
  onChange: (when: When) => void;
  error?: string;
}

function TimeOfDay({ when, onChange, error }: TimeProps) {
  return (
    <TextInput
      type="time"
      label="At"
      w={130}
      value={when.time}
      error={error}
      onChange={(event) => onChange({ ...when, time: event.currentTarget.value })}
    />
  );
}

interface DaysProps {
  when: Extract<When, { kind: 'weekly' }>;
  onChange: (when: When) => void;
  error?: string;
}

function Days({ when, onChange, error }: DaysProps) {
  return (
    <Input.Wrapper error={error} labelElement="div">
      <Chip.Group
        multiple
        value={when.days.map(String)}
        onChange={(days) => onChange({ ...when, days: days.map(Number) })}
      >
        <Group gap={6} role="group" aria-label="Days of the week">
          {weekdays.map(({ number, label }) => (
            <Chip key={number} value={String(number)} size="xs" variant="outline">
              {label}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}
