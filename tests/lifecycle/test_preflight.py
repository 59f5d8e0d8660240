"""What the account, as it is, would refuse is told before anything is written."""

from harness import SUFFIX

STACK = "lambda-etl"


def test_a_reservation_below_the_unreserved_minimum(aws, etlctl, project, proxy):
    limit = aws("lambda").get_account_settings()["AccountLimit"]
    minimum = min(100, limit["ConcurrentExecutions"])
    most = limit["UnreservedConcurrentExecutions"] - minimum

    def reserve(number):
        # batch-processor reserves 5 more.
        project.edit(STACK, lambda stack: stack["functions"]["api-handler"].update(reserved_concurrency=number - 5))

    reserve(most + 1)
    through = etlctl.through(proxy)
    refused = through("apply", "--env", "dev", "--stack", STACK, "--yes", check=3)
    assert "E801" in refused.err and "reserved_concurrency" in refused.err
    assert f"reserve at most {most} more" in refused.err
    assert not proxy.writes
    reserve(most)
    through("plan", "--env", "dev", "--stack", STACK)
    etlctl.apply("--stack", STACK)
    assert aws("lambda").get_function(FunctionName=f"api-handler-{SUFFIX}")["Concurrency"]["ReservedConcurrentExecutions"] == most - 5
    # What is reserved already is not asked for again.
    etlctl.assert_no_changes("--stack", STACK)
