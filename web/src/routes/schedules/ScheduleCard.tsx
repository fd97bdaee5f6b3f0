import { Badge, Group, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { confirm, tell, tellFault } from '../../components/confirm';
import { OperatorButton } from '../../components/role';
import { notificationOf } from '../../model/notification';
import { typeLabel } from '../../model/words';
import { deleteSchedule, pauseSchedule, runSchedule, schedulesQuery } from '../../services/schedules';
import type { Schedule } from '../../services/types';
import { RunList } from './RunList';

/** A schedule: what it means, when it fires next, and what can be done with it. */
export function ScheduleCard({ schedule, onEdit }: { schedule: Schedule; onEdit: () => void }) {
  const n = notificationOf(schedule.message_type, schedule.payload);
  return (
    <article className="surface schedule" aria-label={schedule.name}>
      <div className="schedule-head">
        <div style={{ minWidth: 0 }}>
          <Group gap="sm">
            <Title order={2} size="h5">
              {schedule.name}
            </Title>
            {schedule.paused && (
              <Badge variant="default" tt="none">
                Paused
              </Badge>
            )}
          </Group>
          <Text size="sm">{schedule.sentence}</Text>
          <Text size="xs" c="dimmed">
            <span className="mono">{schedule.expression}</span> · {typeLabel(schedule.message_type)}
            {(n.title ?? n.message) && `: ${n.title ?? n.message?.split('\n')[0]?.slice(0, 60)}`} · by{' '}
            {schedule.created_by}
          </Text>
        </div>
        <Acts schedule={schedule} onEdit={onEdit} />
      </div>
      <NextRuns schedule={schedule} />
    </article>
  );
}

function NextRuns({ schedule: { next_runs, timezone, paused } }: { schedule: Schedule }) {
  if (paused || next_runs.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {paused ? 'It rests: it fires no more until it is resumed.' : 'It does not fire any more.'}
      </Text>
    );
  }
  return <RunList runs={next_runs} timezone={timezone} />;
}

function Acts({ schedule, onEdit }: { schedule: Schedule; onEdit: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const after = { onError: tellFault, onSettled: () => client.invalidateQueries(schedulesQuery) };
  const pause = useMutation({ mutationFn: () => pauseSchedule(schedule.id, !schedule.paused), ...after });
  const run = useMutation({
    mutationFn: () => runSchedule(schedule.id),
    onSuccess: ({ id }) => {
      tell('Its message is on the way');
      void navigate({ to: '/messages/$id', params: { id } });
    },
    onError: tellFault,
  });
  const remove = useMutation({
    mutationFn: () => deleteSchedule(schedule.id),
    onSuccess: () => tell('Deleted'),
    ...after,
  });
  const askRemove = () =>
    confirm({
      title: `Delete “${schedule.name}”?`,
      children: 'It fires no more. The messages that it made stay.',
      doIt: 'Delete',
      danger: true,
      onConfirm: () => remove.mutate(),
    });
  return (
    <Group gap="xs">
      <OperatorButton size="xs" variant="default" onClick={() => run.mutate()} loading={run.isPending}>
        Run now
      </OperatorButton>
      <OperatorButton size="xs" variant="default" onClick={() => pause.mutate()} loading={pause.isPending}>
        {schedule.paused ? 'Resume' : 'Pause'}
      </OperatorButton>
      <OperatorButton size="xs" variant="default" onClick={onEdit}>
        Edit…
      </OperatorButton>
      <OperatorButton size="xs" variant="default" onClick={askRemove} loading={remove.isPending}>
        Delete…
      </OperatorButton>
    </Group>
  );
}
