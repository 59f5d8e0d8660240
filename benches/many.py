"""Stacks of many functions under AWS's quotas: what the quotas cost, and what is spent beyond that."""

import tempfile
from pathlib import Path

import shapes
from client import Client
from harness import LOCAL, Aws, Etlctl
from one_stack import DELAY
from quotas import QUOTAS, fullest
from samples import Sample, sample
from slow_aws import SlowAws
from tables import Measured

READS_A_SECOND, ALARMS_A_SECOND, IAM_A_SECOND = 100, 3, 20
# What a role of these stacks is taken down with: two attachments, a policy, the role.
IAM_CALLS_A_ROLE = 4


def floors(functions: int) -> dict[str, float]:
    """Seconds: each function is read once, and then come the calls of the fullest quota."""
    read = functions / READS_A_SECOND
    alarms = sum(shapes.has_alarm(number) for number in range(functions))
    return {"plan": read, "apply": read + alarms / ALARMS_A_SECOND, "destroy": read + functions * IAM_CALLS_A_ROLE / IAM_A_SECOND}


def lived(directory: Path, functions: int, delay: float, pace: str, quotas=()) -> dict[str, Sample]:
    """Applied from nothing, planned and destroyed."""
    client_of = Etlctl(Aws(), shapes.many(directory, functions))
    with SlowAws(LOCAL, delay, quotas) as slow:
        client = Client(client_of.through(slow), pace=pace)
        taken = {"apply": sample(client, slow, "apply", "--env", "dev", "--yes")}
        # The first search after a write takes the time that the local AWS needs for it.
        sample(client, slow, "plan", "--env", "dev")
        taken["plan"] = sample(client, slow, "plan", "--env", "dev", "--detailed-exitcode")
        taken["destroy"] = sample(client, slow, "destroy", "--env", "dev", "--yes")
    return taken


# What a larger stack is compared with.
SMALL = 100


def under_quotas(functions: int) -> dict[str, Sample]:
    with tempfile.TemporaryDirectory() as directory:
        return lived(Path(directory), functions, DELAY, "aws", QUOTAS)


def measure(functions: int, say) -> Measured:
    taken = under_quotas(functions)
    values, limits = {}, {}
    for verb, floor in floors(functions).items():
        one = taken[verb]
        quota, seconds = fullest(one.names)
        limits[f"{verb}.wall"] = limits[f"{verb}.ratio"] = f"{quota}: {seconds:.1f} s for the calls that were made"
        say(f"{verb} of {functions}: floor {floor:.1f} s; {limits[f'{verb}.wall']}; {one.throttled} throttled")
        values |= {f"{verb}.calls": one.count, f"{verb}.wall": one.took.wall, f"{verb}.ratio": one.took.wall / floor,
                   f"{verb}.cpu": one.took.cpu}
    calls = sum(one.count for one in taken.values())
    if functions > SMALL:
        values["destroy.growth"] = taken["destroy"].took.cpu / under_quotas(SMALL)["destroy"].took.cpu
    return Measured(values | {
        "plan.peak": taken["plan"].took.peak_mb, "throttled": 100 * sum(one.throttled for one in taken.values()) / calls}, limits)
