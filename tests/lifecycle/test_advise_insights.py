"""`etlctl advise --insights`: calls counted by Logs Insights. The local AWS
answers queries with raw lines, so that rows of the shape that GetQueryResults
has (fields and values, both text) are given here in its place."""

import json
import signal
import threading
import time

import pytest

from faults import Altered, Faulty, Refused, Rule
from harness import ENDPOINT, Aws, Etlctl, Project
from test_advise import HEAD, lay, proposals, report

FUNCTION = "advice-counted-dev"
ADVISE = ("advise", "--env", "dev", "--insights", "--format", "json")
DAY = 86_400_000


def row(memory, calls, time_each, used, version="1", **more):
    """A row of the query: calls of one version and size within 2 % of a time."""
    now = int(time.time() * 1000)
    fields = {"version": version, "mb": memory, "step": 334, "lines": calls, "calls": calls, "total": time_each * calls, "longest": time_each * 1.01,
              "paid": round(time_each) * calls, "most": f"{used}.0", "filled": 0, "began": now - 13 * DAY, "ended": now - 1000,
              "late": 0, "starved": 0, "exited": 0, "killed": 0, "json": 0, "succeeded": 0} | more
    return [{"field": name, "value": str(value)} for name, value in fields.items()]


def completed(rows, status="Complete"):
    return {"status": status, "results": list(rows), "statistics": {"recordsMatched": float(len(rows)), "recordsScanned": 9.0, "bytesScanned": 900.0}}


def sent(call):
    return json.loads(call.text.split("\n", 1)[1])


def seconds_of(query):
    # Both ends belong to the range.
    return query["endTime"] - query["startTime"] + 1


class CutOnce:
    """One answer over a time that `fits`, in seconds, holds the most that an answer can; the others hold nothing.
    Days of UTC begin and end within the window, so that the first and the last are of any length."""

    def __init__(self, fits):
        self.fits, self.ids, self.cut, self.lock = fits, set(), [], threading.Lock()

    def rules(self):
        return [Rule(name, self, times=None) for name in ("logs:StartQuery", "logs:GetQueryResults")]

    def meet(self, proxy, call, ask):
        status, headers, content = ask()
        asked, document = sent(call), json.loads(content)
        with self.lock:
            if call.operation == "StartQuery":
                if self.fits(seconds_of(asked)):
                    self.ids.add(document["queryId"])
                return status, headers, content
            held = asked["queryId"] in self.ids and not self.cut
            self.cut += [asked["queryId"]] * held
        rows = [row(1024, 1, 100 + nth, 100) for nth in range(10_000)] if held else []
        return status, headers, json.dumps(completed(rows)).encode()


def answered(*rows, status="Complete"):
    """The first query's answer holds these; the others, of other days, hold nothing."""
    left = [list(rows)]

    def change(document):
        found = left.pop() if left and status == "Complete" else []
        return completed(found, status)

    return Rule("logs:GetQueryResults", Altered(change), times=None)


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("insights"))
    for file in (project.dir / "desired-state").glob("*.yaml"):
        file.unlink()
    project.write("handlers/work/index.py", "def handler(event, context):\n    return {}\n")
    project.write("desired-state/advice.yaml", HEAD + "  counted: {}\n")
    etlctl = Etlctl(Aws(), project)
    lay(etlctl.aws, f"/aws/lambda/{FUNCTION}", [report(800, 3008, 412) for _ in range(60)])
    return etlctl


def advised(etlctl, rules, *options, check=True, args=ADVISE):
    with Faulty(ENDPOINT, rules) as proxy:
        result = etlctl.through(proxy)(*args, *options, check=check)
    return result, proxy


def test_its_price_is_told_and_has_to_be_agreed_to(counted):
    result, proxy = advised(counted, [], check=False)
    assert result.code == 64 and "--yes" in result.err, result
    result.tells("Logs Insights scans", "1 log group", "$0.005 a GB", "as of 2024-07-01")
    assert not [call for call in proxy.calls if call.operation == "StartQuery"], "nothing is queried before"
    counted("advise", "--env", "dev", "--yes", check=64)
    counted("advise", "--env", "dev", "--insights", "--deep", check=64)


