"""A stack is applied once; then something is changed behind etlctl's back, and
the plan has to show that and nothing else, and apply has to put it back."""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Callable
from unittest.mock import ANY

from harness import Aws, Etlctl, Project
from snapshot import assert_same

ETL, PIPELINE = "lambda-etl", "lambda-etl-optimization"


@dataclass
class Case:
    """`fields` are the paths that the plan shows, with (live, desired); a path
    may end in `*` where its tail is the server's choice."""

    address: str
    what: str
    fields: dict
    mutate: Callable
    stack: str = ETL
    action: str = "update"
    # What changes with it: address and action.
    also: tuple = ()
    # Whether neither the files nor a mark tell of it, so that only --deep looks.
    deep: bool = False

    def __str__(self):
        return f"{self.address}: {self.what}"


class Applied:
    """Both stacks in an account of their own. A case that failed leaves the
    account in an unknown state, so the next one begins in a new account."""

    def __init__(self, new_directory):
        self.new_directory = new_directory
        self.usable = False

    def ready(self):
        if not self.usable:
            self.aws = Aws()
            self.etlctl = Etlctl(self.aws, Project(self.new_directory()))
            self.etlctl.apply()
            self.baseline = self.aws.snapshot()
        self.usable = False

    def check(self, case):
        self.ready()
        case.mutate(self.aws)
        options = ("--stack", case.stack, "--deep") if case.deep else ("--stack", case.stack)
        if case.deep:
            self.etlctl.assert_no_changes("--stack", case.stack)
        found = self.etlctl.changes(*options)
        assert {c.address: c.action for c in found.values()} == {case.address: case.action} | dict(case.also)
        if case.action == "update":
            assert_fields(found[case.address].fields, case.fields)
        self.etlctl.apply(*options)
        assert_same(self.baseline, self.aws.snapshot())
        self.etlctl.assert_no_changes(*options)
        self.usable = True


def assert_fields(found, wanted):
    matched = {path: [pattern for pattern in wanted if fnmatchcase(path, pattern)] for path in found}
    unexpected = [path for path, patterns in matched.items() if not patterns]
    missing = [pattern for pattern in wanted if not any(pattern in patterns for patterns in matched.values())]
    assert not unexpected and not missing, f"unexpected {unexpected}, missing {missing} in {found}"
    for path, (pattern, *_) in matched.items():
        assert found[path] == wanted[pattern], f"{path}: (live, desired) is {found[path]}"


# What a plan says of a field where the value itself is of no interest.
CHANGED = (ANY, ANY)


def tag_cases(address, add, remove, stack=ETL, project=None):
    """The three things that can happen to a tag, for any kind of resource."""
    project = project or stack
    return [
        Case(address, "tag added", {"tags.Extra": ("x", None)}, lambda aws: add(aws, {"Extra": "x"}), stack),
        Case(address, "tag changed", {"tags.Project": ("x", project)}, lambda aws: add(aws, {"Project": "x"}), stack),
        Case(address, "tag removed", {"tags.Project": (None, project)}, lambda aws: remove(aws, ["Project"]), stack),
    ]


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def allow(action, resource):
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
    })
