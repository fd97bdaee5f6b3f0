"""The patches, in the order in which they are applied. Each is a module with its reason, TARGETS and apply()."""

from . import (callers, capacity, drain, emf, express_names, idle_servers, idle_workers, index_seek, key_conditions, machine_logs,
               machine_start, machine_timeout, move_task, nagle, refresh_groups, reserved_concurrency, revoke,
               rights, schedules, streams, wake_gap)

PATCHES = (
    nagle,
    drain,
    idle_workers,
    idle_servers,
    wake_gap,
    streams,
    callers,
    reserved_concurrency,
    emf,
    machine_start,
    machine_timeout,
    machine_logs,
    express_names,
    move_task,
    capacity,
    key_conditions,
    index_seek,
    schedules,
    revoke,
    refresh_groups,
    rights,
)
