"""An AWS whose reads lag behind its writes: for some seconds after a write, a
read still answers what was true before it.

The proxy remembers every read that it has seen. Before it passes a write on,
it asks upstream once more for each remembered read that the write may change,
and keeps the answers with the time. A read is then answered by the oldest
answer that is kept from the last seconds, for it is what was true before the
first write of that time; where there is none, nothing has changed, and the
read goes through.

What is not asked for a second time stays fresh: a read that nobody made before
the write has no answer from before it. An apply reads what it plans, so that
this is enough for what it writes; to keep more, plan through the same proxy.
"""

import json
import time
from collections import defaultdict
from dataclasses import dataclass

from faults import Faulty
from wire import decode

# Other than all that is called List… or Describe….
LISTS = {"GetResources", "GetAccountAuthorizationDetails"}
# Members that differ from one call to the next though the same is asked.
VOLATILE = {"StartTime", "EndTime", "startTime", "endTime"}
# Members by which a request says what it is about.
NAMES = ("Name", "Arn", "ARN", "Url", "Identifier", "Resource", "Uuid", "UUID", "name", "Id")


@dataclass
class Read:
    """A request as `Proxy.ask` takes it."""

    service: str
    operation: str
    text: str
    command: str
    path: str
    headers: dict
    body: bytes

    def may_change_by(self, service, names):
        if self.service == "tag":
            return True
        is_list = self.operation.startswith(("List", "Describe")) or self.operation in LISTS
        return self.service == service and (is_list or not names or any(name in self.text for name in names))


class Lagging(Faulty):
    """`services` are those that lag, all of them where it is None. `stale`
    counts the reads that were answered with what was."""

    def __init__(self, endpoint, seconds, services=None, rules=()):
        super().__init__(endpoint, rules)
        self.seconds, self.services = seconds, services
        self.reads, self.kept, self.stale = {}, defaultdict(list), 0

    def carry_out(self, call, request, body):
        decoded = decode(request.command, request.path, request.headers, body)
        if call.writes:
            self.keep(call.service, names_in(decoded.members))
            return super().carry_out(call, request, body)
        key, text = key_of(call, request, decoded), json.dumps(decoded.members, default=str)
        read = Read(call.service, call.operation, text, request.command, request.path, request.headers, body)
        with self.lock:
            self.reads.setdefault(key, read)
            since = time.monotonic() - self.seconds
            old = next((answer for at, answer in self.kept[key] if at > since), None)
            self.stale += old is not None
        return old or super().carry_out(call, request, body)

    def keep(self, service, names):
        """What each read that may change would be answered now, before the write."""
        with self.lock:
            reads = [(key, read) for key, read in self.reads.items()
                     if self.lags(read.service) and read.may_change_by(service, names)]
        for key, read in reads:
            answer = self.ask(read, read.body)
            with self.lock:
                self.kept[key].append((time.monotonic(), answer))

    def lags(self, service):
        return self.services is None or service in self.services


def key_of(call, request, decoded):
    """The same for reads that ask the same: also with another signature, or of another second."""
    members = {name: value for name, value in decoded.members.items() if name not in VOLATILE}
    credential = request.headers.get("Authorization", "").partition("Credential=")[2].split("/")
    return call.name, json.dumps(members, sort_keys=True, default=str), tuple(credential[:1] + credential[2:3])


def names_in(members):
    """What a write is about: a queue by its URL or its ARN is the queue of that name."""
    texts = [value for name, value in members.items() if isinstance(value, str) and name.endswith(NAMES)]
    return {text.rstrip("/").replace("/", ":").rsplit(":", 1)[-1] for text in texts if text} | set(texts)
