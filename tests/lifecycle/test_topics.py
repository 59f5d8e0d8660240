"""What of a topic is told by SNS in another form than it was written, and still is seen when it changes."""

import json

import pytest

from bench import Bench
from stacks import APPLY, HEAD

PLAN = ["plan", "--detailed-exitcode"]
HOOK = HEAD + """\
topics:
  news: { subscriptions: [{ https: "https://user:${password}@hooks.example.com/in" }] }
variables: { password: { sensitive: true } }
"""
TOPIC = HEAD + "topics: { news: {} }\n"
POLICY = """\
topics:
  news:
    policy:
      Version: "2008-10-17"
      Id: __default_policy_ID
      Statement:
        - Sid: __default_statement_ID
          Effect: Allow
          Principal: { AWS: "*" }
          Action: ACTIONS
          Resource: "arn:aws:sns:us-east-1:${aws.account}:tiny-news"
          Condition: { StringEquals: { "AWS:SourceOwner": "${aws.account}" } }
"""


def set_(password):
    return ["--set", f"password={password}"]


def test_another_password_of_an_address_is_another_subscription(tmp_path):
    bench = Bench(tmp_path, HOOK)
    bench.calmly([*APPLY, *set_("first-word")]).exits(0)
    bench.calmly([*PLAN, *set_("first-word")]).exits(0)
    run = bench.calmly([*PLAN, *set_("second-word")]).exits(2)
    assert "endpoint" in run.out and "-word" not in run.out + run.err, run
    run, proxy = bench.run([*APPLY, *set_("second-word")])
    run.exits(0)
    assert "Subscribe" in [call.operation for call in proxy.writes], run
    bench.calmly([*PLAN, *set_("second-word")]).exits(0)
    tags = bench.aws("sns").list_tags_for_resource(ResourceArn=bench.aws.arn("sns", "tiny-news"))["Tags"]
    assert "word" not in str([tag["Value"] for tag in tags]), tags
    # What nobody wrote down is taken for what the file says, and written down.
    bench.aws("sns").untag_resource(ResourceArn=bench.aws.arn("sns", "tiny-news"), TagKeys=["etlctl:passwords"])
    run, proxy = bench.run([*APPLY, *set_("second-word")])
    assert [call.operation for call in proxy.writes] == ["TagResource"], run
    bench.calmly([*PLAN, *set_("second-word")]).exits(0)
    # And without an address nothing is left of it.
    bench.project.stack(TOPIC)
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    tags = bench.aws("sns").list_tags_for_resource(ResourceArn=bench.aws.arn("sns", "tiny-news"))["Tags"]
    assert "etlctl:passwords" not in [tag["Key"] for tag in tags], tags


@pytest.mark.parametrize("actions", [["SNS:Publish"], ["SNS:*"]], ids=["narrowed", "widened"])
def test_a_default_policy_that_somebody_changes_is_a_drift(tmp_path, actions):
    bench = Bench(tmp_path, TOPIC)
    bench.calmly(APPLY).exits(0)
    topic, client = bench.aws.arn("sns", "tiny-news"), bench.aws("sns", bench.etlctl.endpoint)
    policy = json.loads(client.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    policy["Statement"][0]["Action"] = actions
    client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    assert "policy" in bench.calmly(PLAN).exits(2).out
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


@pytest.mark.parametrize("actions", ["[SNS:Publish, SNS:Subscribe]", None], ids=["another", "the default"])
def test_a_policy_with_the_name_of_the_default_one_is_the_files(tmp_path, actions):
    default = "[SNS:GetTopicAttributes, SNS:SetTopicAttributes, SNS:AddPermission, SNS:RemovePermission, SNS:DeleteTopic, SNS:Subscribe, " \
              "SNS:ListSubscriptionsByTopic, SNS:Publish]"
    bench = Bench(tmp_path, HEAD + POLICY.replace("ACTIONS", actions or default))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(TOPIC)
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
