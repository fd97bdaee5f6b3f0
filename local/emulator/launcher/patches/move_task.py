"""SQS's StartMessageMoveTask, ListMessageMoveTasks and CancelMessageMoveTask are missing: the dead-letter queue's
redrive. Messages that were sent to the queue instead of moved there have no source; like AWS, a task without a
destination fails at the first of them with CouldNotDetermineMessageSource."""

import os
import time

from targets import Target

SQS = "ministack.services.sqs"
TARGETS = (Target(f"{SQS}:_HANDLERS"), Target(f"{SQS}:_queue_by_arn", takes=("arn",)),
           Target(f"{SQS}:_Err", takes=("code", "message")), Target(f"{SQS}:esm_wake.set"),
           Target(f"{SQS}:_dlq_sweep", contains=('setdefault("DeadLetterQueueSourceArn"',)))

NO_SOURCE = "CouldNotDetermineMessageSource"
# AWS lists at most ten tasks, the newest first.
MAX_LISTED = 10


def queue(sqs, arn, parameter):
    found = sqs._queue_by_arn(arn)
    if found is None:
        raise sqs._Err("ResourceNotFoundException",
                       f"The resource that you specified for the {parameter} parameter doesn't exist.")
    return found


def move(sqs, source, destination):
    """Moves what is visible; gives how many went, and why it stopped if it did."""
    moved, now = 0, time.time()
    for message in list(source["messages"]):
        if message["visible_at"] > now:
            continue
        target = destination or sqs._queue_by_arn(message["sys"].get("DeadLetterQueueSourceArn") or "")
        if target is None:
            return moved, NO_SOURCE
        source["messages"].remove(message)
        message["sys"].pop("DeadLetterQueueSourceArn", None)
        message.update(receive_count=0, receipt_handle=None, first_receive_at=None, visible_at=now)
        target["messages"].append(message)
        moved += 1
    return moved, None


def apply():
    from ministack.services import sqs

    tasks = []

    def start(data, _url):
        source = queue(sqs, data["SourceArn"], "SourceArn")
        destination = queue(sqs, data["DestinationArn"], "DestinationArn") if data.get("DestinationArn") else None
        visible = sum(1 for message in source["messages"] if message["visible_at"] <= time.time())
        moved, failure = move(sqs, source, destination)
        sqs.esm_wake.set()
        task = {"SourceArn": data["SourceArn"], "Status": "FAILED" if failure else "COMPLETED",
                "ApproximateNumberOfMessagesMoved": moved, "ApproximateNumberOfMessagesToMove": visible,
                "StartedTimestamp": int(time.time() * 1000)}
        if destination:
            task["DestinationArn"] = data["DestinationArn"]
        if failure:
            task["FailureReason"] = failure
        tasks.insert(0, task)
        return {"TaskHandle": os.urandom(12).hex()}

    def listed(data, _url):
        queue(sqs, data["SourceArn"], "SourceArn")
        wanted = min(int(data.get("MaxResults", 1)), MAX_LISTED)
        return {"Results": [task for task in tasks if task["SourceArn"] == data["SourceArn"]][:wanted]}

    def cancel(_data, _url):
        # Tasks end within their request, so there is never one to cancel.
        raise sqs._Err("ResourceNotFoundException", "The task handle does not belong to a running task.")

    sqs._HANDLERS.update(StartMessageMoveTask=start, ListMessageMoveTasks=listed, CancelMessageMoveTask=cancel)
