import { Button, CloseButton, Group, Progress, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ErrorNotice } from '../../components/ErrorNotice';
import { OperatorButton } from '../../components/role';
import { jobProgress, jobShare } from '../../model/replayJob';
import { cancelReplay, replayQuery } from '../../services/replays';
import type { ReplayJob } from '../../services/types';

/** How far a replay by filter is, with the way to stop it. */
export function JobPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient();
  const { data: job, error, refetch } = useQuery(replayQuery(id));
  const stop = useMutation({
    mutationFn: () => cancelReplay(id),
    onSuccess: (stopped) => client.setQueryData(replayQuery(id).queryKey, stopped),
  });
  if (error && !job) {
    return (
      <Group align="flex-start" wrap="nowrap" mb="md">
        <ErrorNotice error={error} retry={() => void refetch()} />
        <Button variant="default" size="xs" onClick={onClose}>
          Close
        </Button>
      </Group>
    );
  }
  const running = job?.state === 'running' || !job;
  // Where nobody knows how much there is, a moving bar says only that it goes on.
  const share = job && jobShare(job);
  return (
    <section className="surface job" aria-label="Replay">
      <Group justify="space-between" wrap="nowrap" mb={8}>
        <div role="status">
          <Text fw={550} size="sm">
            {job ? titles[job.state] : 'Looking how far the replay is…'}
          </Text>
          {job && (
            <Text size="xs" c="dimmed">
              {jobProgress(job)}
            </Text>
          )}
        </div>
        {running ? (
          <OperatorButton size="xs" variant="default" onClick={() => stop.mutate()} loading={stop.isPending}>
            Stop
          </OperatorButton>
        ) : (
          <CloseButton aria-label="Close" onClick={onClose} />
        )}
      </Group>
      <Progress
        value={share ?? 100}
        animated={running && share === undefined}
        color={job?.state === 'failed' ? 'red.8' : 'indigo'}
        size="sm"
        aria-label="Replay"
      />
      {stop.isError && <ErrorNotice error={stop.error} />}
    </section>
  );
}

const titles: Record<ReplayJob['state'], string> = {
  counted: 'Counted',
  running: 'Replaying…',
  done: 'Replay done',
  cancelled: 'Replay stopped',
  failed: 'Replay failed',
};
