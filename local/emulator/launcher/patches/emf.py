"""Metrics that a Lambda writes as log lines (embedded metric format) stay log lines. On AWS they become CloudWatch
metrics, which is how all metrics of rez_agent are made."""

import json
import sys

from targets import Target

EMIT = Target("ministack.services.lambda_svc:_emit_lambda_logs", takes=("func", "request_id", "log_text"))
TARGETS = (EMIT, Target("ministack.services.cloudwatch:record_metric",
                        takes=("namespace", "metric_name", "value", "unit", "dimensions")))


def samples(line):
    """Yields namespace, name, value, unit and dimensions of every metric in one log line."""
    data = json.loads(line)
    for block in data["_aws"]["CloudWatchMetrics"]:
        for keys in block.get("Dimensions") or [[]]:
            dimensions = {key: str(data[key]) for key in keys}
            for metric in block["Metrics"]:
                value = data[metric["Name"]]
                for one in value if isinstance(value, list) else [value]:
                    yield block["Namespace"], metric["Name"], one, metric.get("Unit", "None"), dimensions


def record(log_text):
    from ministack.services.cloudwatch import record_metric

    for line in (log_text or "").splitlines():
        if '"_aws"' not in line:
            continue
        try:
            for sample in samples(line):
                record_metric(*sample)
        except (ValueError, KeyError, TypeError) as err:
            # AWS drops what it cannot read, too; here somebody may be looking.
            print(f"emf: a metric line was dropped: {err!r}", file=sys.stderr)


def apply():
    from ministack.services import lambda_svc

    emit = EMIT.find()

    def emit_and_record(func, request_id, log_text, *args, **kwargs):
        record(log_text)
        return emit(func, request_id, log_text, *args, **kwargs)

    lambda_svc._emit_lambda_logs = emit_and_record
