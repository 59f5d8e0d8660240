"""What destroy leaves behind: nothing of its own, everything of others."""

from snapshot import assert_same


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
