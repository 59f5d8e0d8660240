"""A stack of which creating, changing and deleting makes every call that writes, and those calls by what
docs/operations.md says of them."""

import re
from collections import Counter

from bench import Bench
from harness import ROOT

APPLY, DESTROY = ["apply", "--yes"], ["destroy", "--yes", "--allow-loss", "all"]

HEAD = """\
stack: full
region: us-east-1
environments: { dev: {} }
naming: "full-${name}"
defaults:
  function: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, role: one, logging: { log_group: own } }
"""

# No keys of log groups, which the local AWS does not set, and no URL of an alias: the local AWS does not tell that it is one's.
BEFORE = HEAD + """\
roles:
  one: { managed_policies: [service-role/AWSLambdaBasicExecutionRole, service-role/AWSLambdaSQSQueueExecutionRole] }
  worker:
    description: Works
    permissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess
    managed_policies: [AWSXRayDaemonWriteAccess]
    policies: { gone: [{ actions: [s3:GetObject], resources: ["arn:aws:s3:::in/*"] }] }
    own_policies:
      gone: [{ actions: [s3:GetObject], resources: ["arn:aws:s3:::in/*"] }]
      kept: [{ actions: [s3:GetObject], resources: ["arn:aws:s3:::in/*"] }]
    tags: { Changed: before, Removed: "yes" }
  free: { description: Is cleared }
  starter:
    trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [scheduler.amazonaws.com] } }]
    policies: { start: [{ actions: [sqs:SendMessage], resources: ["*"] }] }
  states: { trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [states.amazonaws.com] } }] }
queues:
  dlq: { policy: [{ actions: [sqs:SendMessage], resources: ["*"], principals: { Service: [events.amazonaws.com] } }] }
  in: { policy: [{ actions: [sqs:SendMessage], resources: ["*"], principals: { Service: [events.amazonaws.com] } }] }
  other: { visibility_timeout: 2m, redrive: { queue: dlq, max_receives: 3 }, tags: { Changed: before, Removed: "yes" } }
topics:
  alerts:
    subscriptions: [{ queue: in, raw: true }, { queue: other }]
    tags: { Changed: before, Removed: "yes" }
buses:
  shop: { description: Shop, tags: { Changed: before, Removed: "yes" } }
rules:
  orders: { bus: shop, event: { source: [shop] }, targets: [{ queue: in }, { id: gone, queue: dlq }], tags: { Changed: before, Removed: "yes" } }
  gone: { schedule: rate(1 day), targets: [{ queue: in }] }
log_groups:
  own: { name: /full/own }
  audit: { name: /full/audit, retention: 7d, tags: { Changed: before, Removed: "yes" } }
  errors:
    name: /full/errors
    metric_filters: { gone: { pattern: ERROR, metric_namespace: Full, metric_name: gone, metric_value: "1" } }
    subscription_filters: { gone: { function: more }, kept: { function: more, pattern: ERROR } }
    deletion_protection: true
buckets:
  raw:
    name: "full-raw-${aws.account}"
    lifecycle: { old: { expiration: 60d } }
    policy: [{ actions: [s3:GetObject], resources: ["${buckets.raw.arn}/*"], principals: { AWS: ["${aws.account}"] } }]
    tags: { Changed: before, Removed: "yes" }
  other:
    name: "full-other-${aws.account}"
    object_lock: true
    policy: [{ actions: [s3:GetObject], resources: ["${buckets.other.arn}/*"], principals: { AWS: ["${aws.account}"] } }]
layers:
  shared: { source: ../handlers/shared, keep_versions: 1 }
functions:
  work:
    layers: [shared]
    url: { auth: iam }
    permissions: { changed: { principal: s3.amazonaws.com } }
    event_sources: [{ queue: in, batch_size: 5 }]
    reserved_concurrency: 1
    tags: { Changed: before, Removed: "yes" }
  more: { permissions: { logs: { principal: logs.amazonaws.com, source_arn: "${log_groups.errors.arn}:*" } } }
  less:
    url: { auth: iam }
    permissions: { gone: { principal: s3.amazonaws.com } }
    event_sources: [{ queue: other }]
    event_invoke: { max_retries: 0 }
    reserved_concurrency: 1
  published: { alias: live, provisioned_concurrency: 1 }
  gains: {}
  loses: { alias: live, provisioned_concurrency: 1 }
  frozen: { publish: true }
tables:
  orders: { key: id, ttl: expires, policy: [{ actions: [dynamodb:GetItem], resources: ["*"], principals: { AWS: ["${aws.account}"] } }], tags: { Changed: before, Removed: "yes" } }
  plain: { key: id, indexes: { gone: { partition_key: day } } }
streams:
  clicks: { shards: 1, retention: 2d, kms_key: alias/aws/kinesis, shard_metrics: [IncomingBytes], tags: { Changed: before, Removed: "yes" } }
  events: { shards: 1 }
schedule_groups: { more: { tags: { Changed: before, Removed: "yes" } } }
schedules:
  changed: { group: more, schedule: rate(1 day), queue: in, role: starter, dead_letter_queue: dlq }
  gone: { group: more, schedule: rate(1 day), queue: in, role: starter, dead_letter_queue: dlq }
state_machines:
  flow:
    role: states
    definition: { StartAt: A, States: { A: { Type: Succeed } } }
    tags: { Changed: before, Removed: "yes" }
alarms:
  errors:
    function: work
    metric: Errors
    statistic: Sum
    period: 5m
    comparison: GreaterThanThreshold
    threshold: 1
    tags: { Changed: before, Removed: "yes" }
"""

