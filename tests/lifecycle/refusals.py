"""Errors as AWS sends them, in the protocol of each service (docs/aws-facts.md §13)."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

import cbor2

# Id that every injected error carries.
REQUEST_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@dataclass(frozen=True)
class Refusal:
    """What AWS answers: a status, a code in the words that its documentation
    uses, and a message."""

    status: int
    code: str
    message: str

    def of(self, service):
        """The answer as this service sends it: status, headers and content."""
        return PROTOCOLS[service](self)

    @property
    def fault(self):
        return "Sender" if self.status < 500 else "Receiver"

    @property
    def as_query(self):
        return f"{self.code};{self.fault}"

    def answer(self, content_type, content, **headers):
        names = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.status, [("Content-Type", content_type), ("x-amzn-requestid", REQUEST_ID), *names], content

    def rest_json(self):
        content = {"Type": "User" if self.status < 500 else "Service", "message": self.message}
        return self.answer("application/json", json.dumps(content).encode(), x_amzn_errortype=self.code)

    def json(self):
        content = {"__type": self.code, "message": self.message}
        return self.answer("application/x-amz-json-1.1", json.dumps(content).encode())

    def sqs(self):
        """The body names the shape, the header the code that clients of the
        query protocol knew."""
        content = {"__type": f"com.amazonaws.sqs#{self.code.rsplit('.', 1)[-1]}", "message": self.message}
        return self.answer("application/x-amz-json-1.0", json.dumps(content).encode(), x_amzn_query_error=self.as_query)

    def cbor(self):
        content = cbor2.dumps({"__type": f"com.amazonaws.cloudwatch#{self.code}", "message": self.message})
        return self.answer("application/cbor", content, smithy_protocol="rpc-v2-cbor", x_amzn_query_error=self.as_query)

    def xml(self):
        content = (
            f"<ErrorResponse><Error><Type>{self.fault}</Type><Code>{self.code}</Code>"
            f"<Message>{escape(self.message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>")
        return self.answer("text/xml", content.encode())

    def rest_xml(self):
        content = f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message><RequestId>{REQUEST_ID}</RequestId></Error>"
        return self.answer("application/xml", content.encode())


PROTOCOLS = {
    "lambda": Refusal.rest_json, "sqs": Refusal.sqs, "cloudwatch": Refusal.cbor,
    "iam": Refusal.xml, "sns": Refusal.xml, "sts": Refusal.xml,
    "logs": Refusal.json, "events": Refusal.json, "tag": Refusal.json, "ssm": Refusal.json, "secretsmanager": Refusal.json,
    "s3": Refusal.rest_xml, "dynamodb": Refusal.json, "kinesis": Refusal.json, "scheduler": Refusal.rest_json, "states": Refusal.json,
    "cloudtrail": Refusal.json,
}

# How each service says that it is asked too often: status and code.
THROTTLES = {
    "lambda": (429, "TooManyRequestsException"), "sqs": (400, "RequestThrottled"), "sns": (400, "Throttled"),
    "tag": (400, "ThrottledException"), "iam": (400, "Throttling"), "sts": (400, "Throttling"), "cloudwatch": (400, "Throttling"),
    "logs": (400, "ThrottlingException"), "events": (400, "ThrottlingException"), "cloudtrail": (400, "ThrottlingException"), "ssm": (400, "ThrottlingException"), "secretsmanager": (400, "ThrottlingException"),
    "s3": (503, "SlowDown"), "dynamodb": (400, "ThrottlingException"), "kinesis": (400, "LimitExceededException"),
    "scheduler": (429, "ThrottlingException"), "states": (400, "ThrottlingException"),
}


def throttle(service):
    return Refusal(*THROTTLES[service], "Rate exceeded")


def broken(service):
    """A failure of the service itself, as it says so."""
    codes = {"lambda": "ServiceException", "iam": "ServiceFailure", "sts": "ServiceFailure", "sns": "InternalFailure",
             "cloudwatch": "InternalServiceFault", "logs": "ServiceUnavailableException", "events": "InternalException", "tag": "InternalServiceException",
             "scheduler": "InternalServerException"}
    return Refusal(500, codes.get(service, "InternalServerError"), "An error occurred on the server side.")
