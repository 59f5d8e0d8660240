"""`etlctl logs` of one, several and all, and what `etlctl invoke` tells of a call."""

import json
import re
import threading
import time

import pytest

from bench import Bench
from faults import Altered, Lost, Refused, Rule
from stacks import HEAD

HANDLER = """\
exports.handler = async (event) => {
  console.log('SAID ' + (event.say || 'nothing'));
  if (event.fail) throw new Error('told to fail');
  return { said: event.say };
};
"""
FUNCTION = """\
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    log_retention: 7d
    role: { managed_policies: [service-role/AWSLambdaBasicExecutionRole] }
"""
STACK = HEAD + "functions:\n  one:\n" + FUNCTION + "  other-one:\n" + FUNCTION + """\
state_machines:
  flow: { definition: { StartAt: Done, States: { Done: { Type: Succeed } } } }
"""


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.project.write("handlers/work/index.js", HANDLER)
    bench.calmly(["apply", "--yes"]).exits(0)
    return bench


def write(bench, key, *lines, stream="s", group=None):
    """Lines with their ages in seconds."""
    logs, group = bench.aws("logs"), group or f"/aws/lambda/tiny-{key}"
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    now = time.time()
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[
        {"timestamp": int((now - age) * 1000), "message": text} for age, text in lines])


def said(result):
    """Whose line it is, and what it says."""
    return re.findall(r"^(\S+) +\| \S+Z (.*)$", result.out, re.M)


def test_lines_of_all_are_in_the_order_of_their_times(bench):
    write(bench, "one", (50, "first"), (10, "third"))
    write(bench, "other-one", (30, "second\n  with more"), (5, "fourth"))
    result = bench.calmly(["logs"]).exits(0)
    assert said(result) == [("one", "first"), ("other-one", "second"), ("one", "third"), ("other-one", "fourth")], result
    assert "other-one |     with more" in result.out
    assert said(bench.calmly(["logs", "one", "other-one"]).exits(0)) == said(result)
    assert said(bench.calmly(["logs", "one", "function/one", "tiny-other-one"]).exits(0)) == said(result), "each once"


def test_keys_that_are_alike_are_told_apart(bench):
    bench.project.write("desired-state/jobs.yaml", STACK.replace("stack: tiny", "stack: jobs").replace('"tiny-', '"jobs-'))
    bench.calmly(["apply", "--yes", "--stack", "jobs"]).exits(0)
    write(bench, "one", (9, "mine"))
    write(bench, None, (8, "theirs"), group="/aws/lambda/jobs-one")
    write(bench, None, (7, "alone"), group="/aws/lambda/jobs-other-one")
    out = bench.calmly(["logs"]).exits(0).out
    told = {text: label.strip() for label, text in re.findall(r"^(.+?) +\| \S+Z (.*)$", out, re.M)}
    assert (told["mine"], told["theirs"]) == ("tiny function/one", "jobs function/one"), out
    assert bench.calmly(["logs", "other-one", "--stack", "jobs"]).exits(0).out.endswith("Z alone\n")


def test_of_one_no_key_stands_before_a_line(bench):
    write(bench, "one", (5, "alone"))
    out = bench.calmly(["logs", "one"]).exits(0).out
    assert re.fullmatch(r"\S+Z alone\n", out), out


def test_a_pattern_is_looked_for_in_each_line_here(bench):
    write(bench, "one", (9, "an ERROR: timed out"), (8, "all is well"), (7, '{"level":"error","n":1}'))
    result, proxy = bench.run(["logs", "--grep", r"(?i)error.*(timed|\d)"])
    assert [text for _, text in said(result.exits(0))] == ["an ERROR: timed out", '{"level":"error","n":1}'], result
    assert not any("filterPattern" in call.text for call in proxy.calls), "CloudWatch's own would miss parts of words"
    bench.calmly(["logs", "--grep", "nowhere"]).exits(0).tells("no lines with that pattern since", "(10m)")
    bench.calmly(["logs", "--grep", "("]).exits(64).tells("--grep is no regular expression")


def test_where_there_is_nothing_it_says_so(bench):
    result = bench.calmly(["logs", "one", "--since", "1h"]).exits(0).tells("no lines since 20", "(1h)")
    assert result.out == ""


