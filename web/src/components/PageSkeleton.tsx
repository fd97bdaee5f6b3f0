import { Group, Skeleton, Stack } from '@mantine/core';

/** Stands where a page will be. */
export function PageSkeleton() {
  return (
    <Stack gap="lg" aria-busy aria-label="Loading">
      <Skeleton height={30} width={180} />
      <Group grow>
        <Skeleton height={88} />
        <Skeleton height={88} />
        <Skeleton height={88} visibleFrom="sm" />
      </Group>
      <Skeleton height={320} />
    </Stack>
  );
}

/** Stands where rows will be. */
export function RowsSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <Stack gap={12} p="md" aria-busy aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={20} width={`${100 - ((i * 13) % 30)}%`} />
      ))}
    </Stack>
  );
}
