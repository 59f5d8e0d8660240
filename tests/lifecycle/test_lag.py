"""Reads that lag five seconds behind the writes, of one service and of all: nothing fails, nothing is made twice,
and nothing is taken for done that is not."""

import pytest

from bench import Bench
from harness import ENDPOINT
from lagging import Lagging
from stacks import APPLY, DESTROY, RICH

SECONDS = 5
ALL = "all"
SERVICES = [ALL, *(pytest.param(name, marks=pytest.mark.long) for name in ("lambda", "iam", "sqs", "sns", "logs", "cloudwatch", "tag"))]


@pytest.mark.parametrize("service", SERVICES)
def test_an_apply_an_update_and_a_destroy_end_well(tmp_path, service):
    bench = Bench(tmp_path, RICH)
    with Lagging(ENDPOINT, SECONDS, None if service == ALL else [service]) as proxy:
        through = bench.etlctl.through(proxy)
        # What is read here is what lags.
        through("plan")
        made = through(*APPLY)
        bench.project.stack(RICH.replace("first", "second").replace("log_retention: 7d", "log_retention: 14d"))
        bench.project.write("handlers/work/index.js", "exports.handler = async () => 'second';\n")
        through(*APPLY)
    assert proxy.stale, f"no read lagged\n{made}"
    bench.assert_converged()
    versions = bench.aws("lambda").list_layer_versions(LayerName="tiny-shared")["LayerVersions"]
    assert len(versions) == 2, "one for each content"
    with Lagging(ENDPOINT, SECONDS, None if service == ALL else [service]) as proxy:
        through = bench.etlctl.through(proxy)
        through("plan", "--destroy")
        through(*DESTROY)
    bench.calmly(["plan", "--destroy", "--detailed-exitcode"]).exits(0)
