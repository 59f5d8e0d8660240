"""What a plan says that a month costs: from the files alone, from metrics, and where they cannot be had."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
import yaml

from faults import Bare, Faulty, Hang, Refused, Reset, Rule
from harness import ENDPOINT, SUFFIX

ETL, PIPELINE = "lambda-etl", "lambda-etl-optimization"
# Dollars: us-east-1, as of the days that src/cost/prices.json says.
ALARM_METRIC, SNAPSHOT_GB_SECOND = Decimal("0.10"), Decimal("0.0000015046")
REQUEST, GB_SECOND = Decimal("0.0000002"), Decimal("0.0000166667")
MONTH = 730 * 3600


def cost(etlctl, *args, **kwargs):
    """The costs of a plan of one stack."""
    return etlctl("plan", "--env", "dev", "--format", "json", *args, **kwargs).json["stacks"][0]["cost"]


def amount(sum):
    return Decimal(sum["amount"])


def cents(dollars):
    return dollars.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


def of(cost, address, side="after"):
    return next(resource for resource in cost["resources"] if resource["address"] == address)[side]


def fixed_of(stack):
    """What its alarms and the versions kept for SnapStart cost."""
    functions = stack.get("defaults", {}).get("function", {})
    total = Decimal(0)
    for alarm in stack["alarms"].values():
        merged = stack.get("defaults", {}).get("alarm", {}) | alarm
        metrics = 2 if merged.get("metric") == "error_rate" else sum("metric" in query for query in merged.get("metrics", [])) or 1
        total += metrics * ALARM_METRIC
    for function in stack["functions"].values():
        merged = functions | function
        if merged.get("snap_start"):
            total += merged.get("keep_versions", 3) * Decimal(merged["memory"]) / 1024 * MONTH * SNAPSHOT_GB_SECOND
    return total


def calls(aws, name, number, milliseconds):
    """Calls of each of three days, as Lambda's metrics tell them."""
    cloudwatch = aws("cloudwatch")
    for days in (1, 2, 3):
        at = datetime.now(timezone.utc) - timedelta(days=days)
        dimensions = [{"Name": "FunctionName", "Value": name}]
        each = {"Dimensions": dimensions, "Timestamp": at}
        cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[
            each | {"MetricName": "Invocations", "Value": number},
            each | {"MetricName": "Duration", "Value": number * milliseconds},
        ])


def assume(project, stack, calls="1M/month", duration="800ms"):
    project.edit(stack, lambda all: all["defaults"]["function"].update(assume={"calls": calls, "duration": duration}))


@pytest.mark.parametrize("stack", [ETL, PIPELINE])
def test_the_shipped_stacks_cost_their_alarms_and_versions_without_traffic(etlctl, project, stack):
    expected = cents(fixed_of(yaml.safe_load((project.dir / "desired-state" / f"{stack}.yaml").read_text())))
    found = cost(etlctl, "--stack", stack)
    assert (found["before"]["shown"], found["after"]["shown"]) == ("$0.00", f"${expected}")
    assert (found["traffic"], found["at_least"], found["oldest_price"]) == ([], False, "2024-07-01")
    shown = etlctl("plan", "--env", "dev", "--stack", stack)
    assert f"cost: $0.00 → ${expected} a month without traffic (before free tier; oldest price of 2024-07-01)" in shown.out
    assert shown.err.count("warning: the oldest price") == 1
    assert "nothing tells how many" in shown.out and "$0.20 a million calls" in shown.out
    etlctl.apply("--stack", stack)
    etlctl.assert_no_changes("--stack", stack)
    asked = cost(etlctl, "--stack", stack, "--cost")
    assert (asked["before"]["shown"], asked["after"]["shown"]) == (f"${expected}", f"${expected}")
    gone = cost(etlctl, "--stack", stack, "--destroy")
    assert (gone["before"]["shown"], gone["after"]["shown"]) == (f"${expected}", "$0.00")


def test_every_figure_says_where_it_is_from(etlctl):
    found = cost(etlctl, "--stack", ETL)
    lines = [line for resource in found["resources"] for line in resource["after"]["fixed"] + resource["after"]["by_traffic"]]
    lines += [line for resource in found["resources"] for line in resource.get("per_million_calls_of_a_second", [])]
    assert lines and all(line["source"] and line["as_of"] and Decimal(line["price"]) > 0 for line in lines), lines
    assert of(found, "alarm/api-handler-errors")["fixed"][0]["what"] == "1 metric in the alarm"


