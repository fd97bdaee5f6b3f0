"""One thread polls queues and streams for Lambda, and waits for a stream's Lambda before it looks at the queues again: a
slow one holds up every message. On AWS they know nothing of each other, so streams get a thread of their own."""

import sys
import threading
import time

from targets import Target

LAMBDA = "ministack.services.lambda_svc"
POLL = Target(f"{LAMBDA}:_poll_dynamodb_streams")
ENSURE = Target(f"{LAMBDA}:_ensure_poller", contains=("_poll_loop",))
TARGETS = (POLL, ENSURE, Target(f"{LAMBDA}:_poll_loop", contains=("_poll_dynamodb_streams()",)),
           Target("ministack.core.concurrency:esm_wake.set"))

# Seconds. Changes that come close together are handed over together, as AWS's batching does; under load each pass would
# otherwise find one or two, and call the Lambda for them.
GATHER = 0.1
IDLE = 1


def follow(poll, woken):
    while True:
        woken.clear()
        try:
            found = poll()
        except Exception as err:  # the emulator's own loop goes on after anything, too
            print(f"streams: {err!r}", file=sys.stderr)
            found = False
        if not found:
            woken.wait(IDLE)
        time.sleep(GATHER)


def apply():
    from ministack.core.concurrency import esm_wake
    from ministack.services import lambda_svc

    poll, ensure, wake = POLL.find(), ENSURE.find(), esm_wake.set
    woken = threading.Event()
    started = threading.Lock()

    def wake_both():
        wake()
        woken.set()

    def ensure_both():
        ensure()
        if started.acquire(blocking=False):  # once, and never released
            threading.Thread(target=follow, args=(poll, woken), daemon=True).start()

    esm_wake.set = wake_both
    lambda_svc._poll_dynamodb_streams = lambda: False
    lambda_svc._ensure_poller = ensure_both
