"""How the processor time grows with the stack, where neither distance nor quotas hold it back."""

import tempfile
from pathlib import Path

import many
import shapes
from client import Client, Took
from goals import GROWN
from harness import LOCAL, Aws, Etlctl
from tables import Measured

SMALL, LARGE, THOUSAND = 100, 400, 1000


def seconds(functions: int) -> dict[str, float]:
    """Of the processor, by command."""
    with tempfile.TemporaryDirectory() as directory:
        taken = many.lived(Path(directory), functions, 0.0, "off")
    return {"validate": min(one.cpu for one in checks(functions))} | {verb: one.took.cpu for verb, one in taken.items()}


def checks(functions: int) -> list[Took]:
    with tempfile.TemporaryDirectory() as directory:
        client = Client(Etlctl(Aws(), shapes.many(Path(directory), functions), LOCAL))
        return [client("validate", "--env", "dev", "--quiet").exits(0) for _ in range(5)]


def measure(say) -> Measured:
    # The small one is short, and so it is the one that others on the machine disturb.
    rounds = [seconds(SMALL) for _ in range(2)]
    small = {verb: min(one[verb] for one in rounds) for verb in GROWN}
    large = seconds(LARGE)
    for verb in GROWN:
        say(f"{verb}: {small[verb]:.2f} s of the processor with {SMALL} functions, {large[verb]:.2f} with {LARGE}")
    thousand = {"validate.thousand": min(one.wall for one in checks(THOUSAND))}
    return Measured(thousand | {key: value for verb in GROWN for key, value in (
        (f"{verb}.small", small[verb]), (f"{verb}.large", large[verb]), (f"{verb}.growth", large[verb] / small[verb]))})
