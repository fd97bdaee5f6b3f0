import { Alert, Button, Code, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { asApiError } from '../api/problem';

interface Props {
  error: unknown;
  retry?: () => void;
  /** Fields that are shown beside their inputs already. */
  shownFields?: readonly string[];
}

/** Says what happened, under which reference the logs tell more, and offers to try again. */
export function ErrorNotice({ error, retry, shownFields = [] }: Props) {
  const fault = asApiError(error);
  const fields = fault.fields.filter(({ field }) => !shownFields.includes(field));
  return (
    <Alert
      color="red"
      variant="outline"
      title={fault.title}
      icon={<IconAlertTriangle />}
      role="alert"
      className="surface"
    >
      <Stack gap="xs">
        <Text size="sm">{fault.message}</Text>
        {fields.length > 0 && (
          <List size="sm">
            {fields.map(({ field, problem, allowed }) => (
              <List.Item key={field + problem}>
                <Code>{field}</Code> {problem}
                {allowed && `; allowed: ${allowed}`}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="md">
          {retry && (
            <Button size="xs" variant="default" onClick={retry}>
              Try again
            </Button>
          )}
          {fault.reference && (
            <Text size="xs" c="dimmed">
              Reference <span className="mono">{fault.reference}</span>
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