def test_an_empty_plan_asks_nothing_unless_told_to(etlctl, proxy):
    etlctl.apply("--stack", ETL)
    through = etlctl.through(proxy)
    assert cost(through, "--stack", ETL) is None
    assert not [call for call in proxy.calls if call.operation == "GetMetricData"]
    without = len(proxy.calls)
    proxy.calls.clear()
    assert cost(through, "--stack", ETL, "--cost")["metrics_read"] > 0
    assert [call.operation for call in proxy.calls].count("GetMetricData") == 1
    assert len(proxy.calls) == without + 1 and not proxy.writes


def test_no_cost_says_nothing(etlctl):
    result = etlctl("plan", "--env", "dev", "--stack", ETL, "--no-cost")
    assert "cost:" not in result.out and "oldest price" not in result.err
    assert cost(etlctl, "--stack", ETL, "--no-cost") is None
    etlctl("plan", "--env", "dev", "--cost", "--no-cost", check=64)


def test_traffic_is_that_of_the_last_days(etlctl, project, aws):
    etlctl.apply("--stack", ETL)
    calls(aws, f"api-handler-{SUFFIX}", 10_000, 350)
    project.edit(ETL, lambda stack: stack["functions"]["api-handler"].update(memory=1024))
    found = cost(etlctl, "--stack", ETL, "--cost")
    assert found["traffic"] == ["metrics"] and not found["at_least"]
    a_month = Decimal(30_000) * 730 / 336
    lines = {line["key"]: line for line in of(found, "function/api-handler")["by_traffic"]}
    assert abs(Decimal(lines["lambda.request"]["quantity"]) - a_month) < 1
    assert abs(amount(lines["lambda.gb_second.x86_64"]) - a_month * Decimal("0.35") * GB_SECOND) < Decimal("0.001")
    before = of(found, "function/api-handler", "before")
    assert abs(amount(before) - a_month * (REQUEST + Decimal("0.35") / 2 * GB_SECOND + traced(a_month))) < Decimal("0.001")
    # Twice the processor halves what computes.
    assert found["after_on_one_thread"]["shown"] != found["after"]["shown"]
    shown = etlctl("plan", "--env", "dev", "--stack", ETL, "--cost")
    assert "a month at the last 14 days' traffic" in shown.out and " … " in shown.out


def traced(calls):
    """Dollars a call that X-Ray takes: these calls are fewer than one a second."""
    assert calls < MONTH
    return Decimal("0.000005")


def test_what_the_file_assumes_is_no_change(etlctl, project, aws):
    etlctl.apply("--stack", ETL)
    assume(project, ETL)
    etlctl.assert_no_changes("--stack", ETL)
    found = cost(etlctl, "--stack", ETL, "--cost")
    assert found["traffic"] == ["assumed"]
    lines = {line["key"]: line for line in of(found, "function/api-handler")["by_traffic"]}
    assert (lines["lambda.request"]["quantity"], lines["lambda.gb_second.x86_64"]["quantity"]) == ("1000000", "400000")
    # What was counted counts for more.
    calls(aws, f"api-handler-{SUFFIX}", 10_000, 350)
    found = cost(etlctl, "--stack", ETL, "--cost")
    assert found["traffic"] == ["metrics", "assumed"]
    assert Decimal(of(found, "function/api-handler")["by_traffic"][0]["quantity"]) < 100_000


TITLE = """\
stack: title
region: us-east-1
environments: {{ dev: {{}} }}
naming: "title-${{name}}"
defaults:
  function:
    source: ../handlers/data-output
    runtime: nodejs22.x
    handler: index.handler
    architecture: {architecture}
    assume: {{ calls: 1M/month, duration: 800ms }}
functions:
  ingestion: {{ memory: {ingestion} }}
  transform: {{ memory: {transform} }}
  output: {{ memory: {output} }}
"""


def test_the_stack_of_the_title(etlctl, project):
    """Three functions of 1M calls of 800 ms: from 3,008 MB on x86 to 512, 1,024 and 512 MB on arm64."""
    plan = ("plan", "--env", "dev", "--stack", "title")
    project.write("desired-state/title.yaml", TITLE.format(architecture="x86_64", ingestion=3008, transform=3008, output=3008))
    etlctl.apply("--stack", "title")
    for architecture, sums in (("x86_64", ["$118.10", "$27.27", "$69.73"]), ("arm64", ["$118.10", "$21.93", "$55.91"])):
        project.write("desired-state/title.yaml", TITLE.format(architecture=architecture, ingestion=512, transform=1024, output=512))
        found = cost(etlctl, "--stack", "title")
        assert [found[side]["shown"] for side in ("before", "after", "after_on_one_thread")] == sums, json.dumps(found, indent=1)
        before, waits, computes = sums
        said = f"cost: {before} → {waits} … {computes} a month at the calls that the file assumes (before free tier; oldest price of 2025-10-28)"
        assert said in etlctl(*plan).out


