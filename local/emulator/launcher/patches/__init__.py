"""The patches, in the order in which they are applied. Each is a module with its reason, TARGETS and apply()."""

from . import (callers, capacity, drain, emf, express_names, idle_workers, machine_logs, machine_start, machine_timeout,
               move_task, nagle, reserved_concurrency, wake_gap)

PATCHES = (
    nagle,
    drain,
    idle_workers,
    wake_gap,
    callers,
    reserved_concurrency,
    emf,
    machine_start,
    machine_timeout,
    machine_logs,
    express_names,
    move_task,
    capacity,
)
