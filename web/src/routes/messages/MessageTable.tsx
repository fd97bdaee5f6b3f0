import { Checkbox, Tooltip } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { memo, useCallback, useRef, type MouseEvent } from 'react';
import { LinkAnchor } from '../../components/links';
import { StatusLabel } from '../../components/StatusLabel';
import { Time } from '../../components/Time';
import type { List } from '../../model/list';
import { besideHeadline, headline } from '../../model/words';
import type { Summary } from '../../services/types';
import { RowBlocks } from './RowBlocks';
import { tick, useTicked } from './selection';
import { useRowKeys } from './useRowKeys';

/** The messages, one a row. */
export function MessageTable({ list }: { list: List }) {
  const ticked = useTicked();
  const table = useRef<HTMLTableElement>(null);
  const navigate = useNavigate();
  const open = useCallback((id: string) => void navigate({ to: '/messages/$id', params: { id } }), [navigate]);
  useRowKeys(table, list.rows, open);
  const shownTicked = list.rows.filter(({ id }) => ticked.has(id)).length;
  const all = shownTicked > 0 && shownTicked === list.rows.length;
  return (
    <table ref={table} className="rows as-cards">
      <thead>
        <tr>
          <th scope="col" style={{ width: 44 }}>
            <Checkbox
              size="xs"
              aria-label="Tick all that are shown"
              checked={all}
              indeterminate={shownTicked > 0 && !all}
              onChange={() => tick(list.rows, !all)}
            />
          </th>
          <th scope="col" style={{ width: 126 }}>
            Status
          </th>
          <th scope="col">What</th>
          <th scope="col" style={{ width: 190 }}>
            Created by
          </th>
          <th scope="col" style={{ width: 84 }}>
            Attempts
          </th>
          <th scope="col" style={{ width: 120 }}>
            Accepted
          </th>
        </tr>
      </thead>
      <RowBlocks
        rows={list.rows}
        draw={(row, i) => (
          <Row
            key={row.id}
            row={row}
            ticked={ticked.has(row.id)}
            left={list.left.has(row.id)}
            first={i === 0}
            open={open}
          />
        )}
      />
    </table>
  );
}

interface RowProps {
  row: Summary;
  ticked: boolean;
  left: boolean;
  first: boolean;
  open: (id: string) => void;
}

const Row = memo(function Row({ row, ticked, left, first, open }: RowProps) {
  const onClick = (event: MouseEvent) => {
    // Whoever marks text, ticks, or follows the link does not want to leave by the row as well.
    const onControl = (event.target as Element).closest('a, input, label') !== null;
    if (!onControl && window.getSelection()?.isCollapsed !== false) {
      open(row.id);
    }
  };
  return (
    <tr
      tabIndex={first ? 0 : -1}
      data-id={row.id}
      data-ticked={ticked || undefined}
      data-left={left || undefined}
      onClick={onClick}
    >
      <td data-cell="tick">
        <Checkbox size="xs" aria-label={`Tick ${row.id}`} checked={ticked} onChange={() => tick([row], !ticked)} />
      </td>
      <Cells row={row} left={left} />
    </tr>
  );
});

// On their own: whoever ticks all of a long list waits for the ticks alone to be drawn anew.
const Cells = memo(function Cells({ row, left }: Pick<RowProps, 'row' | 'left'>) {
  return (
    <>
      <td>
        <StatusLabel status={row.status} />
      </td>
      <td data-cell="detail">
        <What row={row} left={left} />
      </td>
      <td className="truncate wide-only" title={row.created_by}>
        {row.created_by}
      </td>
      <td className="numeric wide-only">{row.attempt_count}</td>
      <td>
        <Time at={row.created_at} />
      </td>
    </>
  );
});

function What({ row, left }: { row: Summary; left: boolean }) {
  const beside = besideHeadline(row);
  const link = (
    <LinkAnchor
      to="/messages/$id"
      params={{ id: row.id }}
      className="row-link truncate"
      underline="never"
      tabIndex={-1}
    >
      <bdi>{headline(row)}</bdi>
      {beside && ' · '}
      <span className="row-beside">{beside}</span> <span className="row-id mono">{row.id.slice(-6)}</span>
      {row.detail && <span className="row-detail"> {row.detail}</span>}
    </LinkAnchor>
  );
  return left ? (
    <Tooltip label="No longer matches the filter; it stays until you bring in what is new.">{link}</Tooltip>
  ) : (
    link
  );
}
