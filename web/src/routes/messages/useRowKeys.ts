import { useHotkeys } from '@mantine/hooks';
import type { RefObject } from 'react';
import type { Summary } from '../../services/types';
import { tick, useTicked } from './selection';

/** The keys of the list: j and k or the arrows walk, x ticks, Enter opens. */
export function useRowKeys(
  table: RefObject<HTMLTableElement | null>,
  rows: readonly Summary[],
  open: (id: string) => void,
): void {
  const ticked = useTicked();
  const focused = () => document.activeElement?.closest<HTMLElement>('tr[data-id]');
  const walk = (step: 1 | -1) => {
    const current = rows.findIndex(({ id }) => id === focused()?.dataset.id);
    const next = rows[current === -1 ? 0 : current + step];
    const target = next && table.current?.querySelector<HTMLElement>(`tr[data-id="${next.id}"]`);
    if (target) {
      target.focus();
      target.scrollIntoView({ block: 'nearest' });
    }
  };
  const onFocused = (act: (row: Summary) => void) => {
    const row = rows.find(({ id }) => id === focused()?.dataset.id);
    if (row) {
      act(row);
    }
  };
  const walkRows = (step: 1 | -1) => (event: KeyboardEvent) => {
    // Outside the rows the arrows scroll.
    if (event.key.length === 1 || focused()) {
      event.preventDefault();
      walk(step);
    }
  };
  useHotkeys([
    ['j', walkRows(1), { preventDefault: false }],
    ['k', walkRows(-1), { preventDefault: false }],
    ['ArrowDown', walkRows(1), { preventDefault: false }],
    ['ArrowUp', walkRows(-1), { preventDefault: false }],
    ['x', () => onFocused((row) => tick([row], !ticked.has(row.id)))],
    [
      'Enter',
      (event) => {
        if (document.activeElement?.matches('tr[data-id]')) {
          event.preventDefault();
          onFocused(({ id }) => open(id));
        }
      },
      { preventDefault: false },
    ],
  ]);
}
