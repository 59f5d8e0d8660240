"""One stack as it is shipped, `lambda-etl`, at AWS's distance, in turn with a
script of boto3 that does the same job."""

import os
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

from client import HERE, Client, Took, took
from harness import LOCAL, REGION, ROOT, Aws, Etlctl, Project, binary
from samples import Sample, least, sample
from slow_aws import PENDING_SECONDS, SlowAws
from tables import Measured

STACK = "lambda-etl"
DELAY = 0.030
TIMES = 3


class Live:
    """The stack in an account of its own."""

    def __init__(self, directory: Path, slow: SlowAws, reads: str = "aws", pace: str = "off", only: str = STACK):
        self.slow, self.aws = slow, Aws()
        self.project = Project(directory / self.aws.account)
        self.client = Client(Etlctl(self.aws, self.project, slow.url), reads, pace)
        self.of = ("--env", "dev", *(("--stack", only) if only else ()))
        self.memory = 512

    def plan(self) -> Sample:
        return sample(self.client, self.slow, "plan", "--detailed-exitcode", *self.of)

    def apply(self) -> Sample:
        return sample(self.client, self.slow, "apply", "--yes", *self.of)

    def change_memory(self) -> Sample:
        self.memory = 512 if self.memory != 512 else 768
        self.project.edit(STACK, lambda stack: stack["functions"]["transform"].update(memory=self.memory))
        return self.apply()

    def destroy(self) -> Sample:
        return sample(self.client, self.slow, "destroy", "--yes", *self.of)


class Script:
    """The script, through the same proxy, in another account."""

    def __init__(self, slow: SlowAws, layer: Path):
        self.slow, self.aws, self.layer = slow, Aws(), layer

    def __call__(self, command: str) -> Took:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | {
            "AWS_ENDPOINT_URL": self.slow.url, "AWS_ACCESS_KEY_ID": self.aws.account, "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        self.slow.fresh()
        command_line = [sys.executable, str(HERE / "boto3_stack.py"), command, str(ROOT / "handlers"), str(self.layer)]
        return took(command_line, environment, ROOT).exits(0)


@contextmanager
def slow_aws(delay: float = DELAY):
    with SlowAws(LOCAL, delay) as slow:
        yield slow


def published_layer(aws: Aws, directory: Path) -> Path:
    """The zip that etlctl made, so that both send the same."""
    layer = aws("lambda").list_layers()["Layers"][0]
    told = aws("lambda").get_layer_version(LayerName=layer["LayerName"], VersionNumber=layer["LatestMatchingVersion"]["Version"])
    path = directory / "layer.zip"
    with urllib.request.urlopen(told["Content"]["Location"], timeout=30) as answer:
        path.write_bytes(answer.read())
    return path


def measure(say) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        values = alone(Path(directory), say) | both(Path(directory), say)
        shipped = Client(Etlctl(Aws(), Project(Path(directory) / "shipped"), LOCAL))
        checks = [shipped("validate", "--quiet").exits(0).wall for _ in range(5)]
    versions = [took([str(binary()), "--version"], dict(os.environ), ROOT).exits(0).wall for _ in range(20)]
    return Measured(values | {
        "validate.ms": min(checks) * 1000, "version.ms": min(versions) * 1000, "binary.size": binary().stat().st_size / 1e6})


def alone(directory: Path, say) -> dict[str, float]:
    with slow_aws() as slow:
        live = Live(directory, slow, pace="aws")
        # Installs what the layer needs, which is measured nowhere.
        live.apply()
        script = Script(slow, published_layer(live.aws, directory))
        live.destroy()
        taken: dict[str, list[Sample]] = {verb: [] for verb in ("apply", "plan", "memory", "destroy")}
        scripted: dict[str, list[Took]] = {verb: [] for verb in ("apply", "plan", "destroy")}
        for _ in range(TIMES):
            taken["apply"].append(live.apply())
            scripted["apply"].append(script("apply"))
            for _ in range(TIMES):
                taken["plan"].append(live.plan())
                scripted["plan"].append(script("plan"))
            taken["memory"] += [live.change_memory(), live.change_memory()]
            taken["destroy"].append(live.destroy())
            scripted["destroy"].append(script("destroy"))
    for verb, samples in taken.items():
        shortest = min(samples, key=lambda one: one.chain)
        say(f"{verb}: {shortest.count} calls, chain {shortest.chain}: {shortest}")
    for verb, runs in scripted.items():
        say(f"boto3 {verb}: {min(run.wall for run in runs):.2f} s")
    return figures(taken, scripted)


def figures(taken: Mapping[str, list[Sample]], scripted: Mapping[str, list[Took]]) -> dict[str, float]:
    values: dict[str, float] = {}
    for verb, samples in taken.items():
        values |= {
            f"{verb}.calls": least(samples, lambda one: one.count), f"{verb}.chain": least(samples, lambda one: one.chain),
            f"{verb}.wall": least(samples, lambda one: one.took.wall)}
    for verb in ("plan", "apply"):
        values[f"{verb}.ratio"] = min(run.wall for run in scripted[verb]) / values[f"{verb}.wall"]
    for verb in ("apply", "memory"):
        values[f"{verb}.wall"] -= PENDING_SECONDS
    values["memory.writes"] = max(one.writes for one in taken["memory"])
    values["plan.peak"] = max(one.took.peak_mb for one in taken["plan"])
    return values


def both(directory: Path, say) -> dict[str, float]:
    with slow_aws() as slow:
        live = Live(directory, slow, pace="aws", only="")
        live.apply()
        samples = [live.plan() for _ in range(TIMES)]
        live.destroy()
    say(f"plan of both stacks: {min(samples, key=lambda one: one.chain)}")
    return {"both.calls": least(samples, lambda one: one.count), "both.chain": least(samples, lambda one: one.chain),
            "both.wall": least(samples, lambda one: one.took.wall)}
