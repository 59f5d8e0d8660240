"""What destroy leaves behind: nothing of its own, everything of others."""

from bench import Bench
from snapshot import assert_same
from stacks import APPLY, HEAD, STACK


def test_destroy_leaves_an_empty_account(aws, etlctl):
    etlctl.apply()
    assert aws.snapshot()
    etlctl("destroy", "--env", "dev", "--yes")
    assert aws.snapshot() == {}
    # To destroy what is not there is done, not an error.
    etlctl("destroy", "--env", "dev", "--yes")


def test_destroy_of_one_stack_leaves_the_other(aws, etlctl):
    etlctl.apply("--stack", "lambda-etl-optimization")
    alone = aws.snapshot()
    etlctl.apply("--stack", "lambda-etl")
    etlctl("destroy", "--env", "dev", "--yes", "--stack", "lambda-etl")
    assert_same(alone, aws.snapshot())


def test_destroy_of_one_environment_leaves_the_other(aws, etlctl):
    stack = ("--stack", "lambda-etl", "--yes")
    production = {"ENVIRONMENT_SUFFIX": "live"}
    etlctl("apply", "--env", "prod", *stack, env=production)
    alone = aws.snapshot()
    etlctl("apply", "--env", "dev", *stack)
    etlctl("destroy", "--env", "dev", *stack)
    assert_same(alone, aws.snapshot())


def test_destroy_takes_what_a_killed_apply_left(aws, etlctl):
    """Without the function, its role, queue and log group must still be found."""
    etlctl.apply("--stack", "lambda-etl")
    for name in ("api-handler", "batch-processor", "transform"):
        aws("lambda").delete_function(FunctionName=f"{name}-test")
    etlctl("destroy", "--env", "dev", "--yes", "--stack", "lambda-etl")
    assert aws.snapshot() == {}


def test_destroy_without_a_terminal_needs_yes(aws, etlctl):
    etlctl.apply("--stack", "lambda-etl")
    before = aws.snapshot()
    refused = etlctl("destroy", "--env", "dev", check=False)
    assert refused.code != 0 and "--yes" in refused.err, refused
    assert_same(before, aws.snapshot())


def test_a_target_that_is_gone_already_is_said_to_be(tmp_path):
    """Of the rest of the stack, which stands, nothing is said."""
    bench = Bench(tmp_path, HEAD + "queues: { one: {}, other: {} }\n")
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.aws("sqs").delete_queue(QueueUrl=bench.aws.queue_url("tiny-one"))
    told = bench.calmly(["destroy", "--target", "queue/one", "--yes"]).exits(0)
    assert "Not there, so that there is nothing to do for it: queue/one." in told.out, told
    assert "Nothing that was named is there." in told.out and "Nothing of this stack" not in told.out, told
    assert "tiny-other" in bench.aws.queue_url("tiny-other")


def test_a_name_that_the_file_says_is_not_odd(tmp_path):
    bench = Bench(tmp_path, HEAD + "queues: { incoming: { name: landing-xyz } }\n")
    bench.calmly(["apply", "--yes"]).exits(0)
    for command in (["plan", "--destroy"], ["destroy", "--yes"]):
        assert "of no name" not in bench.calmly(command).exits(0).out


def test_what_the_file_names_and_is_not_the_stacks_is_told_and_stays(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    arn = bench.aws.arn("lambda", "function:tiny-work")
    bench.aws("lambda").untag_resource(Resource=arn, TagKeys=["etlctl:env"])
    run = bench.calmly(APPLY)
    run.tells("function/work", "tiny-work", "etlctl:env", "--adopt")
    assert run.code == 1, run
    destroy = ["destroy", "--yes", "--allow-loss", "all"]
    run = bench.calmly([*destroy, "--target", "function/work"]).exits(0)
    told = run.out + run.err
    assert "function/work (tiny-work) carries a part" in told and "Not there" not in told, run
    # The mark is made whole again, and all of it goes.
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()
    bench.aws("lambda").untag_resource(Resource=arn, TagKeys=["etlctl:env"])
    run = bench.calmly(destroy)
    assert "function/work (tiny-work) carries a part" in run.out + run.err, run
    assert bench.aws("lambda").get_function(FunctionName="tiny-work")
