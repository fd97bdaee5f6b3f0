"""TimeoutSeconds of a whole state machine is ignored, so an execution that hangs holds its caller for ever. On AWS it
ends as TIMED_OUT with States.Timeout, and the caller gets that answer at the second."""

import contextvars
import json
import threading

from targets import Target

STATES = "ministack.services.stepfunctions"
RUN = Target(f"{STATES}:_run_execution", takes=("exec_arn",), contains=('execution["status"] == "RUNNING"',))
FAIL = Target(f"{STATES}:_fail_execution", takes=("execution", "error", "cause"))
ANSWER = Target(f"{STATES}:_start_sync_execution", contains=("_run_execution(exec_arn)", '"status": execution["status"]'))
TARGETS = (RUN, FAIL, ANSWER, Target(f"{STATES}:_executions"), Target(f"{STATES}:_state_machines"),
           Target(f"{STATES}:_add_event"), Target(f"{STATES}:now_iso"))


def limit_of(states, execution):
    """The machine's TimeoutSeconds, or None."""
    machine = states._state_machines.get(execution["stateMachineArn"]) or {}
    try:
        return json.loads(machine["definition"]).get("TimeoutSeconds")
    except (KeyError, ValueError):
        return None


def apply():
    from ministack.services import stepfunctions as states

    run, fail, answer = RUN.find(), FAIL.find(), ANSWER.find()

    def run_bounded(exec_arn):
        execution = states._executions.get(exec_arn)
        limit = execution and limit_of(states, execution)
        if not limit:
            return run(exec_arn)
        context = contextvars.copy_context()  # the account and region of the request
        runner = threading.Thread(target=context.run, args=(run, exec_arn), daemon=True)
        runner.start()
        runner.join(limit)
        if runner.is_alive() and execution["status"] == "RUNNING":
            execution.update(status="TIMED_OUT", stopDate=states.now_iso(), error="States.Timeout",
                             cause=f"The execution ran longer than {limit} seconds")
            states._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})

    def fail_running(execution, error, cause):
        # The abandoned run may still fail later; what has ended stays as it ended.
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def answer_with_timeout(data):
        status, headers, body = answer(data)
        if status != 200:
            return status, headers, body
        said = json.loads(body)
        if said.get("status") == "TIMED_OUT":
            said["error"] = "States.Timeout"
            body = json.dumps(said).encode()
        return status, headers, body

    states._run_execution = run_bounded
    states._fail_execution = fail_running
    states._start_sync_execution = answer_with_timeout
