"""The stacks that are measured: of many functions, and of many files."""

import random
import string
from pathlib import Path

from harness import Project

REGION_HEAD = """\
stack: big
region: us-east-1
environments: { dev: {} }
naming: "big-${name}"
"""
# As in `lambda-etl`: each function has a role and a log group of its own, two of three an alarm
# and a reservation, and all share a queue and a layer. 3.67 resources each.
HEAD = REGION_HEAD + """\
queues: { dlq: {} }
layers: { shared: { source: ../layer } }
defaults:
  function:
    source: ../work
    runtime: nodejs22.x
    handler: index.handler
    tracing: active
    log_retention: 7d
    layers: [shared]
    dead_letter_queue: dlq
    environment: { LOG_LEVEL: INFO }
    role:
      managed_policies: [service-role/AWSLambdaBasicExecutionRole, AWSXRayDaemonWriteAccess]
      policies:
        dead-letter-queue:
          - { actions: [sqs:SendMessage, sqs:GetQueueUrl], resources: ["${queues.dlq.arn}"] }
  alarm:
    metric: Errors
    statistic: Sum
    period: 5m
    evaluation_periods: 1
    comparison: GreaterThanThreshold
    threshold: 1
    treat_missing_data: notBreaching
"""
HANDLER = "exports.handler = async () => 'done';\n"


class Folder(Project):
    """A project with one stack file."""

    def __init__(self, directory: Path):
        self.dir = directory

    def stack(self, text: str) -> "Folder":
        self.write("desired-state/big.yaml", text)
        return self


def has_alarm(number: int) -> bool:
    return number % 3 != 2


def has_reservation(number: int) -> bool:
    """Those with an alarm, as long as the account has executions to reserve: it has a thousand at most."""
    return has_alarm(number) and number < 400


def many(directory: Path, functions: int) -> Folder:
    numbers = range(functions)
    folder = Folder(directory).stack(
        HEAD + "functions:\n"
        + "".join(f"  fn-{n}: {{{' reserved_concurrency: 1 ' if has_reservation(n) else ''}}}\n" for n in numbers)
        + "alarms:\n" + "".join(f"  fn-{n}-errors: {{ function: fn-{n} }}\n" for n in numbers if has_alarm(n)))
    folder.write("work/index.js", HANDLER)
    folder.write("layer/nodejs/node_modules/shared/index.js", "module.exports = 1;\n")
    return folder


FILES, BYTES = 20_000, 50_000_000


def of_files(directory: Path, files: int = FILES, size: int = BYTES) -> Folder:
    """One function, whose sources are this many files of text; half of each is words, as code is, and half chance."""
    folder = Folder(directory).stack(
        REGION_HEAD + "functions: { work: { source: ../work, runtime: nodejs22.x, handler: index.handler } }\n")
    folder.write("work/index.js", HANDLER)
    chance = random.Random(13)
    words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 9))) for _ in range(400)]
    each = size // files
    for number in range(files):
        text = " ".join(chance.choices(words, k=each // 6))[: each // 2]
        text += "".join(chance.choices(string.ascii_letters + string.digits, k=each - len(text)))
        path = directory / "work" / f"part-{number % 200}" / f"file-{number}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder
