"""loggingConfiguration of a state machine is stored and never used. On AWS an Express execution's history exists only
in CloudWatch Logs, so that is where people and tests look for it."""

import json
import time

from targets import Target

RUN = Target("ministack.services.stepfunctions:_run_execution", takes=("exec_arn",))
TARGETS = (RUN, Target("ministack.services.stepfunctions:_executions"),
           Target("ministack.services.stepfunctions:_state_machines"),
           Target("ministack.services.cloudwatch_logs:_log_groups"),
           Target("ministack.services.cloudwatch_logs:_append_log_events", takes=("stream", "events")))

# What levels below ALL keep.
ERRORS = {"ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted", "TaskFailed", "TaskTimedOut",
          "LambdaFunctionFailed", "FailStateEntered"}


def camel(value):
    """CloudFormation hands the configuration over in PascalCase, the API in camelCase."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: camel(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [camel(inner) for inner in value]
    return value


def entry(event, arn, with_data, now):
    """One log event, in the shape of AWS's own."""
    details = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    if not with_data:
        details = {key: value for key, value in details.items() if key not in ("input", "output")}
    message = {"id": str(event["id"]), "type": event["type"], "details": details,
               "previous_event_id": str(max(0, event["id"] - 1)), "event_timestamp": str(now),
               "execution_arn": arn, "redrive_count": "0"}
    return {"timestamp": now, "ingestionTime": now, "message": json.dumps(message)}


def log(execution, machine, groups, append):
    config = camel(machine.get("loggingConfiguration") or {})
    destinations = config.get("destinations") or []
    if config.get("level", "OFF") == "OFF" or not destinations:
        return
    arn = destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    group = groups.get(arn.split(":log-group:")[1].removesuffix(":*"))
    if group is None:
        return
    now = int(time.time() * 1000)
    stream = group["streams"].setdefault("states/" + machine["name"], {
        "events": [], "uploadSequenceToken": "1", "creationTime": now,
        "firstEventTimestamp": None, "lastEventTimestamp": None, "lastIngestionTime": None})
    append(stream, [entry(event, execution["executionArn"], config.get("includeExecutionData"), now)
                    for event in list(execution["events"]) if config["level"] == "ALL" or event["type"] in ERRORS])


def apply():
    from ministack.services import cloudwatch_logs, stepfunctions

    run = RUN.find()

    def run_logged(exec_arn):
        run(exec_arn)
        execution = stepfunctions._executions.get(exec_arn) or {}
        machine = stepfunctions._state_machines.get(execution.get("stateMachineArn"))
        if machine:
            log(execution, machine, cloudwatch_logs._log_groups, cloudwatch_logs._append_log_events)

    stepfunctions._run_execution = run_logged
