"""No channel shows a secret where AWS itself quotes it: the table of forms, and a variable that is declared
sensitive, against plans, plan files, errors of AWS, logs and outputs. The rest of it is in tests/secrets.rs."""

import json

import pytest

from bench import Bench
from faults import Quoted, Refused, Rule
from harness import ROOT
from secret_forms import hidden

HIDDEN = "(sensitive)"
APPLY, DESTROY = ["apply", "--yes"], ["destroy", "--yes"]
FORMATS = ("text", "json", "dotenv", "shell", "github")


def stack_of(forms, change=lambda value: value):
    """A stack whose functions have these in their environments, a few each: AWS takes 4 KB."""
    lines = ["stack: many", "region: us-east-1", "environments: { dev: {} }", "queues: { jobs: {} }", "functions:"]
    for number in range(0, len(forms), 10):
        lines += [f"  f{number // 10}:", "    source: ../handlers/work", "    runtime: nodejs22.x", "    handler: index.handler",
                  "    environment:"]
        lines += [f"      {form.name}: {json.dumps(change(form.value))}" for form in forms[number:number + 10]]
    lines.append("outputs:")
    lines += [f"  {form.name}: {json.dumps(change(form.value))}" for form in forms if "${queues" not in form.value]
    return "\n".join(lines) + "\n"


def test_no_run_shows_a_form(tmp_path):
    forms = [form for form in hidden() if form.is_variable]
    bench = Bench(tmp_path, stack_of(forms))

    def assert_hidden(channel, text):
        seen = [f"{form.name}: {form.part}" for form in forms if form.is_found_safely and form.is_seen_in(text)]
        assert not seen, f"{channel} shows {len(seen)} of {len(forms)}:\n" + "\n".join(seen) + f"\n{text[:3000]}"

    def quiet(*args, code=0):
        run = bench.calmly(args).exits(code)
        assert_hidden(" ".join(args), f"{run.out}\n{run.err}")
        return run

    plan = quiet("plan", "--out", "saved.plan")
    for form in forms:
        assert f"{form.name}: {HIDDEN}" in plan.out, f"{form.name}\n{plan}"
    assert_hidden("the plan file", (bench.project.dir / "saved.plan").read_text())
    quiet("plan", "--format", "json")
    for format in ("json", "sarif", "github"):
        quiet("validate", "--format", format)
    refused, _ = bench.run(APPLY, [Rule("lambda:CreateFunction", Quoted(), times=None)])
    refused.exits(6).tells("1 validation error detected", "failed to satisfy")
    assert_hidden("an error of AWS", f"{refused.out}\n{refused.err}")
    quiet(*APPLY, "-vv").tells("DEBUG")
    for format in FORMATS:
        quiet("outputs", "--format", format)
    assert "tr0ub4dor" in bench.calmly(["outputs", "--show-sensitive"]).exits(0).out
    assert bench.calmly(["outputs", "DB_PASS"]).exits(0).out == "tr0ub4dor\n"
    # Both sides of a change, and what is taken out.
    bench.project.stack(stack_of(forms, lambda _: "changed"))
    quiet("plan")
    bench.project.stack(stack_of([]).replace("functions:\n", "").replace("outputs:\n", ""))
    quiet("plan")


# A stack in which one variable goes wherever a text can stand.
TAINTED = (ROOT / "tests/common/tainted.yaml").read_text()
# No form of any secret, so that only its declaration can tell; and what is left of it in base64.
VALUE, IN_BASE64 = "quite-ordinary", "cXVpdGUtb3JkaW5hcnk"


@pytest.mark.parametrize("source", ["argument", "environment"])
def test_a_sensitive_variable_taints_every_channel(tmp_path, source):
    bench = Bench(tmp_path, TAINTED)
    more, env = (["--set", f"plain={VALUE}"], {}) if source == "argument" else ([], {"PLAIN": VALUE})

    def never(channel, text):
        assert VALUE not in text and IN_BASE64 not in text, f"{channel} shows it:\n{text}"

    def run(*args):
        return bench.calmly([*args, *more], env=env).exits(0)

    def quiet(*args):
        result = run(*args)
        never(" ".join(args), result.out + result.err)
        return result

    plan = quiet("plan", "--out", "saved.plan")
    for field in ("NEUTRAL", "OTHER", "JSON"):
        assert f"{field}: {HIDDEN}" in plan.out, plan
    never("the plan file", (bench.project.dir / "saved.plan").read_text())
    assert quiet("plan", "--format", "json").json
    for verb in (["graph"], ["permissions"], ["validate", "--format", "json"], ["plan", "-vv"]):
        quiet(*verb)
    for operation in ("lambda:CreateFunction", "sqs:CreateQueue", "sns:CreateTopic", "cloudwatch:PutMetricAlarm"):
        # All that the SDK and its HTTP client have to say, once.
        trace = {"RUST_LOG": "trace"} if operation.startswith("lambda") and source == "argument" else {}
        refused, _ = bench.run([*APPLY, *more], [Rule(operation, Quoted())], env=env | trace)
        assert refused.code != 0, f"{operation}\n{refused}"
        never(operation, refused.out + refused.err)
        run(*DESTROY)
    applied = quiet(*APPLY)
    assert f"neutral = {HIDDEN}" in applied.out and "open    = nothing" in applied.out, applied
    for format in FORMATS:
        quiet("outputs", "--format", format)
    assert run("outputs", "neutral").out == f"see {VALUE}\n"
    assert VALUE in run("outputs", "--show-sensitive", "--format", "json").out
    run(*DESTROY)


@pytest.mark.parametrize("value", [VALUE, "abc", "7"])
def test_the_way_on_hides_a_sensitive_variable(tmp_path, value):
    bench = Bench(tmp_path, TAINTED)
    refusal = Rule("lambda:CreateFunction", Refused(400, "ValidationException", "no"))
    run, _ = bench.run([*APPLY, f"--set=plain={value}"], [refusal])
    run.exits(6).tells(f"To go on: etlctl apply --yes '--set=plain={HIDDEN}'", "give it again")
    bench.calmly([*DESTROY, "--set", f"plain={value}"]).exits(0)


@pytest.mark.parametrize("field", ["timeout", "memory"])
@pytest.mark.parametrize("value", [VALUE, "abc"])
def test_messages_hide_a_sensitive_variable(tmp_path, field, value):
    bench = Bench(tmp_path, TAINTED.replace("    runtime:", f"    {field}: ${{plain}}\n    runtime:"))
    run = bench.calmly(["validate", "--set", f"plain={value}"]).exits(3)
    assert f"`{value}`" not in run.err and HIDDEN in run.err, run


def test_a_default_and_a_number_of_a_sensitive_variable_are_hidden(tmp_path):
    declared = TAINTED.replace("{ from_env: PLAIN, sensitive: true }", "{ sensitive: true, default: quite-ordinary }")
    run = Bench(tmp_path / "default", declared).calmly(["validate", "--set", "nope=1"])
    assert VALUE not in run.err, run
    # A number and a time that a sensitive text becomes.
    stack = TAINTED.replace("    runtime:", "    timeout: ${plain}\n    runtime:").replace("q-${plain}", "q")
    plan = Bench(tmp_path / "number", stack).calmly(["plan", "--set", "plain=77s"]).exits(0)
    assert f"timeout: {HIDDEN}" in plan.out, plan
