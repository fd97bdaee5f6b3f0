import { Button, Group, Modal, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { asApiError } from '../../api/problem';
import { tell } from '../../components/confirm';
import { ErrorNotice } from '../../components/ErrorNotice';
import { NotificationFields } from '../../components/NotificationFields';
import { payloadFaults } from '../../model/apiFaults';
import { draftedNotification, draftOf, emptyDraft, type Draft } from '../../model/draft';
import { faultsOf, notificationOf } from '../../model/notification';
import { ownZone } from '../../model/time';
import { expressionOf, incomplete, whenOf, type When } from '../../model/when';
import { typeLabel } from '../../model/words';
import { messageTypes } from '../../model/status';
import { saveSchedule, schedulesQuery } from '../../services/schedules';
import type { MessageType, Schedule, SetSchedule } from '../../services/types';
import { Preview } from './Preview';
import { WhenFields } from './WhenFields';

interface Written {
  name: string;
  when: When;
  timezone: string;
  type: MessageType;
  draft: Draft;
  /** What a kind says that this form has no fields for: it stays as it is. */
  kept: SetSchedule['payload'];
  paused: boolean;
}

interface Props {
  /** The schedule to change; a new one where absent. */
  schedule?: Schedule;
  onClose: () => void;
}

/** Makes or changes a schedule. */
export function ScheduleForm({ schedule, onClose }: Props) {
  const [written, setWritten] = useState<Written>(() => (schedule ? writtenOf(schedule) : blank()));
  const [tried, setTried] = useState(false);
  const save = useSave(schedule?.id, onClose);
  const set = (change: Partial<Written>) => {
    setWritten({ ...written, ...change });
    save.reset();
  };
  const body = bodyOf(written);
  const ours = written.type === 'notification' ? faultsOf(draftedNotification(written.draft)) : {};
  const missing = {
    name: written.name.trim() === '' ? 'What people call it' : undefined,
    when: incomplete(written.when),
  };
  const refused = save.error ? asApiError(save.error) : undefined;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing.name && !missing.when && Object.keys(ours).length === 0) {
      save.mutate(body);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={schedule ? `Change “${schedule.name}”` : 'New schedule'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      closeOnClickOutside={false}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            data-autofocus
            value={written.name}
            error={(tried ? missing.name : undefined) ?? refused?.field('name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <WhenFields
            when={written.when}
            onChange={(when) => set({ when })}
            error={(tried ? missing.when : undefined) ?? refused?.field('expression')}
          />
          {written.when.kind !== 'every' && (
            <Zone
              value={written.timezone}
              error={refused?.field('timezone')}
              onChange={(timezone) => set({ timezone })}
            />
          )}
          <Preview expression={missing.when ? undefined : body.expression} timezone={written.timezone} />
          <Select
            label="Makes"
            data={offered(schedule).map((type) => ({ value: type, label: typeLabel(type) }))}
            allowDeselect={false}
            value={written.type}
            description={written.type === 'webhook' && 'What it says stays as it is: rezagent schedules change has it.'}
            onChange={(type) => type && set({ type: type })}
          />
          {written.type === 'notification' && (
            <NotificationFields
              draft={written.draft}
              onChange={(draft) => set({ draft })}
              faults={{ ...payloadFaults(save.error), ...(tried ? ours : {}) }}
            />
          )}
          <Switch
            label="Paused: it rests until it is resumed"
            checked={written.paused}
            onChange={(event) => set({ paused: event.currentTarget.checked })}
          />
          {save.isError && <ErrorNotice error={save.error} shownFields={['name', 'expression', 'timezone']} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {schedule ? 'Save the changes' : 'Create the schedule'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Zone({ value, error, onChange }: { value: string; error?: string; onChange: (zone: string) => void }) {
  return (
    <Select
      label="Time zone"
      searchable
      data={zones}
      limit={100}
      allowDeselect={false}
      value={value}
      error={error}
      onChange={(zone) => zone && onChange(zone)}
      nothingFoundMessage="No such zone"
    />
  );
}

/** A kind that this form has no fields for is offered only where the schedule has it. */
const offered = (schedule: Schedule | undefined) =>
  messageTypes.filter((type) => type !== 'webhook' || type === schedule?.message_type);

const zones = [...new Set(['UTC', ownZone(), ...Intl.supportedValuesOf('timeZone')])];

function useSave(id: string | undefined, onClose: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetSchedule) => saveSchedule(id, body),
    onSuccess: (saved) => {
      tell(`Saved: ${saved.sentence}`);
      onClose();
      return client.invalidateQueries(schedulesQuery);
    },
  });
}

const blank = (): Written => ({
  name: '',
  when: { kind: 'daily', time: '09:00' },
  timezone: ownZone(),
  type: 'notification',
  draft: emptyDraft,
  kept: {},
  paused: false,
});

const writtenOf = (schedule: Schedule): Written => ({
  name: schedule.name,
  when: whenOf(schedule.expression),
  timezone: schedule.timezone,
  type: messageTypes.find((type) => type === schedule.message_type) ?? 'notification',
  draft: draftOf(notificationOf(schedule.message_type, schedule.payload)),
  kept: schedule.payload,
  paused: schedule.paused,
});

const bodyOf = ({ name, when, timezone, type, draft, kept, paused }: Written): SetSchedule => ({
  name: name.trim(),
  expression: expressionOf(when),
  timezone,
  message_type: type,
  payload: type === 'notification' ? draftedNotification(draft) : type === 'webhook' ? kept : {},
  paused,
});
