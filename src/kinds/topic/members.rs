//! What carries the members of AWS's requests on topics.

use super::spec::{FilterScope, ThroughputScope, TracingMode};
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_TOPIC_MEMBERS: &[Member] = &[
    Member::name("Name").length(1, 256).refused("E173"),
    Member::field("Attributes.DeliveryPolicy", "delivery_policy"),
    Member::field("Attributes.DisplayName", "display_name").length(0, 100).refused("E443"),
    Member::field("Attributes.MaximumMessageSize", "max_message_size").range(1_024, 1_048_576).refused("E525").unit("bytes"),
    Member::field("Attributes.Policy", "policy"),
    Member::field("Attributes.TracingConfig", "tracing").words(TracingMode::SPELLINGS),
    Member::field("Attributes.HTTPSuccessFeedbackRoleArn", "delivery_logs.http.success_role"),
    Member::field("Attributes.HTTPSuccessFeedbackSampleRate", "delivery_logs.http.success_sample_rate"),
    Member::field("Attributes.HTTPFailureFeedbackRoleArn", "delivery_logs.http.failure_role"),
    Member::field("Attributes.FirehoseSuccessFeedbackRoleArn", "delivery_logs.firehose.success_role"),
    Member::field("Attributes.FirehoseSuccessFeedbackSampleRate", "delivery_logs.firehose.success_sample_rate"),
    Member::field("Attributes.FirehoseFailureFeedbackRoleArn", "delivery_logs.firehose.failure_role"),
    Member::field("Attributes.LambdaSuccessFeedbackRoleArn", "delivery_logs.lambda.success_role"),
    Member::field("Attributes.LambdaSuccessFeedbackSampleRate", "delivery_logs.lambda.success_sample_rate"),
    Member::field("Attributes.LambdaFailureFeedbackRoleArn", "delivery_logs.lambda.failure_role"),
    Member::field("Attributes.ApplicationSuccessFeedbackRoleArn", "delivery_logs.application.success_role"),
    Member::field("Attributes.ApplicationSuccessFeedbackSampleRate", "delivery_logs.application.success_sample_rate"),
    Member::field("Attributes.ApplicationFailureFeedbackRoleArn", "delivery_logs.application.failure_role"),
    Member::field("Attributes.SQSSuccessFeedbackRoleArn", "delivery_logs.sqs.success_role"),
    Member::field("Attributes.SQSSuccessFeedbackSampleRate", "delivery_logs.sqs.success_sample_rate"),
    Member::field("Attributes.SQSFailureFeedbackRoleArn", "delivery_logs.sqs.failure_role"),
    Member::field("Attributes.KmsMasterKeyId", "kms_key"),
    Member::field("Attributes.ArchivePolicy", "archive_policy"),
    Member::field("Attributes.ContentBasedDeduplication", "content_based_deduplication"),
    Member::field("Attributes.FifoThroughputScope", "fifo_throughput_scope").words(ThroughputScope::SPELLINGS).refused("E527"),
    // SNS takes it, though the model's list for this operation does not have it.
    Member::field("Attributes.FifoTopic", "fifo"),
    Member::made("Tags", "the stack's tags and the mark"),
    Member::left("DataProtectionPolicy", "AWS has closed it to new customers"),
];

