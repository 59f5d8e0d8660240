"""Stacks by chance: a document as it is written to the file, and edits of it. Keys are few and
references many, so that what is made, renamed and removed meets what names it."""

import copy

import yaml

SECTIONS = ("queues", "topics", "layers", "functions", "alarms")
MOST = {"queues": 3, "topics": 2, "layers": 2, "functions": 2, "alarms": 2}
EDITIONS = 4
ROLE = "service-role/AWSLambda{}ExecutionRole"


def files():
    """Code of functions and layers, by path: what a source says is its number."""
    for edition in range(EDITIONS):
        yield f"handlers/code{edition}/index.js", f"exports.handler = async () => 'code {edition}';\n"
        yield f"handlers/layer{edition}/nodejs/shared.js", f"exports.edition = 'layer {edition}';\n"


def text(document):
    return yaml.safe_dump({
        "stack": "chance", "region": "us-east-1", "environments": {"dev": {}}, "instance": "${suffix}",
        "variables": {"suffix": {"from_env": "ENVIRONMENT_SUFFIX", "default": "${env}"}},
        "naming": "chance-${name}-${suffix}", **document,
    }, sort_keys=False)


class Generator:
    """`secrets` are all the values of passwords that it has given out."""

    def __init__(self, chance):
        self.chance, self.secrets = chance, []

    def first(self):
        document = {section: {} for section in SECTIONS}
        for section in (*SECTIONS, *self.chance.sample(SECTIONS, k=2)):
            self.add(document, section)
        return repaired(document)

    def edited(self, document):
        """Another document, and in words what was done to this one."""
        changed, done = copy.deepcopy(document), []
        for _ in range(self.chance.randint(1, 3)):
            section = self.chance.choice(SECTIONS)
            edit = self.chance.choice((self.add, self.remove, self.rename, self.change, self.change, self.tag))
            done.append(f"{edit.__name__} {section}: {edit(changed, section)}")
        return repaired(changed), done

    # --- edits

    def add(self, document, section):
        free = [key for key in self.keys(section) if key not in document[section]]
        if len(document[section]) >= MOST[section] or not free:
            return self.change(document, section)
        key = self.chance.choice(free)
        document[section][key] = self.resource(section, document)
        return key

    def remove(self, document, section):
        if document[section]:
            key = self.chance.choice(sorted(document[section]))
            del document[section][key]
            return key

    def rename(self, document, section):
        free = [key for key in self.keys(section) if key not in document[section]]
        if document[section] and free:
            old, new = self.chance.choice(sorted(document[section])), self.chance.choice(free)
            document[section][new] = document[section].pop(old)
            follow(document, section, old, new)
            return f"{old} to {new}"

    def change(self, document, section):
        """A field or two are as in another resource by chance: other, there, or not there any more."""
        if not document[section]:
            return None
        key = self.chance.choice(sorted(document[section]))
        other, resource = self.resource(section, document), document[section][key]
        fields = self.chance.sample(sorted(set(other) | set(resource)), k=min(2, len(set(other) | set(resource))))
        for field in fields:
            resource.pop(field, None)
            if field in other:
                resource[field] = other[field]
        return f"{key} {' '.join(fields)}"

    def tag(self, document, _):
        document["tags"] = self.tags()
        return document["tags"]

    # --- resources

    def keys(self, section):
        return [f"{section[0]}{number}" for number in range(5)]

    def resource(self, section, document):
        resource = getattr(self, section[:-1])({other: sorted(document[other]) for other in SECTIONS})
        return {field: value for field, value in resource.items() if value is not None}

    def maybe(self, value):
        return value if self.chance.random() < 0.5 else None

    def one_of(self, values):
        return self.chance.choice(values) if values else None

    def tags(self):
        return {key: self.one_of(("x", "y", "z")) for key in ("team", "cost", "owner") if self.maybe(True)}

    def queue(self, there):
        target = self.maybe(self.one_of(there["queues"]))
        return {
            "visibility_timeout": self.maybe(self.one_of(("40s", "60s", "90s"))),
            "message_retention": self.maybe(self.one_of(("1d", "14d"))),
            "delay": self.maybe(self.one_of(("5s", "60s"))),
            "redrive": target and {"queue": target, "max_receives": self.one_of((5, 8))},
            "tags": self.maybe(self.tags()),
        }

    def topic(self, there):
        return {
            "display_name": self.maybe(self.one_of(("news", "alerts"))),
            "subscriptions": self.maybe([{"queue": queue} for queue in there["queues"] if self.maybe(True)]),
            "tags": self.maybe(self.tags()),
        }

    def layer(self, there):
        return {
            "source": f"../handlers/layer{self.chance.randrange(EDITIONS)}",
            "description": self.maybe(self.one_of(("shared", "common"))),
            "keep_versions": self.maybe(self.one_of((1, 2))),
        }

    def function(self, there):
        source = self.maybe(self.one_of(there["queues"]))
        return {
            "source": f"../handlers/code{self.chance.randrange(EDITIONS)}", "runtime": "nodejs22.x", "handler": "index.handler",
            "description": self.maybe(self.one_of(("works", "toils"))),
            "memory": self.maybe(self.one_of((256, 512))),
            "timeout": self.maybe(self.one_of(("5s", "9s"))),
            "alias": self.maybe("live"),
            "environment": self.maybe(self.environment(there)),
            "layers": self.maybe([layer for layer in there["layers"] if self.maybe(True)]),
            "dead_letter_queue": self.maybe(self.one_of(there["queues"])),
            "reserved_concurrency": self.maybe(self.one_of((0, 1, 3))),
            "log_retention": self.maybe(self.one_of(("1d", "7d"))),
            "permissions": self.maybe({sid: self.permission() for sid in ("one", "two") if self.maybe(True)}),
            "event_sources": source and [{"queue": source, "batch_size": self.one_of((1, 5))}],
            "tags": self.maybe(self.tags()),
        }

    def environment(self, there):
        self.secrets.append(f"zebra-{self.chance.getrandbits(40):x}")
        named = [f"${{queues.{key}.arn}}" for key in there["queues"]] + [f"${{topics.{key}.arn}}" for key in there["topics"]]
        found = {"DB_PASSWORD": self.secrets[-1], "MODE": self.one_of(("fast", "slow")), "TARGET": self.one_of(named)}
        return {name: value for name, value in found.items() if value and self.chance.random() < 0.7}

    def permission(self):
        rule = self.one_of(("nightly", "hourly"))
        return {"principal": "events.amazonaws.com", "source_arn": f"arn:aws:events:us-east-1:${{aws.account}}:rule/{rule}"}

    def alarm(self, there):
        of = self.one_of([("function", key) for key in there["functions"]] + [("queue", key) for key in there["queues"]])
        return {
            **dict([of] if of else []),
            "metric": self.one_of(("Errors", "Age")), "statistic": "Sum", "comparison": "GreaterThanThreshold",
            "period": self.one_of(("1m", "5m")), "threshold": self.chance.randint(1, 9),
            "description": self.maybe(self.one_of(("look", "wake"))),
            "alarm_actions": self.maybe([topic for topic in there["topics"] if self.maybe(True)]),
            "tags": self.maybe(self.tags()),
        }