AFTER = HEAD + """\
roles:
  one: { managed_policies: [service-role/AWSLambdaBasicExecutionRole, service-role/AWSLambdaSQSQueueExecutionRole] }
  worker:
    description: Works harder
    max_session: 2h
    trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [lambda.amazonaws.com, events.amazonaws.com] } }]
    managed_policies: [AmazonSQSReadOnlyAccess]
    policies: { added: [{ actions: [s3:PutObject], resources: ["arn:aws:s3:::out/*"] }] }
    own_policies:
      added: [{ actions: [s3:PutObject], resources: ["arn:aws:s3:::out/*"] }]
      kept: [{ actions: [s3:PutObject], resources: ["arn:aws:s3:::out/*"] }]
    tags: { Changed: after }
  free: { permissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess }
  starter:
    trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [scheduler.amazonaws.com] } }]
    policies: { start: [{ actions: [sqs:SendMessage], resources: ["*"] }] }
  states: { trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [states.amazonaws.com] } }] }
queues:
  dlq: { policy: [{ actions: [sqs:SendMessage], resources: ["*"], principals: { Service: [events.amazonaws.com] } }] }
  in: { policy: [{ actions: [sqs:SendMessage], resources: ["*"], principals: { Service: [events.amazonaws.com] } }] }
  other: { visibility_timeout: 3m, tags: { Changed: after } }
topics:
  alerts:
    display_name: All
    subscriptions: [{ queue: in, filter_policy: { kind: [order] } }, { email: added@example.com }]
    tags: { Changed: after }
buses:
  shop: { description: Shops, tags: { Changed: after } }
rules:
  orders: { bus: shop, event: { source: [shop, store] }, targets: [{ queue: in, input_path: $.detail }], tags: { Changed: after } }
log_groups:
  own: { name: /full/own, retention: 7d }
  audit: { name: /full/audit, tags: { Changed: after } }
  errors:
    name: /full/errors
    metric_filters: { added: { pattern: WARN, metric_namespace: Full, metric_name: added, metric_value: "1" } }
    subscription_filters: { added: { function: more }, kept: { function: more, pattern: WARN } }
buckets:
  raw:
    name: "full-raw-${aws.account}"
    versioning: true
    kms_key: "arn:aws:kms:us-east-1:${aws.account}:key/11111111-2222-3333-4444-555555555555"
    object_ownership: ObjectWriter
    eventbridge: true
    lifecycle: { old: { expiration: 30d } }
    policy: [{ actions: [s3:PutObject], resources: ["${buckets.raw.arn}/*"], principals: { AWS: ["${aws.account}"] } }]
    tags: { Changed: after }
  other: { name: "full-other-${aws.account}", object_lock: true }
layers:
  shared: { source: ../handlers/other, keep_versions: 1 }
functions:
  work:
    source: ../handlers/other
    memory: 256
    layers: [shared]
    url: { auth: iam, invoke_mode: stream }
    permissions: { changed: { principal: events.amazonaws.com } }
    event_sources: [{ queue: in, batch_size: 10 }]
    reserved_concurrency: 2
    tags: { Changed: after }
  more:
    url: { auth: iam }
    permissions:
      logs: { principal: logs.amazonaws.com, source_arn: "${log_groups.errors.arn}:*" }
      new: { principal: s3.amazonaws.com }
    event_sources: [{ queue: other }]
    event_invoke: { max_retries: 0 }
    reserved_concurrency: 1
  less: {}
  published: { alias: live, memory: 256, provisioned_concurrency: 2 }
  gains: { alias: live }
  loses: {}
  frozen: { publish: true, memory: 256 }
tables:
  orders: { key: id, ttl: expires, point_in_time_recovery: true, class: STANDARD_INFREQUENT_ACCESS, tags: { Changed: after } }
  plain: { key: id, ttl: expires, indexes: { added: { partition_key: day } }, policy: [{ actions: [dynamodb:GetItem], resources: ["*"], principals: { AWS: ["${aws.account}"] } }] }
streams:
  clicks: { shards: 2, max_record_size: 2048, tags: { Changed: after } }
  events: { mode: on_demand, retention: 3d, kms_key: alias/aws/kinesis, shard_metrics: [ALL] }
schedule_groups: { more: { tags: { Changed: after } } }
schedules:
  changed: { group: more, schedule: rate(2 days), queue: in, role: starter, dead_letter_queue: dlq }
  added: { group: more, schedule: rate(1 day), queue: in, role: starter, dead_letter_queue: dlq }
state_machines:
  flow:
    role: states
    definition: { StartAt: A, States: { A: { Type: Pass, Next: B }, B: { Type: Succeed } } }
    tags: { Changed: after }
alarms:
  errors:
    function: work
    metric: Errors
    statistic: Sum
    period: 5m
    comparison: GreaterThanThreshold
    threshold: 2
    tags: { Changed: after }
"""
PHASES = ("create", "update", "destroy")


