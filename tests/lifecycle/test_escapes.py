"""What functions answer and log, and what outputs hold, at a terminal and in a
pipe: a terminal gets nothing that acts on it, a program gets the bytes."""

import json
import time

import pytest

ACTING = "red\x1b[38;5;99m \x1b]0;title\x07 \u202enimda\u2066 \x9b2J"
SHOWN = r"red\u{1b}[38;5;99m \u{1b}]0;title\u{7} \u{202e}nimda\u{2066} \u{9b}2J"
STACK = {
    "stack": "acting",
    "region": "us-east-1",
    "environments": {"dev": {}},
    "functions": {"echo": {
        "source": "../handlers/echo", "runtime": "nodejs22.x", "handler": "index.handler", "log_retention": "7d"}},
    "outputs": {"plain": ACTING},
}


@pytest.fixture
def deployed(etlctl, project):
    for path in (project.dir / "desired-state").glob("*.yaml"):
        path.unlink()
    project.write("desired-state/acting.yaml", json.dumps(STACK))
    project.write("handlers/echo/index.js", "exports.handler = async (event) => { console.log(event.say); return event.say; };\n")
    etlctl("apply", "--yes")
    return etlctl


def assert_quiet(text):
    acting = [c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 or c in "\u202e\u2066"]
    assert not acting, repr(text)


def test_an_output_is_written_out_at_a_terminal_and_exact_in_a_pipe(deployed):
    at_terminal = deployed.on_terminal("outputs", "plain", "--color", "never")
    assert_quiet(at_terminal.out)
    assert at_terminal.out == SHOWN + "\n"
    assert deployed("outputs", "plain").out == ACTING + "\n"
    for form in ("shell", "dotenv", "github"):
        assert_quiet(deployed.on_terminal("outputs", "--format", form, "--color", "never").out)
        assert ACTING in deployed("outputs", "--format", form).out


def test_what_a_function_answers_and_logs_is_written_out(deployed):
    event = deployed.project.dir / "event.json"
    event.write_text(json.dumps({"say": ACTING}))
    at_terminal = deployed.on_terminal("invoke", "echo", "--payload", str(event), "--tail", "--color", "never")
    assert_quiet(at_terminal.out)
    assert "nimda" in at_terminal.out
    piped = deployed("invoke", "echo", "--payload", str(event), "--tail")
    assert json.loads(piped.out) == ACTING
    assert_quiet(piped.err)
    deployed.aws("logs").create_log_stream(logGroupName="/aws/lambda/acting-echo-dev", logStreamName="s")
    deployed.aws("logs").put_log_events(
        logGroupName="/aws/lambda/acting-echo-dev", logStreamName="s",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": ACTING}])
    logs = deployed("logs", "echo").out
    assert_quiet(logs)
    assert SHOWN in logs