def follow(document, section, old, new):
    """References in the file go with a key."""
    named = {"queues": ("queue", "dead_letter_queue"), "functions": ("function",)}.get(section, ())
    lists = {"topics": ("alarm_actions",), "layers": ("layers",)}.get(section, ())

    def walk(value):
        if isinstance(value, dict):
            for field, inner in value.items():
                if field in named and inner == old:
                    value[field] = new
                elif field in lists and isinstance(inner, list):
                    value[field] = [new if key == old else key for key in inner]
                elif isinstance(inner, str):
                    value[field] = inner.replace(f"${{{section}.{old}.", f"${{{section}.{new}.")
                else:
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for resources in (document[other] for other in SECTIONS):
        for resource in resources.values():
            walk(resource)


def repaired(document):
    """Without references to what is not there, and with roles that may do what their functions need."""
    queues, topics, layers, functions = (document[section] for section in SECTIONS[:4])
    for key, queue in queues.items():
        # A circle of queues is refused.
        if "redrive" in queue and not (queue["redrive"]["queue"] in queues and queue["redrive"]["queue"] > key):
            del queue["redrive"]
    for topic in topics.values():
        keep_if(topic, "subscriptions", lambda one: one["queue"] in queues)
    for function in functions.values():
        keep_if(function, "layers", lambda one: one in layers)
        keep_if(function, "event_sources", lambda one: one["queue"] in queues)
        if function.get("dead_letter_queue") not in queues:
            function.pop("dead_letter_queue", None)
        target = function.get("environment", {}).get("TARGET", "")
        if target and target.split(".")[1] not in document[target[2:].split(".")[0]]:
            del function["environment"]["TARGET"]
        dead = function.get("dead_letter_queue")
        send = {"actions": ["sqs:SendMessage"], "resources": [f"${{queues.{dead}.arn}}"]}
        function["role"] = {
            "managed_policies": [ROLE.format("Basic")] + ([ROLE.format("SQSQueue")] if function.get("event_sources") else []),
            "policies": {"dead": [send]} if dead else {},
        }
    for key, alarm in list(document["alarms"].items()):
        keep_if(alarm, "alarm_actions", lambda one: one in topics)
        # Of what it looks at, exactly one.
        if "function" in alarm and "queue" in alarm:
            del alarm["queue"]
        if alarm.get("function") not in functions and alarm.get("queue") not in queues:
            del document["alarms"][key]
    return document


def keep_if(resource, field, is_right):
    if field in resource:
        resource[field] = [one for one in resource[field] if is_right(one)]
