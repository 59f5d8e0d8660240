"""What stands ready of a function, beside its reservation and its snapshots."""

from behaviours import behaviour
from like_refusals import INVALID
from refusals import Refusal

RESERVED = behaviour(
    "reservation-holds-what-stands-ready",
    "[LS] quotes both texts: no reservation is lower than the total provisioned concurrency, and no more is readied than is reserved")


@RESERVED.asked("lambda:PutFunctionConcurrency")
def refuse_low_reservation(exchange):
    wanted, ready = exchange.members["ReservedConcurrentExecutions"], sum(standing(exchange).values())
    if wanted >= ready:
        return None
    return Refusal(400, INVALID, f"ReservedConcurrentExecutions {wanted} should not be lower than function's total provisioned "
                                 f"concurrency [{ready}].")


@RESERVED.asked("lambda:PutProvisionedConcurrencyConfig")
def refuse_more_than_reserved(exchange):
    reserved = exchange.local("lambda", "GetFunctionConcurrency", FunctionName=exchange.members["FunctionName"]).get("ReservedConcurrentExecutions")
    ready = standing(exchange) | {exchange.members["Qualifier"]: exchange.members["ProvisionedConcurrentExecutions"]}
    if reserved is None or sum(ready.values()) <= reserved:
        return None
    return Refusal(400, INVALID, "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")


def standing(exchange):
    """How many stand ready, by the alias."""
    name, found = exchange.members["FunctionName"], {}
    for alias in exchange.local.all("lambda", "ListAliases", FunctionName=name):
        if config := ready_for(exchange, alias["Name"]):
            found[alias["Name"]] = config["RequestedProvisionedConcurrentExecutions"]
    return found


def ready_for(exchange, alias):
    return exchange.local.or_none("lambda", "GetProvisionedConcurrencyConfig", FunctionName=exchange.members["FunctionName"], Qualifier=alias)


EITHER = behaviour(
    "snapshots-or-what-stands-ready",
    "docs: Developer Guide, snapstart: a version has SnapStart or provisioned concurrency; the words of the refusals are not known",
    verified=False)


@EITHER.asked("lambda:UpdateAlias")
def refuse_snapshot(exchange):
    version = exchange.members.get("FunctionVersion")
    if not version or not ready_for(exchange, exchange.members["Name"]) or not snapshots(exchange, version):
        return None
    return Refusal(400, INVALID, "Alias with weights or provisioned concurrency can not be used with a SnapStart enabled version")


@EITHER.asked("lambda:PutProvisionedConcurrencyConfig")
def refuse_ready(exchange):
    if not snapshots(exchange, exchange.members["Qualifier"]):
        return None
    return Refusal(400, INVALID, "Provisioned Concurrency Configs cannot be applied to SnapStart enabled function versions")


def snapshots(exchange, qualifier):
    """Whether what a qualifier leads to starts from a snapshot."""
    found = exchange.local.or_none(
        "lambda", "GetFunctionConfiguration", FunctionName=exchange.members["FunctionName"], Qualifier=qualifier)
    return bool(found) and found.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions"
