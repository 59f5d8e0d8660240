"""What an account holds, as it follows from a document by chance and the names, and as it is read. Of
what neither the file nor AWS's defaults say anything, nothing is kept."""

import functools
import io
import json
import re
import urllib.request
import zipfile

from snapshot import pages, snapshot

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ARN = "arn:aws:{}:us-east-1:ACCOUNT:{}"


def model(document, suffix):
    """By address and physical name."""
    return Model(document, suffix).all()


class Model:
    def __init__(self, document, suffix):
        self.document, self.suffix = document, suffix

    def all(self):
        found = {}
        for section, of in (
                ("queues", self.queue), ("topics", self.topic), ("layers", self.layer), ("functions", self.function),
                ("alarms", self.alarm)):
            for key, resource in self.document[section].items():
                found |= of(self.name(key), resource)
        return found

    def name(self, key):
        return f"chance-{key}-{self.suffix}"

    def tags(self, resource):
        mark = {"etlctl:stack": "chance", "etlctl:env": "dev", "etlctl:instance": self.suffix}
        return mark | self.document.get("tags", {}) | resource.get("tags", {})

    def arn(self, service, key):
        return ARN.format(service, self.name(key))

    def filled(self, value):
        """With the account and the ARNs that it refers to."""
        services = {"queues": "sqs", "topics": "sns"}
        value = value.replace("${aws.account}", "ACCOUNT")
        return re.sub(r"\$\{(queues|topics)\.(\w+)\.arn\}", lambda one: self.arn(services[one[1]], one[2]), value)

    def queue(self, name, queue):
        redrive = queue.get("redrive")
        return {f"queue/{name}": {
            "visibility": seconds(queue.get("visibility_timeout", "30s")),
            "retention": seconds(queue.get("message_retention", "4d")),
            "delay": seconds(queue.get("delay", "0s")),
            "redrive": redrive and (self.arn("sqs", redrive["queue"]), redrive["max_receives"]),
            "tags": self.tags(queue),
        }}

    def topic(self, name, topic):
        return {f"topic/{name}": {
            "display": topic.get("display_name", ""),
            "subscriptions": sorted(("sqs", self.arn("sqs", one["queue"])) for one in topic.get("subscriptions", [])),
            "tags": self.tags(topic),
        }}

    def layer(self, name, layer):
        return {f"layer/{name}": {
            "newest": edition(layer["source"]), "description": layer.get("description", ""),
            "surplus": 0, "in vain": 0, "keeps": layer.get("keep_versions", 5),
        }}

    def function(self, name, function):
        dead, alias = function.get("dead_letter_queue"), function.get("alias")
        role = f"{name.removesuffix('-' + self.suffix)}-role-{self.suffix}"
        group, memory, itself = f"/aws/lambda/{name}", function.get("memory", 128), ARN.format("lambda", f"function:{name}")
        called = f"{itself}:{alias}" if alias else itself
        days = function.get("log_retention")
        tags = self.tags(function)
        found = {
            f"function/{name}": {
                "code": edition(function["source"]), "memory": memory, "timeout": seconds(function.get("timeout", "3s")),
                "description": function.get("description", ""),
                "environment": {name: self.filled(value) for name, value in function.get("environment", {}).items()},
                "layers": [(ARN.format("lambda", f"layer:{self.name(key)}"), edition(self.document["layers"][key]["source"]))
                           for key in function.get("layers", [])],
                "dead": dead and self.arn("sqs", dead),
                "reserved": function.get("reserved_concurrency"),
                "role": f"arn:aws:iam::ACCOUNT:role/etlctl/chance/dev/{role}",
                "group": group,
                "aliases": {alias: (edition(function["source"]), memory)} if alias else {},
                "permissions": sorted((sid, one["principal"], self.filled(one["source_arn"]), called)
                                      for sid, one in function.get("permissions", {}).items()),
                "in vain": 0,
                "untold": [],
                "tags": tags,
            },
            f"role/{role}": {
                "attached": sorted(f"arn:aws:iam::aws:policy/{policy}" for policy in function["role"]["managed_policies"]),
                "inline": {"dead": ["sqs:SendMessage", self.arn("sqs", dead)]} if dead else {},
                "tags": self.tags({}) | {"etlctl:region": "us-east-1"},
            },
            f"log_group/{group}": {"retention": days and seconds(days) // SECONDS["d"], "tags": tags},
        }
        for source in function.get("event_sources", []):
            found[f"mapping/{called}/{self.arn('sqs', source['queue'])}"] = [source["batch_size"]]
        return found

    def alarm(self, name, alarm):
        dimension = ("FunctionName", alarm["function"]) if "function" in alarm else ("QueueName", alarm["queue"])
        return {f"alarm/{name}": {
            "of": (dimension[0], self.name(dimension[1])), "metric": alarm["metric"],
            "namespace": "AWS/Lambda" if "function" in alarm else "AWS/SQS",
            "period": seconds(alarm["period"]), "threshold": float(alarm["threshold"]),
            "description": alarm.get("description", ""),
            "actions": sorted(self.arn("sns", key) for key in alarm.get("alarm_actions", [])),
            "tags": self.tags(alarm),
        }}


def seconds(text):
    return int(text[:-1]) * SECONDS[text[-1]]


def edition(source):
    """What a source says of itself."""
    return re.sub(r"(\d+)$", r" \1", source.rsplit("/", 1)[1])


# --- live -------------------------------------------------------------------


def live(aws, wanted):
    """The account in the words of the model. How many versions of a layer are kept is what is wanted of it."""
    found, client = {}, aws("lambda")
    for address, one in snapshot(aws).items():
        kind, _, name = address.partition("/")
        if kind == "layer":
            found[address] = read_layer(client, name, one, wanted.get(address, {}).get("keeps", 5))
        elif kind == "function":
            found[address] = read_function(client, name, one)
        elif kind != "mapping":
            found[address] = READ[kind](one)
    return found | mappings(client, aws.account)


def read_queue(queue):
    attributes, redrive = queue["attributes"], queue["attributes"].get("RedrivePolicy")
    return {
        "visibility": int(attributes["VisibilityTimeout"]), "retention": int(attributes["MessageRetentionPeriod"]),
        "delay": int(attributes["DelaySeconds"]),
        "redrive": redrive and (redrive["deadLetterTargetArn"], int(redrive["maxReceiveCount"])), "tags": queue["tags"],
    }


def read_topic(topic):
    return {"display": topic["attributes"].get("DisplayName", ""), "tags": topic["tags"],
            "subscriptions": sorted(map(tuple, topic["subscriptions"]))}


def read_layer(client, name, versions, keeps):
    """A version like the one before it was published in vain."""
    saying = [(saying_of_layer(client, name, one["sha256"]), (one["description"] or "").partition("[")[0].strip())
              for one in versions]
    return {
        "newest": saying[-1][0], "description": saying[-1][1], "keeps": keeps,
        "surplus": max(0, len(saying) - keeps), "in vain": sum(one == other for one, other in zip(saying, saying[1:])),
    }


def read_function(client, name, function):
    configuration = function["configuration"]
    return {
        "code": saying_of_function(client, name, configuration["CodeSha256"]),
        "memory": configuration["MemorySize"], "timeout": configuration["Timeout"],
        "description": configuration.get("Description", ""),
        "environment": configuration.get("Environment", {}).get("Variables", {}),
        "layers": [(layer.split()[0], saying_of_layer(client, layer.split()[0].rsplit(":", 1)[1], layer.split()[1]))
                   for layer in configuration["Layers"]],
        "dead": configuration.get("DeadLetterConfig", {}).get("TargetArn"),
        "reserved": function["reserved"], "role": configuration["Role"],
        "group": configuration["LoggingConfig"]["LogGroup"],
        "aliases": {alias: (saying_of_function(client, name, one["code"]), one["memory"])
                    for alias, one in function["aliases"].items()},
        "permissions": sorted(
            (one["Sid"], one["Principal"]["Service"], one["Condition"]["ArnLike"]["AWS:SourceArn"], one["Resource"])
            for one in function["permissions"]),
        "in vain": in_vain(client, name),
        "untold": sorted(untold(function)),
        "tags": {key: value for key, value in function["tags"].items() if key not in ("etlctl:artifact", "etlctl:beside")},
    }


def untold(function):
    """Parts with reads of their own that stand there, and of which its mark does not tell."""
    stand = {part for part in ("aliases", "permissions") if function[part]}
    return stand - set(function["tags"].get("etlctl:beside", "").split())


def in_vain(client, name):
    """Published versions that are as the one before."""
    told = ("CodeSha256", "Description", "MemorySize", "Timeout", "Environment", "Layers", "DeadLetterConfig", "Role")
    versions = [json.dumps([version.get(member) for member in told], sort_keys=True)
                for version in pages(client, "list_versions_by_function", FunctionName=name) if version["Version"] != "$LATEST"]
    return sum(one == other for one, other in zip(versions, versions[1:]))


def read_role(role):
    def short(policy):
        (statement,) = policy["Statement"]
        return [statement["Action"], statement["Resource"]]

    inline = {key: short(policy) for key, policy in role["inline"].items()}
    return {"attached": role["attached"], "inline": inline, "tags": role["tags"]}


def read_log_group(group):
    return {"retention": group["retention"], "tags": group["tags"]}


def read_alarm(alarm):
    (dimension,) = alarm["Dimensions"]
    return {
        "of": (dimension["Name"], dimension["Value"]), "metric": alarm["MetricName"], "namespace": alarm["Namespace"],
        "period": alarm["Period"], "threshold": alarm["Threshold"], "description": alarm.get("AlarmDescription", ""),
        "actions": sorted(alarm.get("AlarmActions", [])), "tags": alarm["tags"],
    }


def mappings(client, account):
    """Sizes by function and queue: a second one of both would be one too many."""
    found = {}
    for one in pages(client, "list_event_source_mappings"):
        address = f"mapping/{one['FunctionArn']}/{one['EventSourceArn']}".replace(account, "ACCOUNT")
        found.setdefault(address, []).append(one["BatchSize"])
    return found


READ = {"queue": read_queue, "topic": read_topic, "role": read_role, "log_group": read_log_group, "alarm": read_alarm}
SAID = {}


def saying_of_function(client, name, sha256):
    """What code of this hash says of itself; looked up while it is some function's."""
    if sha256 not in SAID:
        answer = client.get_function(FunctionName=name)
        SAID[answer["Configuration"]["CodeSha256"]] = said(answer["Code"]["Location"])
    return SAID.get(sha256, sha256)


def saying_of_layer(client, name, sha256):
    if sha256 not in SAID:
        for version in pages(client, "list_layer_versions", LayerName=name):
            content = client.get_layer_version(LayerName=name, VersionNumber=version["Version"])["Content"]
            SAID[content["CodeSha256"]] = said(content["Location"])
    return SAID.get(sha256, sha256)


@functools.cache
def said(location):
    archive = zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(location, timeout=30).read()))
    (name,) = [name for name in archive.namelist() if name.endswith(".js")]
    return re.search(r"'(.+)'", archive.read(name).decode())[1]