def test_functions_that_share_a_group_are_told_apart_by_their_streams(tmp_path):
    shared = STACK.replace("    log_retention: 7d\n", "    logging: { log_group: tiny-shared }\n") + "log_groups: { shared: { retention: 7d } }\n"
    bench = Bench(tmp_path, shared)
    bench.calmly(["apply", "--yes"]).exits(0)
    write(bench, "", (9, "mine"), stream="2026/11/12/tiny-one[$LATEST]0123abcd", group="tiny-shared")
    write(bench, "", (8, "its"), stream="2026/11/12/tiny-other-one[$LATEST]0123abcd", group="tiny-shared")
    result, proxy = bench.run(["logs"])
    assert said(result.exits(0)) == [("one", "mine"), ("other-one", "its")], result
    assert [call.operation for call in proxy.calls].count("FilterLogEvents") == 1


def test_what_is_not_there_yet_leaves_the_others(bench):
    bench.aws("logs").delete_log_group(logGroupName="/aws/lambda/tiny-one")
    write(bench, "other-one", (5, "here"))
    result = bench.calmly(["logs"]).exits(0).tells("one is not deployed, or has logged nothing")
    assert said(result) == [("other-one", "here")]
    assert bench.calmly(["logs", "one"]).exits(1).tells("not deployed")
    denied = [Rule("logs:FilterLogEvents", Refused(400, "AccessDeniedException", "no"), times=None)]
    bench.run(["logs"], denied)[0].exits(1).tells("logs:FilterLogEvents")
    bench.calmly(["logs", "flow"]).exits(64).tells("logs nothing")


def test_several_are_followed(bench):
    following = bench.etlctl.start("logs", "--follow")
    timer = threading.Timer(60, following.kill)
    timer.start()
    try:
        time.sleep(3)
        write(bench, "one", (0, "late line of one"))
        write(bench, "other-one", (0, "late line of the other"))
        seen = []
        for line in following.stdout:
            seen.append(line)
            if len(seen) == 2:
                break
        assert any("one " in line and "late line of one" in line for line in seen), seen
        assert any("other-one |" in line and "late line of the other" in line for line in seen), seen
    finally:
        timer.cancel()
        following.kill()
        _, err = following.communicate()
    assert "no lines since" in err and "yet" in err


def test_what_comes_late_or_is_of_a_time_to_come_is_shown_and_what_follows_it(bench):
    following = bench.etlctl.start("logs", "one", "--follow")
    timer = threading.Timer(90, following.kill)
    timer.start()
    try:
        time.sleep(3)
        for ages, stream in (((0,), "fast"), ((-3600,), "ahead"), ((-1,), "fast"), ((90,), "slow")):
            write(bench, "one", *((age, f"{stream} {age}") for age in ages), stream=stream)
            time.sleep(3)
        seen = [following.stdout.readline().split(" ", 1)[1].strip() for _ in range(4)]
        assert seen == ["fast 0", "ahead -3600", "fast -1", "slow 90"]
    finally:
        timer.cancel()
        following.kill()
        following.communicate()


def call(bench, event, *args, code=0):
    path = bench.project.dir / "event.json"
    path.write_text(json.dumps(event))
    return bench.calmly(["invoke", "one", "-p", str(path), *args]).exits(code)


def report(answer):
    """What Lambda's own log ends with: a recorded line, since a local AWS makes none up that is whole."""
    import base64
    tail = ("START RequestId: r Version: $LATEST\nSAID x\nREPORT RequestId: r\tDuration: 12.41 ms\tBilled Duration: 213 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 199.80 ms\t\n")
    return base64.b64encode(tail.encode()).decode()


class WithReport:
    """Lambda's answer with the end of such a log."""

    def meet(self, proxy, call, ask):
        status, headers, content = ask()
        headers = [(name, value) for name, value in headers if name.lower() != "x-amz-log-result"]
        return status, [*headers, ("X-Amz-Log-Result", report(content))], content


