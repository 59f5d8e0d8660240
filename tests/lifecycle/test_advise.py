"""What `etlctl advise` makes of what ran: lines and points that the tests lay,
over 13 days, and one function that really runs at two sizes. Rows are those
of the figures that the model is tested against."""

import itertools
import json
import signal
import time
import uuid

import pytest

from faults import Altered, Faulty, Hang, Refused, Rule
from harness import ENDPOINT, Aws, Etlctl, Project

HEAD = """\
stack: advice
region: us-east-1
environments: { dev: {} }
naming: "advice-${name}-${env}"
defaults:
  function: { source: ../handlers/work, runtime: python3.13, handler: index.handler, memory: 3008, timeout: 300s }
functions:
"""
FUNCTIONS = {
    "steady": "{}",
    "sizes": "{ memory: 1024 }",
    "killed": "{ memory: 512, timeout: 60s }",
    "slow": "{ memory: 1024, timeout: 5s }",
    "few": "{}",
    "quiet": "{ logging: { format: JSON, system_level: WARN } }",
    "json": "{ logging: { format: JSON } }",
    "snap": "{ logging: { log_group: /etl/shared } }",
    "absent": "{}",
}
DAY = 86_400_000


def report(duration, memory, used, billed=None, rest=""):
    billed = billed or -(-int(duration * 100) // 100)
    return (f"REPORT RequestId: {uuid.uuid4()}\tDuration: {duration:.2f} ms\tBilled Duration: {billed} ms\t"
            f"Memory Size: {memory} MB\tMax Memory Used: {used} MB\t{rest}\n")


def report_json(duration, memory, used, status="success"):
    metrics = {"durationMs": duration, "billedDurationMs": int(duration) + 1, "memorySizeMB": memory, "maxMemoryUsedMB": used}
    return json.dumps({"time": "2026-11-20T08:42:44.080Z", "type": "platform.report",
                       "record": {"requestId": str(uuid.uuid4()), "status": status, "metrics": metrics}})


def lay(aws, group, lines, version="1", name="", days=13):
    """Lines over so many days up to now, in order."""
    logs = aws("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    stream = f"2026/11/12/{name}[{version}]{uuid.uuid4().hex}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    step = days * DAY // len(lines)
    events = [{"timestamp": now - days * DAY + at * step, "message": line} for at, line in enumerate(lines)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("advise"))
    for file in (project.dir / "desired-state").glob("*.yaml"):
        file.unlink()
    project.write("handlers/work/index.py", HANDLER)
    project.write("desired-state/advice.yaml", HEAD + "".join(f"  {key}: {text}\n" for key, text in FUNCTIONS.items()))
    etlctl = Etlctl(Aws(), project)
    aws = etlctl.aws
    group = "/aws/lambda/advice-{}-dev".format
    lay(aws, group("steady"), [report(800, 3008, 412) for _ in range(1_200)] + ["a line of its own", "REPORT RequestId: me"])
    lay(aws, group("sizes"), [report(800, 3008, 200) for _ in range(60)], version="1")
    lay(aws, group("sizes"), [report(1_100, 1024, 200) for _ in range(60)], version="2", days=5)
    lay(aws, group("killed"), [report(900, 512, 200) for _ in range(60)] + [report(950, 512, 512, rest="Status: error\tError Type: Runtime.OutOfMemory")])
    lay(aws, group("slow"), [report(900, 1024, 100) for _ in range(60)] + [report(5_000, 1024, 100, 5_579, "Init Duration: 578.07 ms\tStatus: timeout\t")])
    lay(aws, group("few"), [report(800, 3008, 100) for _ in range(12)])
    lay(aws, group("quiet"), [report_json(800, 3008, 100, "failure") for _ in range(80)])
    lay(aws, group("json"), [report_json(147.156, 3008, 91) for _ in range(100)])
    restored = "Restore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t"
    lay(aws, "/etl/shared", [report(306.34, 3008, 155, 610, restored) for _ in range(60)], name="advice-snap-dev", version="7")
    lay(aws, "/etl/shared", [report(9_000, 3008, 3_000) for _ in range(60)], name="somebody-else")
    points = [("Invocations", 100, "Count"), ("Throttles", 1, "Count"), ("Duration", 12_000, "Milliseconds")]
    now = time.time()
    for day in range(13):
        aws("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[
            {"MetricName": metric, "Dimensions": [{"Name": "FunctionName", "Value": "advice-quiet-dev"}],
             "Timestamp": now - day * 86_400 - 60, "Value": value, "Unit": unit} for metric, value, unit in points])
    return etlctl


HANDLER = """\
import time

def handler(event, context):
    # The share of a CPU that Lambda gives to this size, played by sleeping.
    time.sleep(0.05 + 0.02 * 1769 / int(context.memory_limit_in_mb))
    return {}
"""


@pytest.fixture(scope="module")
def advice(laid):
    document = laid("advise", "--env", "dev", "--format", "json").json
    stack, = document["stacks"]
    return {function["key"]: function for function in stack["functions"]}


def proposals(function):
    return {proposal["field"]: proposal["value"] for proposal in function["proposals"]}


def test_one_size(advice):
    function = advice["steady"]
    assert function["advice"]["calls"] == 1_200 and function["advice"]["used"]["mb"] == 412
    said = proposals(function)
    assert (said["memory"], said["timeout"], said["architecture"]) == ("512", "10s", "arm64")
    assert function["advice"]["confidence"] == "low"
    # Row 26: -81.4 to -52.7 percent, whatever the traffic is, but for the price of requests.
    before, low, high = (float(function["cost"][end]) for end in ("before", "low", "high"))
    assert 0.80 < 1 - low / before < 0.87 and 0.50 < 1 - high / before < 0.54


def test_two_sizes(advice):
    function = advice["sizes"]
    fit = function["advice"]["model"]["fit"]
    # Row 32.
    assert round(fit["waits"], 2) == 387.65 and round(fit["computes"], 2) == 412.35
    assert any(note["note"] == "code_unknown" for note in function["advice"]["notes"])


def test_killed_timed_out_and_json(advice):
    assert proposals(advice["killed"])["memory"] == "768"
    assert proposals(advice["slow"])["timeout"] == "10s" and "memory" not in proposals(advice["slow"])
    assert advice["json"]["advice"]["sizes"][0]["billed"] == 148 and advice["json"]["advice"]["used"]["mb"] == 91


def test_advice_as_markdown_is_a_table_and_no_other_markup(laid):
    lines = laid("advise", "--env", "dev", "--target", "function/steady", "--format", "markdown").out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert lines[0].startswith("### advice · dev") and len(table) == 3
    assert {line.count("|") for line in table} == {9} and "3008 → 512 MB" in table[2], table
    assert "- steady: memory: the best from 512 MB on, which is what was used and a fifth" in lines, lines


def test_a_shared_group_and_snapstart(advice):
    size, = advice["snap"]["advice"]["sizes"]
    assert (size["version"], size["calls"], size["billed"], size["used"]) == ("7", 60, 610, 155)


def test_thin_and_missing_evidence_is_told(laid, advice):
    because = {key: advice[key]["advice"]["memory"]["because"]["reason"] for key in ("few", "quiet", "absent")}
    assert because == {"few": "too_few", "quiet": "only_failures", "absent": "no_log_group"}
    assert proposals(advice["few"]) == {} and proposals(advice["absent"]) == {}
    # Metrics still tell how long calls take.
    assert "memory" not in proposals(advice["quiet"]) and proposals(advice["quiet"])["timeout"] == "30s"
    text = laid("advise", "--env", "dev", "--target", "function/few", "--target", "function/absent").out
    assert "12 calls in 13 d: too few (50)" in text and "there is no log group /aws/lambda/advice-absent-dev" in text


def test_the_retention_ends_the_window(laid):
    group = "/aws/lambda/advice-steady-dev"
    laid.aws("logs").put_retention_policy(logGroupName=group, retentionInDays=7)
    try:
        result = laid("advise", "--env", "dev", "--target", "function/steady")
    finally:
        laid.aws("logs").delete_retention_policy(logGroupName=group)
    assert "14 d asked, 7 d found" in result.out
    result.tells("more than 12 months ago")


def test_files_without_credentials_say_the_same(laid, advice, tmp_path):
    events = laid.aws("logs").filter_log_events(logGroupName="/aws/lambda/advice-steady-dev")["events"]
    (tmp_path / "steady.json").write_text(json.dumps({"events": events}))
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    document = laid("advise", "--env", "dev", "--format", "json", "--from", str(tmp_path / "steady.json"), env=nobody).json
    function, = (one for one in document["stacks"][0]["functions"] if one["key"] == "steady")
    assert function["proposals"] == [one for one in advice["steady"]["proposals"]]
    assert laid("advise", "--env", "dev", "--from", "desired-state/advice.yaml", check=1, env=nobody).code == 1


def test_what_is_denied_is_told_and_fails_nothing(laid):
    denied = Refused(400, "AccessDeniedException", "not authorized")
    rules = [Rule("logs:FilterLogEvents", denied, times=None), Rule("lambda:ListVersionsByFunction", denied, times=None)]
    with Faulty(ENDPOINT, rules) as proxy:
        result = laid.through(proxy)("advise", "--env", "dev", "--target", "function/steady", "--target", "function/quiet")
    assert "these credentials lack logs:FilterLogEvents" in result.out and "lack lambda:ListVersionsByFunction" in result.out
    # What metrics say is still there.
    assert "300 → 30 s" in result.out


def test_a_call_that_fails_is_told_as_that_and_is_no_success(laid):
    rules = [Rule("logs:FilterLogEvents", Refused(400, "InvalidParameterException", "no such range"), times=None)]
    with Faulty(ENDPOINT, rules) as proxy:
        result = laid.through(proxy)("advise", "--env", "dev", "--target", "function/steady", check=1)
    assert "no window found" in result.out and "d found" not in result.out, result
    assert "error: logs:FilterLogEvents" in result.err and "no such range" in result.err, result


@pytest.mark.parametrize("call", ["logs:FilterLogEvents", "cloudwatch:GetMetricData", "lambda:ListVersionsByFunction"])
def test_a_call_that_hangs_is_left_by_the_first_ctrl_c_and_by_timeout(laid, call):
    asked = "advise", "--env", "dev", "--target", "function/steady"
    with Faulty(ENDPOINT, [Rule(call, Hang(), times=None)]) as proxy:
        process = laid.through(proxy).start(*asked)
        deadline = time.monotonic() + 30
        while not any(one.is_of(call, "") for one in list(proxy.calls)) and time.monotonic() < deadline:
            time.sleep(0.05)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert time.monotonic() - begun < 5 and process.returncode == 0, err
        assert "advice" in out and "what was read is used" in err
        begun = time.monotonic()
        result = laid.through(proxy)(*asked, "--timeout", "3s", check=1)
    assert time.monotonic() - begun < 10 and "not finished within 3 s" in result.err, result
    assert "advice" in result.out, "what was read is told"


def test_an_empty_page_with_a_token_is_not_the_end(laid):
    tokens = itertools.count()

    def empty(_):
        return {"events": [], "nextToken": f"more-{next(tokens)}"}

    rules = [Rule("logs:FilterLogEvents", Altered(empty), times=3)]
    with Faulty(ENDPOINT, rules) as proxy:
        document = laid.through(proxy)("advise", "--env", "dev", "--deep", "--format", "json", "--target", "function/json").json
    assert not proxy.unspent()
    assert document["stacks"][0]["functions"][0]["advice"]["calls"] == 100


def test_what_was_read_before_ctrl_c_is_used(laid):
    with Faulty(ENDPOINT, latency=0.2) as proxy:
        process = laid.through(proxy).start("advise", "--env", "dev", "--format", "json", "--target", "function/steady", "--target", "function/few")
        deadline = time.monotonic() + 30
        while sum(call.is_of("logs:FilterLogEvents", "") for call in list(proxy.calls)) < 12 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    few, steady = json.loads(out)["stacks"][0]["functions"]
    read = [function for function in (few, steady) if function["window"]["partial"]]
    assert read and all(proposals(function).get("memory") is None for function in read)


def test_a_function_that_runs_at_two_sizes(laid):
    """b is what the handler computes: 20 ms. What it waits has the local AWS's own time in it."""
    text = HEAD + "  run: {}\n"
    for memory in (1024, 256):
        laid.project.write("desired-state/advice.yaml", text.replace("memory: 3008", f"memory: {memory}"))
        laid.apply()
        for _ in range(50):
            laid.aws("lambda").invoke(FunctionName="advice-run-dev", Payload=b"{}")
    function, = laid("advise", "--env", "dev", "--format", "json").json["stacks"][0]["functions"]
    assert {size["memory"]: size["calls"] for size in function["advice"]["sizes"]} == {1024: 50, 256: 50}
    fit = function["advice"]["model"]["fit"]
    assert 17 <= fit["computes"] <= 23, fit
    laid("destroy", "--env", "dev", "--yes")


def test_more_than_the_budget_is_sampled_and_cuts_no_memory(laid):
    """24,000 lines are more than are read without --deep; the largest is among those that may not be."""
    laid.project.write("desired-state/advice.yaml", HEAD + "  busy: {}\n")
    logs, group, stream = laid.aws("logs"), "/aws/lambda/advice-busy-dev", "2026/11/12/[1]0123abcd"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now, total = int(time.time() * 1000), 24_000
    step = 13 * DAY // total
    for first in range(0, total, 6_000):
        events = [{"timestamp": now - 13 * DAY + nth * step, "message": report(800, 3008, 412 if nth % 4 else 300)} for nth in range(first, first + 6_000)]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    with Faulty(ENDPOINT) as proxy:
        result = laid.through(proxy)("advise", "--env", "dev", "--format", "json")
    function, = result.json["stacks"][0]["functions"]
    searches = sum(call.is_of("logs:FilterLogEvents", "") for call in proxy.calls)
    assert function["window"]["sampled"] and 19_000 <= function["advice"]["calls"] <= 21_000 and searches < 40, (function["window"], searches)
    assert function["advice"]["memory"] == {"verdict": "silent", "because": {"reason": "sampled"}}
    assert not {"memory", "timeout"} & proposals(function).keys(), proposals(function)
    text = laid("advise", "--env", "dev").out
    assert "sampled: lines of " in text and "--deep reads all" in text and "the largest may be among the others" in text, text
    deep, = laid("advise", "--env", "dev", "--deep", "--format", "json").json["stacks"][0]["functions"]
    assert deep["advice"]["calls"] == total and not deep["window"]["sampled"] and proposals(deep)["memory"] == "512"


def test_kills_and_timeouts_that_other_lines_tell(laid):
    laid.project.write("desired-state/advice.yaml", HEAD + "  dying: { memory: 512, timeout: 5s }\n  late: { memory: 512, timeout: 5s }\n")
    request = str(uuid.uuid4())
    lines = [report(900, 512, 200) for _ in range(60)]
    killed = f"RequestId: {request} Error: Runtime exited with error: signal: killed"
    lay(laid.aws, "/aws/lambda/advice-dying-dev", lines + [killed])
    cut = report(5_000, 512, 200)
    late = cut.split()[2]
    lay(laid.aws, "/aws/lambda/advice-late-dev", lines + [f"2026-11-20T08:42:44.080Z {late} Task timed out after 5.00 seconds", cut])
    functions = {one["key"]: one for one in laid("advise", "--env", "dev", "--format", "json").json["stacks"][0]["functions"]}
    assert functions["dying"]["advice"]["killed"] == 1 and proposals(functions["dying"])["memory"] == "768"
    assert functions["late"]["advice"]["timed_out"] == 1 and proposals(functions["late"])["timeout"] == "10s"


def test_lambda_insights_only_raises_what_was_used(laid):
    """Its extension measures what reports may say too low; what it says below them counts for nothing."""
    laid.project.write("desired-state/advice.yaml", HEAD + "  higher: {}\n  lower: {}\n")
    for name, used in (("higher", 900), ("lower", 100)):
        lay(laid.aws, f"/aws/lambda/advice-{name}-dev", [report(800, 3008, 412) for _ in range(60)])
        laid.aws("cloudwatch").put_metric_data(Namespace="LambdaInsights", MetricData=[
            {"MetricName": "used_memory_max", "Dimensions": [{"Name": "function_name", "Value": f"advice-{name}-dev"}],
             "Timestamp": time.time() - 86_400, "Value": used, "Unit": "Megabytes"}])
    functions = {one["key"]: one for one in laid("advise", "--env", "dev", "--format", "json").json["stacks"][0]["functions"]}
    assert functions["higher"]["advice"]["used"]["mb"] == 900 and proposals(functions["higher"])["memory"] == "1280"
    assert functions["lower"]["advice"]["used"]["mb"] == 412 and proposals(functions["lower"])["memory"] == "512"
