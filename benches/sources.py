"""Packaging: one function with 50 MB of sources in 20,000 files, at first and when nothing has changed."""

import os
import shutil
import tempfile
from pathlib import Path

import shapes
from client import Client, took
from harness import LOCAL, Aws, Etlctl
from one_stack import DELAY
from samples import sample
from slow_aws import PENDING_SECONDS, SlowAws
from tables import Measured

TIMES = 5


def measure(say) -> Measured:
    find = shutil.which("find")
    assert find, "there is no `find` to compare with"
    with tempfile.TemporaryDirectory() as name, SlowAws(LOCAL, DELAY) as slow:
        directory = Path(name)
        clients = []
        for folder, files, size in (("large", shapes.FILES, shapes.BYTES), ("small", 1, 2_500)):
            project = shapes.of_files(directory / folder, files, size)
            # A cache of its own, which is empty at first.
            cache = {"ETLCTL_CACHE_DIR": str(directory / f"cache-{folder}")}
            clients.append(Client(Etlctl(Aws(), project, slow.url), env=cache))
        cold, _ = (sample(client, slow, "apply", "--env", "dev", "--yes") for client in clients)
        # What is as old as the files themselves may be hashed once more.
        [sample(client, slow, "plan", "--env", "dev") for client in clients]
        plans = [[sample(client, slow, "plan", "--env", "dev", "--detailed-exitcode") for client in clients] for _ in range(TIMES)]
        finds = [took([find, "work", "-type", "f", "-printf", "%s %T@ %i\\n"], dict(os.environ), directory / "large").exits(0)
                 for _ in range(TIMES)]
    walk = min(one.cpu for one in finds)
    cpu, wall = (min(of(one) for one, _ in plans) - min(of(one) for _, one in plans)
                 for of in (lambda one: one.took.cpu, lambda one: one.took.wall))
    say(f"find: {walk * 1000:.0f} ms of the processor; a plan takes {cpu * 1000:.0f} more than one of a single file")
    return Measured({"cold.wall": cold.took.wall - PENDING_SECONDS, "cold.cpu": cold.took.cpu, "warm.wall": wall * 1000,
            "warm.cpu": cpu * 1000, "find.cpu": walk * 1000, "warm.ratio": cpu / walk})
