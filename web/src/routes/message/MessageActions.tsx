import { Button, Menu } from '@mantine/core';
import { IconCopy, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { confirm, tell, tellFault } from '../../components/confirm';
import { CopyItem } from '../../components/CopyItem';
import { LinkButton } from '../../components/links';
import { OperatorButton } from '../../components/role';
import { asCurl, asRezagent } from '../../model/copyAs';
import { canReplay } from '../../model/status';
import { messageQuery, replayMessage } from '../../services/messages';
import type { Message } from '../../services/types';

/** What can be done with a message. */
export function MessageActions({ message }: { message: Message }) {
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconCopy size={16} />}>
            Copy
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <CopyItem text={message.id}>Id</CopyItem>
          <CopyItem text={asCurl(message, window.location.origin)}>As curl</CopyItem>
          <CopyItem text={asRezagent(message)} refusal="rezagent has no option for a topic; curl has.">
            As rezagent
          </CopyItem>
          <CopyItem text={JSON.stringify(message, null, 2)}>Record as JSON</CopyItem>
        </Menu.Dropdown>
      </Menu>
      {message.message_type === 'notification' && (
        <LinkButton variant="default" to="/send" search={{ from: message.id }}>
          Duplicate
        </LinkButton>
      )}
      <Replay message={message} />
    </>
  );
}

function Replay({ message }: { message: Message }) {
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () => replayMessage(message.id, message.generation),
    onSuccess: () => tell(message.status === 'deferred' ? 'It is due now' : 'It is delivered once more'),
    onError: tellFault,
    onSettled: () => client.invalidateQueries(messageQuery(message.id)),
  });
  const waits = message.status === 'deferred';
  const ask = () => {
    if (message.status === 'completed') {
      confirm({
        title: 'Deliver it once more?',
        children: 'It was delivered already: the phone will show it again, as new.',
        doIt: 'Replay',
        onConfirm: () => replay.mutate(),
      });
    } else {
      replay.mutate();
    }
  };
  return (
    <OperatorButton
      leftSection={<IconRefresh size={16} />}
      onClick={ask}
      loading={replay.isPending}
      refusal={
        canReplay(message.status) ? undefined : 'It is on its way: only what has ended or waits can be replayed.'
      }
    >
      {waits ? 'Try now' : 'Replay'}
    </OperatorButton>
  );
}
