"""Small stacks that several tests have go wrong, and what is asked of them."""

HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
"""
QUEUE = HEAD + "queues: { dlq: {} }\n"
ROLE = HEAD + "roles: { worker: {} }\n"
LAYER = HEAD + "layers: { shared: { source: ../handlers/work } }\n"
FUNCTION = HEAD + """\
functions:
  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }
"""
# With what needs the function to be there.
TOLD_OF = FUNCTION + "topics: { news: { subscriptions: [{ function: work }] } }\n"
# One of each kind.
STACK = HEAD + """\
queues:
  dlq: {}
topics:
  alerts: {}
layers:
  shared: { source: ../handlers/work }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    layers: [shared]
    dead_letter_queue: dlq
    reserved_concurrency: 1
    log_retention: 7d
    role: { policies: { dlq: [{ actions: [sqs:SendMessage], resources: ["${queues.dlq.arn}"] }] } }
alarms:
  errors:
    function: work
    metric: Errors
    statistic: Sum
    period: 5m
    comparison: GreaterThanThreshold
    threshold: 1
    alarm_actions: [alerts]
outputs:
  layer: ${layers.shared.arn}
"""
# An alias, permissions, a version: what is read back in calls of its own.
RICH = STACK.replace("    reserved_concurrency: 1\n", """\
    reserved_concurrency: 1
    alias: live
    permissions: { s3: { principal: s3.amazonaws.com } }
    environment: { LEVEL: first }
    tags: { edition: first }
""")
PLAN, APPLY, DESTROY = ["plan"], ["apply", "--yes"], ["destroy", "--yes"]
