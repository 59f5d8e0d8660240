"""What AWS keeps in a form that etlctl does not know is told with both sides, at once, and apart from a race."""

import time

from bench import Bench
from faults import Altered, Rule
from stacks import APPLY, HEAD

STACK = HEAD + """\
functions:
  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, description: Nightly run }
"""


def kept_as(text):
    return Rule("lambda:GetFunction", Altered(lambda answer: answer["Configuration"].update(Description=text)), times=None)


def test_another_form_is_told_with_both_sides_and_not_waited_for(tmp_path):
    bench = Bench(tmp_path, STACK)
    since = time.monotonic()
    run, _ = bench.run(APPLY, [kept_as("NIGHTLY RUN")])
    run.exits(6).tells(
        'failed: function/work: AWS keeps it in another form: description is "NIGHTLY RUN" where "Nightly run" was written',
        "hint: write it in the stack file as AWS keeps it")
    assert "another apply" not in run.err and "another client" not in run.err and time.monotonic() - since < 20, run
    bench.project.stack(STACK.replace("Nightly run", "NIGHTLY RUN"))
    run, _ = bench.run(APPLY, [kept_as("NIGHTLY RUN")])
    run.exits(0)


def test_another_value_is_told_with_both_sides_as_what_may_be_another_applys(tmp_path):
    bench = Bench(tmp_path, STACK)
    run, _ = bench.run(APPLY, [kept_as("Weekly")])
    run.exits(6).tells('description is "Weekly" where "Nightly run" was written', "another apply was faster, or AWS keeps it in another form")
