"""The patches, in the order in which they are applied. Each is a module with its reason, TARGETS and apply()."""

from . import (callers, capacity, drain, emf, express_names, machine_logs, machine_start, machine_timeout, move_task,
               nagle, reserved_concurrency)

PATCHES = (
    nagle,
    drain,
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
