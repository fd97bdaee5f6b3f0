import { Checkbox } from '@mantine/core';

export interface TickProps {
  ticked: ReadonlySet<string>;
  setTicked: (ticked: ReadonlySet<string>) => void;
}

/** A tick for one message. */
export function Tick({ id, ticked, setTicked }: TickProps & { id: string }) {
  const onChange = () => {
    const next = new Set(ticked);
    if (!next.delete(id)) {
      next.add(id);
    }
    setTicked(next);
  };
  return <Checkbox size="xs" aria-label={`Tick ${id}`} checked={ticked.has(id)} onChange={onChange} />;
}