pub(super) const SET_TOPIC_ATTRIBUTES_MEMBERS: &[Member] = &[
    Member::made("TopicArn", "the ARN that follows from the name"),
    Member::made("AttributeName", "a call for each attribute that differs"),
    Member::made("AttributeValue", "the attribute's value, an empty text where it is unset"),
    Member::field("Attributes.DeliveryPolicy", "delivery_policy"),
    Member::field("Attributes.DisplayName", "display_name").length(0, 100).refused("E443"),
    Member::field("Attributes.MaximumMessageSize", "max_message_size").range(1_024, 1_048_576).refused("E525").unit("bytes"),
    Member::field("Attributes.Policy", "policy"),
    Member::field("Attributes.TracingConfig", "tracing").words(TracingMode::SPELLINGS),
    Member::field("Attributes.HTTPSuccessFeedbackRoleArn", "delivery_logs.http.success_role"),
    Member::field("Attributes.HTTPSuccessFeedbackSampleRate", "delivery_logs.http.success_sample_rate"),
    Member::field("Attributes.HTTPFailureFeedbackRoleArn", "delivery_logs.http.failure_role"),
    Member::field("Attributes.FirehoseSuccessFeedbackRoleArn", "delivery_logs.firehose.success_role"),
    Member::field("Attributes.FirehoseSuccessFeedbackSampleRate", "delivery_logs.firehose.success_sample_rate"),
    Member::field("Attributes.FirehoseFailureFeedbackRoleArn", "delivery_logs.firehose.failure_role"),
    Member::field("Attributes.LambdaSuccessFeedbackRoleArn", "delivery_logs.lambda.success_role"),
    Member::field("Attributes.LambdaSuccessFeedbackSampleRate", "delivery_logs.lambda.success_sample_rate"),
    Member::field("Attributes.LambdaFailureFeedbackRoleArn", "delivery_logs.lambda.failure_role"),
    Member::field("Attributes.ApplicationSuccessFeedbackRoleArn", "delivery_logs.application.success_role"),
    Member::field("Attributes.ApplicationSuccessFeedbackSampleRate", "delivery_logs.application.success_sample_rate"),
    Member::field("Attributes.ApplicationFailureFeedbackRoleArn", "delivery_logs.application.failure_role"),
    Member::field("Attributes.SQSSuccessFeedbackRoleArn", "delivery_logs.sqs.success_role"),
    Member::field("Attributes.SQSSuccessFeedbackSampleRate", "delivery_logs.sqs.success_sample_rate"),
    Member::field("Attributes.SQSFailureFeedbackRoleArn", "delivery_logs.sqs.failure_role"),
    Member::field("Attributes.KmsMasterKeyId", "kms_key"),
    // AWS lists no words for it: the rule has them.
    Member::field("Attributes.SignatureVersion", "signature_version"),
    Member::field("Attributes.ArchivePolicy", "archive_policy"),
    Member::field("Attributes.ContentBasedDeduplication", "content_based_deduplication"),
    Member::field("Attributes.FifoThroughputScope", "fifo_throughput_scope").words(ThroughputScope::SPELLINGS).refused("E527"),
];

pub(super) const SET_SUBSCRIPTION_ATTRIBUTES_MEMBERS: &[Member] = &[
    Member::made("SubscriptionArn", "the ARN that was read"),
    Member::made("AttributeName", "a call for each attribute that differs"),
    Member::made("AttributeValue", "the attribute's value; `{}` for no filter, none for no queue"),
    Member::field("Attributes.DeliveryPolicy", "subscriptions.*.delivery_policy"),
    Member::field("Attributes.FilterPolicy", "subscriptions.*.filter_policy"),
    Member::field("Attributes.FilterPolicyScope", "subscriptions.*.filter_scope").words(FilterScope::SPELLINGS).refused("E437"),
    Member::field("Attributes.RawMessageDelivery", "subscriptions.*.raw"),
    Member::field("Attributes.RedrivePolicy", "subscriptions.*.dead_letter"),
    Member::field("Attributes.SubscriptionRoleArn", "subscriptions.*.role"),
];

pub(super) const SUBSCRIBE_MEMBERS: &[Member] = &[
    Member::made("TopicArn", "the ARN that follows from the name"),
    // The key of a subscription is `protocol:endpoint`.
    Member::field("Protocol", "subscriptions").words(&["email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"]),
    Member::field("Endpoint", "subscriptions"),
    Member::field("Attributes.DeliveryPolicy", "subscriptions.*.delivery_policy"),
    Member::field("Attributes.FilterPolicy", "subscriptions.*.filter_policy"),
    Member::field("Attributes.FilterPolicyScope", "subscriptions.*.filter_scope").words(FilterScope::SPELLINGS).refused("E437"),
    Member::field("Attributes.RawMessageDelivery", "subscriptions.*.raw"),
    Member::field("Attributes.RedrivePolicy", "subscriptions.*.dead_letter"),
    Member::field("Attributes.SubscriptionRoleArn", "subscriptions.*.role"),
    Member::left("Attributes.ReplayPolicy", "the format has no replay of archived messages"),
    Member::left("Attributes.ReplayStatus", "SNS tells it; nobody sets it"),
    Member::made("ReturnSubscriptionArn", "always true; what is answered is not looked at"),
];
