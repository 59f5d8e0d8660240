"""The measure of the work by chance: what is otherwise than the file says is seen, of whatever kind it is."""

import urllib.request

from random_days import Calm
from random_model import live, model
from random_work import repaired
from snapshot import differences
from test_random_work import APPLY, OURS, Sequence

# One of each kind, with all that may be changed by hand.
EVERYTHING = {
    "queues": {"q0": {"redrive": {"queue": "q1", "max_receives": 5}}, "q1": {}},
    "topics": {"t0": {"subscriptions": [{"queue": "q0"}]}},
    "layers": {"l0": {"source": "../handlers/layer0"}},
    "functions": {"f0": {
        "source": "../handlers/code0", "runtime": "nodejs22.x", "handler": "index.handler", "alias": "live", "layers": ["l0"],
        "dead_letter_queue": "q1", "reserved_concurrency": 1, "event_sources": [{"queue": "q0", "batch_size": 1}],
        "environment": {"DB_PASSWORD": "zebra", "TARGET": "${queues.q0.arn}"}, "log_retention": "7d",
        "permissions": {"one": {
            "principal": "events.amazonaws.com", "source_arn": "arn:aws:events:us-east-1:${aws.account}:rule/nightly"}},
    }},
    "alarms": {"a0": {"function": "f0", "metric": "Errors", "statistic": "Sum", "period": "1m", "threshold": 1,
                      "comparison": "GreaterThanThreshold", "alarm_actions": ["t0"]}},
    "tags": {"team": "x"},
}


def by_hand(aws):
    """A change of each kind of resource, and where the model has to see it."""
    client, function, url = aws("lambda"), "chance-f0-ours", aws.queue_url("chance-q0-ours")
    yield "queue/chance-q0-ours/delay", aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7"})
    yield "queue/chance-q1-ours/tags/team", aws("sqs").untag_queue(QueueUrl=aws.queue_url("chance-q1-ours"), TagKeys=["team"])
    (subscription,) = aws("sns").list_subscriptions_by_topic(TopicArn=aws.arn("sns", "chance-t0-ours"))["Subscriptions"]
    yield "topic/chance-t0-ours/subscriptions", aws("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    content = client.get_layer_version(LayerName="chance-l0-ours", VersionNumber=1)
    again = urllib.request.urlopen(content["Content"]["Location"], timeout=30).read()
    yield "layer/chance-l0-ours/in vain", client.publish_layer_version(
        LayerName="chance-l0-ours", Content={"ZipFile": again}, Description=content["Description"])
    yield f"function/{function}/reserved", client.delete_function_concurrency(FunctionName=function)
    yield f"function/{function}/code", settled(client, client.update_function_code, FunctionName=function, ZipFile=again)
    yield f"function/{function}/in vain", [
        (settled(client, client.update_function_configuration, FunctionName=function, Timeout=9),
         client.publish_version(FunctionName=function)) for _ in range(2)]
    yield f"function/{function}/aliases/live", client.update_alias(FunctionName=function, Name="live", FunctionVersion="$LATEST")
    yield f"function/{function}/permissions", client.remove_permission(
        FunctionName=function, StatementId="one", Qualifier="live")
    (mapping,) = client.list_event_source_mappings(FunctionName=f"{function}:live")["EventSourceMappings"]
    yield f"mapping/{mapping['FunctionArn']}/{mapping['EventSourceArn']}".replace(aws.account, "ACCOUNT"), (
        client.delete_event_source_mapping(UUID=mapping["UUID"]))
    yield "role/chance-f0-role-ours/inline/dead", aws("iam").delete_role_policy(RoleName="chance-f0-role-ours", PolicyName="dead")
    group = f"/aws/lambda/{function}"
    yield f"log_group/{group}/retention", aws("logs").delete_retention_policy(logGroupName=group)
    yield "alarm/chance-a0-ours", aws("cloudwatch").delete_alarms(AlarmNames=["chance-a0-ours"])
    yield "queue/left", aws("sqs").create_queue(QueueName="left")


def settled(client, update, **members):
    update(**members)
    client.get_waiter("function_updated_v2").wait(
        FunctionName=members["FunctionName"], WaiterConfig={"Delay": 0.2, "MaxAttempts": 100})


def test_the_model_sees_what_is_changed_by_hand(tmp_path):
    sequence = Sequence(tmp_path, 0)
    sequence.write(repaired(EVERYTHING))
    sequence.expect(sequence.run(Calm(sequence.chance), APPLY), (0,))
    wanted = model(EVERYTHING, OURS) | sequence.neighbours
    assert not differences(wanted, live(sequence.aws, wanted))
    for place, _ in by_hand(sequence.aws):
        lines = differences(wanted, live(sequence.aws, wanted))
        assert any(line.startswith(f"/{place}") for line in lines), f"{place} is not among {lines}"
