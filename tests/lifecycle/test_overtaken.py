"""Another apply comes in the middle of one, at the moments that matter: the function is its as a whole, and the one
that was overtaken says so and writes nothing more."""

import threading

import pytest

from bench import Bench
from faults import Faulty
from harness import ENDPOINT, Aws

STACK = """\
stack: tiny
region: us-east-1
environments: {{ dev: {{}} }}
naming: "tiny-${{name}}"
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: {memory}
    reserved_concurrency: {reserved}
    alias: live
    environment: {{ EDITION: "{edition}" }}
    tags: {{ edition: "{edition}" }}
"""
APPLY = ["apply", "--yes"]


def edition(directory, aws, number):
    bench = Bench(directory / str(number), STACK.format(memory=128 * number, reserved=number, edition=number), aws)
    bench.project.write("handlers/work/index.js", f"exports.handler = async () => {number};\n")
    return bench


def with_queue(directory, aws, number):
    bench = edition(directory, aws, number)
    text = STACK.format(memory=128 * number, reserved=number, edition=number)
    bench.project.stack(text + f"queues: {{ dlq: {{ visibility_timeout: {number}m }} }}\n")
    return bench


class Between(Faulty):
    """Holds the first call of an operation after one of another until the other apply is done."""

    def __init__(self, after, operation, other):
        super().__init__(ENDPOINT)
        self.after_operation, self.operation, self.other = after, operation, other
        self.begun, self.before = threading.Lock(), self.hold
        self.came = None

    def hold(self, call):
        if call.name == self.operation and self.count(self.after_operation) and self.begun.acquire(blocking=False):
            self.came = self.other.calmly(APPLY)


@pytest.mark.parametrize("after, operation", [
    pytest.param("lambda:UpdateFunctionConfiguration", "lambda:GetFunction", marks=pytest.mark.long),
    ("lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode"),
    pytest.param("lambda:UpdateFunctionCode", "lambda:GetFunction", marks=pytest.mark.long),
    ("lambda:UpdateFunctionCode", "lambda:PublishVersion"),
], ids=lambda name: name.partition(":")[2])
def test_the_function_is_of_who_came_last_as_a_whole(tmp_path, after, operation):
    aws = Aws()
    first, second, third = (edition(tmp_path, aws, number) for number in (1, 2, 3))
    first.calmly(APPLY).exits(0)
    with Between(after, operation, third) as proxy:
        run = second.etlctl.through(proxy)(*APPLY, check=False)
    assert proxy.came, f"the moment did not come\n{run}"
    proxy.came.exits(0)
    run.exits(6).tells("another apply was faster")
    third.assert_converged()
    second.calmly(APPLY).exits(0)
    second.assert_converged()


class OnceItIsReadBack(Between):
    """The same, where the read-back of a queue comes first."""

    def hold(self, call):
        if call.name == self.operation:
            while not self.count(self.after_operation) and not self.over.wait(0.05):
                pass
            # Its answer is on the way.
            self.over.wait(0.5)
        super().hold(call)


def test_what_was_read_back_before_the_other_apply_came_is_looked_at_again(tmp_path):
    aws = Aws()
    first, second = (with_queue(tmp_path, aws, number) for number in (1, 2))
    # A new queue's attributes are read by its read-back alone.
    with OnceItIsReadBack("sqs:GetQueueAttributes", "lambda:CreateFunction", second) as proxy:
        run = first.etlctl.through(proxy)(*APPLY, check=False)
    assert proxy.came, f"the moment did not come\n{run}"
    proxy.came.exits(0)
    run.exits(6).tells("failed: function/work: another apply was faster", "failed: queue/dlq: what AWS shows is not what was written: visibility_timeout is 120 where 60 was written")
    second.assert_converged()
