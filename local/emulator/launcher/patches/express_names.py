"""On AWS an Express execution's name need not be unique: each start gets an ARN of its own, which ends in the name and a
random id. MiniStack makes the ARN of the name alone, so that two queue items with the same ticket would share one
execution, and each would take the other's lease for its own."""

import json
import uuid

from targets import Target

STATES = "ministack.services.stepfunctions"
ARN = ("f\":execution:{sm['name']}:{name}\"", 'name = data.get("name") or new_uuid()')
RUN = Target(f"{STATES}:_run_execution", takes=("exec_arn",))
SYNC = Target(f"{STATES}:_start_sync_execution", takes=("data",))
ASYNC = Target(f"{STATES}:_start_execution", takes=("data",), contains=ARN)
TARGETS = (RUN, SYNC, ASYNC, Target(f"{STATES}:_executions"), Target(f"{STATES}:_state_machines"))

# No name may hold it, so what follows it is ours.
SEPARATOR = ":"


def distinct(data):
    """The same start, under a name that makes the ARN its own."""
    return {**data, "name": (data.get("name") or str(uuid.uuid4())) + SEPARATOR + str(uuid.uuid4())}


def given(name):
    """The name as the caller gave it."""
    return name.partition(SEPARATOR)[0]


def apply():
    from ministack.services import stepfunctions as states

    # As the patches before this one left them.
    run, sync, start = states._run_execution, states._start_sync_execution, states._start_execution

    def run_named(exec_arn):
        execution = states._executions.get(exec_arn)
        if execution:
            execution["name"] = given(execution["name"])
        return run(exec_arn)

    def sync_distinct(data):
        status, headers, body = sync(distinct(data))
        said = json.loads(body)
        if "name" in said:
            body = json.dumps({**said, "name": given(said["name"])}).encode()
        return status, headers, body

    def start_distinct(data):
        machine = states._state_machines.get(data.get("stateMachineArn", "")) or {}
        return start(distinct(data) if machine.get("type") == "EXPRESS" else data)

    states._run_execution = run_named
    states._start_sync_execution = sync_distinct
    states._start_execution = start_distinct
