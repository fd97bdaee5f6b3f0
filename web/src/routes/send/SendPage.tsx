import { Alert, Button, Grid, Group, Stack, Text } from '@mantine/core';
import { IconPlugConnectedX, IconSend } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState, type KeyboardEvent, type SyntheticEvent } from 'react';
import { BodySize } from '../../components/BodySize';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LinkAnchor } from '../../components/links';
import { NotificationFields } from '../../components/NotificationFields';
import { PageHead } from '../../components/PageHead';
import { PageSkeleton } from '../../components/PageSkeleton';
import { PhonePreview } from '../../components/PhonePreview';
import { OperatorButton, useRefusal } from '../../components/role';
import { Section } from '../../components/Section';
import { payloadFaults } from '../../model/apiFaults';
import { draftedNotification, draftOf, emptyDraft, sendWords, type Draft } from '../../model/draft';
import { faultsOf, notificationOf } from '../../model/notification';
import { circuitQuery } from '../../services/circuit';
import { messageQuery, sendMessage } from '../../services/messages';
import type { Notification } from '../../services/types';
import { keepDraft, keptDraft } from './draftStore';

const route = getRouteApi('/shell/send');

/** Write a message, or a duplicate of one. */
export function SendPage() {
  const { from } = route.useSearch();
  return from ? <Duplicate key={from} id={from} /> : <Form begin={keptDraft()} keep />;
}

function Duplicate({ id }: { id: string }) {
  const { data: original, error, refetch } = useQuery({ ...messageQuery(id), refetchInterval: false });
  if (original) {
    return <Form begin={draftOf(notificationOf(original.message_type, original.payload))} of={id} />;
  }
  return error ? <ErrorNotice error={error} retry={() => void refetch()} /> : <PageSkeleton />;
}

interface FormProps {
  begin: Draft;
  /** The message that this duplicates. */
  of?: string;
  /** Whether the draft outlives the page. */
  keep?: boolean;
}

function Form({ begin, of, keep = false }: FormProps) {
  const [draft, setDraft] = useState(begin);
  const [tried, setTried] = useState(false);
  const notification = draftedNotification(draft);
  const send = useSend(() => keep && keepDraft(emptyDraft));
  const ours = faultsOf(notification);
  const faults = { ...payloadFaults(send.error), ...shownFaults(ours, draft, tried) };
  const change = (next: Draft) => {
    setDraft(next);
    send.reset();
    if (keep) {
      keepDraft(next);
    }
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(ours).length === 0 && !send.isPending) {
      send.mutate(notification);
    }
  };
  const refusal = useRefusal();
  // In a text of several lines Enter begins a line; Ctrl and Enter send it, from any field.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && refusal === undefined) {
      submit(event);
    }
  };
  return (
    <form onSubmit={submit} onKeyDown={onKeyDown} noValidate>
      <PageHead title={of ? 'Duplicate a message' : 'Send a message'}>
        {of && (
          <>
            A new message that begins as{' '}
            <LinkAnchor to="/messages/$id" params={{ id: of }} inherit className="mono">
              {of}
            </LinkAnchor>
          </>
        )}
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title="Message">
            <NotificationFields draft={draft} onChange={change} faults={faults} />
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md" className="stay-in-view">
            <Section title="Preview">
              <Stack gap="md">
                <PhonePreview notification={notification} />
                <BodySize notification={notification} />
                <Waits />
                {send.isError && <ErrorNotice error={send.error} retry={() => send.mutate(notification)} />}
                {faults.body && (
                  <Text size="sm" c="var(--rez-bad)" role="alert">
                    {faults.body}
                  </Text>
                )}
                <Group justify="flex-end">
                  <Button variant="subtle" onClick={() => change(emptyDraft)}>
                    Clear
                  </Button>
                  <OperatorButton type="submit" leftSection={<IconSend size={16} />} loading={send.isPending}>
                    {sendWords(notification)}
                  </OperatorButton>
                </Group>
              </Stack>
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  );
}

// Who has not begun to write need not be told that nothing is written, nor that a button just added has no text yet.
function shownFaults(faults: Record<string, string>, draft: Draft, tried: boolean): Record<string, string> {
  if (tried) {
    return faults;
  }
  const tooEarly = (field: string) =>
    field.startsWith('actions[') || (field === 'message' && draft.message.trim() === '');
  return Object.fromEntries(Object.entries(faults).filter(([field]) => !tooEarly(field)));
}

// The same text again, after an answer that was lost, has the same key and stays one message; another text is another one.
function useSend(onSent: () => void) {
  const navigate = route.useNavigate();
  const last = useRef({ body: '', key: '' });
  return useMutation({
    mutationFn: (notification: Notification) => {
      const body = JSON.stringify(notification);
      if (last.current.body !== body) {
        last.current = { body, key: crypto.randomUUID() };
      }
      return sendMessage(notification, last.current.key);
    },
    onSuccess: ({ id }) => {
      onSent();
      void navigate({ to: '/messages/$id', params: { id } });
    },
  });
}

function Waits() {
  const { data: circuit } = useQuery(circuitQuery());
  if (!circuit || circuit.state === 'closed') {
    return null;
  }
  return (
    <Alert color="orange" variant="outline" icon={<IconPlugConnectedX />} className="surface">
      The{' '}
      <LinkAnchor to="/circuit" underline="always" inherit>
        circuit
      </LinkAnchor>{' '}
      is open: the message will be accepted and wait until ntfy is called again.
    </Alert>
  );
}
