"""After a call, MiniStack waits 50 ms for a first log line, asking each millisecond, and a call that logs nothing pays
all of it. What a handler wrote is in the pipe before its answer is, so 4 ms are enough, and waiting for the line
instead of asking for it leaves the one Python interpreter to the other calls."""

import queue

from targets import Target

DRAIN = Target("ministack.core.lambda_runtime:Worker._drain_stderr_bounded",
               takes=("first_line_wait", "idle_confirm", "hard_cap"), contains=("self._stderr_queue.get_nowait()",))
TARGETS = (DRAIN,)

# Seconds for the first line, and after each line for one more.
FIRST_LINE = 0.004
NEXT_LINE = 0.002
# A handler cannot log faster than we read: it has answered. The bound is for a goroutine that it left behind.
MOST_LINES = 1_000


def drained(lines):
    """What was logged so far, once the queue of lines stays empty for a moment."""
    found, wait = [], FIRST_LINE
    try:
        while len(found) < MOST_LINES:
            found.append(lines.get(timeout=wait))
            wait = NEXT_LINE
    except queue.Empty:
        pass
    return "\n".join(found)


def apply():
    from ministack.core.lambda_runtime import Worker

    def quick(self, first_line_wait=None, idle_confirm=None, hard_cap=None):
        return drained(self._stderr_queue)

    Worker._drain_stderr_bounded = quick
