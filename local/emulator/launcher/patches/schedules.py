"""EventBridge Scheduler reads every expression as UTC, looks only each ten seconds, hands "<aws.scheduler.scheduled-time>"
on as that very text, and never fires a one-off schedule that was made anew under its name. On AWS a schedule's function
learns the moment that it was meant for, which is where a message's id comes from: so the ticker is ours."""

import sys
import uuid
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from targets import Target

SCHEDULER = "ministack.services.scheduler"
EVENTS = "ministack.services.eventbridge"
TICK = Target(f"{SCHEDULER}:_tick_schedules", contains=("_eb._invoke_target(target, event, sched)", "_schedules._data.items()"))
TARGETS = (
    TICK, Target(f"{SCHEDULER}:_SCHEDULE_TICK_INTERVAL"), Target(f"{SCHEDULER}:_to_epoch", takes=("value",)),
    Target(f"{SCHEDULER}:_ticker_loop", contains=("time.sleep(_SCHEDULE_TICK_INTERVAL)", "_tick_schedules()")),
    Target("ministack.core.responses:request_scope"),
    Target(f"{EVENTS}:_invoke_target", takes=("target", "event", "rule")), Target(f"{EVENTS}:_parse_rate_seconds", takes=("expr",)),
    Target(f"{EVENTS}:_parse_cron_fields", takes=("expr",)), Target(f"{EVENTS}:_cron_next_fire", takes=("fields", "after_dt")),
)

EVERY = 1  # seconds


def moment(epoch):
    return datetime.fromtimestamp(epoch, timezone.utc)


def due(schedule, since, now, events):
    """The moment for which a schedule is to fire now, after it fired (or was changed) at since; None for not yet."""
    expression, zone = schedule["ScheduleExpression"], ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if expression.startswith("at("):
        at = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone)
        return at if at <= now else None
    interval = events._parse_rate_seconds(expression)
    if interval:
        start = schedule.get("StartDate") or schedule["CreationDate"]
        last = moment(start + (now.timestamp() - start) // interval * interval)
        return last if last > since and last.timestamp() > start else None
    fields = events._parse_cron_fields(expression)
    following = fields and next_run(fields, since.astimezone(zone), events)
    return following if following and following <= now else None


def next_run(fields, after, events):
    """The next moment of a cron expression on the zone's clocks: an hour that they leave out is left out."""
    while True:
        found = events._cron_next_fire(fields, after.replace(fold=0))
        if found is None or found.astimezone(timezone.utc).astimezone(found.tzinfo) == found:
            return found
        after = found


def filled(text, schedule, at):
    """A target's input with the words that AWS replaces."""
    for name, value in {"scheduled-time": at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "schedule-arn": schedule["Arn"], "execution-id": uuid.uuid4().hex[:16], "attempt-number": "1"}.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def sleeping(schedule, now, to_epoch):
    start, end = to_epoch(schedule.get("StartDate")), to_epoch(schedule.get("EndDate"))
    return schedule.get("State") != "ENABLED" or (start and now.timestamp() < start) or (end and now.timestamp() > end)


def fire(key, schedule, at, events):
    """Calls the schedule's target in the account and region that the schedule is in."""
    from ministack.core.responses import request_scope

    target = {**schedule["Target"], "Input": filled(schedule["Target"].get("Input") or "{}", schedule, at)}
    event = {"EventId": str(uuid.uuid4()), "Source": "aws.scheduler", "DetailType": "Scheduled Event", "Detail": "{}",
             "Time": at.timestamp(), "Resources": [schedule["Arn"]], "Account": key[0], "Region": key[1]}
    with request_scope(key[0], key[1]):
        events._invoke_target(target, event, schedule)


def look(key, scheduler, events, fired, now):
    """Fires one schedule if it is due. fired holds each one's last moment, for as long as it is not changed."""
    schedule = scheduler._schedules._data[key]
    changed = (key, schedule["LastModificationDate"])
    once = schedule["ScheduleExpression"].startswith("at(")
    if sleeping(schedule, now, scheduler._to_epoch) or (once and changed in fired):
        return
    at = due(schedule, fired.get(changed, moment(changed[1])), now, events)
    if at is None:
        return
    fired[changed] = at
    fire(key, schedule, at, events)
    if once and schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key, None)


def apply():
    from ministack.services import eventbridge, scheduler

    fired = {}

    def tick():
        for key in list(scheduler._schedules._data):
            try:
                look(key, scheduler, eventbridge, fired, datetime.now(timezone.utc))
            except Exception as err:  # an expression or a zone that AWS would have refused, or one just deleted
                print(f"schedules: {key}: {err!r}", file=sys.stderr)

    scheduler._tick_schedules = tick
    scheduler._SCHEDULE_TICK_INTERVAL = EVERY
