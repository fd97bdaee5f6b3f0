import { Grid, Group, List, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { confirm, tell, tellFault } from '../../components/confirm';
import { ErrorNotice } from '../../components/ErrorNotice';
import { PageHead } from '../../components/PageHead';
import { PageSkeleton } from '../../components/PageSkeleton';
import { OperatorButton } from '../../components/role';
import { Section } from '../../components/Section';
import { Time } from '../../components/Time';
import { circuitWords, isAhead } from '../../model/circuit';
import { receiver } from '../../model/receiver';
import { duration, exact } from '../../model/time';
import { counted } from '../../model/words';
import { circuitQuery, firstChannel, openCircuit, resetCircuit } from '../../services/circuit';
import { metricsQuery } from '../../services/metrics';
import type { Channel, Circuit } from '../../services/types';
import { History } from './History';
import { Next } from './Next';

const route = getRouteApi('/shell/circuit');

/** Whether a channel's receiver is called, why not, and what comes next. */
export function CircuitPage() {
  const { channel = firstChannel } = route.useSearch();
  const { data: circuit, error, refetch } = useQuery(circuitQuery(channel));
  if (!circuit) {
    return error ? <ErrorNotice error={error} retry={() => void refetch()} /> : <PageSkeleton />;
  }
  return (
    <>
      <PageHead title="Circuit" actions={<Acts circuit={circuit} channel={channel} />}>
        While it is open nothing is sent to {receiver(circuit.channel)}; messages wait and are delivered later.
      </PageHead>
      <Stack gap="md">
        {circuit.channels.length > 1 && <Channels channels={circuit.channels} chosen={channel} />}
        {error && <ErrorNotice error={error} retry={() => void refetch()} />}
        <State circuit={circuit} />
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 6 }}>
            <Details circuit={circuit} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            <Failures circuit={circuit} />
          </Grid.Col>
        </Grid>
        <History circuit={circuit} />
      </Stack>
    </>
  );
}

/** Each channel has a circuit of its own: one that is open does not stop the others. */
function Channels({ channels, chosen }: { channels: string[]; chosen: Channel }) {
  const navigate = route.useNavigate();
  return (
    <SegmentedControl
      aria-label="Channel"
      data={channels}
      value={chosen}
      onChange={(channel) => void navigate({ search: { channel: channel as Channel } })}
      style={{ alignSelf: 'flex-start' }}
    />
  );
}

function State({ circuit }: { circuit: Circuit }) {
  const { title, means, tone } = circuitWords(circuit);
  return (
    <section className="surface circuit-state" data-tone={tone} role="status">
      <span className="circuit-lamp" aria-hidden />
      <div>
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text size="sm">{means}</Text>
        <Text size="sm" c="dimmed" component="div">
          <Next circuit={circuit} />
        </Text>
      </div>
    </section>
  );
}

function Details({ circuit }: { circuit: Circuit }) {
  const { data: changes } = useQuery(metricsQuery('24h'));
  const details: [string, ReactNode][] = [
    ['Channel', circuit.channel],
    ['Opens', `after ${circuit.threshold} failures within ${duration(circuit.window_ms)}`],
    ['Open since', circuit.state !== 'closed' && circuit.opened_at && exact(circuit.opened_at)],
    ['Failed probes', circuit.trips > 0 && circuit.trips],
    // Counted for all channels together.
    [
      'Opened and closed',
      circuit.channels.length === 1 && changes && `${counted(changes.circuit_changes, 'time')} in the last 24 hours`,
    ],
    ['Changed last by', circuit.changed_by && <span className="mono">{circuit.changed_by}</span>],
    [
      'Rate limit',
      isAhead(circuit.limited_until) ? (
        <>
          no more is taken until <Time at={circuit.limited_until} />
        </>
      ) : (
        'none'
      ),
    ],
    ['Daily quota', isAhead(circuit.quota_until) ? <>used up until {exact(circuit.quota_until)}</> : 'not used up'],
  ];
  return (
    <Section title="Details">
      <dl className="definition">
        {details.map(([name, value]) =>
          value ? (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </Section>
  );
}

function Failures({ circuit }: { circuit: Circuit }) {
  const { failures, threshold, window_ms, state } = circuit;
  return (
    <Section title="Failures in the window" hint={`The last ${duration(window_ms)}; ${threshold} open the circuit`}>
      <div className="failure-meter" role="img" aria-label={`${failures.length} of ${threshold}`}>
        {Array.from({ length: threshold }, (_, i) => (
          <span key={i} data-used={i < failures.length || undefined} />
        ))}
      </div>
      {failures.length === 0 ? (
        <Text size="sm" c="dimmed" mt="sm">
          {state === 'closed'
            ? `None: ${receiver(circuit.channel)} answers.`
            : 'They are counted while the circuit is closed only.'}
        </Text>
      ) : (
        <List size="sm" mt="sm" listStyleType="none">
          {failures.map((at) => (
            <List.Item key={at}>
              <Group gap={6}>
                <Time at={at} />
                <Text size="sm" c="dimmed">
                  {exact(at)}
                </Text>
              </Group>
            </List.Item>
          ))}
        </List>
      )}
    </Section>
  );
}

function Acts({ circuit, channel }: { circuit: Circuit; channel: Channel }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (open: boolean) => (open ? openCircuit(channel) : resetCircuit(channel)),
    onSuccess: (changed) => {
      client.setQueryData(circuitQuery(channel).queryKey, changed);
      tell(changed.state === 'closed' ? 'The circuit is closed' : 'The circuit is open');
    },
    onError: tellFault,
    onSettled: () => client.invalidateQueries(circuitQuery(channel)),
  });
  const forced = circuit.state === 'open' && circuit.cause === 'forced';
  const askOpen = () =>
    confirm({
      title: `Stop delivery to ${receiver(circuit.channel)}?`,
      children: `Nothing is sent to ${receiver(circuit.channel)} until somebody resets the circuit. Messages are accepted and wait; each is given up at its deadline.`,
      doIt: 'Stop delivery',
      danger: true,
      onConfirm: () => act.mutate(true),
    });
  const askReset = () =>
    confirm({
      title: 'Reset the circuit?',
      children: `Messages are sent to ${receiver(circuit.channel)} again at once, those that waited when they are due. If it still fails, ${counted(circuit.threshold, 'failure')} open it again.`,
      doIt: 'Reset',
      onConfirm: () => act.mutate(false),
    });
  return (
    <>
      <OperatorButton
        variant="default"
        onClick={askOpen}
        loading={act.isPending}
        refusal={forced ? 'It is forced open already.' : undefined}
      >
        Force open…
      </OperatorButton>
      <OperatorButton
        onClick={askReset}
        loading={act.isPending}
        refusal={circuit.state === 'closed' ? 'It is closed already.' : undefined}
      >
        Reset…
      </OperatorButton>
    </>
  );
}
