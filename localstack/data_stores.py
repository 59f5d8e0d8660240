"""What ministack forgets of tables and streams, kept: each function of its own is
called as it is, and what it drops is put beside what it keeps.

A stream keeps the tags that it was made with, its largest record, its metrics and
its mode, which ministack has no call for. A table keeps the days of its recovery,
its policy from its creation on and not beyond its end, and the bounds of its
indexes.
"""

import json

from ministack.services import dynamodb, kinesis


def answered(answer):
    return answer[0] == 200


def keep_what_a_stream_is_made_with(create):
    def create_stream(data):
        answer = create(data)
        if answered(answer):
            stream = kinesis._streams[data["StreamName"]]
            stream["tags"].update(data.get("Tags") or {})
            stream["MaxRecordSizeInKiB"] = data.get("MaxRecordSizeInKiB", 1024)
        return answer

    return create_stream


def tell_all_of_a_stream(describe):
    def describe_stream_summary(data):
        status, headers, body = describe(data)
        if status == 200:
            told = json.loads(body)
            summary = told["StreamDescriptionSummary"]
            stream = kinesis._streams[summary["StreamName"]]
            summary["EnhancedMonitoring"] = [{"ShardLevelMetrics": stream.get("ShardLevelMetrics", [])}]
            summary["MaxRecordSizeInKiB"] = stream.get("MaxRecordSizeInKiB", 1024)
            body = json.dumps(told).encode()
        return status, headers, body

    return describe_stream_summary


METRICS = ["IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
           "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds"]


def spell_out_all(change):
    def changed(data):
        if "ALL" in data.get("ShardLevelMetrics", []):
            data = data | {"ShardLevelMetrics": METRICS}
        return change(data)

    return changed


def update_stream_mode(stream, data):
    stream["StreamModeDetails"] = data["StreamModeDetails"]


def update_max_record_size(stream, data):
    stream["MaxRecordSizeInKiB"] = data["MaxRecordSizeInKiB"]


MISSING = {"UpdateStreamMode": update_stream_mode, "UpdateMaxRecordSize": update_max_record_size}


def answer_what_is_missing(handle):
    async def handle_request(method, path, headers, body, query_params):
        change = MISSING.get(headers.get("x-amz-target", "").split(".")[-1])
        if change is None or "cbor" in headers.get("content-type", ""):
            return await handle(method, path, headers, body, query_params)
        data = json.loads(body)
        name, stream = kinesis._resolve_stream(data)
        if not stream:
            return kinesis.error_response_json("ResourceNotFoundException", f"Stream {name} not found", 400)
        change(stream, data)
        return kinesis.json_response({})

    return handle_request


def keep_the_policy_of_a_new_table(create):
    def create_table(data):
        answer = create(data)
        if answered(answer) and data.get("ResourcePolicy"):
            arn = dynamodb._tables[data["TableName"]]["TableArn"]
            dynamodb._put_resource_policy({"ResourceArn": arn, "Policy": data["ResourcePolicy"]})
        return answer

    return create_table


def forget_the_policy_of_an_old_table(delete):
    def delete_table(data):
        table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
        answer = delete(data)
        if answered(answer):
            dynamodb._resource_policies.pop(table["TableArn"], None)
        return answer

    return delete_table


def keep_bounds_of_indexes(update):
    def update_table(data):
        answer = update(data)
        if answered(answer):
            table = dynamodb._tables[dynamodb._normalize_table_name(data["TableName"])]
            changed = [one["Update"] for one in data.get("GlobalSecondaryIndexUpdates", []) if "Update" in one]
            for index in table.get("GlobalSecondaryIndexes", []):
                for change in changed:
                    if change["IndexName"] == index["IndexName"] and "OnDemandThroughput" in change:
                        index["OnDemandThroughput"] = change["OnDemandThroughput"]
                # What is paid on demand has no capacity, its indexes neither.
                if data.get("BillingMode") == "PAY_PER_REQUEST":
                    index["ProvisionedThroughput"] = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        return answer

    return update_table


def keep_days_of_recovery(update):
    def update_continuous_backups(data):
        answer = update(data)
        if answered(answer):
            table = dynamodb._tables[dynamodb._normalize_table_name(data["TableName"])]
            table["recovery_days"] = data["PointInTimeRecoverySpecification"].get("RecoveryPeriodInDays", 35)
        return answer

    return update_continuous_backups


def tell_days_of_recovery(describe):
    def describe_continuous_backups(data):
        status, headers, body = describe(data)
        if status == 200:
            told = json.loads(body)
            recovery = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            if recovery["PointInTimeRecoveryStatus"] == "ENABLED":
                table = dynamodb._tables[dynamodb._normalize_table_name(data["TableName"])]
                recovery["RecoveryPeriodInDays"] = table.get("recovery_days", 35)
            body = json.dumps(told).encode()
        return status, headers, body

    return describe_continuous_backups


def mend():
    kinesis._create_stream = keep_what_a_stream_is_made_with(kinesis._create_stream)
    kinesis._describe_stream_summary = tell_all_of_a_stream(kinesis._describe_stream_summary)
    kinesis._enable_enhanced_monitoring = spell_out_all(kinesis._enable_enhanced_monitoring)
    kinesis._disable_enhanced_monitoring = spell_out_all(kinesis._disable_enhanced_monitoring)
    kinesis.handle_request = answer_what_is_missing(kinesis.handle_request)
    dynamodb._create_table = keep_the_policy_of_a_new_table(dynamodb._create_table)
    dynamodb._delete_table = forget_the_policy_of_an_old_table(dynamodb._delete_table)
    dynamodb._update_table = keep_bounds_of_indexes(dynamodb._update_table)
    dynamodb._update_continuous_backups = keep_days_of_recovery(dynamodb._update_continuous_backups)
    dynamodb._describe_continuous_backups = tell_days_of_recovery(dynamodb._describe_continuous_backups)
