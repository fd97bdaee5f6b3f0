import { IconCircleCheck, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { confirm, tell, tellFault } from '../../components/confirm';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { PageHead } from '../../components/PageHead';
import { PageSkeleton } from '../../components/PageSkeleton';
import { OperatorButton } from '../../components/role';
import { Section } from '../../components/Section';
import { SummaryLine } from '../../components/SummaryLine';
import { Time } from '../../components/Time';
import { counted } from '../../model/words';
import { deadLettersQuery, redriveAll, redriveOne } from '../../services/deadLetters';
import type { DeadLetters, Summary } from '../../services/types';
import { Sample } from './Sample';
import { Tick, type TickProps } from './Tick';

/** What failed on the way, and the way back. */
export function DeadLettersPage() {
  const { data, error, refetch } = useQuery(deadLettersQuery);
  if (!data) {
    return error ? <ErrorNotice error={error} retry={() => void refetch()} /> : <PageSkeleton />;
  }
  return <Whole letters={data} />;
}

function Whole({ letters }: { letters: DeadLetters }) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const redrive = useRedrive(() => setTicked(new Set()));
  const empty = letters.depth === 0 && letters.sample.length === 0 && letters.records.length === 0;
  const askSome = () =>
    confirm({
      title: `Redrive ${counted(ticked.size, 'message')}?`,
      children: 'They go back to the main queue and are delivered after all.',
      doIt: 'Redrive',
      onConfirm: () => redrive.mutate([...ticked]),
    });
  const askAll = () =>
    confirm({
      title: 'Redrive the whole queue?',
      children: `About ${counted(letters.depth, 'item')} go back to the main queue. What still cannot be delivered comes back here.`,
      doIt: 'Redrive all',
      onConfirm: () => redrive.mutate('all'),
    });
  return (
    <>
      <PageHead
        title="Dead letters"
        actions={
          <>
            <OperatorButton
              variant="default"
              onClick={askSome}
              loading={redrive.isPending}
              refusal={ticked.size === 0 ? 'First tick what to redrive.' : undefined}
            >
              {ticked.size === 0 ? 'Redrive ticked…' : `Redrive ${ticked.size} ticked…`}
            </OperatorButton>
            <OperatorButton
              leftSection={<IconRefresh size={16} />}
              onClick={askAll}
              loading={redrive.isPending}
              refusal={letters.depth === 0 ? 'The queue is empty.' : undefined}
            >
              Redrive all…
            </OperatorButton>
          </>
        }
      >
        What broke on our side, or waited past its deadline. What ntfy refused is not here: see the failed messages.
      </PageHead>
      {empty ? (
        <div className="surface">
          <EmptyState icon={<IconCircleCheck size={24} />} title="Nothing has failed on the way">
            When something of ours breaks, or a message waits past its deadline, it appears here and can be sent on its
            way again.
          </EmptyState>
        </div>
      ) : (
        <div className="stacked">
          <Sample letters={letters} ticked={ticked} setTicked={setTicked} />
          <Records records={letters.records} ticked={ticked} setTicked={setTicked} />
        </div>
      )}
    </>
  );
}

function useRedrive(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (which: 'all' | string[]) => {
      if (which === 'all') {
        return (await redriveAll()).items;
      }
      for (const id of which) {
        await redriveOne(id);
      }
      return which.length;
    },
    onSuccess: (items) => {
      tell(`About ${counted(items, 'item')} on the way again`);
      onDone();
    },
    onError: tellFault,
    onSettled: () => client.invalidateQueries(deadLettersQuery),
  });
}

function Records({ records, ...ticks }: TickProps & { records: Summary[] }) {
  if (records.length === 0) {
    return null;
  }
  return (
    <Section
      title="Records"
      hint="The newest messages whose record says pipeline fault or expired: complete, where the queue shows a sample"
      flush
    >
      <table className="rows as-cards still">
        <thead>
          <tr>
            <th scope="col" style={{ width: 44 }}>
              <span className="visually-hidden">Tick</span>
            </th>
            <th scope="col">Message</th>
            <th scope="col" style={{ width: 190 }}>
              Created by
            </th>
            <th scope="col" style={{ width: 120 }}>
              Accepted
            </th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.id}>
              <td data-cell="tick">
                <Tick id={record.id} {...ticks} />
              </td>
              <td>
                <SummaryLine message={record} />
              </td>
              <td className="truncate wide-only">{record.created_by}</td>
              <td>
                <Time at={record.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
