import { Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { tell } from './confirm';

interface Props {
  /** What the item says. */
  children: string;
  /** What is copied; undefined where it cannot be. */
  text?: string;
  /** Why it cannot be. */
  refusal?: string;
}

/** A menu's item that copies a text. */
export function CopyItem({ children, text, refusal }: Props) {
  const clipboard = useClipboard();
  const onClick = () => {
    if (text !== undefined) {
      clipboard.copy(text);
      tell('Copied');
    }
  };
  return (
    <Menu.Item onClick={onClick} disabled={text === undefined} title={text === undefined ? refusal : undefined}>
      {children}
    </Menu.Item>
  );
}
