"""One thread polls all queues and streams for Lambda. Woken for nothing (a write to a table whose stream has no Lambda) it
sleeps for 50 ms, and a message that arrives just then waits. We write a record before each publish, so that would be
every message. On AWS a queue's poller knows nothing of a table's writes."""

from targets import Target

LAMBDA = "ministack.services.lambda_svc"
TARGETS = (
    Target(f"{LAMBDA}:_ESM_IDLE_WAKE_GAP_SECONDS"),
    Target(f"{LAMBDA}:_poll_loop", contains=("time.sleep(_ESM_IDLE_WAKE_GAP_SECONDS)",)),
)

GAP = 0.001


def apply():
    from ministack.services import lambda_svc

    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = GAP
