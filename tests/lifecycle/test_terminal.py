"""What a terminal shows of plans and applies: how far it is, on lines that fit."""

import re

import pytest
from bench import Bench
from terminal import lines, watch

STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
tags: { Team: data, CostCenter: "4711" }
queues:
  a-queue-with-quite-a-long-name-one: {}
  a-queue-with-quite-a-long-name-two: {}
  a-queue-with-quite-a-long-name-three: {}
topics:
  alerts: { display_name: All that anybody has to know of what went wrong today and is still wrong }
functions:
  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, log_retention: 7d }
"""
APPLY = ["apply", "--yes"]


@pytest.mark.parametrize("columns", [80, 60])
def test_plan_and_progress_fit_and_count(tmp_path, columns):
    bench = Bench(tmp_path, STACK)
    run = watch(bench.etlctl, *APPLY, columns=columns)
    assert run.code == 0, run
    shown = lines(run.out, columns)
    # Seven steps: each ends with how many have, and one line says what the end waits for.
    ended = [re.search(r"\((\d)/7\)$", line) for line in shown]
    assert [int(found.group(1)) for found in ended if found] == [1, 2, 3, 4, 5, 6, 7], shown
    assert any(re.search(r"^ *[0-6]/7 · \d running · the end waits for ", line) for line in shown), shown
    words = [word for line in shown for word in line.split()]
    assert "queue/a-queue-with-quite-a-long-name-three" in words, "no address is broken that fits on a line"


def test_equal_changes_are_one_block_that_fits(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(STACK.replace("4711", "4712").replace("log_retention: 7d", "log_retention: 14d"))
    run = watch(bench.etlctl, "plan", columns=60, env={"NO_COLOR": "1"})
    shown = lines(run.out, 60)
    (at,) = [nth for nth, line in enumerate(shown) if "tags.CostCenter" in line]
    assert shown[at] == '  ~ tags.CostCenter: "4711" → "4712" on 7 resources', shown
    assert all(len(line) <= 60 for line in shown), shown
    below = " ".join(shown[at + 1:]).split("~")[0]
    assert below.count(",") == 6 and "topic/alerts" in below and "function/work" in below, shown
    assert "retention: 7d → 14d" in run.out and run.out.count("CostCenter") == 1 and "~ topic/alerts" not in run.out, run


def test_a_dumb_terminal_and_a_pipe_get_a_line_a_step(tmp_path):
    for name, run in (
        ("dumb", lambda bench: watch(bench.etlctl, *APPLY, columns=80, term="dumb")),
        ("ci", lambda bench: watch(bench.etlctl, *APPLY, columns=80, env={"CI": "true"})),
    ):
        told = run(Bench(tmp_path / name, STACK))
        steps = [line for line in told.out.replace("\r\n", "\n").splitlines() if re.search(r"\(\d/7\)", line)]
        assert told.code == 0 and len(steps) == 7, told
        assert "running" not in told.out and not re.search(r"\x1b\[[0-9]*[A-KJ]", told.out), f"{name}: nothing is drawn over\n{told}"
