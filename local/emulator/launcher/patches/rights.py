"""With IAM on, a call is checked by its action and the resource that it names, and some of ours are not read as AWS reads
them: a schedule of a group of its own, a function called through its alias, the queue from which a redrive moves, and
SQS's batches, which need the right of the single call. A role that is right on AWS would be refused here."""

import json

from targets import Target

ACTIONS = "ministack.core.iam_actions"
RESOURCE = Target(f"{ACTIONS}:extract_resource_arn",
                  takes=("service", "method", "path", "headers", "body", "query_params", "region", "account_id"),
                  contains=(":schedule/default/", ":function:{func_name}"))
ACTION = Target(f"{ACTIONS}:extract_iam_action", takes=("service", "method", "path", "headers", "body", "query_params"))
TARGETS = (RESOURCE, ACTION)


def field(body, name):
    try:
        value = json.loads(body or b"{}").get(name)
    except (ValueError, AttributeError):
        return ""
    return value if isinstance(value, str) else ""


def argument(query_params, name):
    value = query_params.get(name) or ""
    return value if isinstance(value, str) else value[0]


def read(arn, service, body, query_params):
    """The resource as AWS reads it, made of the one that the emulator reads."""
    if service == "scheduler" and ":schedule/default/" in arn:
        group = field(body, "GroupName") or argument(query_params, "groupName") or "default"
        return arn.replace(":schedule/default/", f":schedule/{group}/")
    if service == "lambda" and ":function:" in arn and argument(query_params, "Qualifier"):
        return f"{arn}:{argument(query_params, 'Qualifier')}"
    if service == "sqs" and arn == "*":
        return field(body, "SourceArn") or arn
    return arn


def needed(action):
    """The right that an action asks for."""
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


def apply():
    from ministack.core import iam_actions

    original, named = RESOURCE.find(), ACTION.find()

    def action(*args, **kwargs):
        return needed(named(*args, **kwargs))

    def resource(service, method, path, headers, body, query_params, region, account_id):
        arn = original(service, method, path, headers, body, query_params, region, account_id)
        return read(arn, service, body, query_params)

    iam_actions.extract_resource_arn = resource
    iam_actions.extract_iam_action = action