def test_a_call_tells_what_it_took_and_stdout_is_the_result(bench):
    result, _ = bench.run(["invoke", "one"], [Rule("lambda:Invoke", WithReport())])
    result.exits(0).tells("one: 12 ms, billed 213 ms, 64 of 128 MB used at most, init 200 ms")
    assert json.loads(result.out) == {} and "SAID" not in result.err, result
    quiet, _ = bench.run(["invoke", "one", "--quiet"], [Rule("lambda:Invoke", WithReport())])
    assert quiet.exits(0).err == ""


def test_without_a_report_the_clock_here_tells(bench):
    result, _ = bench.run(["invoke", "one"], [Rule("lambda:Invoke", NoTail())])
    result.exits(0).tells("ms until the answer was here")


class NoTail:
    def meet(self, proxy, call, ask):
        status, headers, content = ask()
        return status, [(name, value) for name, value in headers if name.lower() != "x-amz-log-result"], content


def test_a_failure_shows_the_end_of_the_log(bench):
    result = call(bench, {"say": "so", "fail": True}, code=1).tells("told to fail", "SAID so")
    assert json.loads(result.out)["errorMessage"] == "told to fail"
    assert "SAID" not in call(bench, {"say": "so"}).err
    assert "SAID so" in call(bench, {"say": "so"}, "--tail").err


def test_a_queued_event_asks_for_no_log(bench):
    result, proxy = bench.run(["invoke", "one", "--async"])
    result.exits(0).tells("is queued")
    assert "billed" not in result.err


@pytest.mark.parametrize("args, operation", [
    (["one"], "lambda:Invoke"), (["one", "--async"], "lambda:Invoke"), (["flow"], "states:StartExecution"), (["flow", "--async"], "states:StartExecution"),
])
def test_a_call_whose_answer_is_lost_may_have_run(bench, args, operation):
    result, proxy = bench.run(["invoke", *args], [Rule(operation, Lost())])
    result.exits(1).tells("it may have run all the same", f"look at `etlctl logs {args[0]} --env dev` before it is run again")
    assert "looks at what is there first" not in result.err and len([call for call in proxy.calls if call.name == operation]) == 1, result


@pytest.mark.parametrize("key", ["one", "flow"])
@pytest.mark.parametrize("mark", [None, {"etlctl:stack": "other", "etlctl:env": "prod"}])
def test_what_is_not_this_stacks_is_not_run(bench, key, mark):
    own = ["etlctl:stack", "etlctl:env", "etlctl:instance"]
    if key == "flow":
        states, arn = bench.aws("stepfunctions"), bench.aws.arn("states", "stateMachine:tiny-flow")
        states.untag_resource(resourceArn=arn, tagKeys=own)
        states.tag_resource(resourceArn=arn, tags=[{"key": name, "value": value} for name, value in (mark or {}).items()])
    else:
        arn = bench.aws.arn("lambda", "function:tiny-one")
        bench.aws("lambda").untag_resource(Resource=arn, TagKeys=own)
        bench.aws("lambda").tag_resource(Resource=arn, Tags=mark or {"a": "b"})
    for more in ([], ["--async"]):
        result, proxy = bench.run(["invoke", key, *more])
        result.exits(1).tells(f"(tiny-{key}) {'belongs to other/prod' if mark else 'carries no mark'}", "is not this stack's")
        assert not [call for call in proxy.calls if call.operation in ("Invoke", "StartExecution")]


class Again:
    """The first answer, and that it goes on, whatever is asked."""

    first = None

    def meet(self, proxy, call, ask):
        self.first = self.first or ask()
        status, headers, content = self.first
        return status, headers, json.dumps(json.loads(content) | {"nextToken": "same"}).encode()


def test_a_listing_of_lines_that_leads_round_in_a_circle_ends(bench):
    write(bench, "one", (10, "a line"))

    def same(document):
        document["nextToken"] = "same"

    result, proxy = bench.run(["logs", "one"], [Rule("logs:FilterLogEvents", Altered(same), times=None)], timeout=20)
    result.exits(1).tells("logs:FilterLogEvents", "the listing does not end")
    assert len([call for call in proxy.calls if call.operation == "FilterLogEvents"]) == 2
    history, _ = bench.run(["invoke", "flow"], [Rule("states:GetExecutionHistory", Again(), times=None)], timeout=20)
    history.exits(1).tells("states:GetExecutionHistory", "the listing does not end")