def writes_on_the_page():
    """The operations that docs/operations.md marks as writes, and whether each is sent once at most."""
    rows = re.findall(r"^\| `(\w+:\w+)` \| writes(, once)? \|", (ROOT / "docs" / "operations.md").read_text(), re.M)
    return {operation: bool(once) for operation, once in rows}


class Life:
    """An account in which the stack is made, changed and taken away, one phase after the other."""

    def __init__(self, directory):
        self.bench = Bench(directory, BEFORE)
        self.bench.project.write("handlers/shared/nodejs/shared.js", "exports.shared = true;\n")
        self.bench.project.write("handlers/other/index.js", "exports.handler = async () => 'other';\n")

    def run(self, phase, rules=()):
        if phase == "update":
            self.bench.project.stack(AFTER)
        return self.bench.run(DESTROY if phase == "destroy" else APPLY, rules)

    def there(self):
        """The account but for the ids that mappings get."""
        found = self.bench.aws.snapshot()
        for key in [key for key in found if key.startswith("mapping/")]:
            found[key].pop("EventSourceMappingArn")
        return found

    def published(self):
        """The highest version of everything of which AWS counts versions: none was made twice."""
        client = self.bench.aws("lambda")
        layers = {layer["LayerName"]: layer["LatestMatchingVersion"]["Version"] for layer in client.list_layers()["Layers"]}
        names = [function["FunctionName"] for function in client.list_functions()["Functions"]]
        versions = {name: [one["Version"] for one in client.list_versions_by_function(FunctionName=name)["Versions"]]
                    for name in names}
        return layers, versions


def sent_once(proxy, once):
    """How often each call was sent, of the operations that are sent once: a call by what it is about."""
    # Names of buckets hold the account.
    return Counter(re.sub(r"\d{12}", "ACCOUNT", str(call)) for call in proxy.writes if once.get(call.action))
