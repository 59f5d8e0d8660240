"""A schedule, a rule and a state machine whose apply is killed between any two writes: run again, each is there
once and as the file says, and after a destroy nothing of them is."""

import signal

import pytest

from bench import Bench
from harness import ENDPOINT
from proxy import Proxy
from stacks import APPLY, HEAD

FUNCTION = """\
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
TRIGGERS
"""
BEFORE = HEAD + FUNCTION.replace("TRIGGERS", """\
    triggers:
      - schedule: rate(1 hour)
      - event: { source: [shop] }
""") + """\
state_machines:
  flow: { source: flow.asl.json, substitutions: { Work: "${functions.work.arn}" } }
"""
AFTER = BEFORE.replace("rate(1 hour)", "cron(0 2 * * ? *)").replace("[shop]", "[shop, store]").replace("flow: { ", "flow: { tracing: true, ")
WITHOUT = HEAD + FUNCTION.replace("TRIGGERS\n", "")
FLOW = '{ "StartAt": "One", "States": { "One": { "Type": "Task", "Resource": "${Work}", "End": true } } }\n'
PHASES = {"create": (None, BEFORE), "change": (BEFORE, AFTER), "take away": (AFTER, WITHOUT)}
SHARES = [0.0, 0.4, 0.8]


def begun(directory, before, after):
    bench = Bench(directory, before or after)
    bench.project.write("desired-state/flow.asl.json", FLOW)
    if before:
        bench.calmly(APPLY).exits(0)
        bench.project.stack(after)
    return bench


def standing(bench):
    aws = bench.aws
    groups = [group["Name"] for group in aws("scheduler").list_schedule_groups()["ScheduleGroups"] if group["Name"] != "default"]
    schedules = [one["ScheduleExpression"] for group in groups
                 for name in aws("scheduler").list_schedules(GroupName=group)["Schedules"]
                 for one in [aws("scheduler").get_schedule(GroupName=group, Name=name["Name"])]]
    rules = [rule["EventPattern"] for rule in aws("events").list_rules()["Rules"]]
    return schedules, rules, [machine["name"] for machine in aws("stepfunctions").list_state_machines()["stateMachines"]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """By phase: how many writes it takes, and what then stands."""
    found = {}
    for phase, sides in PHASES.items():
        bench = begun(tmp_path_factory.mktemp("calm"), *sides)
        run, proxy = bench.run(APPLY)
        run.exits(0)
        found[phase] = len(proxy.writes), standing(bench)
    return found


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("share", SHARES)
def test_killed_between_two_writes_it_goes_on_from_there(tmp_path, undisturbed, phase, share):
    bench = begun(tmp_path, *PHASES[phase])
    writes, wanted = undisturbed[phase]
    last, killed = 1 + int(share * writes), []
    with Proxy(ENDPOINT) as proxy:
        def kill(call):
            if call.writes and len(proxy.writes) >= last and not killed:
                killed.append(call)
                process.send_signal(signal.SIGKILL)
                process.wait()
            return bool(killed)

        proxy.after = kill
        process = bench.etlctl.through(proxy).start(*APPLY)
        process.communicate(timeout=120)
    assert killed, "it ended before"
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    assert standing(bench) == wanted
    bench.calmly(["destroy", "--yes", "--allow-loss", "all"]).exits(0)
    assert standing(bench) == ([], [], [])
