"""How the processor time grows with the stack, where neither distance nor quotas hold it back."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import many
import shapes
from client import Client
from goals import GROWN
from harness import LOCAL, Aws, Etlctl

SMALL, LARGE = 100, 400


def seconds(functions: int) -> dict[str, float]:
    """Of the processor, by command."""
    with tempfile.TemporaryDirectory() as directory:
        taken = many.lived(Path(directory) / "lived", functions, 0.0, "off")
        client = Client(Etlctl(Aws(), shapes.many(Path(directory) / "checked", functions), LOCAL))
        checks = [client("validate", "--env", "dev", "--quiet").exits(0).cpu for _ in range(3)]
    return {"validate": min(checks)} | {verb: one.took.cpu for verb, one in taken.items()}


def measure(say) -> Mapping[str, float]:
    # The small one is short, and so it is the one that others on the machine disturb.
    rounds = [seconds(SMALL) for _ in range(2)]
    small = {verb: min(one[verb] for one in rounds) for verb in GROWN}
    large = seconds(LARGE)
    for verb in GROWN:
        say(f"{verb}: {small[verb]:.2f} s of the processor with {SMALL} functions, {large[verb]:.2f} with {LARGE}")
    return {key: value for verb in GROWN for key, value in (
        (f"{verb}.small", small[verb]), (f"{verb}.large", large[verb]), (f"{verb}.growth", large[verb] / small[verb]))}
