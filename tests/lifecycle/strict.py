"""What AWS refuses of two who do the same at the same time, and the local one does not."""

import json
import threading

from proxy import Proxy
from refusals import Refusal

# A check and the call that it is of are one: of all proxies, one at a time.
TURN = threading.Lock()
CHECKED = {"lambda:CreateEventSourceMapping", "lambda:PublishVersion"}


class Strict(Proxy):
    """A second mapping of one source to one function, and a version of what was changed since it was read."""

    def __init__(self, endpoint, aws, latency=0.0):
        super().__init__(endpoint, latency)
        self.aws = aws

    def answer(self, call, request, body):
        if call.name not in CHECKED:
            return super().answer(call, request, body)
        with TURN:
            refusal = getattr(self, call.operation)(call, json.loads(body or b"{}"))
            return refusal.of("lambda") if refusal else super().answer(call, request, body)

    def CreateEventSourceMapping(self, call, members):
        """See the API reference: ResourceConflictException."""
        asked = {"FunctionName": members["FunctionName"], "EventSourceArn": members["EventSourceArn"]}
        there = self.aws("lambda").list_event_source_mappings(**asked)["EventSourceMappings"]
        message = "An event source mapping with SQS arn and function already exists. Please update or delete the existing mapping"
        return Refusal(409, "ResourceConflictException", message) if there else None

    def PublishVersion(self, call, members):
        """See the API reference: RevisionId."""
        live = self.aws("lambda").get_function_configuration(FunctionName=call.labels["FunctionName"])
        is_other = members.get("RevisionId") not in (None, live["RevisionId"])
        message = "The RevisionId provided does not match the latest RevisionId for the Lambda function"
        return Refusal(412, "PreconditionFailedException", message) if is_other else None
