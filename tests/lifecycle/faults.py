"""What goes wrong between etlctl and AWS: kinds of faults, the rules that say
which calls meet one, and a proxy that heeds them."""

import json
import random
import zlib
from dataclasses import dataclass, field
from typing import Any, Callable

import cbor2

from proxy import Cut, Proxy
from refusals import Refusal, broken, throttle

# --- kinds ------------------------------------------------------------------
# Each is asked to `meet` a call. `ask` has AWS carry it out and gives the
# answer: status, headers, content. None is no answer at all.


@dataclass
class Refused:
    """It is answered so, in the protocol of its service, and never reaches AWS."""

    status: int
    code: str
    message: str

    def meet(self, proxy, call, ask):
        return Refusal(self.status, self.code, self.message).of(call.service)


@dataclass
class Throttled:
    """It is refused in the words in which its service says that it is asked too often."""

    def meet(self, proxy, call, ask):
        return throttle(call.service).of(call.service)


@dataclass
class Broken:
    """The service fails with a 500, and says so in its protocol."""

    def meet(self, proxy, call, ask):
        return broken(call.service).of(call.service)


@dataclass
class Bare:
    """A status and nothing else, as from a load balancer before the service."""

    status: int

    def meet(self, proxy, call, ask):
        return self.status, [], b""


@dataclass
class Quoted:
    """It is refused by an answer that quotes it, as some of AWS's do, and never reaches AWS."""

    def meet(self, proxy, call, ask):
        body = call.text.split("\n", 1)[1]
        message = f"1 validation error detected: Value '{body}' failed to satisfy constraint"
        return Refusal(400, "ValidationException", message).of(call.service)


@dataclass
class Lost:
    """AWS carries it out, and the connection ends without an answer."""

    def meet(self, proxy, call, ask):
        ask()


@dataclass
class DoneBut:
    """AWS carries it out, and an error is answered."""

    status: int
    code: str
    message: str

    def meet(self, proxy, call, ask):
        ask()
        return Refusal(self.status, self.code, self.message).of(call.service)


@dataclass
class Reset:
    """The connection is reset before AWS hears of it."""

    def meet(self, proxy, call, ask):
        raise Cut


@dataclass
class Slow:
    """It arrives late."""

    seconds: float

    def meet(self, proxy, call, ask):
        proxy.over.wait(self.seconds)
        return ask()


@dataclass
class Hang:
    """Nobody answers, for as long as the test runs; AWS does not hear of it."""

    def meet(self, proxy, call, ask):
        proxy.over.wait()


@dataclass
class Altered:
    """AWS carries it out, and its answer, JSON or CBOR, is changed on the way.
    `change` alters the document in place, or returns another. An error stays
    as it is."""

    change: Callable[[Any], Any]

    def meet(self, proxy, call, ask):
        status, headers, content = ask()
        if status >= 300:
            return status, headers, content
        form = cbor2 if "/operation/" in call.text.split("\n", 1)[0] else json
        document = form.loads(content)
        changed = self.change(document)
        written = form.dumps(document if changed is None else changed)
        return status, headers, written.encode() if isinstance(written, str) else written


@dataclass
class Answer:
    """Anything at all is answered, and AWS does not hear of it."""

    status: int
    content_type: str
    content: bytes

    def meet(self, proxy, call, ask):
        return self.status, [("Content-Type", self.content_type)], self.content


# --- rules ------------------------------------------------------------------


@dataclass
class Rule:
    """A fault for the first calls of an operation, `lambda:CreateFunction`,
    whose address or body hold `about`; for all of them where `times` is None."""

    operation: str
    fault: Any
    about: str = ""
    times: int | None = 1
    met: int = field(default=0, init=False)

    @property
    def is_spent(self):
        """All the calls that it was made for have come; of an endless one, the first."""
        return self.met >= (self.times or 1)

    def meets(self, call):
        return call.is_of(self.operation, self.about) and (self.times is None or self.met < self.times)


class Faulty(Proxy):
    """The proxy, with rules. The first one that meets a call decides."""

    def __init__(self, endpoint, rules=(), latency=0.0):
        super().__init__(endpoint, latency)
        self.rules = list(rules)
        # What went wrong with the faults themselves; the client saw a lost answer.
        self.mistakes = []

    def answer(self, call, request, body):
        fault = self.fault_of(call)
        ask = lambda: self.carry_out(call, request, body)
        try:
            return fault.meet(self, call, ask) if fault else ask()
        except Cut:
            raise
        except Exception as mistake:
            self.mistakes.append(f"{call}: {mistake!r}")
            raise

    def carry_out(self, call, request, body):
        """What becomes of a call that no fault keeps from it."""
        return super().answer(call, request, body)

    def fault_of(self, call):
        with self.lock:
            rule = next((rule for rule in self.rules if rule.meets(call)), None)
            if rule:
                rule.met += 1
        return rule and rule.fault

    def unspent(self):
        """Operations of the rules that have not met all the calls they were made for."""
        return [rule.operation for rule in self.rules if not rule.is_spent]


# --- chance -----------------------------------------------------------------

KINDS = (Broken(), Bare(503), Throttled(), Reset(), Lost())


class Random(Faulty):
    """A bad day: each call meets one of the kinds with the probability
    `share`. A fault hangs on the seed, the operation and the how-manieth call
    of it this is, and so as little as can be on how threads take turns."""

    def __init__(self, endpoint, seed, share, kinds=KINDS, rules=()):
        super().__init__(endpoint, rules)
        self.seed, self.share, self.kinds = seed, share, kinds
        self.counted, self.met = {}, []
        # pytest shows it where a test fails.
        print(f"faults by chance: seed {seed}, share {share}")

    def fault_of(self, call):
        ruled = super().fault_of(call)
        if ruled:
            return ruled
        with self.lock:
            number = self.counted[call.name] = self.counted.get(call.name, 0) + 1
            chance = random.Random(zlib.crc32(f"{self.seed} {call.name} {number}".encode()))
            if chance.random() >= self.share:
                return None
            fault = chance.choice(self.kinds)
            self.met.append((call.name, fault))
        return fault
