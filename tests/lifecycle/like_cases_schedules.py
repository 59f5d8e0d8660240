"""The behaviours of Scheduler, each seen through the layer."""

import datetime

from like_world import case

TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "scheduler.amazonaws.com"}}]}


def role(world):
    return world.role("starter", trust=TRUST)


def schedule(world, role_arn, client=None, **members):
    """Made beside the layer, unless a client is given."""
    call = (client or world.aws("scheduler")).create_schedule
    target = {"Arn": world.aws.arn("sqs", "work"), "RoleArn": role_arn}
    return call(**{"Name": "nightly", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target} | members)


def refused(world, **members):
    return world.refused(lambda **given: schedule(world, client=world("scheduler"), **given), **members)


@case("schedule-expressions-refused")
def _(world):
    arn = role(world)
    wrong = ["cron(0 1 * * * *)", "cron(0 1 * * *)", "at(2099-01-01)", "at(2099-01-01T00:00:00Z)", "rate(10 seconds)"]
    return all(refused(world, role_arn=arn, Name=f"n{index}", ScheduleExpression=text) for index, text in enumerate(wrong))


@case("schedule-time-zones-refused")
def _(world):
    return refused(world, role_arn=role(world), ScheduleExpressionTimezone="Europe/Nowhere") is not None


@case("schedule-role-must-be-there")
def _(world):
    other = world.role("worker")
    return refused(world, role_arn=other, Name="a") is not None and refused(world, role_arn=f"{other}-gone", Name="b") is not None


@case("schedule-starts-are-not-old")
def _(world):
    return refused(world, role_arn=role(world), StartDate=datetime.datetime(2026, 1, 1)) is not None


@case("schedule-retry-filled-in")
def _(world):
    schedule(world, role(world))
    told = world("scheduler").get_schedule(Name="nightly")["Target"].get("RetryPolicy")
    return told == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


@case("schedule-description-absent")
def _(world):
    schedule(world, role(world))
    return "Description" not in world("scheduler").get_schedule(Name="nightly")


@case("schedule-groups-go-slowly")
def _(world):
    client = world("scheduler")
    client.create_schedule_group(Name="nightly")
    client.delete_schedule_group(Name="nightly")
    try:
        state = client.get_schedule_group(Name="nightly")["State"]
    except client.exceptions.ResourceNotFoundException:
        return False
    again = world.refused(client.create_schedule_group, Name="nightly")
    return state == "DELETING" and again is not None


@case("schedule-groups-lose-all-keys")
def _(world):
    tags = [{"Key": key, "Value": "x"} for key in ("a", "b", "c")]
    arn = world.aws("scheduler").create_schedule_group(Name="nightly", Tags=tags)["ScheduleGroupArn"]
    world("scheduler").untag_resource(ResourceArn=arn, TagKeys=["a", "b"])
    return [tag["Key"] for tag in world("scheduler").list_tags_for_resource(ResourceArn=arn)["Tags"]] == ["c"]
