"""Each execution of a state machine sleeps for 150 ms before its first state. AWS does not, and with one execution for
each message it would be most of every message's time."""

import types

from targets import Target

WAIT = 0.15
TARGETS = (
    Target("ministack.services.stepfunctions:_run_execution", contains=(f"time.sleep({WAIT})",)),
    Target("ministack.services.stepfunctions:time.sleep"),
)


def apply():
    from ministack.services import stepfunctions

    clock = stepfunctions.time
    # Only this one wait goes; Wait states and retries sleep as long as they say.
    patched = types.SimpleNamespace(**vars(clock))
    patched.sleep = lambda seconds: None if seconds == WAIT else clock.sleep(seconds)
    stepfunctions.time = patched
