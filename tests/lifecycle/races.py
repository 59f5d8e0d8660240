"""Two applies of one stack at the same time, each from a folder of its own, and what became of it."""

import random
import threading
import time
import zlib
from dataclasses import dataclass

from bench import Bench
from harness import ENDPOINT, Aws, Result
from proxy import Proxy

# The function's group is apart, so that of what an edition changes only layer and function are contested.
STACK = """\
stack: contested
region: us-east-1
environments: {{ dev: {{}} }}
naming: "contested-${{name}}"
queues:
  dlq: {{}}
layers:
  shared: {{ source: ../handlers/shared }}
log_groups:
  work: {{ name: /contested/work }}
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    alias: live
    layers: [shared]
    dead_letter_queue: dlq
    logging: {{ log_group: work }}
    memory: {memory}
    reserved_concurrency: {reserved}
    environment: {{ EDITION: {edition} }}
    tags: {{ edition: {edition} }}
    role: {{ policies: {{ dlq: [{{ actions: [sqs:SendMessage], resources: ["${{queues.dlq.arn}}"] }}] }} }}
"""
FUNCTION, LAYER = "contested-work", "contested-shared"
EDITIONS = {
    "zero": {"memory": 128, "reserved": 1}, "one": {"memory": 256, "reserved": 2}, "two": {"memory": 512, "reserved": 3},
}
APPLY = ["apply", "--yes"]
LONGEST_CALL, LONGEST_START = 0.04, 0.2


def write(bench, edition, layer):
    """Code, configuration, tags and concurrency tell the edition, and the layer that of its own."""
    bench.project.stack(STACK.format(edition=edition, **EDITIONS[edition]))
    bench.project.write("handlers/work/index.js", f"exports.handler = async () => '{edition}';\n")
    bench.project.write("handlers/shared/nodejs/shared.js", f"exports.edition = '{layer}';\n")
    return bench


class Uneven(Proxy):
    """Each call takes a while of its own, which hangs on the seed and on its place in the run, and
    begins where that is over. `done` are the writes that AWS carried out."""

    def __init__(self, endpoint, seed):
        super().__init__(endpoint)
        self.seed, self.before, self.done = seed, self.delay, []

    def delay(self, call):
        place = self.count(call.name)
        chance = random.Random(zlib.crc32(f"{self.seed} {call.name} {place}".encode()))
        self.over.wait(chance.uniform(0, LONGEST_CALL))
        call.start = time.monotonic()

    def answer(self, call, request, body):
        status, headers, content = super().answer(call, request, body)
        if call.writes and status < 300:
            self.done.append(call)
        return status, headers, content


@dataclass
class Ran:
    edition: str
    result: Result
    calls: list
    done: list

    @property
    def code(self):
        return self.result.code

    def was_right_before(self, other):
        """It saw the function for the last time before the other one's first write of it was done."""
        seen = max(call.start for call in self.calls if call.is_of("lambda:GetFunction", FUNCTION))
        return seen < min((call.end for call in other.done if call.service == "lambda" and FUNCTION in call.text), default=0)

    def __repr__(self):
        return f"edition {self.edition}, having done {', '.join(map(str, self.done)) or 'nothing'}: {self.result}"


class Race:
    """`editions` are the two that are applied; where the race does not make the stack, edition zero
    stands there before it. `layers` says of each edition which layer it brings."""

    def __init__(self, directory, is_new, editions, layers, seed):
        self.aws, self.is_new, self.layers, self.seed = Aws(), is_new, layers, seed
        self.benches = [Bench(directory / name, "", self.aws) for name in ("here", "there")]
        if not is_new:
            write(self.benches[0], "zero", "zero").calmly(APPLY).exits(0)
        self.ran = [None, None]
        threads = [threading.Thread(target=self.run, args=(place, edition)) for place, edition in enumerate(editions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def run(self, place, edition):
        """The second begins a moment after the first, or before it."""
        bench = write(self.benches[place], edition, self.layers[edition])
        with Uneven(ENDPOINT, f"{self.seed} {place}") as proxy:
            proxy.over.wait(random.Random(f"{self.seed} {place}").uniform(0, LONGEST_START))
            result = bench.etlctl.through(proxy)(*APPLY, check=False, timeout=170)
        self.ran[place] = Ran(edition, result, proxy.calls, proxy.done)

    def apply(self, edition):
        """On a quiet day, after the race."""
        bench = write(self.benches[0], edition, self.layers[edition])
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()

    def plan_is_empty(self, edition):
        return write(self.benches[0], edition, self.layers[edition]).calmly(["plan", "--detailed-exitcode"]).code == 0

    def layer_versions(self):
        """Descriptions, which hold the digest of the sources."""
        return [one["Description"] for one in self.aws("lambda").list_layer_versions(LayerName=LAYER)["LayerVersions"]]

    def published(self):
        """What each published version froze."""
        versions = self.aws("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
        return [
            (one["CodeSha256"], one["MemorySize"], one["Environment"]["Variables"]["EDITION"],
             *(layer["Arn"] for layer in one["Layers"]))
            for one in versions if one["Version"] != "$LATEST"]

    def __repr__(self):
        return f"race: seed {self.seed}, versions {self.layer_versions()} {self.published()}\n" + "\n".join(map(repr, self.ran))


def one_each(found):
    return len(found) == len(set(found))
