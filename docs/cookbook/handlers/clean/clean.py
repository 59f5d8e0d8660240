from common import trimmed


def handler(event, context):
    return [trimmed(record) for record in event["records"]]
