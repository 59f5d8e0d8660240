"""What is proposed, written into a stack file: the bytes that change, what is left and why, and that the file
then asks for it."""

import pytest

from bench import Bench

STACK = """\
# Ends of lines, quotes and comments stay.
stack: tiny
region: us-east-1
environments: { dev: {}, prod: { variables: { large: 2048 } } }
variables: { large: 3008, patience: 300s }
naming: "tiny-${name}"
queues:
  jobs: { visibility_timeout: 300s }
defaults:
  function: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, memory: 3008, timeout: "${patience}" }
functions:
  plain:
    memory: 3008     # as it was
    reserved_concurrency: '40'
    tags: { kept: "yes" }
  flow: { description: "a, b" }   # from the defaults
  varied:
    memory: ${large}
    description: other
"""


def lines(count=2000):
    """Two weeks of calls of 800 ms that use 412 MB."""
    for nth in range(count):
        yield (f"2026-11-{10 + nth % 14:02}T08:00:{nth % 60:02}.000Z REPORT RequestId: r{nth}\tDuration: 800.00 ms\t"
               "Billed Duration: 800 ms\tMemory Size: 3008 MB\tMax Memory Used: 412 MB\t\n")


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    for name in ("plain", "flow", "varied"):
        bench.project.write(f"{name}.log", "".join(lines()))
    return bench


def written(bench, *options):
    args = [part for name in ("plain", "flow", "varied") for part in ("--from", f"{name}={bench.project.dir / name}.log")]
    run = bench.calmly(["advise", *args, "--write", *options], env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}).exits(0)
    return run, (bench.project.dir / "desired-state/stack.yaml").read_bytes().decode()


def test_only_the_values_change_and_a_second_run_changes_nothing(bench):
    run, text = written(bench)
    before, after = STACK.splitlines(), text.splitlines()
    assert [line for line in before if line not in after] == [
        "    memory: 3008     # as it was", "    reserved_concurrency: '40'", '  flow: { description: "a, b" }   # from the defaults']
    (flow,) = [line for line in after if line.startswith("  flow:")]
    assert "    memory: 512     # as it was" in after and flow.startswith('  flow: { description: "a, b", memory: 512, timeout: ')
    assert flow.endswith(" }   # from the defaults") and "\n    memory: ${large}\n" in text
    (quoted,) = [line for line in after if line.startswith("    reserved_concurrency: '")]
    assert quoted.endswith("'")
    assert "not written: memory: 512 of function/varied: it comes from `large`, which the environment prod sets" in run.err
    assert "-     memory: 3008     # as it was" in run.out and "+     memory: 512     # as it was" in run.out
    bench.calmly(["validate"]).exits(0)
    assert written(bench)[1] == text


def test_json_stays_json_and_the_ends_of_lines_stay(bench):
    path = bench.project.dir / "desired-state/stack.yaml"
    path.write_bytes(STACK.replace("\n", "\r\n").rstrip().encode())
    path.chmod(0o640)
    run, text = written(bench, "--format", "json")
    assert run.json["stacks"][0]["functions"], run
    assert "\n" not in text.replace("\r\n", "") and not text.endswith("\n") and "memory: 512     # as it was\r\n" in text
    assert path.stat().st_mode & 0o777 == 0o640
    assert [child.name for child in path.parent.iterdir()] == ["stack.yaml"]


def test_what_a_rule_would_refuse_is_left(bench):
    """Calls ran into the timeout: twice that is more than the queue's visibility timeout."""
    stack = STACK.replace("  flow: {", '  flow: { event_sources: [{ queue: jobs }], role: "arn:aws:iam::111122223333:role/lambda",')
    bench.project.stack(stack)
    late = "2026-11-23T09:00:00.000Z REPORT RequestId: late\tDuration: 300000.00 ms\tBilled Duration: 300000 ms\t" \
        "Memory Size: 3008 MB\tMax Memory Used: 412 MB\tStatus: timeout\n"
    bench.project.write("flow.log", "".join(lines()) + late)
    run, text = written(bench)
    (flow,) = [line for line in text.splitlines() if line.startswith("  flow:")]
    assert "timeout" not in flow, flow
    assert "not written: timeout: 600s of function/flow: E" in run.err, run
