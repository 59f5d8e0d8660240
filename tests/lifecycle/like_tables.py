"""Tables as DynamoDB changes them: one thing at a time, and not at once."""


from behaviours import behaviour
from refusals import Refusal

# Seconds for which a change goes on; minutes there.
BUSY_SECONDS = 0.4

BUSY = behaviour(
    "table-is-busy",
    "docs: API reference UpdateTable, DescribeTable; cdkd#1830: a table is CREATING or UPDATING for a while, an index of it CREATING, and "
    "takes no other change meanwhile")


def busy(exchange):
    """What goes on with a table: its status, and the index that is made."""
    status, index, until = exchange.memory("busy tables").get(exchange.members.get("TableName"), ("ACTIVE", None, 0))
    return (status, index) if exchange.now() < until else ("ACTIVE", None)


@BUSY.asked("dynamodb:UpdateTable", "dynamodb:DeleteTable", "dynamodb:UpdateTimeToLive")
def refuse_while_busy(exchange):
    status, index = busy(exchange)
    if status == "ACTIVE":
        return None
    name = exchange.members["TableName"]
    if exchange.name == "dynamodb:DeleteTable" and index:
        text = "Cannot delete table while indexes are being created, updated, or deleted."
    else:
        text = f"Table is being {'created' if status == 'CREATING' else 'updated'}: {name}"
    return Refusal(400, "ResourceInUseException", f"Attempt to change a resource which is still in use: {text}")


@BUSY.answered("dynamodb:CreateTable", "dynamodb:UpdateTable")
def become_busy(exchange):
    status = "CREATING" if exchange.name == "dynamodb:CreateTable" else "UPDATING"
    made = [each["Create"]["IndexName"] for each in exchange.members.get("GlobalSecondaryIndexUpdates", []) if "Create" in each]
    until = exchange.now() + BUSY_SECONDS
    exchange.memory("busy tables")[exchange.members["TableName"]] = status, made[0] if made else None, until
    tell_busy(exchange, "TableDescription")


@BUSY.answered("dynamodb:DescribeTable")
def describe_busy(exchange):
    tell_busy(exchange, "Table")


def tell_busy(exchange, member):
    status, made = busy(exchange)
    table = exchange.answer[member]
    table["TableStatus"] = status
    for index in table.get("GlobalSecondaryIndexes", []):
        index["IndexStatus"] = "CREATING" if index["IndexName"] == made else index.get("IndexStatus", "ACTIVE")


ONE = behaviour("one-index-a-call", "docs: API reference UpdateTable: one global index is created or deleted in a call")


@ONE.asked("dynamodb:UpdateTable")
def refuse_two(exchange):
    changes = [each for each in exchange.members.get("GlobalSecondaryIndexUpdates", []) if "Create" in each or "Delete" in each]
    if len(changes) > 1:
        return Refusal(400, "LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
    return None


SAME = behaviour(
    "what-is-so-is-refused",
    "docs: API reference UpdateTable, StreamEnabled; cdkd, measured 2026-08: the stream, the class and the billing that a table has cannot be "
    "set again, and provisioned billing asks for the capacity of each index")


@SAME.asked("dynamodb:UpdateTable")
def refuse_same(exchange):
    members = exchange.members
    found = exchange.local.or_none("dynamodb", "DescribeTable", TableName=members["TableName"])
    if not found:
        return None
    table = found["Table"]
    if "StreamSpecification" in members:
        is_on = table.get("StreamSpecification", {}).get("StreamEnabled", False)
        if is_on == members["StreamSpecification"]["StreamEnabled"]:
            return invalid(f"Table {'already has an enabled stream' if is_on else 'has no stream to disable'}")
    if members.get("TableClass") == table.get("TableClassSummary", {}).get("TableClass", "STANDARD"):
        return invalid("The requested table class is the table's own")
    if members.get("BillingMode") == "PROVISIONED":
        updated = {each["Update"]["IndexName"] for each in members.get("GlobalSecondaryIndexUpdates", []) if "Update" in each}
        for index in table.get("GlobalSecondaryIndexes", []):
            if index["IndexName"] not in updated:
                return invalid(f"ProvisionedThroughput must be specified for index: {index['IndexName']}")
    return None


def invalid(text):
    return Refusal(400, "ValidationException", f"One or more parameter values were invalid: {text}")


HOUR = behaviour(
    "expiry-changes-once-an-hour",
    "aws-cdk#13720, cdkd#932 quote the texts: a second change within the hour, and another attribute while it is on")
# The hour of a test.
EXPIRY_SECONDS = 8.0


@HOUR.asked("dynamodb:UpdateTimeToLive")
def refuse_expiry(exchange):
    members = exchange.members
    told = exchange.local.or_none("dynamodb", "DescribeTimeToLive", TableName=members["TableName"]) or {}
    live, wanted = told.get("TimeToLiveDescription", {}), members["TimeToLiveSpecification"]
    is_on = live.get("TimeToLiveStatus") == "ENABLED"
    if is_on and wanted["Enabled"] and live["AttributeName"] == wanted["AttributeName"]:
        return Refusal(400, "ValidationException", "TimeToLive is already enabled")
    if is_on and live["AttributeName"] != wanted["AttributeName"]:
        return Refusal(400, "ValidationException", "TimeToLive is active on a different AttributeName: current AttributeName is " + live["AttributeName"])
    if exchange.now() < exchange.memory("expiry").get(members["TableName"], 0):
        return Refusal(400, "ValidationException", "Time to live has been modified multiple times within a fixed interval")
    exchange.memory("expiry")[members["TableName"]] = exchange.now() + EXPIRY_SECONDS
    return None


FORMS = behaviour(
    "tables-in-dynamodbs-own-order",
    "cdkd, cdk-real-drift: AttributeDefinitions and NonKeyAttributes come back in another order, WarmThroughput is always there")


@FORMS.answered("dynamodb:DescribeTable")
def reorder(exchange):
    table = exchange.answer["Table"]
    table["AttributeDefinitions"].sort(key=lambda each: each["AttributeName"], reverse=True)
    for index in table.get("GlobalSecondaryIndexes", []) + table.get("LocalSecondaryIndexes", []):
        if index["Projection"].get("NonKeyAttributes"):
            index["Projection"]["NonKeyAttributes"].sort(reverse=True)
    table["WarmThroughput"] = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}


BACKUPS = behaviour(
    "backups-come-later",
    "[M] ContinuousBackupsUnavailableException: right after the creation backups cannot be changed")


@BACKUPS.answered("dynamodb:CreateTable")
def begin_backups(exchange):
    exchange.memory("backups")[exchange.members["TableName"]] = exchange.now() + BUSY_SECONDS * 2


@BACKUPS.asked("dynamodb:UpdateContinuousBackups")
def refuse_backups(exchange):
    if exchange.now() < exchange.memory("backups").get(exchange.members["TableName"], 0):
        return Refusal(400, "ContinuousBackupsUnavailableException", "Backups are being enabled for the table. Please retry later")
    return None
