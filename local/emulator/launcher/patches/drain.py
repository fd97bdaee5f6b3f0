"""After a call, MiniStack waits 50 ms for a first log line, asking each millisecond, and a call that logs nothing pays
all of it. Where the machine is busy and the reader late, even that is too short: the line is then part of the next call's
log, or of none. What a handler wrote is in the pipe before its answer is. So we write a mark behind it and wait for that:
it comes at once where nothing was logged, and after all that was."""

import queue
import time
import uuid

from targets import Target

WORKER = "ministack.core.lambda_runtime:ProvidedWorker"
TARGETS = (
    Target("ministack.core.lambda_runtime:Worker._drain_stderr_bounded",
           takes=("first_line_wait", "idle_confirm", "hard_cap"), contains=("self._stderr_queue.get_nowait()",)),
    Target(f"{WORKER}.invoke", contains=("self._drain_stderr_bounded()",)),
    Target(f"{WORKER}._spawn", contains=("stdout=subprocess.PIPE", "stderr=subprocess.STDOUT", "self._stderr_queue = log_queue")),
    Target(f"{WORKER}._pump_output", contains=("stream.readline", "log_queue.put_nowait(line)")),
)

# Seconds for the mark: long enough for any reader that is only late.
PATIENCE = 5
# What no log line begins with.
MARK = "\x00"


def written(process, mark):
    """Whether the mark is now in the pipe of a process's output. One that has ended has none: its output ends by itself."""
    try:
        with open(f"/proc/{process.pid}/fd/1", "wb", buffering=0) as pipe:
            pipe.write(f"\n{mark}\n".encode())  # a line of its own, whatever the handler left unended
    except (AttributeError, OSError):
        return False
    return True


def drained(lines, mark, patience=PATIENCE):
    """What was logged before the mark."""
    found, end = [], time.monotonic() + patience
    try:
        while (line := lines.get(timeout=max(0, end - time.monotonic()))) != mark:
            if not line.startswith(MARK):  # of a call whose reader was later than that
                found.append(line)
    except queue.Empty:
        pass
    if found and not found[-1]:
        found.pop()  # the line end before the mark
    return "\n".join(found)


def apply():
    from ministack.core.lambda_runtime import ProvidedWorker

    waiting = ProvidedWorker._drain_stderr_bounded

    def marked(self, *args, **kwargs):
        mark = MARK + uuid.uuid4().hex
        if not written(self._proc, mark):
            return waiting(self, *args, **kwargs)
        return drained(self._stderr_queue, mark)

    ProvidedWorker._drain_stderr_bounded = marked
