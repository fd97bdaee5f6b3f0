import { ActionIcon, Button, Fieldset, Grid, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { maxActions } from '../model/notification';
import type { NotificationAction } from '../services/types';

const kinds: { value: NotificationAction['action']; label: string }[] = [
  { value: 'view', label: 'Opens an address' },
  { value: 'http', label: 'Calls an address' },
  { value: 'copy', label: 'Copies a text' },
  { value: 'broadcast', label: 'Tells an Android app' },
];

interface Props {
  actions: NotificationAction[];
  faults: Record<string, string>;
  onChange: (actions: NotificationAction[]) => void;
}

/** A notification's buttons. */
export function ActionFields({ actions, faults, onChange }: Props) {
  const change = (i: number, to: Partial<NotificationAction>) =>
    onChange(actions.map((action, j) => (i === j ? { ...action, ...to } : action)));
  return (
    <Stack gap="sm">
      {actions.map((action, i) => (
        <Fieldset key={i} legend={`Button ${i + 1}`} variant="default" p="sm">
          <Group align="flex-start" wrap="nowrap" gap="sm">
            <Grid gap="sm" style={{ flex: 1 }}>
              <Grid.Col span={{ base: 12, sm: 6 }}>
                <Select
                  label="What it does"
                  data={kinds}
                  allowDeselect={false}
                  value={action.action}
                  onChange={(kind) => kind && onChange(actions.map((old, j) => (i === j ? blank(kind, old) : old)))}
                />
              </Grid.Col>
              <Grid.Col span={{ base: 12, sm: 6 }}>
                <TextInput
                  label="Label"
                  value={action.label}
                  error={faults[`actions[${i}].label`]}
                  onChange={(event) => change(i, { label: event.currentTarget.value })}
                />
              </Grid.Col>
              <KindFields
                action={action}
                fault={(field) => faults[`actions[${i}].${field}`]}
                onChange={(to) => change(i, to)}
              />
            </Grid>
            <ActionIcon
              variant="default"
              size={36}
              mt={25}
              aria-label={`Remove button ${i + 1}`}
              onClick={() => onChange(actions.filter((_, j) => j !== i))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        </Fieldset>
      ))}
      <Group gap="sm">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          disabled={actions.length >= maxActions}
          onClick={() => onChange([...actions, { action: 'view', label: '' }])}
        >
          Add a button
        </Button>
        <Text size="xs" c="dimmed">
          {actions.length} of {maxActions}
        </Text>
      </Group>
    </Stack>
  );
}

// Another kind keeps the label only: the rest would be refused, or mean something else.
const blank = (action: NotificationAction['action'], { label, clear }: NotificationAction): NotificationAction => ({
  action,
  label,
  clear,
});

interface KindProps {
  action: NotificationAction;
  fault: (field: string) => string | undefined;
  onChange: (to: Partial<NotificationAction>) => void;
}

function KindFields({ action, fault, onChange }: KindProps) {
  const field = (
    name: 'url' | 'value' | 'intent' | 'method' | 'body',
    label: string,
    placeholder?: string,
    span = 12,
  ) => (
    <Grid.Col span={{ base: 12, sm: span }}>
      <TextInput
        label={label}
        placeholder={placeholder}
        value={action[name] ?? ''}
        error={fault(name)}
        onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      />
    </Grid.Col>
  );
  switch (action.action) {
    case 'view':
      return field('url', 'Address', 'https://');
    case 'http':
      return (
        <>
          {field('url', 'Address', 'https://')}
          {field('method', 'Method', 'POST', 6)}
          {field('body', 'Body', undefined, 6)}
        </>
      );
    case 'copy':
      return field('value', 'Text to copy');
    case 'broadcast':
      return field('intent', 'Android intent', 'io.heckel.ntfy.USER_ACTION');
  }
}
