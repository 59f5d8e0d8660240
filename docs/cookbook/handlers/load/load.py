"""A JSON list of orders becomes items of the table."""

import json
import os
from decimal import Decimal
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    count = 0
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with table.batch_writer(overwrite_by_pkeys=["id"]) as batch:
            for order in json.loads(body, parse_float=Decimal):
                batch.put_item(order)
                count += 1
    return {"written": count}
