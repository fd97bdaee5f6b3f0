"""One thread polls queues and streams for Lambda, and waits for a stream's Lambda before it looks at the queues again: a
slow one holds up every message. On AWS they know nothing of each other, so streams get a thread of their own.

A mapping's batching window is kept, but not obeyed. Here a batch waits until it is full, or its first change as old as the
window: what counting costs depends on it."""

import sys
import threading
import time

from targets import Target

LAMBDA = "ministack.services.lambda_svc"
POLL = Target(f"{LAMBDA}:_poll_dynamodb_streams")
ENSURE = Target(f"{LAMBDA}:_ensure_poller", contains=("_poll_loop",))
SINCE = Target("ministack.services.dynamodb:stream_records_since", takes=("table_name", "position", "limit"))
MAPPINGS = Target(f"{LAMBDA}:_iter_all_esms")
TARGETS = (POLL, ENSURE, SINCE, MAPPINGS, Target(f"{LAMBDA}:_poll_loop", contains=("_poll_dynamodb_streams()",)),
           Target("ministack.core.concurrency:esm_wake.set"))

# FOLLOWER is the thread that gathers; whoever else reads a stream gets what is there.
FOLLOWER = "streams"
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


def windows(mappings, table):
    """The windows, in seconds, of a table's mappings."""
    return [mapping.get("MaximumBatchingWindowInSeconds") or 0 for _, _, mapping in mappings
            if f":table/{table}/stream/" in mapping.get("EventSourceArn", "")]


def gathered(batch, size, window, now):
    """The batch once it is full or old enough, and nothing before."""
    if not batch or len(batch) >= size:
        return batch
    oldest = (batch[0].get("dynamodb") or {}).get("ApproximateCreationDateTime", 0)
    return batch if now - float(oldest) >= window else []


def apply():
    from ministack.core.concurrency import esm_wake
    from ministack.services import dynamodb, lambda_svc

    poll, ensure, wake = POLL.find(), ENSURE.find(), esm_wake.set
    since, mappings = SINCE.find(), MAPPINGS.find()
    woken = threading.Event()
    started = threading.Lock()

    def wake_both():
        wake()
        woken.set()

    def ensure_both():
        ensure()
        if started.acquire(blocking=False):  # once, and never released
            threading.Thread(target=follow, args=(poll, woken), name=FOLLOWER, daemon=True).start()

    def since_gathered(table_name, position, limit, **where):
        batch = since(table_name, position, limit, **where)
        if threading.current_thread().name != FOLLOWER:
            return batch
        return gathered(batch, limit, max(windows(mappings(), table_name), default=0), time.time())

    esm_wake.set = wake_both
    dynamodb.stream_records_since = since_gathered
    lambda_svc._poll_dynamodb_streams = lambda: False
    lambda_svc._ensure_poller = ensure_both
