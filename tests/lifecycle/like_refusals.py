"""What Lambda refuses because of what stands elsewhere, or because of what was done a moment ago."""

import fnmatch
import json
import urllib.parse

from behaviours import behaviour
from refusals import Refusal

INVALID = "InvalidParameterValueException"


def live(exchange):
    """The function of this call as the local AWS has it, or None."""
    return exchange.local.or_none("lambda", "GetFunctionConfiguration", FunctionName=exchange.members["FunctionName"])


# --- roles ------------------------------------------------------------------

ROLE = behaviour(
    "role-must-be-there",
    "[TF] lambda/function.go; docs: Lambda troubleshooting: a role that is not there, or does not trust "
    "Lambda, cannot be assumed")


@ROLE.asked("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration")
def refuse_missing_role(exchange):
    if can_be_assumed(exchange, exchange.members.get("Role"), "lambda.amazonaws.com"):
        return None
    return Refusal(400, INVALID, "The role defined for the function cannot be assumed by Lambda.")


def can_be_assumed(exchange, arn, service):
    """Whether a role of this account is there and trusts the service; of others nobody knows."""
    if not arn or arn.count(":") < 5 or arn.split(":")[4] != exchange.account:
        return True
    found = exchange.local.or_none("iam", "GetRole", RoleName=name_of(arn))
    return bool(found) and found["Role"]["Arn"] == arn and trusts(found["Role"]["AssumeRolePolicyDocument"], service)


def name_of(role_arn):
    return role_arn.rsplit("/", 1)[1]


def trusts(document, service):
    principals = [statement.get("Principal", {}) for statement in statements(document) if statement["Effect"] == "Allow"]
    return any(each == "*" or service in as_list(each.get("Service", [])) for each in principals)


DEAD_LETTERS = behaviour("dead-letters-need-permission", "[AD] invocation-async; cumulus and others quote the text")


@DEAD_LETTERS.asked("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration")
def refuse_dead_letters(exchange):
    target = exchange.members.get("DeadLetterConfig", {}).get("TargetArn")
    if not target:
        return None
    action, text = ("sqs:SendMessage", "SendMessage on SQS") if ":sqs:" in target else ("sns:Publish", "Publish on SNS")
    role = exchange.members.get("Role") or (live(exchange) or {}).get("Role")
    if role and not may(exchange, role, action, target):
        return Refusal(400, INVALID, f"The provided execution role does not have permissions to call {text}")
    return None


SOURCES = behaviour(
    "mapping-needs-its-queue",
    "[LS]: the queue is there and waits as long as the function; the role may receive, delete and read "
    "attributes")


@SOURCES.asked("lambda:CreateEventSourceMapping")
def refuse_source(exchange):
    arn, function = exchange.members.get("EventSourceArn", ""), live(exchange)
    if ":sqs:" not in arn or arn.split(":")[4] != exchange.account or not function:
        return None
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        if not may(exchange, function["Role"], f"sqs:{action}", arn):
            return Refusal(400, INVALID, f"The provided execution role does not have permissions to call {action} on SQS")
    url = exchange.local.or_none("sqs", "GetQueueUrl", QueueName=arn.rsplit(":", 1)[1])
    if not url:
        return Refusal(400, INVALID, "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                       "SQS Error Message: The specified queue does not exist.")
    attributes = exchange.local("sqs", "GetQueueAttributes", QueueUrl=url["QueueUrl"], AttributeNames=["VisibilityTimeout"])["Attributes"]
    if (visible := int(attributes["VisibilityTimeout"])) < function["Timeout"]:
        return Refusal(400, INVALID, f"Queue visibility timeout: {visible} seconds is less than Function timeout: {function['Timeout']} seconds")
    return None


def may(exchange, role_arn, action, resource):
    """Whether the role's own policies allow it: conditions and boundaries aside."""
    if role_arn.split(":")[4] != exchange.account:
        return True
    matching = [statement["Effect"] for document in documents(exchange, name_of(role_arn)) for statement in statements(document)
                if covers(statement, "Action", action) and covers(statement, "Resource", resource)]
    return "Allow" in matching and "Deny" not in matching


def documents(exchange, role):
    iam = exchange.local
    try:
        for name in iam.all("iam", "ListRolePolicies", RoleName=role):
            yield iam("iam", "GetRolePolicy", RoleName=role, PolicyName=name)["PolicyDocument"]
        for attached in iam.all("iam", "ListAttachedRolePolicies", RoleName=role):
            policy = iam("iam", "GetPolicy", PolicyArn=attached["PolicyArn"])["Policy"]
            version = iam("iam", "GetPolicyVersion", PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
            yield version["PolicyVersion"]["Document"]
    except LookupError:
        return


def statements(document):
    if isinstance(document, str):
        document = json.loads(urllib.parse.unquote(document))
    return as_list(document["Statement"])


def covers(statement, key, value):
    matches = lambda patterns: any(fnmatch.fnmatchcase(value.lower(), pattern.lower()) for pattern in as_list(patterns))
    return matches(statement[key]) if key in statement else not matches(statement.get(f"Not{key}", "*"))


def as_list(value):
    return value if isinstance(value, list) else [value]


# --- one at a time ----------------------------------------------------------

BUSY = behaviour(
    "function-is-busy",
    "[AD] functions-states, [LS]: no update and no version while it is made or updated")


@BUSY.asked("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PublishVersion")
def refuse_busy(exchange):
    function = live(exchange)
    if function and (function.get("State") == "Pending" or function.get("LastUpdateStatus") == "InProgress"):
        return Refusal(409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for "
                       f"resource: {function['FunctionArn']}")
    return None


REVISIONS = behaviour("revision-must-be-the-latest", "[LS]; docs: API reference, RevisionId")


@REVISIONS.asked("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PublishVersion")
def refuse_stale_function(exchange):
    return stale(exchange, live, "GetFunction/GetAlias")


@REVISIONS.asked("lambda:UpdateAlias")
def refuse_stale_alias(exchange):
    alias = lambda exchange: exchange.local.or_none(
        "lambda", "GetAlias", FunctionName=exchange.members["FunctionName"], Name=exchange.members["Name"])
    return stale(exchange, alias, "GetFunction/GetAlias")


@REVISIONS.asked("lambda:AddPermission", "lambda:RemovePermission")
def refuse_stale_policy(exchange):
    at = {name: exchange.members[name] for name in ("FunctionName", "Qualifier") if name in exchange.members}
    return stale(exchange, lambda exchange: exchange.local.or_none("lambda", "GetPolicy", **at), "GetPolicy")


def stale(exchange, read, call):
    revision = exchange.members.get("RevisionId")
    found = revision and read(exchange)
    if found and found["RevisionId"] != revision:
        return Refusal(412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the "
                       f"{call} API to retrieve the latest Revision Id")
    return None


MAPPED = behaviour("mapping-exists", "[LS]; docs: API reference CreateEventSourceMapping, ResourceConflictException")


@MAPPED.asked("lambda:CreateEventSourceMapping")
def refuse_second(exchange):
    source, function = exchange.members.get("EventSourceArn"), exchange.members["FunctionName"]
    if not source:
        return None
    there = list(exchange.local.all("lambda", "ListEventSourceMappings", FunctionName=function, EventSourceArn=source))
    if there:
        service = {"sqs": "SQS", "kinesis": "Kinesis", "dynamodb": "DynamoDB"}.get(source.split(":")[2], "")
        return Refusal(409, "ResourceConflictException", f'An event source mapping with {service} arn (" {source} ") and function '
                       f'(" {function} ") already exists. Please update or delete the existing mapping with UUID {there[0]["UUID"]}')
    return None
