import { Button, Group, Select, TextInput, UnstyledButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { filterCount } from '../../model/filter';
import { statusWords, typeLabel } from '../../model/words';
import { messageTypes, statuses } from '../../model/status';
import type { MessageFilter } from '../../services/types';
import { TimeFilter } from './TimeFilter';

interface Props {
  filter: MessageFilter;
  onChange: (filter: MessageFilter) => void;
}

/** Which messages are shown. */
export function Filters({ filter, onChange }: Props) {
  const set = (change: Partial<MessageFilter>) => onChange({ ...filter, ...change });
  return (
    <div className="filters">
      <div role="group" aria-label="Status" className="status-filter">
        {[undefined, ...statuses].map((status) => (
          <UnstyledButton
            key={status ?? 'any'}
            className="chip"
            aria-pressed={filter.status === status}
            onClick={() => set({ status })}
          >
            {status ? statusWords[status].label : 'All'}
          </UnstyledButton>
        ))}
      </div>
      <Group gap="xs">
        <Select
          aria-label="Type"
          placeholder="Any type"
          size="xs"
          w={150}
          clearable
          data={messageTypes.map((type) => ({ value: type, label: typeLabel(type) }))}
          value={filter.message_type ?? null}
          onChange={(type) => set({ message_type: type ?? undefined })}
        />
        <TextFilter
          key={`by ${filter.created_by}`}
          label="Created by"
          placeholder="Anybody, or user:alice"
          value={filter.created_by}
          onChange={(created_by) => set({ created_by })}
        />
        <TextFilter
          key={`in ${filter.stage}`}
          label="Stage"
          placeholder="Any stage"
          width={110}
          value={filter.stage}
          onChange={(stage) => set({ stage })}
        />
        <TimeFilter filter={filter} onChange={set} />
        {filterCount(filter) > 0 && (
          <Button size="xs" variant="subtle" leftSection={<IconX size={14} />} onClick={() => onChange({})}>
            Clear
          </Button>
        )}
      </Group>
    </div>
  );
}

interface TextFilterProps {
  label: string;
  placeholder: string;
  width?: number;
  value?: string;
  onChange: (value: string | undefined) => void;
}

// Takes effect with Enter or on leaving: a list that changes with every letter asks the API for each of them.
function TextFilter({ label, placeholder, width = 180, value = '', onChange }: TextFilterProps) {
  const [text, setText] = useState(value);
  const apply = () => {
    if (text.trim() !== value) {
      onChange(text.trim() || undefined);
    }
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      size="xs"
      w={width}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
}
