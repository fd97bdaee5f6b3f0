import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Summary } from '../../services/types';

/** So many rows are drawn whether they are in view or not; a longer list is drawn in blocks. */
const fewEnough = 500;
const blockSize = 50;
/** How far beyond the screen a block is drawn: further than a key or a turn of the wheel leads. */
const margin = '2000px 0px';
/** A row's height before its block was ever drawn, in pixels: wide, and on a phone. */
const rowHeight = { wide: 44, phone: 68 };

interface Props {
  rows: readonly Summary[];
  draw: (row: Summary, i: number) => ReactNode;
}

/** The rows of a list; of a long one only those that are near the screen, the others as empty space of their height. */
export function RowBlocks({ rows, draw }: Props) {
  if (rows.length <= fewEnough) {
    return <tbody>{rows.map(draw)}</tbody>;
  }
  const starts = Array.from({ length: Math.ceil(rows.length / blockSize) }, (_, i) => i * blockSize);
  return starts.map((start) => <Block key={start} rows={rows} start={start} draw={draw} />);
}

function Block({ rows, start, draw }: Props & { start: number }) {
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const own = rows.slice(start, start + blockSize);
  const body = useRef<HTMLTableSectionElement>(null);
  const [near, setNear] = useState(start === 0);
  const [height, setHeight] = useState<number>();
  useEffect(() => {
    const section = body.current;
    if (!section) {
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        const now = entries.at(-1)?.isIntersecting ?? true;
        // Whoever stands in a row by keys keeps it, however far the list is scrolled.
        if (!now && !section.contains(document.activeElement)) {
          setHeight(section.querySelector('tr[data-id]') ? section.offsetHeight : undefined);
          setNear(false);
        } else if (now) {
          setNear(true);
        }
      },
      { rootMargin: margin },
    );
    observer.observe(section);
    return () => observer.disconnect();
  }, []);
  if (near) {
    return <tbody ref={body}>{own.map((row, i) => draw(row, start + i))}</tbody>;
  }
  const guessed = own.length * (narrow ? rowHeight.phone : rowHeight.wide);
  return (
    <tbody ref={body} className="rows-away">
      <tr>
        <td colSpan={6} style={{ height: height ?? guessed }} />
      </tr>
    </tbody>
  );
}
