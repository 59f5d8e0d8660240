"""The behaviours of SQS and SNS, each seen through the layer."""

import json

import like_topics
from like_world import case


@case("queue-policy-principals")
def _(world):
    arn = world.queue()
    world("sqs").set_queue_attributes(QueueUrl=world.aws.queue_url("inbox"), Attributes={"Policy": world.policy("sqs:SendMessage", arn)})
    return json.loads(world.attributes()["Policy"])["Statement"][0]["Principal"] == {"AWS": world.root}


@case("queue-policy-actions-upper-case")
def _(world):
    arn = world.queue()
    world("sqs").set_queue_attributes(QueueUrl=world.aws.queue_url("inbox"), Attributes={"Policy": world.policy(["sqs:SendMessage"], arn)})
    return json.loads(world.attributes()["Policy"])["Statement"][0]["Action"] == ["SQS:SendMessage"]


@case("key-reuse-of-kms-queues-alone")
def _(world):
    world.queue(KmsMasterKeyId="alias/aws/sqs")
    return world.attributes().get("KmsDataKeyReusePeriodSeconds") == "300"


@case("queues-are-encrypted")
def _(world):
    world.queue()
    return world.attributes().get("SqsManagedSseEnabled") == "true"


@case("fifo-attributes-appear")
def _(world):
    world.queue("inbox.fifo", FifoQueue="true")
    told = world.attributes("inbox.fifo")
    return (told.get("FifoThroughputLimit"), told.get("DeduplicationScope")) == ("perQueue", "queue")


@case("no-fifo-flag-on-standard-queues")
def _(world):
    return world.refused(world("sqs").create_queue, QueueName="inbox", Attributes={"FifoQueue": "false"}) is not None


@case("queue-name-rests")
def _(world):
    world.layer.options.queue_seconds = 1
    world.queue()
    world("sqs").delete_queue(QueueUrl=world.aws.queue_url("inbox"))
    refused = world.refused(world("sqs").create_queue, QueueName="inbox")
    world.later(1)
    assert world.refused(world("sqs").create_queue, QueueName="inbox") is None
    return refused is not None and refused[0] == "AWS.SimpleQueueService.QueueDeletedRecently"


@case("topic-policy-principals")
def _(world):
    arn = world.topic()
    world("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=world.policy("sns:Publish", arn))
    told = json.loads(world("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    return told["Statement"][0]["Principal"] == {"AWS": world.root}


@case("topic-default-policies")
def _(world):
    told = world("sns").get_topic_attributes(TopicArn=world.topic())["Attributes"]
    actions = json.loads(told["Policy"])["Statement"][0]["Action"]
    return len(actions) == 8 and "disableSubscriptionOverrides" in told["EffectiveDeliveryPolicy"]


@case("topic-exists-with-others")
def _(world):
    world.topic()
    create = world("sns").create_topic
    return (world.refused(create, Name="news") is None and world.refused(create, Name="news", Attributes={"DisplayName": "n"}) is not None
            and world.refused(create, Name="news", Tags=[{"Key": "a", "Value": "b"}]) is not None)


@case("subscriptions-wait")
def _(world):
    asked = world.subscribe("email", "someone@example.com")
    world.subscribe("sqs", world.queue())
    listed = {each["Protocol"]: each["SubscriptionArn"] for each in world.subscriptions()}
    true_arn = next(each["SubscriptionArn"] for each in world.aws("sns").list_subscriptions()["Subscriptions"] if each["Protocol"] == "email")
    refused = [world.refused(world("sns").unsubscribe, SubscriptionArn=arn) for arn in ("PendingConfirmation", true_arn)]
    seen = (asked == "pending confirmation" and listed["email"] == "PendingConfirmation" and listed["sqs"].startswith("arn:") and all(refused)
            and world("sns").get_subscription_attributes(SubscriptionArn=true_arn)["Attributes"]["PendingConfirmation"] == "true")
    like_topics.confirm(world.aws, true_arn)
    assert "PendingConfirmation" not in [each["SubscriptionArn"] for each in world.subscriptions()]
    return seen


@case("subscription-exists-with-others")
def _(world):
    queue = world.queue()
    world.subscribe("sqs", queue, RawMessageDelivery="true")
    world.subscribe("sqs", queue, RawMessageDelivery="true")
    again = world.refused(world("sns").subscribe, TopicArn=world.topic(), Protocol="sqs", Endpoint=queue,
                          Attributes={"RawMessageDelivery": "false"})
    return again is not None and "Subscription already exists with different attributes" in again[1]


@case("endpoint-passwords-hidden")
def _(world):
    world.subscribe("https", "https://user:word@127.0.0.1:9/hook")
    return world.subscriptions()[0]["Endpoint"] == "https://user:****@127.0.0.1:9/hook"


@case("filter-scope-appears")
def _(world):
    arn = world.subscribe("sqs", world.queue(), FilterPolicy='{"kind": ["new"]}')
    return world("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"].get("FilterPolicyScope") == "MessageAttributes"


@case("filter-scope-stays")
def _(world):
    arn = world.subscribe("sqs", world.queue())
    clear = {"SubscriptionArn": arn, "AttributeName": "FilterPolicyScope", "AttributeValue": ""}
    return world.refused(world("sns").set_subscription_attributes, **clear) is not None


@case("topics-that-archive-stay")
def _(world):
    attributes = {"FifoTopic": "true", "ArchivePolicy": '{"MessageRetentionPeriod": "30"}'}
    topic = world.aws("sns").create_topic(Name="news.fifo", Attributes=attributes)["TopicArn"]
    refused = world.refused(world("sns").delete_topic, TopicArn=topic)
    if refused is None:
        return False
    ended = {"TopicArn": topic, "AttributeName": "ArchivePolicy"}
    emptied = world.refused(world("sns").set_topic_attributes, **ended, AttributeValue="")
    world("sns").set_topic_attributes(**ended, AttributeValue="{}")
    gone = world.refused(world("sns").delete_topic, TopicArn=topic) is None
    return bool("ArchivePolicy" in refused[1] and emptied and gone)
