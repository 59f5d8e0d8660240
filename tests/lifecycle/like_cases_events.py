"""The behaviours of EventBridge, each seen through the layer."""

import json

from like_world import case

PATTERN = json.dumps({"source": ["shop"]})


def rule(world, name="one", targets=1, **members):
    """Made beside the layer."""
    events = world.aws("events")
    events.put_rule(Name=name, EventPattern=PATTERN, **members)
    events.put_targets(Rule=name, Targets=[{"Id": f"t{number}", "Arn": world.aws.arn("sqs", "inbox")} for number in range(targets)])
    return world("events")


@case("rule-with-targets-stays")
def _(world):
    events = rule(world)
    refused = world.refused(events.delete_rule, Name="one")
    world.aws("events").remove_targets(Rule="one", Ids=["t0"])
    assert world.refused(events.delete_rule, Name="one") is None
    return refused == ("ValidationException", "Rule can't be deleted since it has targets.")


@case("five-targets-a-rule")
def _(world):
    events = rule(world, targets=5)
    put = lambda name: world.refused(events.put_targets, Rule="one", Targets=[{"Id": name, "Arn": world.aws.arn("sqs", "inbox")}])
    assert put("t0") is None
    refused = put("t5")
    return refused is not None and refused[0] == "LimitExceededException"


@case("schedules-of-rules")
def _(world):
    world.aws("events").create_event_bus(Name="shop")
    put = lambda text, **members: world.refused(world("events").put_rule, Name="one", ScheduleExpression=text, **members)
    assert put("rate(1 minute)") is None and put("rate(10 minutes)") is None
    refused = [put("rate(1 minutes)"), put("rate(1 minute)", EventBusName="shop")]
    return all(each is not None and each[0] == "ValidationException" for each in refused)


@case("bus-with-rules-stays")
def _(world):
    world.aws("events").create_event_bus(Name="shop")
    world.aws("events").put_rule(Name="one", EventBusName="shop", EventPattern=PATTERN)
    return world.refused(world("events").delete_event_bus, Name="shop") is not None


@case("put-rule-replaces")
def _(world):
    events = world("events")
    events.put_rule(Name="one", EventPattern=PATTERN, Description="One")
    tags = lambda: {tag["Key"] for tag in events.list_tags_for_resource(ResourceARN=world.aws.arn("events", "rule/one"))["Tags"]}
    events.put_rule(Name="one", EventPattern=PATTERN, Tags=[{"Key": "second", "Value": ""}])
    told, late = "Description" not in events.describe_rule(Name="one"), tags()
    events.put_rule(Name="two", EventPattern=PATTERN, Tags=[{"Key": "first", "Value": ""}])
    events.put_rule(Name="two", EventPattern=PATTERN, Tags=[{"Key": "first", "Value": "other"}, {"Key": "second", "Value": ""}])
    made = events.list_tags_for_resource(ResourceARN=world.aws.arn("events", "rule/two"))["Tags"]
    return told and not late and made == [{"Key": "first", "Value": ""}]


@case("bus-policy-kept")
def _(world):
    events = world("events")
    events.create_event_bus(Name="shop")
    policy = json.loads(world.policy("events:PutEvents", world.aws.arn("events", "event-bus/shop")))
    events.put_permission(EventBusName="shop", Policy=json.dumps(policy))
    kept = json.loads(events.describe_event_bus(Name="shop")["Policy"])
    events.remove_permission(EventBusName="shop", RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus(Name="shop")
    return kept == policy


@case("rules-are-told-with-their-bus")
def _(world):
    refused = world.refused(world("events").describe_rule, Name="none")
    return refused == ("ResourceNotFoundException", "Rule none does not exist on EventBus default.")
