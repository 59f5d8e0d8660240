"""What is wrong in a file is refused with its place and its fix, before
anything is asked of AWS."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness import Aws, Etlctl

GOOD = """\
stack: tiny
region: us-east-1
environments:
  dev: {}
variables:
  runtime: nodejs20.x
queues:
  dlq: { name: tiny-dlq }
roles:
  sender:
    managed_policies: [service-role/AWSLambdaBasicExecutionRole]
    policies: { dlq: [{ actions: [sqs:SendMessage], resources: ['*'] }] }
functions:
  work:
    source: ../handlers/work
    runtime: ${runtime}
    handler: index.handler
    memory: 256
    dead_letter_queue: dlq
    role: sender
"""

SECOND = """\
  other:
    source: ../handlers/work
    runtime: nodejs20.x
    handler: index.handler
"""


def edited(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


# Each: the file, the text on whose line the error is (None where there is no
# one line), and what the message has to say: the thing and the way out.
CASES = {
    "unknown key": (edited("memory: 256", "memry: 256"), "memry", ["memry", "memory"]),
    "unknown key at the top": (GOOD + "fonctions: {}\n", "fonctions", ["fonctions", "functions"]),
    "wrong type": (edited("memory: 256", "memory: lots"), "memory: lots", ["lots"]),
    "list where a map belongs": (edited("  dev: {}", "  - dev"), "- dev", []),
    "duration without a unit": (edited("memory: 256", "timeout: soon"), "timeout: soon", ["soon", "30s"]),
    "unknown reference": (edited("queue: dlq", "queue: dql"), "queue: dql", ["dql", "dlq"]),
    "unknown variable": (edited("${runtime}", "${runtme}"), "${runtme}", ["runtme", "runtime"]),
    "unknown attribute": (
        edited("memory: 256", 'environment: { Q: "${queues.dlq.size}" }'), "queues.dlq.size", ["size", "arn"]),
    "cycle": (
        edited("memory: 256", 'environment: { NEXT: "${functions.other.arn}" }') + SECOND
        + '    environment: { NEXT: "${functions.work.arn}" }\n', None, ["cycle", "work", "other"]),
    "the same physical name twice": (
        edited("memory: 256", "name: same") + SECOND + "    name: same\n", None, ["same", "work", "other"]),
    "missing source folder": (edited("handlers/work", "handlers/wrok"), "handlers/wrok", ["wrok"]),
    "an environment twice": (edited("  dev: {}", "  dev: {}\n  dev: { protected: true }"), "protected", ["dev"]),
    "a key twice": (edited("memory: 256", "memory: 256\n    memory: 512"), "memory: 512", ["memory"]),
    "invalid YAML": (edited("dev: {}", "dev: {"), None, []),
    "a tab for indentation": (edited("    memory", "\tmemory"), "\tmemory", []),
    "protection of what takes no tags": (
        GOOD + "layers:\n  shared: { source: ../handlers/work, protect: true }\n", "protect", ["layers.shared", "tags"]),
    "retention of what takes no tags": (
        GOOD + "layers:\n  shared: { source: ../handlers/work, on_remove: retain }\n", "on_remove", ["layers.shared", "tags"]),
    "instance of odd characters": (GOOD + "instance: a/b\n", "a/b", ["a/b", "instance"]),
    "instance that names itself": (GOOD + "instance: x-${instance}\n", "x-${instance}", ["instance"]),
    "instance of a resource": (GOOD + "instance: ${queues.dlq.name}\n", "${queues.dlq.name}", ["queues.dlq.name"]),
    "too long an instance": (GOOD + f"instance: {'x' * 41}\n", "xxx", ["instance"]),
    "names of an unknown section": (GOOD + "naming: { rolls: '${name}' }\n", "rolls", ["rolls", "roles"]),
    "names that are all one": (GOOD + "naming: { default: '${name}', roles: x }\n", "roles: x", ["${name}"]),
    "empty file": ("", None, ["empty"]),
    "only a comment": ("# nothing yet\n", None, ["empty"]),
    "10 MB": (GOOD + "# padding\n" * 1_000_000, None, ["MB"]),
    "10 MB of keys": (GOOD + "".join(f"  work{n}: {{}}\n" for n in range(700_000)), None, ["MB"]),
    "aliases that multiply": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
                  for old, new in zip("abcdefghi", "bcdefghij", strict=True))
        + GOOD, None, []),
}


class Recorder:
    """Stands where AWS would, refuses everything and counts."""

    def __enter__(self):
        recorder, self.requests = self, []

        class Handler(BaseHTTPRequestHandler):
            def refuse(self):
                recorder.requests.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>"
                self.send_response(403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = refuse

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Folder:
    """The smallest project: one stack, one handler."""

    def __init__(self, directory):
        self.dir = directory
        self.file = directory / "desired-state" / "tiny.yaml"
        self.file.parent.mkdir()
        (directory / "handlers" / "work").mkdir(parents=True)
        (directory / "handlers" / "work" / "index.js").write_text("exports.handler = async () => 1;\n")


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def run(folder, text, *args):
    folder.file.write_text(text)
    with Recorder() as recorder:
        result = Etlctl(Aws(), folder, recorder.url)(*args, check=False, timeout=60)
    return result, recorder.requests


def test_the_recorder_sees_what_a_good_file_asks(folder):
    result, requests = run(folder, GOOD, "plan", "--env", "dev")
    assert requests, result
    assert result.code in (1, 4), result


def test_a_good_file_is_valid_without_network(folder):
    result, requests = run(folder, GOOD, "validate", "--env", "dev")
    assert result.code == 0 and not requests, result


@pytest.mark.parametrize("case", CASES)
def test_bad_file_is_refused_with_its_place_before_any_call(folder, case):
    text, marker, words = CASES[case]
    result, requests = run(folder, text, "plan", "--env", "dev")
    assert not requests
    assert result.code == 3, result
    assert result.out == "", "what is printed is data, errors belong to stderr"
    assert "tiny.yaml" in result.err, result
    for word in words:
        assert word in result.err, f"no word of {word!r}\n{result}"
    if marker:
        line = 1 + next(number for number, one in enumerate(text.splitlines()) if marker in one)
        assert re.search(rf"tiny\.yaml:{line}\b", result.err), f"line {line} is not named\n{result}"
    assert len(result.err) < 10_000, "the message drowns what it says"


@pytest.mark.parametrize("verb", [("validate",), ("apply", "--yes"), ("destroy", "--yes"), ("outputs",), ("graph",)])
def test_every_verb_refuses_a_bad_file(folder, verb):
    result, requests = run(folder, CASES["unknown key"][0], *verb, "--env", "dev")
    assert result.code == 3 and not requests, result


def test_environment_that_is_not_declared(folder):
    result, requests = run(folder, GOOD, "plan", "--env", "prod")
    assert result.code == 3 and not requests, result
    assert "prod" in result.err and "dev" in result.err, result


def test_environments_of_the_pipeline(etlctl):
    pipeline = ("--stack", "lambda-etl-optimization")
    for env in ("dev", "staging", "prod"):
        etlctl("validate", "--env", env, *pipeline)
    refused = etlctl("validate", "--env", "staging", "--stack", "lambda-etl", check=3)
    assert "staging" in refused.err and "dev" in refused.err and "prod" in refused.err, refused


def test_two_errors_are_both_told(folder):
    text = edited("queue: dlq", "queue: dql").replace("handlers/work", "handlers/wrok")
    result, requests = run(folder, text, "plan", "--env", "dev")
    assert result.code == 3 and not requests, result
    assert "dql" in result.err and "wrok" in result.err, result


def test_no_desired_state_at_all(folder):
    folder.file.parent.rmdir()
    with Recorder() as recorder:
        result = Etlctl(Aws(), folder, recorder.url)("plan", "--env", "dev", check=3)
    assert "desired-state" in result.err and not recorder.requests, result
