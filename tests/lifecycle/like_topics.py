"""The forms in which SNS gives back topics and subscriptions, and what it refuses of them."""

import json
import re

import principals
from behaviours import MEMORY, behaviour
from refusals import Refusal

TOPIC = "sns:GetTopicAttributes"

PRINCIPALS = behaviour(
    "topic-policy-principals",
    "terraform#13972, as of queues: an account's id comes back as the ARN of its root")


@PRINCIPALS.answered(TOPIC)
def name_root(exchange):
    attributes = exchange.answer["Attributes"]
    if attributes.get("Policy"):
        attributes["Policy"] = principals.as_kept(attributes["Policy"], exchange.partition)


DEFAULTS = behaviour(
    "topic-default-policies",
    "[LS]: Policy and EffectiveDeliveryPolicy are always there, the first with eight actions of SNS: in "
    "capitals")
ACTIONS = ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic",
           "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"]
OF_THE_LOCAL_AWS = ["SNS:Publish", "SNS:Subscribe", "SNS:Receive"]
RETRIES = {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0, "numNoDelayRetries": 0,
           "numMinDelayRetries": 0, "backoffFunction": "linear"}


@DEFAULTS.answered(TOPIC)
def tell_defaults(exchange):
    attributes, arn = exchange.answer["Attributes"], exchange.members["TopicArn"]
    policy = json.loads(attributes.get("Policy") or "{}")
    if not policy or [(each.get("Sid"), each["Action"]) for each in policy["Statement"]] == [("__default_statement_ID", OF_THE_LOCAL_AWS)]:
        attributes["Policy"] = json.dumps({
            "Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
                "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ACTIONS, "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": exchange.account}}}]})
    http = json.loads(attributes.get("DeliveryPolicy") or "{}").get("http", {})
    attributes["EffectiveDeliveryPolicy"] = json.dumps({"http": {
        "defaultHealthyRetryPolicy": RETRIES | http.get("defaultHealthyRetryPolicy", {}),
        "disableSubscriptionOverrides": False, "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    } | {name: value for name, value in http.items() if name != "defaultHealthyRetryPolicy"}})


EXISTS = behaviour(
    "topic-exists-with-others",
    "[LS]: CreateTopic of a topic with other attributes or tags is refused")


@EXISTS.asked("sns:CreateTopic")
def refuse_other(exchange):
    arn = exchange.arn("sns", exchange.members["Name"])
    live = exchange.local.or_none("sns", "GetTopicAttributes", TopicArn=arn)
    if not live:
        return None
    if any(live["Attributes"].get(name, "") != value for name, value in exchange.members.get("Attributes", {}).items()):
        return Refusal(400, "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
    wanted = as_map(exchange.members.get("Tags", []))
    if wanted and wanted != as_map(exchange.local("sns", "ListTagsForResource", ResourceArn=arn).get("Tags", [])):
        return Refusal(400, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
    return None


def as_map(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


PENDING = behaviour(
    "subscriptions-wait",
    "docs: API reference Subscribe; cdkd#1305, terraform#2776: what its owner has to confirm stays "
    "pending, lists say PendingConfirmation, and it cannot be unsubscribed or read by that")
LISTS = ("sns:ListSubscriptions", "sns:ListSubscriptionsByTopic")
OF_ONE = ("sns:Unsubscribe", "sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes")


def confirm(aws, arn):
    """As the owner of an e-mail address does, with the link that was sent there."""
    MEMORY[aws.account, aws.region, "confirmed"][arn] = True


def waits(exchange, subscription):
    protocol, arn = subscription["Protocol"], subscription["SubscriptionArn"]
    if protocol.startswith("email"):
        return arn not in exchange.memory("confirmed")
    if protocol not in ("http", "https"):
        return False
    live = exchange.local.or_none("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)
    return bool(live) and live["Attributes"].get("PendingConfirmation") == "true"


@PENDING.answered("sns:Subscribe")
def answer_pending(exchange):
    members, arn = exchange.members, exchange.answer["SubscriptionArn"]
    if arn == "pending confirmation":
        arn = arn_of(exchange) or arn
    subscription = {"Protocol": members["Protocol"], "SubscriptionArn": arn}
    if waits(exchange, subscription) and not members.get("ReturnSubscriptionArn"):
        arn = "pending confirmation"
    exchange.answer["SubscriptionArn"] = arn


@PENDING.answered(*LISTS)
def list_pending(exchange):
    for each in exchange.answer["Subscriptions"]:
        if waits(exchange, each):
            each["SubscriptionArn"] = "PendingConfirmation"


@PENDING.answered("sns:GetSubscriptionAttributes")
def tell_pending(exchange):
    attributes = exchange.answer["Attributes"]
    waiting = "true" if waits(exchange, attributes) else "false"
    attributes.update(PendingConfirmation=waiting, ConfirmationWasAuthenticated="false" if waiting == "true" else "true")


@PENDING.asked(*OF_ONE)
def refuse_pending(exchange):
    arn = exchange.members["SubscriptionArn"]
    if arn.count(":") < 5:
        elements = arn.count(":") + 1
        return Refusal(400, "InvalidParameter", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, "
                       f"not {elements}")
    if exchange.name == "sns:Unsubscribe":
        live = exchange.local.or_none("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)
        if live and waits(exchange, live["Attributes"]):
            return Refusal(400, "InvalidParameter", "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is "
                           "pending confirmation")
    return None


AGAIN = behaviour("subscription-exists-with-others", "[LS]: the same endpoint with other attributes is refused")


@AGAIN.asked("sns:Subscribe")
def refuse_again(exchange):
    arn = arn_of(exchange)
    if arn:
        live = exchange.local("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"]
        if any(not same(live.get(name), value) for name, value in exchange.members.get("Attributes", {}).items()):
            return Refusal(400, "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different "
                           "attributes")
    return None


def arn_of(exchange):
    """The subscription that there is of this endpoint."""
    try:
        live = exchange.local.all("sns", "ListSubscriptionsByTopic", TopicArn=exchange.members["TopicArn"])
        return next((each["SubscriptionArn"] for each in live if (each["Protocol"], each["Endpoint"]) == (
            exchange.members["Protocol"], exchange.members.get("Endpoint"))), None)
    except LookupError:
        return None


def same(live, value):
    try:
        return json.loads(live or "{}") == json.loads(value)
    except ValueError:
        return live == value


PASSWORDS = behaviour(
    "endpoint-passwords-hidden",
    "TF#861, terraform#11108: https://user:password@… reads https://user:****@…")


@PASSWORDS.answered(*LISTS, "sns:GetSubscriptionAttributes")
def hide(exchange):
    for each in exchange.answer.get("Subscriptions") or [exchange.answer.get("Attributes", {})]:
        if "Endpoint" in each:
            each["Endpoint"] = re.sub(r"^(https?://[^:/@]+):[^@/]+@", r"\1:****@", each["Endpoint"])


SCOPE = behaviour("filter-scope-appears", "[CRD]: FilterPolicyScope MessageAttributes appears with a filter")


@SCOPE.answered("sns:GetSubscriptionAttributes")
def tell_scope(exchange):
    attributes = exchange.answer["Attributes"]
    if json.loads(attributes.get("FilterPolicy") or "{}"):
        attributes.setdefault("FilterPolicyScope", "MessageAttributes")
    else:
        attributes.pop("FilterPolicyScope", None)
        attributes.pop("FilterPolicy", None)


RESET = behaviour("filter-scope-stays", "[CRD]: FilterPolicyScope cannot be cleared")


@RESET.asked("sns:SetSubscriptionAttributes")
def refuse_reset(exchange):
    if exchange.members["AttributeName"] == "FilterPolicyScope" and not exchange.members.get("AttributeValue"):
        return Refusal(400, "InvalidParameter", "Invalid parameter: FilterPolicyScope: Invalid value [null]. Please use either MessageBody "
                       "or MessageAttributes")
    return None


ARCHIVES = behaviour(
    "topics-that-archive-stay",
    "docs: message archiving and replay; pulumi-aws#4370, aws-cdk#37113 quote the text; TF#38885: `{}` ends an archive, an empty text does not")


@ARCHIVES.asked("sns:DeleteTopic")
def refuse_delete(exchange):
    found = exchange.local.or_none("sns", "GetTopicAttributes", TopicArn=exchange.members["TopicArn"])
    if found and found["Attributes"].get("ArchivePolicy", "{}") not in ("", "{}"):
        return Refusal(400, "InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy")
    return None


@ARCHIVES.asked("sns:SetTopicAttributes")
def refuse_empty_archive(exchange):
    if exchange.members["AttributeName"] == "ArchivePolicy" and not exchange.members.get("AttributeValue"):
        return Refusal(400, "InvalidParameter", "Invalid parameter: ArchivePolicy")
    return None
