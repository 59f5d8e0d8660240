"""AWS holds each request against its service model before it does anything."""

from behaviours import behaviour
from refusals import Refusal
from wire import violations

CHECKED = behaviour(
    "requests-match-the-models",
    "[LS] Lambda's ValidationException; [M] the models of botocore; the codes of the other services by "
    "their lists of common errors")

# How each service says that a value is none it takes; Lambda's and the query services' message is Coral's.
CODES = {
    "lambda": "ValidationException", "iam": "ValidationError", "sts": "ValidationError", "cloudwatch": "ValidationError",
    "sns": "InvalidParameter", "sqs": "InvalidParameterValue", "logs": "InvalidParameterException",
    "tag": "InvalidParameterException", "ssm": "ValidationException", "secretsmanager": "ValidationException",
    "s3": "MalformedXML",
    "scheduler": "ValidationException",
}


@CHECKED.asked("*")
def check(exchange):
    if faults := violations(exchange.request):
        message = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: {'; '.join(faults)}"
        return Refusal(400, CODES[exchange.name.split(":")[0]], message)
    return None
