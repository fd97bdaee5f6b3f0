"""Each idle execution environment asks ten times a second whether there is an event for it. After a burst there are
hundreds of them, and their asking takes a quarter of the one Python interpreter. Waiting longer costs nothing: an event
wakes its environment at once, and one that is stopped loses its process in any case."""

import types

from targets import Target

RUNTIME = "ministack.core.lambda_runtime"
TARGETS = (
    Target(f"{RUNTIME}:queue.Queue"),
    Target(f"{RUNTIME}:queue.Empty"),
    Target(f"{RUNTIME}:ProvidedWorker._build_handler_class", contains=("pending.get(", "timeout=0.1)", "except queue.Empty:")),
)

ASKED = 0.1
PATIENCE = 5


def apply():
    from ministack.core import lambda_runtime

    original = lambda_runtime.queue

    class PatientQueue(original.Queue):
        def get(self, block=True, timeout=None):
            return super().get(block, PATIENCE if timeout == ASKED else timeout)

    lambda_runtime.queue = types.SimpleNamespace(**{**vars(original), "Queue": PatientQueue})
