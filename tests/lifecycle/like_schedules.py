"""What Scheduler refuses, and the forms in which it gives back schedules."""

import datetime
import re
import time
import zoneinfo

from behaviours import behaviour
from like_refusals import can_be_assumed
from refusals import Refusal

WRITES = ("scheduler:CreateSchedule", "scheduler:UpdateSchedule")
# How long a group is being deleted here; on AWS as long as it takes to delete what is in it.
DELETING_SECONDS = 1.0


def invalid(message):
    return Refusal(400, "ValidationException", message)


EXPRESSIONS = behaviour(
    "schedule-expressions-refused",
    "[LS] test_scheduler: at() with a zone, a date alone or a space, rate(10 seconds) and cron without `?` are refused with this text")


@EXPRESSIONS.asked(*WRITES)
def refuse_expression(exchange):
    text = exchange.members.get("ScheduleExpression", "")
    return None if is_expression(text) else invalid(f"Invalid Schedule Expression {text}.")


def is_expression(text):
    if re.fullmatch(r"rate\([1-9]\d* (minute|hour|day)s?\)", text):
        return True
    if re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", text):
        try:
            return bool(datetime.datetime.fromisoformat(text[3:-1]))
        except ValueError:
            return False
    fields = re.fullmatch(r"cron\((.*)\)", text)
    fields = fields[1].split() if fields else []
    return len(fields) == 6 and (fields[2] == "?") != (fields[4] == "?")


ZONES = behaviour("schedule-time-zones-refused", "[M] ScheduleExpressionTimezone; the words of the refusal are not known", verified=False)


@ZONES.asked(*WRITES)
def refuse_zone(exchange):
    zone = exchange.members.get("ScheduleExpressionTimezone")
    if zone and zone not in zoneinfo.available_timezones():
        return invalid(f"Provided ScheduleExpressionTimezone {zone} is not valid.")
    return None


ROLE = behaviour(
    "schedule-role-must-be-there",
    "[TF] scheduler/schedule.go quotes the text: a role that is not there, or does not trust Scheduler, cannot be assumed")


@ROLE.asked(*WRITES)
def refuse_role(exchange):
    if can_be_assumed(exchange, exchange.members.get("Target", {}).get("RoleArn"), "scheduler.amazonaws.com"):
        return None
    return invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")


START = behaviour("schedule-starts-are-not-old", "moto#8172 quotes the text; whether an update refuses an old start that has not changed is not known")


@START.asked(*WRITES)
def refuse_start(exchange):
    start = exchange.members.get("StartDate")
    if start is None:
        return None
    start = start.timestamp() if isinstance(start, datetime.datetime) else float(start)
    return invalid("The StartDate you specify cannot be earlier than 5 minutes ago.") if start < time.time() - 300 else None


UNTAG = behaviour("schedule-groups-lose-all-keys", "[M] UntagResource takes a list of keys; the local AWS heeds the first")


@UNTAG.asked("scheduler:UntagResource")
def untag(exchange):
    arn, keys = exchange.members["ResourceArn"], exchange.members["TagKeys"]
    if not exchange.local.or_none("scheduler", "ListTagsForResource", ResourceArn=arn):
        return None
    for key in keys:
        exchange.local("scheduler", "UntagResource", ResourceArn=arn, TagKeys=[key])
    return {}


FILLED = behaviour("schedule-retry-filled-in", "[CRD]: Target.RetryPolicy {86400, 185} where none was given")


@FILLED.answered("scheduler:GetSchedule")
def fill_in(exchange):
    if target := exchange.answer.get("Target"):
        retry = target.setdefault("RetryPolicy", {})
        retry.setdefault("MaximumEventAgeInSeconds", 86_400)
        retry.setdefault("MaximumRetryAttempts", 185)


DESCRIPTION = behaviour("schedule-description-absent", "[M] Description is optional; that it is absent where none was given is not seen", verified=False)


@DESCRIPTION.answered("scheduler:GetSchedule")
def leave_out(exchange):
    if exchange.answer.get("Description") == "":
        del exchange.answer["Description"]


DELETING = behaviour(
    "schedule-groups-go-slowly",
    "[M] DeleteScheduleGroup: a group is DELETING until its schedules are deleted; that its name is refused meanwhile is not seen", verified=False)


def going(exchange):
    name = exchange.members.get("Name")
    since = exchange.memory("schedule groups that go").get(name)
    return since is not None and exchange.now() - since < DELETING_SECONDS


@DELETING.asked("scheduler:DeleteScheduleGroup")
def remember(exchange):
    name = exchange.members["Name"]
    if exchange.local.or_none("scheduler", "GetScheduleGroup", Name=name):
        exchange.memory("schedule groups that go")[name] = exchange.now()


@DELETING.asked("scheduler:CreateScheduleGroup")
def refuse_name(exchange):
    name = exchange.members["Name"]
    return Refusal(409, "ConflictException", f"Schedule group {name} already exists.") if going(exchange) else None


@DELETING.asked("scheduler:GetScheduleGroup")
def tell_state(exchange):
    if not going(exchange):
        return None
    now = time.time()
    name = exchange.members["Name"]
    arn = exchange.arn("scheduler", f"schedule-group/{name}")
    return {"Arn": arn, "Name": name, "State": "DELETING", "CreationDate": now, "LastModificationDate": now}
