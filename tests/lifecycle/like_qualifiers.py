"""What belongs to a function's alias or version says so."""

from behaviours import behaviour

URL = behaviour("url-names-its-qualifier", "[M] shape FunctionUrlConfig; the local AWS leaves the qualifier out")


@URL.answered(*(f"lambda:{verb}FunctionUrlConfig" for verb in ("Create", "Get", "Update")))
def name_qualifier(exchange):
    qualify(exchange.answer, exchange.members.get("Qualifier"))


@URL.answered("lambda:ListFunctionUrlConfigs")
def name_qualifiers(exchange):
    """Which alias an address is of, its own configuration tells. The local AWS lists those of a function that is gone, too."""
    function = exchange.members["FunctionName"]
    if not exchange.answer["FunctionUrlConfigs"] or not exchange.local.or_none("lambda", "GetFunctionConfiguration", FunctionName=function):
        return
    for alias in exchange.local.all("lambda", "ListAliases", FunctionName=function):
        own = exchange.local.or_none("lambda", "GetFunctionUrlConfig", FunctionName=function, Qualifier=alias["Name"])
        for each in exchange.answer["FunctionUrlConfigs"]:
            if own and each["FunctionUrl"] == own["FunctionUrl"]:
                qualify(each, alias["Name"])


def qualify(configuration, qualifier):
    if qualifier and not configuration["FunctionArn"].endswith(f":{qualifier}"):
        configuration["FunctionArn"] += f":{qualifier}"


MAPPING = behaviour(
    "mapping-tells-no-more-than-its-members",
    "[M] shape EventSourceMappingConfiguration: no FunctionName, Qualifier or Enabled")


@MAPPING.answered("lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping",
                  "lambda:DeleteEventSourceMapping", "lambda:ListEventSourceMappings")
def leave_out(exchange):
    for each in exchange.answer.get("EventSourceMappings", [exchange.answer]):
        for name in ("FunctionName", "Qualifier", "Enabled"):
            each.pop(name, None)
