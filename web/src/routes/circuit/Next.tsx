import type { ReactNode } from 'react';
import { Time } from '../../components/Time';
import type { Circuit } from '../../services/types';

/** Since when, and what comes next. */
export function Next({ circuit }: { circuit: Circuit }) {
  const since = circuit.opened_at && circuit.state !== 'closed' && (
    <>
      Since <Time at={circuit.opened_at} />.{' '}
    </>
  );
  return (
    <>
      {since}
      {next(circuit)}
    </>
  );
}

function next({ state, cause, retry_at, probe_until }: Circuit): ReactNode {
  if (state === 'half_open') {
    return probe_until ? (
      <>
        One message probes; an answer is due <Time at={probe_until} />.
      </>
    ) : (
      'One message probes.'
    );
  }
  if (state === 'open' && cause === 'forced') {
    return 'It stays open until somebody resets it.';
  }
  return state === 'open' && retry_at ? (
    <>
      The next probe may be made <Time at={retry_at} />.
    </>
  ) : null;
}
