"""Whole runs, word for word: every verb over the life of a stack with one resource of each kind, and an apply
that fails. What differs from run to run (account, port, times, counts of calls) is filtered; UPDATE_CASES=1
writes what is printed now to transcripts/."""

import difflib
import itertools
import os
import re
from pathlib import Path

from bench import Bench
from faults import Refused, Rule
from harness import ENDPOINT, LOCAL

FOLDER = Path(__file__).parent / "transcripts"
STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {}, prod: { protected: true } }
naming: "tiny-${name}-${instance}"
variables: { memory: 256 }
tags: { Team: data }
queues:
  dlq: { message_retention: 14d }
topics:
  alerts: {}
layers:
  shared: { source: ../handlers/work }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: ${memory}
    layers: [shared]
    dead_letter_queue: dlq
    alias: live
    environment: { LEVEL: INFO, DB_PASSWORD: hunter2 }
    log_retention: 7d
    role: { policies: { dlq: [{ actions: [sqs:SendMessage], resources: ["${queues.dlq.arn}"] }] } }
alarms:
  errors:
    function: work
    metric: Errors
    statistic: Sum
    period: 5m
    comparison: GreaterThanThreshold
    threshold: 1
    alarm_actions: [alerts]
outputs:
  layer: ${layers.shared.arn}
  url: ${queues.dlq.url}
"""
VOLATILE = [
    (r"\d+ AWS calls, \d+\.\d s", "N AWS calls, T s"),
    (r"(created|updated|replaced|deleted|adopted|released) \d+\.\d s", r"\1 T s"),
    (r"\(\d+/(\d+)\)", r"(n/\1)"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r'"elapsed_ms": \d+', '"elapsed_ms": 0'),
    (r'"calls": \d+', '"calls": 0'),
]


class Scribe:
    """Runs commands and notes all that they print."""

    def __init__(self, directory):
        self.bench, self.file, self.text = Bench(directory, STACK), STACK, ""

    def run(self, *args, rules=None):
        if rules is None:
            run, url = self.bench.calmly(args), ENDPOINT
        else:
            run, proxy = self.bench.run(args, rules)
            url = proxy.url
        clean = lambda text: text.replace(url, "ENDPOINT").replace(LOCAL, "ENDPOINT").replace(self.bench.account, "111122223333")
        self.text += f"$ etlctl {' '.join(args)}\n{clean(run.out)}"
        if run.err:
            self.text += f"--- stderr\n{in_order(clean(run.err))}"
        self.text += f"--- exit {run.code}\n\n"

    def edit(self, old, new):
        assert old in self.file, old
        self.file = self.file.replace(old, new)
        self.bench.project.stack(self.file)
        self.text += f"# {old.strip()} → {new.strip()}\n\n"

    def settled(self, name):
        text = self.text.rstrip("\n") + "\n"
        for pattern, constant in VOLATILE:
            text = re.sub(pattern, constant, text)
        path = FOLDER / f"{name}.txt"
        if os.environ.get("UPDATE_CASES"):
            path.write_text(text)
        before = path.read_text()
        changes = difflib.unified_diff(before.splitlines(), text.splitlines(), "expected", "found", lineterm="")
        assert before == text, "\n".join(changes)


def in_order(text):
    """Steps run side by side: lines of progress are told in the order of their addresses."""
    runs = itertools.groupby(text.splitlines(), key=lambda line: line.startswith(("  ✓ ", "  ✗ ", "  ○ ", "  - ", "  … ")))
    lines = [line for is_progress, some in runs for line in (sorted(some) if is_progress else some)]
    return "".join(f"{line}\n" for line in lines)


def test_the_life_of_a_stack(tmp_path):
    scribe = Scribe(tmp_path)
    for purpose in ("plan", "apply", "destroy"):
        scribe.run("permissions", "--for", purpose)
    scribe.run("graph")
    scribe.run("graph", "--format", "mermaid")
    scribe.run("validate")
    scribe.run("plan")
    scribe.run("apply", "--yes")
    scribe.run("outputs")
    scribe.run("plan", "--detailed-exitcode")
    scribe.edit("memory: 256", "memory: 512")
    scribe.edit("hunter2", "hunter3")
    scribe.edit("threshold: 1", "threshold: 2")
    scribe.edit("actions: [sqs:SendMessage]", "actions: [sqs:SendMessage, sqs:GetQueueUrl]")
    scribe.run("plan", "--format", "json")
    scribe.run("apply", "--yes")
    scribe.edit("topics:\n  alerts: {}\n", "")
    scribe.edit("    alarm_actions: [alerts]\n", "")
    scribe.run("apply", "--yes")
    scribe.run("plan", "--set", "nope=1")
    scribe.run("destroy", "--env", "prod", "--yes")
    scribe.run("destroy", "--yes")
    scribe.run("plan", "--destroy")
    scribe.settled("life")


def test_a_stack_that_fails(tmp_path):
    scribe = Scribe(tmp_path)
    unliked = Refused(400, "InvalidParameterValueException", "the handler is not to our liking")
    untaken = Refused(400, "InvalidParameter", "the topic is not to our liking")
    scribe.run("apply", "--yes", rules=[Rule("lambda:CreateFunction", unliked), Rule("sns:CreateTopic", untaken)])
    denied = Refused(403, "AccessDenied", "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: iam:ListRoles")
    scribe.run("plan", rules=[Rule("iam:ListRoles", denied, times=None)])
    scribe.edit("environments: { dev: {}", "environmentz: { dev: {}")
    scribe.run("plan")
    scribe.edit("environmentz: { dev: {}", "environments: { dev: {}")
    scribe.run("outputs", "layer")
    scribe.run("destroy", "--yes")
    scribe.settled("failure")
