"""Characters that act on a terminal reach none raw: from files, from live AWS, from the command line, from
answers of AWS, and from what functions answer and log. A program gets the bytes."""

import json
import re
import subprocess
import time
import unicodedata

import pytest

from bench import Bench
from faults import Faulty, Quoted, Rule
from harness import ENDPOINT, binary

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


# --- every channel of every verb --------------------------------------------

# A form, and how it stands in a double-quoted text of YAML.
FORMS = [
    ("\x1b[38;5;99m", r"\e[38;5;99m"),
    ("\x1b]0;title\a", r"\e]0;title\a"),
    ("\x1b[2J", r"\e[2J"),
    ("\x9b31m", r"\x9b31m"),
    ("over\rwritten", r"over\rwritten"),
    ("back\b", r"back\b"),
    ("\u202egnp.exe", r"\u202egnp.exe"),
    ("\u2066\u2069\u200f", r"\u2066\u2069\u200f"),
    ("zero\u200b\ufeff", r"zero\u200b\ufeff"),
    ("tag\U000e0041\x7f", r"tag\U000e0041\x7f"),
]
# Bold, dimmed, off and the sixteen colours.
OWN_STYLES = re.compile(r"\x1b\[(0|1|2|31|32|33|34|36|91|92|93|94|96)m")
# What draws nothing, or turns or joins what stands beside it.
ACTS = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]")


def acts(character):
    return character not in "\n\t" and (unicodedata.category(character) == "Cc" or ACTS.match(character) is not None)


def acting_stack(written):
    return f"""\
stack: acting
region: us-east-1
environments: {{ dev: {{}} }}
queues:
  jobs:
topics: {{ alerts: {{}} }}
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    description: "x{written}"
    environment: {{ PLAIN: "e{written}", LINES: "a\\n  + queue/forged" }}
outputs: {{ plain: "o{written}", lines: "a\\n  b = forged" }}
"""


class Channels:
    """A bench that gives both streams as they are, byte for byte."""

    def __init__(self, directory, stack):
        self.bench = Bench(directory, stack)

    def raw(self, *args, url=ENDPOINT):
        process = subprocess.run(
            [str(binary()), *args], cwd=self.bench.project.dir, env=self.bench.etlctl.environment({"AWS_ENDPOINT_URL": url}),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        return process.returncode, process.stdout.decode(), process.stderr.decode()

    def quiet(self, *args):
        for color in ("always", "never"):
            code, out, err = self.raw(*args, "--color", color)
            assert_acts_not(f"{args} on stdout", out)
            assert_acts_not(f"{args} on stderr", err)
        return code, out, err


def assert_acts_not(channel, text):
    raw = [character for character in OWN_STYLES.sub("", text) if acts(character)]
    assert not raw, f"{channel} holds {raw}\n{text!r}"


@pytest.mark.parametrize("forms", [FORMS[:4], FORMS[4:8], FORMS[8:]], ids=["styles", "turns", "widths"])
def test_no_channel_lets_a_character_act(tmp_path, forms):
    form, written = ("".join(parts) for parts in zip(*forms))
    channels = Channels(tmp_path / "one", acting_stack(written))
    for format in ("text", "json", "sarif", "github"):
        channels.quiet("validate", "--format", format)
    channels.quiet("graph")
    refused = Channels(tmp_path / "two", f'{acting_stack(written)}tags: {{ "T{written}": "{written}" }}\nnope{form}: 1\n')
    code, out, err = refused.raw("validate", "--color", "always")
    assert code != 0
    assert_acts_not("what is refused", out + err)
    channels.quiet("plan", "--stack", f"a{form}")
    channels.quiet(f"--nope{form}")
    _, plan, _ = channels.quiet("plan")
    first = f"\\u{{{ord(next(filter(acts, form))):x}}}".replace("\\u{d}", "\\r")
    # A text in quotes has the escapes of quotes.
    point = ord(next(filter(acts, form)))
    quoted = {f"\\u{point:04x}", f"\\x{point:02x}"}
    assert (first in plan or any(form in plan for form in quoted)) and 'PLAIN: "e' in plan, f"what acts is there to read: {first}\n{plan}"
    assert "\n  + queue/forged" not in plan, f"a value makes no line of its own\n{plan}"
    _, document, _ = channels.quiet("plan", "--format", "json")
    assert json.dumps(form)[1:-1] in json.dumps(json.loads(document)), "JSON keeps the text"
    with Faulty(ENDPOINT, [Rule("lambda:CreateFunction", Quoted())]) as proxy:
        code, out, err = channels.raw("apply", "--yes", "-vv", url=proxy.url)
    assert code != 0 and not proxy.unspent()
    assert_acts_not("an answer of AWS that quotes the request", out + err)
    code, _, err = channels.quiet("apply", "--yes")
    assert code == 0, err
    for format in ("text", "json"):
        _, out, _ = channels.quiet("outputs", "--format", format)
        assert "\n  b = forged" not in out, out
    # A program gets the value as it is.
    assert channels.raw("outputs", "plain")[1] == f"o{form}\n"
    # What is live and in no file any more, and live names that nobody of ours gave.
    channels.bench.project.stack(acting_stack("").replace("queues:\n  jobs:\n", ""))
    _, changed, _ = channels.quiet("plan")
    assert "- queue/acting-jobs-dev" in changed and (first in changed or any(form in changed for form in quoted)), changed
    assert channels.quiet("destroy", "--yes")[0] == 0


@pytest.mark.parametrize("outputs, format, told", [
    ("1st: x", "shell", "`1st` is no name of a variable"),
    ("a-b: x, a_b: y", "dotenv", "`a-b` and `a_b` would both be a_b"),
    ("PATH: x", "github", "would set PATH"),
    ('a: "it\'s $HOME"', "dotenv", "cannot be written as dotenv"),
])
def test_an_output_that_cannot_be_written_is_an_error_and_nothing_is_printed(tmp_path, outputs, format, told):
    channels = Channels(tmp_path, f"stack: s\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\noutputs: {{ {outputs} }}\n")
    code, out, err = channels.raw("outputs", "--format", format)
    assert (code, out) == (64, ""), err
    assert told in err and "hint: " in err, err
    assert channels.raw("outputs", "--format", "json")[0] == 0
