"""The local AWS at AWS's distance and with AWS's quotas: a proxy that lets each
call take longer, refuses those above the quotas as their service does, and
answers what is searched by tags or by names as AWS does."""

import json
import re
import threading
import time
from collections.abc import Sequence

import like_tagging
from answers import CBOR, form_of
from aws_like import AwsLike
from behaviours import Exchange
from local import Local
from proxy import Call
from quotas import Gate, Quota
from refusals import Refusal, throttle
from wire import decode

# What a read on AWS's path meets. The rest of the layer is about what is right, not about how long it takes.
OF_READS = frozenset({
    "tagging-api-finds-what-is-tagged", "log-groups-by-identifiers", "function-is-active-while-updated", "function-is-busy"})
# It is on its way, and who waits for it asks again.
NOT_YET = re.compile(rb'"(?:State|LastUpdateStatus)": ?"(?:Pending|InProgress|Creating|Deleting|Updating|Enabling|Disabling)"')
# What the local AWS takes from a create or an update of a function to its end, and AWS many times as long.
PENDING_SECONDS = 0.5


class SlowAws(AwsLike):
    """`delay` in seconds is what each call takes more than the local AWS needs."""

    def __init__(self, endpoint: str, delay: float, quotas: Sequence[Quota] = ()):
        super().__init__(endpoint, OF_READS)
        self.delay, self.gate = delay, Gate(quotas)
        self.turn, self.written, self.found = threading.Lock(), 0, (None, {})

    def fresh(self) -> None:
        """Nothing was called yet, for a second at least."""
        with self.lock:
            self.calls.clear()
        self.gate.fill()

    @property
    def throttled(self) -> int:
        return sum(call.throttled for call in self.calls)

    def answer(self, call: Call, request, body: bytes):
        time.sleep(self.delay)
        if not self.gate.passes(call.name):
            call.throttled = call.pending = True
            return refused(call, request, throttle(call.service))
        status, headers, content = self.answered(call, request, body)
        call.pending = status >= 300 if call.writes else bool(call.service == "lambda" and NOT_YET.search(content))
        return status, headers, content

    def answered(self, call: Call, request, body: bytes):
        self.written += call.writes
        if call.name == "tag:GetResources":
            return self.search(call, request, body)
        if self.hooks("asked_of", call.name) or self.hooks("answered_of", call.name):
            return super().answer(call, request, body)
        return self.ask(request, body)

    def search(self, call: Call, request, body: bytes):
        """The local AWS is asked for all tags once after each write: AWS has an
        index, and a search there does not take longer because much is there."""
        account, region = re.search(r"Credential=(\w+)/\d+/([\w-]+)/", request.headers["Authorization"]).groups()
        asked = decode(request.command, request.path, request.headers, body)
        exchange = Exchange(call.name, asked, account, region, Local(self.upstream, account, region), self.options)
        with self.turn:
            at, tags = self.found
            if at != (self.written, account, region):
                at, tags = (self.written, account, region), like_tagging.tagged(exchange)
                self.found = at, tags
        said = like_tagging.search(asked.members, tags)
        if isinstance(said, Refusal):
            return said.of(call.service)
        return 200, [("Content-Type", form_of(request))], json.dumps(said).encode()


def refused(call: Call, request, refusal: Refusal):
    """CloudWatch answers in what it was asked in, CBOR of Rust's SDK or JSON of boto3's."""
    if call.service == "cloudwatch" and form_of(request) != CBOR:
        return refusal.json()
    return refusal.of(call.service)
