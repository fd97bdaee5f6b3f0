import { Checkbox, Grid, SegmentedControl, Stack, TagsInput, Text, Textarea, TextInput, Input } from '@mantine/core';
import type { Draft } from '../model/draft';
import { knownTags } from '../model/emoji';
import { bytesOf, maxMessageBytes } from '../model/notification';
import { ActionFields } from './ActionFields';

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** What is wrong, by field. */
  faults: Record<string, string>;
}

const priorities = [
  { value: '1', label: 'Min' },
  { value: '2', label: 'Low' },
  { value: '3', label: 'Normal' },
  { value: '4', label: 'High' },
  { value: '5', label: 'Max' },
];

/** All of ntfy's fields. */
export function NotificationFields({ draft, onChange, faults }: Props) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const text = (field: 'topic' | 'title' | 'click' | 'icon' | 'attach' | 'filename' | 'delay') => ({
    value: draft[field],
    error: faults[field],
    onChange: (event: { currentTarget: { value: string } }) => set({ [field]: event.currentTarget.value }),
  });
  return (
    <Stack gap="md">
      <TextInput label="Title" placeholder="Backup finished" {...text('title')} />
      <Textarea
        label="Text"
        autosize
        minRows={4}
        maxRows={14}
        value={draft.message}
        error={faults.message}
        onChange={(event) => set({ message: event.currentTarget.value })}
        description={<Bytes used={bytesOf(draft.message)} />}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
      />
      <Checkbox
        label="The text is Markdown"
        checked={draft.markdown}
        onChange={(event) => set({ markdown: event.currentTarget.checked })}
      />
      <Input.Wrapper label="Priority" labelElement="div">
        <SegmentedControl
          fullWidth
          aria-label="Priority"
          data={priorities}
          value={String(draft.priority)}
          onChange={(priority) => set({ priority: Number(priority) })}
        />
      </Input.Wrapper>
      <TagsInput
        label="Tags"
        description="Those that ntfy knows become emoji"
        placeholder={draft.tags.length === 0 ? 'warning, backup' : undefined}
        data={knownTags}
        limit={8}
        value={draft.tags}
        error={faults.tags}
        onChange={(tags) => set({ tags })}
        splitChars={[',', ' ']}
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <TextInput label="A tap opens" placeholder="https://" {...text('click')} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <TextInput label="Icon" placeholder="https://…/icon.png" {...text('icon')} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <TextInput label="Attached file" placeholder="https://…/report.pdf" {...text('attach')} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <TextInput label="Its name" placeholder="report.pdf" {...text('filename')} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <TextInput label="Topic" placeholder="The channel’s own" {...text('topic')} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <TextInput label="ntfy shows it later" placeholder="30m, 20:30, tomorrow 10am" {...text('delay')} />
        </Grid.Col>
      </Grid>
      <ActionFields actions={draft.actions} faults={faults} onChange={(actions) => set({ actions })} />
    </Stack>
  );
}

function Bytes({ used }: { used: number }) {
  const over = used > maxMessageBytes;
  return (
    <Text span size="xs" c={over ? 'var(--rez-bad)' : 'dimmed'} className="numeric" fw={over ? 600 : 400}>
      {used.toLocaleString('en')} of {maxMessageBytes.toLocaleString('en')} bytes
    </Text>
  );
}
