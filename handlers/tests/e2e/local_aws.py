"""The few calls that the end-to-end check makes."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import boto3
from botocore.config import Config


class LocalAws:
    def __init__(self, endpoint: str, account: str, region: str) -> None:
        session = boto3.session.Session(
            aws_access_key_id=account, aws_secret_access_key="local", region_name=region
        )
        config = Config(read_timeout=330, retries={"max_attempts": 0})

        def client(name: str) -> Any:
            return session.client(name, endpoint_url=endpoint, config=config)

        self._lambda, self._s3, self._sqs = client("lambda"), client("s3"), client("sqs")
        self._logs = client("logs")

    def invoke(self, function: str, event: Any) -> tuple[Any, list[str]]:
        """The result and the log tail; AssertionError where the function failed."""
        for _ in range(5):
            answer = self._lambda.invoke(
                FunctionName=function, Payload=json.dumps(event).encode(), LogType="Tail"
            )
            tail = base64.b64decode(answer.get("LogResult", "")).decode().splitlines()
            result = json.loads(answer["Payload"].read())
            # ministack kills the processes of a function's name in every account when one of them
            # is updated, also one that is just starting; the handler has not run then.
            if "Worker process exited immediately" not in str(result):
                break
        assert "FunctionError" not in answer, f"{function} failed: {result}"
        return result, tail

    def invoke_later(self, function: str, event: Any) -> None:
        self._lambda.invoke(
            FunctionName=function, Payload=json.dumps(event).encode(), InvocationType="Event"
        )

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def get(self, bucket: str, key: str) -> bytes:
        return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def keys(self, bucket: str, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def wait_for_message(self, queue: str, text: str, seconds: float) -> str:
        """The body of the message that holds the text; other messages stay in the queue."""
        url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2, VisibilityTimeout=1
            )
            for message in found.get("Messages", []):
                if text in message["Body"]:
                    self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return message["Body"]
        raise AssertionError(f"no message with {text} in {queue} after {seconds:.0f} s")

    def log_lines(self, function: str) -> list[str]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{function}"
        )
        events = [event for page in pages for event in page["events"]]
        return [line for event in events for line in event["message"].splitlines() if line]