def test_rows_decide_as_lines_do(counted):
    result, proxy = advised(counted, [answered(row(3008, 1_200, 800, 412))], "--yes")
    function, = result.json["stacks"][0]["functions"]
    said = proposals(function)
    # As test_advise's `steady`, whose lines are the same calls.
    assert (said["memory"], said["timeout"], said["architecture"]) == ("512", "10s", "arm64"), said
    assert function["advice"]["calls"] == 1_200 and not function["window"]["sampled"] and not function["window"]["partial"]
    assert "reserved_concurrency" not in said, "nothing tells how many ran at once"
    assert any(note["note"] == "counted" for note in function["advice"]["notes"])
    queries = [call for call in proxy.calls if call.operation == "StartQuery"]
    assert 14 <= len(queries) <= 16, "a day each"


def test_two_sizes_kills_and_timeouts_in_rows(counted):
    two = [row(3008, 60, 800, 200), row(1024, 60, 1_100, 200, version="2")]
    function, = advised(counted, [answered(*two)], "--yes")[0].json["stacks"][0]["functions"]
    fit = function["advice"]["model"]["fit"]
    assert abs(fit["waits"] - 387.65) < 8 and abs(fit["computes"] - 412.35) < 8, fit
    dead = [row(512, 60, 900, 400), [{"field": "version", "value": "1"}, {"field": "lines", "value": "2"}, {"field": "calls", "value": "0"}, {"field": "killed", "value": "2"}]]
    function, = advised(counted, [answered(*dead)], "--yes")[0].json["stacks"][0]["functions"]
    assert function["advice"]["killed"] == 2 and function["advice"]["memory"]["why"] == {"reason": "killed", "size": 512, "calls": 2}
    late = row(1024, 60, 5_000, 100, late=3)
    function, = advised(counted, [answered(late)], "--yes")[0].json["stacks"][0]["functions"]
    assert function["advice"]["timed_out"] == 3 and "memory" not in proposals(function)


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout"])
def test_a_query_that_fails_is_no_lack_of_evidence(counted, status):
    result, _ = advised(counted, [answered(status=status)], "--yes", check=1)
    function, = result.json["stacks"][0]["functions"]
    assert function["advice"]["memory"]["because"]["reason"] == "unread" and f"ended as {status}" in result.out, result


def test_rows_of_another_query_and_missing_rights_fail(counted):
    raw = [{"field": "@message", "value": report(800, 3008, 412)}, {"field": "@ptr", "value": "x"}]
    assert "not what the query asks for" in advised(counted, [answered(raw)], "--yes", check=1)[0].out
    denied = Refused(400, "AccessDeniedException", "not authorized")
    result, _ = advised(counted, [Rule("logs:StartQuery", denied, times=None)], "--yes", check=1)
    assert '"right": "logs:StartQuery"' in result.out, result


def test_an_answer_that_is_cut_is_asked_for_in_halves(counted):
    fault = CutOnce(lambda seconds: seconds == DAY // 1000)
    result, proxy = advised(counted, fault.rules(), "--yes")
    spans = sorted(seconds_of(sent(call)) for call in proxy.calls if call.operation == "StartQuery")
    assert fault.cut and spans.count(DAY // 2000) >= 2 and 16 <= len(spans) <= 17, spans
    # The window is of whole seconds around its 14 days.
    assert 0 <= sum(spans) - 15 * DAY // 1000 <= 1, "the window once, and one day of it again"
    assert result.json["stacks"][0]["functions"][0]["advice"]["calls"] == 0, "what was cut is no evidence"


def test_an_answer_that_is_cut_over_less_than_two_hours_is_a_failure(counted):
    fault = CutOnce(lambda seconds: seconds <= 7_000)
    result, _ = advised(counted, fault.rules(), "--since", "1h", "--yes", check=1)
    assert fault.cut and "more than 10000 kinds of calls" in result.out and "an hour" not in result.out, result


def test_ctrl_c_stops_the_queries(counted):
    with Faulty(ENDPOINT, [answered(status="Running")]) as proxy:
        process = counted.through(proxy).start(*ADVISE, "--yes")
        deadline = time.monotonic() + 30
        while sum(call.operation == "GetQueryResults" for call in list(proxy.calls)) < 8 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    operations = [call.operation for call in proxy.calls]
    assert operations.count("StopQuery") == operations.count("StartQuery") > 0
    function, = json.loads(out)["stacks"][0]["functions"]
    assert function["window"]["partial"] and not proposals(function)


def test_the_rights_for_it_are_those_of_advise(counted):
    printed = json.dumps(counted("permissions", "--for", "advise", "--env", "dev", "--account", "111122223333").json)
    for right in ("logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery"):
        assert right in printed
    assert "StartQuery" not in json.dumps(counted("permissions", "--for", "apply", "--env", "dev", "--account", "111122223333").json)
