import { Button, Stack } from '@mantine/core';
import { IconCalendarClock, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { PageHead } from '../../components/PageHead';
import { PageSkeleton } from '../../components/PageSkeleton';
import { OperatorButton } from '../../components/role';
import { schedulesQuery } from '../../services/schedules';
import type { Schedule } from '../../services/types';
import { ScheduleCard } from './ScheduleCard';
import { ScheduleForm } from './ScheduleForm';

/** Messages that are made by themselves. */
export function SchedulesPage() {
  const schedules = useInfiniteQuery(schedulesQuery);
  const [edited, edit] = useState<Schedule | 'new'>();
  const create = (
    <OperatorButton leftSection={<IconPlus size={16} />} onClick={() => edit('new')}>
      New schedule
    </OperatorButton>
  );
  if (!schedules.data) {
    return schedules.error ? (
      <ErrorNotice error={schedules.error} retry={() => void schedules.refetch()} />
    ) : (
      <PageSkeleton />
    );
  }
  const all = schedules.data.pages.flatMap(({ items }) => items);
  return (
    <>
      <PageHead title="Schedules" actions={all.length > 0 && create}>
        Messages that are made by themselves: once, every so often, or by the calendar.
      </PageHead>
      {all.length === 0 ? (
        <div className="surface">
          <EmptyState icon={<IconCalendarClock size={24} />} title="No schedules yet" action={create}>
            A schedule makes a message by itself: a reminder each morning, a check every hour.
          </EmptyState>
        </div>
      ) : (
        <Stack gap="md">
          {all.map((schedule) => (
            <ScheduleCard key={schedule.id} schedule={schedule} onEdit={() => edit(schedule)} />
          ))}
          {schedules.hasNextPage && (
            <Button
              variant="default"
              onClick={() => void schedules.fetchNextPage()}
              loading={schedules.isFetchingNextPage}
            >
              Show more
            </Button>
          )}
        </Stack>
      )}
      {edited && <ScheduleForm schedule={edited === 'new' ? undefined : edited} onClose={() => edit(undefined)} />}
    </>
  );
}
