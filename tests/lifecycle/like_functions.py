"""The forms in which Lambda gives back functions, layers and what is set on them."""

import json

import principals
from behaviours import behaviour
from refusals import Refusal

CONFIGURED = [f"lambda:{name}" for name in (
    "CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion", "GetFunctionConfiguration",
    "GetFunction", "ListFunctions", "ListVersionsByFunction")]


def configurations(answer):
    """Of a function or of many, wherever the answer has them."""
    if "Configuration" in answer:
        return [answer["Configuration"]]
    return answer.get("Functions") or answer.get("Versions") or ([answer] if "FunctionName" in answer else [])


LOGGING = behaviour(
    "logging-levels-told",
    "TF#42660, [LS]: LoggingConfig is always there; with JSON both levels read INFO when unset, with Text "
    "there are none")


@LOGGING.answered(*CONFIGURED)
def tell_levels(exchange):
    for each in configurations(exchange.answer):
        logging = each.setdefault("LoggingConfig", {})
        logging.setdefault("LogFormat", "Text")
        logging.setdefault("LogGroup", f"/aws/lambda/{each['FunctionName']}")
        for level in ("ApplicationLogLevel", "SystemLogLevel"):
            if logging["LogFormat"] == "JSON":
                logging.setdefault(level, "INFO")
            else:
                logging.pop(level, None)


IMAGE = behaviour(
    "image-without-overrides",
    "[LS] test_lambda_image_crud: no ImageConfigResponse where nothing is overridden, and no Runtime or "
    "Handler of an image")


@IMAGE.answered(*CONFIGURED)
def leave_out_of_image(exchange):
    for each in configurations(exchange.answer):
        if not any(each.get("ImageConfigResponse", {}).get("ImageConfig", {}).values()):
            each.pop("ImageConfigResponse", None)
        if each.get("PackageType") == "Image":
            for name in ("Runtime", "Handler"):
                each.pop(name, None)


STATES = behaviour(
    "function-is-active-while-updated",
    "[LS] test_function_lifecycle: an update answers State Active with LastUpdateStatus InProgress; a "
    "create answers no LastUpdateStatus")


@STATES.answered(*CONFIGURED)
def tell_states(exchange):
    for each in configurations(exchange.answer):
        if (each.get("State"), each.get("StateReasonCode")) == ("Pending", "Updating"):
            each.update(State="Active", LastUpdateStatusReasonCode="Creating", LastUpdateStatusReason="The function is being created.")
            del each["StateReason"], each["StateReasonCode"]
        elif (each.get("State"), each.get("StateReasonCode")) == ("Pending", "Creating"):
            for name in ("LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"):
                each.pop(name, None)


TRIMMED = behaviour("descriptions-trimmed", "what AWS keeps of white space at the ends is not known", verified=False)
DESCRIBED = [f"lambda:{name}" for name in (
    "PublishLayerVersion", "GetLayerVersion", "GetLayerVersionByArn", "ListLayerVersions", "ListLayers")]


@TRIMMED.answered(*CONFIGURED, *DESCRIBED)
def trim(exchange):
    answer = exchange.answer
    layers = answer.get("LayerVersions", []) + [layer["LatestMatchingVersion"] for layer in answer.get("Layers", []) if "LayerName" in layer]
    for each in [*layers, *configurations(answer), *([answer] if "LayerVersionArn" in answer else [])]:
        if isinstance(each.get("Description"), str):
            each["Description"] = each["Description"].strip()


HEADERS = behaviour("url-header-names-lower-case", "cdk-real-drift#874")


@HEADERS.answered(*(f"lambda:{verb}FunctionUrlConfig" for verb in ("Create", "Get", "Update")), "lambda:ListFunctionUrlConfigs")
def lower(exchange):
    for each in exchange.answer.get("FunctionUrlConfigs", [exchange.answer]):
        for name in ("AllowHeaders", "ExposeHeaders"):
            if name in each.get("Cors", {}):
                each["Cors"][name] = [header.lower() for header in each["Cors"][name]]


GRANTED = behaviour(
    "permission-principals",
    "TF#30722, terraform#27226: an account's id comes back as the ARN of its root")


@GRANTED.answered("lambda:GetPolicy")
def name_root(exchange):
    exchange.answer["Policy"] = principals.as_kept(exchange.answer["Policy"], exchange.partition)


@GRANTED.answered("lambda:AddPermission")
def name_root_in_answer(exchange):
    statement = {"Statement": [json.loads(exchange.answer["Statement"])]}
    exchange.answer["Statement"] = json.dumps(json.loads(principals.as_kept(json.dumps(statement), exchange.partition))["Statement"][0])


HUSKS = behaviour("event-invoke-husks", "[LS]: DestinationConfig {OnSuccess:{},OnFailure:{}} on every configuration")


@HUSKS.answered(*(f"lambda:{name}" for name in (
    "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig", "GetFunctionEventInvokeConfig", "ListFunctionEventInvokeConfigs")))
def add_husks(exchange):
    for each in exchange.answer.get("FunctionEventInvokeConfigs", [exchange.answer]):
        destinations = each.setdefault("DestinationConfig", {})
        destinations.setdefault("OnSuccess", {})
        destinations.setdefault("OnFailure", {})


SENT_HUSKS = behaviour(
    "husks-are-not-taken-back",
    "cdk-real-drift#650, #1611: sent back, the husk is refused, for it lacks its Destination")


@SENT_HUSKS.asked("lambda:PutFunctionEventInvokeConfig", "lambda:UpdateFunctionEventInvokeConfig", "lambda:CreateEventSourceMapping",
                  "lambda:UpdateEventSourceMapping")
def refuse_husks(exchange):
    for name, destination in exchange.members.get("DestinationConfig", {}).items():
        if not destination.get("Destination"):
            return Refusal(400, "ValidationException", f"1 validation error detected: {name}: required key [Destination] not found")
    return None


MAPPINGS = behaviour(
    "stream-mapping-husks",
    "[LS], cdk-real-drift#1611: the mapping of a stream reads -1, -1, 1, 0, false and OnFailure:{}")


@MAPPINGS.answered("lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping",
                   "lambda:ListEventSourceMappings")
def fill_mapping(exchange):
    for each in exchange.answer.get("EventSourceMappings", [exchange.answer]):
        if any(f":{service}:" in each.get("EventSourceArn", "") for service in ("kinesis", "dynamodb")):
            for name, value in {"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1, "ParallelizationFactor": 1,
                                "TumblingWindowInSeconds": 0, "BisectBatchOnFunctionError": False}.items():
                each.setdefault(name, value)
            each.setdefault("DestinationConfig", {}).setdefault("OnFailure", {})