@pytest.mark.parametrize("fault", [
    Refused(403, "AccessDenied", "User is not authorized"), Bare(503), Reset(), Hang(),
], ids=lambda fault: type(fault).__name__)
def test_metrics_that_cannot_be_had_end_no_plan(etlctl, project, fault):
    etlctl.apply("--stack", ETL)
    project.edit(ETL, lambda stack: stack["functions"]["api-handler"].update(memory=1024))
    plain = etlctl.changes("--stack", ETL, "--no-cost")
    with Faulty(ENDPOINT, [Rule("cloudwatch:GetMetricData", fault, times=None)]) as proxy:
        through = etlctl.through(proxy)
        shown = through("plan", "--env", "dev", "--stack", ETL, "--cost")
        assert "cost: ≥ $0.20 a month without traffic" in shown.out and "calls of function/api-handler" in shown.out
        late = isinstance(fault, (Bare, Hang, Reset))
        assert ("did not tell the traffic within 10 s" if late else "traffic is not known") in shown.out
        if isinstance(fault, Refused):
            assert "etlctl permissions --for cost" in shown.out and "cloudwatch:GetMetricData is denied" in shown.out
            assert through.changes("--stack", ETL, "--cost") == plain
            assert cost(through, "--stack", ETL, "--cost")["at_least"]


def test_a_region_without_prices(etlctl, project, tmp_path):
    project.edit(ETL, lambda stack: stack.update(region="eu-central-1"))
    assume(project, ETL)
    shown = etlctl("plan", "--env", "dev", "--stack", ETL)
    assert "cost: ≥ $0.00 → ≥ $" in shown.out
    assert "no price for cloudwatch.alarm_metric in eu-central-1" in shown.out and "lambda.request" in shown.out
    found = cost(etlctl, "--stack", ETL)
    assert {"key": "lambda.request", "region": "eu-central-1"} in found["no_price"]
    assert amount(found["after"]) > 0, "the duration has a price there"


def test_a_file_of_prices(etlctl, tmp_path):
    def file(key, price="0.25"):
        path = tmp_path / "prices.json"
        path.write_text(json.dumps({
            "sources": {"ours": {"what": "our contract", "as_of": datetime.now(timezone.utc).date().isoformat()}},
            "regions": {"us-east-1": {key: {"tiers": [[None, price]], "source": "ours"}}},
        }))
        return ("--price-file", str(path))

    found = etlctl("plan", "--env", "dev", "--stack", ETL, "--format", "json", *file("cloudwatch.alarm_metric"))
    sums = found.json["stacks"][0]["cost"]
    assert sums["after"]["shown"] == "$0.50" and "warning: the oldest" not in found.err
    line = of(sums, "alarm/api-handler-errors")["fixed"][0]
    assert (line["source"], line["price"]) == ("our contract", "0.25")
    wrong = etlctl("plan", "--env", "dev", "--stack", ETL, *file("cloudwatch.alarm_metrics"), check=64)
    assert "there is no price `cloudwatch.alarm_metrics`" in wrong.err and "did you mean `cloudwatch.alarm_metric`?" in wrong.err
    etlctl("plan", "--env", "dev", "--price-file", "nowhere.json", check=1)


def test_the_age_of_a_price_is_judged_on_a_day(etlctl):
    told = etlctl("plan", "--env", "dev", "--stack", ETL, "--as-of", "2025-07-01")
    assert "warning: the oldest price" not in told.err and "oldest price of 2024-07-01" in told.out
    told = etlctl("plan", "--env", "dev", "--stack", ETL, "--as-of", "2025-07-02")
    assert "warning: the oldest price in these sums is of 2024-07-01" in told.err


def test_the_right_for_it_stands_apart(etlctl):
    def printed(purpose):
        return etlctl("permissions", "--for", purpose, "--account", "111122223333").json["Statement"]

    assert [statement["Action"] for statement in printed("cost")] == ["cloudwatch:GetMetricData"]
    for purpose in ("plan", "apply", "destroy"):
        assert "GetMetricData" not in json.dumps(printed(purpose))


def test_markdown_has_a_row_a_line(etlctl):
    told = etlctl("plan", "--env", "dev", "--stack", PIPELINE, "--format", "markdown").out
    assert told.startswith("### lambda-etl-optimization · dev") and told.count("\n```") == 2 * told.count("```diff")
    assert "| function/data-transform | 3 versions kept for SnapStart | – | $11.86 | 2025-10-28 |" in told
    assert "\n**cost: $0.00 → $" in told


def test_resource_by_resource(etlctl):
    told = etlctl("plan", "--env", "dev", "--stack", PIPELINE, "-v").out
    assert "function/data-transform  $0.00 → $11.86" in told and "$11.86  3 versions kept for SnapStart" in told
