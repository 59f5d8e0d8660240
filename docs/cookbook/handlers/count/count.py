from common import trimmed


def handler(event, context):
    return len({str(trimmed(record)) for record in event["records"]})
