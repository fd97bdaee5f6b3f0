import { SimpleGrid, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { circuitWords } from '../../model/circuit';
import { percent } from '../../model/hours';
import { duration } from '../../model/time';
import type { Tone } from '../../model/timeline';
import { useCircuits } from '../../services/circuit';
import { deadLettersQuery } from '../../services/deadLetters';
import type { Circuit, Count, Metrics } from '../../services/types';
import { Next } from '../circuit/Next';

/** The pipeline's health, figure by figure; each leads to more. */
export function Cards({ metrics }: { metrics?: Metrics }) {
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      <Delivered metrics={metrics} />
      <Waiting metrics={metrics} />
      <Failed metrics={metrics} />
      <Latency metrics={metrics} />
    </SimpleGrid>
  );
}

interface CardProps extends Pick<LinkProps, 'to' | 'search'> {
  label: string;
  value?: string;
  hint?: ReactNode;
  tone?: Tone;
}

function Card({ label, value, hint, tone, to, search }: CardProps) {
  return (
    <Link to={to} search={search} className="surface card">
      <Text size="sm" c="dimmed" fw={500}>
        {label}
      </Text>
      {value === undefined ? (
        <Skeleton height={30} width={90} my={4} />
      ) : (
        <div className="card-value numeric" data-tone={tone}>
          {value}
        </div>
      )}
      <Text size="xs" c="dimmed" component="div">
        {hint ?? ' '}
      </Text>
    </Link>
  );
}

function Delivered({ metrics }: { metrics?: Metrics }) {
  const total = metrics?.total;
  return (
    <Card
      label="Delivered"
      value={total?.completed.toLocaleString('en')}
      hint={total && `${percent(total.success_rate)} of what ended`}
      to="/messages"
      search={{ status: 'completed' }}
    />
  );
}

function Failed({ metrics }: { metrics?: Metrics }) {
  const total = metrics?.total;
  const hint =
    total &&
    (total.failed === 0
      ? 'nothing failed'
      : `${total.refused} refused · ${total.expired} expired · ${total.faulted} faults`);
  return (
    <Card
      label="Failed"
      value={total?.failed.toLocaleString('en')}
      tone={total && total.failed > 0 ? 'bad' : undefined}
      hint={hint}
      to="/messages"
      search={{ status: 'failed' }}
    />
  );
}

function Waiting({ metrics }: { metrics?: Metrics }) {
  const waiting = metrics?.waiting;
  const held = waiting && waiting.deferred.count > 0;
  return (
    <Card
      label="Waiting now"
      value={waiting && upTo(waiting.deferred)}
      tone={held ? 'wait' : undefined}
      hint={
        waiting &&
        `${held ? 'tried again by itself' : 'all is on time'} · ${waiting.under_way.count === 0 ? 'none' : upTo(waiting.under_way)} under way`
      }
      to="/messages"
      search={{ status: 'deferred' }}
    />
  );
}

const upTo = ({ count, more }: Count) => `${count.toLocaleString('en')}${more ? '+' : ''}`;

function Latency({ metrics }: { metrics?: Metrics }) {
  const total = metrics?.total;
  const value = total && (total.latency_p50_ms === undefined ? '–' : `≤ ${duration(total.latency_p50_ms)}`);
  return (
    <Card
      label="Time to delivery, p50"
      value={value}
      hint={total?.latency_p95_ms !== undefined && `p95 ≤ ${duration(total.latency_p95_ms)}`}
      to="/messages"
    />
  );
}

/** The circuit of each channel, and dead letters: what an operator looks at first. */
export function States() {
  const circuits = useCircuits();
  const { data: letters } = useQuery(deadLettersQuery);
  return (
    <SimpleGrid cols={{ base: 1, sm: Math.max(2, circuits.length + 1) }} spacing="md">
      {circuits.length === 0 && <CircuitState />}
      {circuits.map((circuit) => (
        <CircuitState key={circuit.channel} circuit={circuit} />
      ))}
      <Link to="/dlq" className="surface card state-card">
        <div>
          <Text size="sm" c="dimmed" fw={500}>
            Dead letters
          </Text>
          {letters ? (
            <span className="tone state-title" data-tone={letters.depth > 0 ? 'bad' : 'good'}>
              {letters.depth === 0 ? 'None' : `About ${letters.depth.toLocaleString('en')}`}
            </span>
          ) : (
            <Skeleton height={22} width={110} />
          )}
          <Text size="xs" c="dimmed">
            {letters && letters.depth > 0
              ? 'They can be redriven once the cause is mended.'
              : 'Nothing failed on the way.'}
          </Text>
        </div>
      </Link>
    </SimpleGrid>
  );
}

function CircuitState({ circuit }: { circuit?: Circuit }) {
  const words = circuit && circuitWords(circuit);
  const channel = circuit?.channel === 'webhook' ? circuit.channel : undefined;
  return (
    <Link to="/circuit" search={{ channel }} className="surface card state-card">
      <div>
        <Text size="sm" c="dimmed" fw={500}>
          {circuit && circuit.channels.length > 1 ? `Circuit of ${circuit.channel}` : 'Circuit'}
        </Text>
        {words ? (
          <span className="tone state-title" data-tone={words.tone}>
            {words.title}
          </span>
        ) : (
          <Skeleton height={22} width={110} />
        )}
        <Text size="xs" c="dimmed" component="div">
          {circuit && circuit.state !== 'closed' ? <Next circuit={circuit} /> : words?.means}
        </Text>
      </div>
    </Link>
  );
}
