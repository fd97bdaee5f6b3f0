import { Code, Collapse, Group, Skeleton, Stack, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight, IconMailOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { asApiError } from '../../api/problem';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LinkAnchor, LinkButton } from '../../components/links';
import { PageHead } from '../../components/PageHead';
import { PageSkeleton } from '../../components/PageSkeleton';
import { PhonePreview } from '../../components/PhonePreview';
import { Section } from '../../components/Section';
import { StatusLabel } from '../../components/StatusLabel';
import { notificationOf } from '../../model/notification';
import { headline } from '../../model/words';
import { messageQuery } from '../../services/messages';
import type { Message } from '../../services/types';
import { Facts, Reason } from './Facts';
import { MessageActions } from './MessageActions';
import { Timeline } from './Timeline';

// Drawn when needed: the graph's libraries are larger than the rest of the page.
const WorkflowGraph = lazy(() => import('./WorkflowGraph'));

const route = getRouteApi('/shell/messages/$id');

/** A message and everything that happened to it. */
export function MessagePage() {
  const { id } = route.useParams();
  const { data: message, error, refetch } = useQuery(messageQuery(id));
  if (message) {
    return <Whole message={message} />;
  }
  if (error) {
    return asApiError(error).status === 404 || asApiError(error).status === 422 ? (
      <Missing />
    ) : (
      <ErrorNotice error={error} retry={() => void refetch()} />
    );
  }
  return <PageSkeleton />;
}

function Missing() {
  return (
    <>
      <PageHead title="Message" />
      <div className="surface">
        <EmptyState
          icon={<IconMailOff size={24} />}
          title="There is no such message"
          action={<LinkButton to="/messages">All messages</LinkButton>}
        >
          It never was, or its record was deleted after its 90 days. Check the id.
        </EmptyState>
      </div>
    </>
  );
}

function Whole({ message }: { message: Message }) {
  const notification = notificationOf(message.message_type, message.payload);
  return (
    <>
      <LinkAnchor to="/messages" size="sm" c="dimmed">
        ← Messages
      </LinkAnchor>
      <PageHead title={headline(message)} actions={<MessageActions message={message} />}>
        <Group gap="sm" mt={4}>
          <StatusLabel status={message.status} />
        </Group>
      </PageHead>
      <Stack gap="md">
        <Reason message={message} />
        <div className="message-columns">
          <Section title="What it says">
            <PhonePreview notification={notification} />
          </Section>
          <Section title="Timeline">
            <Timeline message={message} />
          </Section>
          <Section title="Details">
            <Facts message={message} />
          </Section>
        </div>
        <Section
          title="Workflow"
          hint="The way that the newest execution took, as the record tells it. Click a state to see what it does; a fault in any of them leads to KnowsMessage?."
        >
          <Suspense fallback={<Skeleton height={640} />}>
            <WorkflowGraph message={message} />
          </Suspense>
        </Section>
        <RawRecord message={message} />
      </Stack>
    </>
  );
}

function RawRecord({ message }: { message: Message }) {
  const [opened, { toggle }] = useDisclosure();
  return (
    <section className="surface">
      <UnstyledButton onClick={toggle} aria-expanded={opened} p="md" w="100%" fw={600} fz="sm">
        <Group gap={6}>
          {opened ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          The record as the API gives it
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Code block className="raw" tabIndex={0}>
          {JSON.stringify(message, null, 2)}
        </Code>
      </Collapse>
    </section>
  );
}
