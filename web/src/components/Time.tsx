import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { exact, nextChange, relative } from '../model/time';

/** A relative time that stays true, with the exact one on hover and to screen readers. */
export function Time({ at }: { at: string }) {
  const moment = Date.parse(at);
  const now = useNow(moment);
  return (
    <Tooltip label={exact(at)} openDelay={300}>
      <time dateTime={at} aria-label={`${relative(moment, now)}, ${exact(at)}`} style={{ whiteSpace: 'nowrap' }}>
        {relative(moment, now)}
      </time>
    </Tooltip>
  );
}

function useNow(moment: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), nextChange(moment, now));
    return () => clearTimeout(timer);
  }, [moment, now]);
  return now;
}
