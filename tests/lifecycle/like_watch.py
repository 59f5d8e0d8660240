"""The forms in which CloudWatch gives back alarms, and Logs its groups."""

from behaviours import behaviour
from refusals import Refusal

REFUSED = behaviour(
    "alarm-math-refused",
    "terraform-provider-aws#42504, terraform-aws-cloudwatch#13, robosystems#1131 quote the texts: results, bands, SEARCH")
BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")


@REFUSED.asked("cloudwatch:PutMetricAlarm")
def refuse_math(exchange):
    def refusal(text):
        return Refusal(400, "ValidationError", text)

    members = exchange.members
    queries, band = members.get("Metrics", []), members.get("ThresholdMetricId")
    results = [query["Id"] for query in queries if query.get("ReturnData", True)]
    if members["ComparisonOperator"] in BANDS and not band:
        return refusal("ComparisonOperators for ranges require ThresholdMetricId to be set")
    if any("SEARCH(" in query.get("Expression", "") for query in queries):
        return refusal("SEARCH is not supported on Metric Alarms")
    if band and len(results) == 1 and band not in results:
        return refusal("Metrics list must contain exactly one metric matching the ThresholdMetricId parameter")
    if queries and len(results) != (2 if band else 1):
        return refusal(f"Exactly {'two elements' if band else 'one element'} of the metrics list should return data.")
    return None


UNSET = behaviour(
    "alarm-unset-is-absent",
    "[CRD]: DatapointsToAlarm is absent where it was not given, as is a description")


@UNSET.answered("cloudwatch:DescribeAlarms")
def leave_out(exchange):
    alarms = exchange.answer.get("MetricAlarms", [])
    for alarm in alarms:
        for name in [name for name, value in alarm.items() if value is None or (name, value) == ("AlarmDescription", "")]:
            del alarm[name]


MISSING = behaviour("treat-missing-data-may-be-absent", "[TF] metric_alarm.go: absent is `missing`", verified=False)


@MISSING.answered("cloudwatch:DescribeAlarms")
def leave_out_missing(exchange):
    for alarm in exchange.answer.get("MetricAlarms", []):
        if alarm.get("TreatMissingData") == "missing":
            del alarm["TreatMissingData"]


IDENTIFIERS = behaviour(
    "log-groups-by-identifiers",
    "docs: API reference DescribeLogGroups, logGroupIdentifiers: up to fifty names or ARNs, and no other "
    "filter beside them")


@IDENTIFIERS.asked("logs:DescribeLogGroups")
def by_identifiers(exchange):
    identifiers = exchange.members.get("logGroupIdentifiers")
    if not identifiers:
        return None
    if len(exchange.members.keys() - {"limit", "nextToken"}) > 1:
        return Refusal(400, "InvalidParameterException", "LogGroup identifiers are mutually exclusive with any other parameters.")
    found = []
    for name in [identifier.split(":log-group:")[-1].removesuffix(":*") for identifier in identifiers]:
        groups = exchange.local.all("logs", "DescribeLogGroups", logGroupNamePrefix=name)
        found += [group for group in groups if group["logGroupName"] == name]
    return {"logGroups": found}


PROTECTION = behaviour(
    "log-group-protection-told",
    "[M], [LS]: deletionProtectionEnabled is false where it is not on")


@PROTECTION.answered("logs:DescribeLogGroups")
def tell_protection(exchange):
    for group in exchange.answer["logGroups"]:
        group.setdefault("deletionProtectionEnabled", False)


DELIVERY = behaviour(
    "delivery-groups-keep-two-days",
    "cdk-real-drift#1727; docs: API reference CreateLogGroup, DELIVERY")


@DELIVERY.answered("logs:DescribeLogGroups")
def tell_retention(exchange):
    for group in exchange.answer["logGroups"]:
        if group.get("logGroupClass") == "DELIVERY":
            group["retentionInDays"] = 2


@DELIVERY.asked("logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy")
def refuse_retention(exchange):
    name = exchange.members["logGroupName"]
    groups = exchange.local.all("logs", "DescribeLogGroups", logGroupNamePrefix=name)
    if any((group["logGroupName"], group.get("logGroupClass")) == (name, "DELIVERY") for group in groups):
        return Refusal(400, "InvalidParameterException", "Retention policy is not supported for log groups of the DELIVERY class")
    return None
