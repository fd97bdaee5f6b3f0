"""After a call, MiniStack waits 50 ms for a first log line, and a call that logs nothing pays all of it. What a handler
wrote is in the pipe before its answer is, so 4 ms are enough."""

from targets import Target

DRAIN = Target("ministack.core.lambda_runtime:Worker._drain_stderr_bounded",
               takes=("first_line_wait", "idle_confirm", "hard_cap"))
TARGETS = (DRAIN,)


def apply():
    from ministack.core.lambda_runtime import Worker

    drain = DRAIN.find()

    def quick(self, first_line_wait=0.004, idle_confirm=0.003, hard_cap=0.250):
        return drain(self, first_line_wait=first_line_wait, idle_confirm=idle_confirm, hard_cap=hard_cap)

    Worker._drain_stderr_bounded = quick
