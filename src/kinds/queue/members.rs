//! What carries the members of AWS's requests on queues.

use super::spec::{DeduplicationScope, FifoThroughputLimit};
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_QUEUE_MEMBERS: &[Member] = &[
    Member::name("QueueName").length(1, 80).refused("E172"),
    Member::field("Attributes.Policy", "policy"),
    Member::field("Attributes.VisibilityTimeout", "visibility_timeout").range(0, 43_200).refused("E401").unit("s"),
    Member::field("Attributes.MaximumMessageSize", "max_message_size").range(1_024, 1_048_576).refused("E404").unit("bytes"),
    Member::field("Attributes.MessageRetentionPeriod", "message_retention").range(60, 1_209_600).refused("E402").unit("s"),
    Member::field("Attributes.DelaySeconds", "delay").range(0, 900).refused("E403").unit("s"),
    Member::field("Attributes.ReceiveMessageWaitTimeSeconds", "receive_wait").range(0, 20).refused("E405").unit("s"),
    Member::field("Attributes.RedrivePolicy", "redrive"),
    Member::field("Attributes.FifoQueue", "fifo"),
    Member::field("Attributes.ContentBasedDeduplication", "content_based_deduplication"),
    Member::field("Attributes.KmsMasterKeyId", "kms_key"),
    Member::field("Attributes.KmsDataKeyReusePeriodSeconds", "kms_data_key_reuse").range(60, 86_400).refused("E406").unit("s"),
    Member::field("Attributes.DeduplicationScope", "deduplication_scope").words(DeduplicationScope::SPELLINGS).refused("E415"),
    Member::field("Attributes.FifoThroughputLimit", "fifo_throughput_limit").words(FifoThroughputLimit::SPELLINGS).refused("E415"),
    Member::field("Attributes.RedriveAllowPolicy", "redrive_allow"),
    Member::field("Attributes.SqsManagedSseEnabled", "managed_encryption"),
    Member::left("Attributes.All", "a word of questions, which stands for every attribute"),
    Member::left("Attributes.ApproximateNumberOfMessages", "SQS counts it; nobody sets it"),
    Member::left("Attributes.ApproximateNumberOfMessagesNotVisible", "SQS counts it; nobody sets it"),
    Member::left("Attributes.ApproximateNumberOfMessagesDelayed", "SQS counts it; nobody sets it"),
    Member::left("Attributes.CreatedTimestamp", "SQS tells it; nobody sets it"),
    Member::left("Attributes.LastModifiedTimestamp", "SQS tells it; nobody sets it"),
    Member::left("Attributes.QueueArn", "SQS tells it; nobody sets it"),
    Member::made("tags", "the stack's tags and the mark"),
];

pub(super) const SET_QUEUE_ATTRIBUTES_MEMBERS: &[Member] = &[
    Member::made("QueueUrl", "the URL that SQS tells for the name"),
    Member::field("Attributes.Policy", "policy"),
    Member::field("Attributes.VisibilityTimeout", "visibility_timeout").range(0, 43_200).refused("E401").unit("s"),
    Member::field("Attributes.MaximumMessageSize", "max_message_size").range(1_024, 1_048_576).refused("E404").unit("bytes"),
    Member::field("Attributes.MessageRetentionPeriod", "message_retention").range(60, 1_209_600).refused("E402").unit("s"),
    Member::field("Attributes.DelaySeconds", "delay").range(0, 900).refused("E403").unit("s"),
    Member::field("Attributes.ReceiveMessageWaitTimeSeconds", "receive_wait").range(0, 20).refused("E405").unit("s"),
    Member::field("Attributes.RedrivePolicy", "redrive"),
    Member::left("Attributes.FifoQueue", "SQS takes it with a new queue only, so another `fifo` is another queue"),
    Member::field("Attributes.ContentBasedDeduplication", "content_based_deduplication"),
    Member::field("Attributes.KmsMasterKeyId", "kms_key"),
    Member::field("Attributes.KmsDataKeyReusePeriodSeconds", "kms_data_key_reuse").range(60, 86_400).refused("E406").unit("s"),
    Member::field("Attributes.DeduplicationScope", "deduplication_scope").words(DeduplicationScope::SPELLINGS).refused("E415"),
    Member::field("Attributes.FifoThroughputLimit", "fifo_throughput_limit").words(FifoThroughputLimit::SPELLINGS).refused("E415"),
    Member::field("Attributes.RedriveAllowPolicy", "redrive_allow"),
    Member::field("Attributes.SqsManagedSseEnabled", "managed_encryption"),
    Member::left("Attributes.All", "a word of questions, which stands for every attribute"),
    Member::left("Attributes.ApproximateNumberOfMessages", "SQS counts it; nobody sets it"),
    Member::left("Attributes.ApproximateNumberOfMessagesNotVisible", "SQS counts it; nobody sets it"),
    Member::left("Attributes.ApproximateNumberOfMessagesDelayed", "SQS counts it; nobody sets it"),
    Member::left("Attributes.CreatedTimestamp", "SQS tells it; nobody sets it"),
    Member::left("Attributes.LastModifiedTimestamp", "SQS tells it; nobody sets it"),
    Member::left("Attributes.QueueArn", "SQS tells it; nobody sets it"),
];
