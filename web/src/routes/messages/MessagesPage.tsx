import { Button, Group, Kbd, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconArrowUp, IconInbox, IconRefresh, IconSend } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LinkButton } from '../../components/links';
import { PageHead } from '../../components/PageHead';
import { RowsSkeleton } from '../../components/PageSkeleton';
import { OperatorButton } from '../../components/role';
import { filterCount, filterOf, withoutAbsent } from '../../model/filter';
import type { List } from '../../model/list';
import { canReplay } from '../../model/status';
import { exact } from '../../model/time';
import { counted } from '../../model/words';
import type { MessageFilter } from '../../services/types';
import { Filters } from './Filters';
import { JobPanel } from './JobPanel';
import { MessageTable } from './MessageTable';
import { ReplayAll } from './ReplayAll';
import { SelectionBar } from './SelectionBar';
import { useMessageList, type MessageList } from './useMessageList';

const route = getRouteApi('/shell/messages');

/** Find, follow and replay messages. */
export function MessagesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const messages = useMessageList(filter);
  const [asked, dialog] = useDisclosure();
  const show = (next: MessageFilter) =>
    void navigate({ search: withoutAbsent({ ...next, job: search.job }), resetScroll: false });
  const watch = (job: string | undefined) =>
    void navigate({ search: withoutAbsent({ ...filter, job }), replace: true, resetScroll: false });
  useHotkeys([['n', messages.bringIn]]);
  return (
    <>
      <PageHead
        title="Messages"
        actions={
          <OperatorButton
            variant="default"
            leftSection={<IconRefresh size={16} />}
            refusal={
              canReplay(filter.status)
                ? undefined
                : 'First filter by a status that can be replayed: Failed, Delivered or Waiting.'
            }
            onClick={dialog.open}
          >
            Replay all that match…
          </OperatorButton>
        }
      />
      {search.job && <JobPanel id={search.job} onClose={() => watch(undefined)} />}
      <Filters filter={filter} onChange={show} />
      <div className="surface">
        <Toolbar list={messages.list} bringIn={messages.bringIn} />
        <Rows messages={messages} filtered={filterCount(filter) > 0} onClear={() => show({})} />
      </div>
      <SelectionBar list={messages.list} />
      {asked && (
        <ReplayAll
          filter={filter}
          onClose={dialog.close}
          onStarted={(job) => {
            dialog.close();
            watch(job);
          }}
        />
      )}
    </>
  );
}

// Of one height whether there is news or not: it must not push the rows away from under the pointer.
function Toolbar({ list, bringIn }: { list?: List; bringIn: () => void }) {
  const news = (list?.waiting.length ?? 0) + (list?.left.size ?? 0);
  return (
    <Group className="toolbar" justify="space-between" wrap="nowrap">
      <Text size="xs" c="dimmed" role="status">
        {list
          ? `${counted(list.rows.length, 'message')} shown${list.next === undefined ? '' : ', older ones follow'}`
          : ' '}
      </Text>
      {news > 0 ? (
        <Button size="compact-xs" leftSection={<IconArrowUp size={14} />} onClick={bringIn}>
          {newsWords(list)}
        </Button>
      ) : (
        <Text size="xs" c="dimmed" className="wide-only" component="div">
          <Kbd size="xs">J</Kbd> <Kbd size="xs">K</Kbd> walk · <Kbd size="xs">X</Kbd> tick · <Kbd size="xs">Enter</Kbd>{' '}
          open · <Kbd size="xs">N</Kbd> new
        </Text>
      )}
    </Group>
  );
}

function newsWords(list: List | undefined): string {
  const waiting = list?.waiting.length ?? 0;
  if (waiting === 0) {
    return `Refresh: ${list?.left.size ?? 0} changed`;
  }
  return `${waiting}${list?.gap ? '+' : ''} new`;
}

interface RowsProps {
  messages: MessageList;
  filtered: boolean;
  onClear: () => void;
}

function Rows({ messages, filtered, onClear }: RowsProps) {
  const { list, error, retry } = messages;
  if (error) {
    return <ErrorNotice error={error} retry={retry} />;
  }
  if (!list) {
    return <RowsSkeleton />;
  }
  if (list.rows.length === 0 && list.next === undefined) {
    return <Nothing filtered={filtered} onClear={onClear} />;
  }
  return (
    <>
      <MessageTable list={list} />
      <Older messages={messages} list={list} />
    </>
  );
}

function Older({ messages, list }: { messages: MessageList; list: List }) {
  if (list.next === undefined) {
    return null;
  }
  return (
    <Group p="md" justify="center" gap="md">
      {messages.olderError ? (
        <ErrorNotice error={messages.olderError} retry={messages.loadOlder} />
      ) : (
        <>
          {list.searchedTo && (
            <Text size="sm" c="dimmed">
              Searched back to {exact(list.searchedTo)}.
            </Text>
          )}
          <Button variant="default" size="xs" onClick={messages.loadOlder} loading={messages.loadingOlder}>
            {list.rows.length === 0 ? 'Search further back' : 'Show older messages'}
          </Button>
        </>
      )}
    </Group>
  );
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  return filtered ? (
    <EmptyState
      icon={<IconInbox size={24} />}
      title="No message matches"
      action={
        <Button variant="default" onClick={onClear}>
          Clear the filters
        </Button>
      }
    >
      All messages of the last 90 days were searched. New ones appear here by themselves.
    </EmptyState>
  ) : (
    <EmptyState
      icon={<IconInbox size={24} />}
      title="No messages yet"
      action={
        <LinkButton to="/send" leftSection={<IconSend size={16} />}>
          Send the first one
        </LinkButton>
      }
    >
      What people, programs and schedules send appears here, with everything that happens to it.
    </EmptyState>
  );
}
