import { Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** A line below the title. */
  children?: ReactNode;
  /** What can be done, at the right. */
  actions?: ReactNode;
}

/** A page's title and what can be done on it. */
export function PageHead({ title, children, actions }: Props) {
  useDocumentTitle(`${title} · rez_agent`);
  return (
    <div className="page-head">
      <div className="page-title">
        <Title order={1} size="h2" lh={1.3}>
          {title}
        </Title>
        {children && (
          <Text c="dimmed" size="sm" component="div">
            {children}
          </Text>
        )}
      </div>
      {actions && <Group gap="sm">{actions}</Group>}
    </div>
  );
}
