//! What carries the members of AWS's requests on topics.

use super::spec::{FilterScope, TracingMode};
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_TOPIC_MEMBERS: &[Member] = &[
    Member::name("Name").length(1, 256).refused("E173"),
    Member::field("Attributes.DeliveryPolicy", "delivery_policy"),
    Member::field("Attributes.DisplayName", "display_name").length(0, 100).refused("E443"),
    Member::left("Attributes.MaximumMessageSize", "the format has no size of a topic's messages; AWS's 256 KiB stand"),
    Member::field("Attributes.Policy", "policy"),
    Member::field("Attributes.TracingConfig", "tracing").words(TracingMode::SPELLINGS),
    Member::left("Attributes.HTTPSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.HTTPSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.HTTPFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.FirehoseSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.FirehoseSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.FirehoseFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.LambdaSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.LambdaSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.LambdaFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.ApplicationSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.ApplicationSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.ApplicationFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.SQSSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.SQSSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.SQSFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::field("Attributes.KmsMasterKeyId", "kms_key"),
    Member::left("Attributes.ArchivePolicy", "the format has no archive of messages"),
    Member::field("Attributes.ContentBasedDeduplication", "content_based_deduplication"),
    Member::left("Attributes.FifoThroughputScope", "the format has no throughput by message group; AWS's Topic stands"),
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
    Member::left("Attributes.MaximumMessageSize", "the format has no size of a topic's messages; AWS's 256 KiB stand"),
    Member::field("Attributes.Policy", "policy"),
    Member::field("Attributes.TracingConfig", "tracing").words(TracingMode::SPELLINGS),
    Member::left("Attributes.HTTPSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.HTTPSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.HTTPFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.FirehoseSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.FirehoseSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.FirehoseFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.LambdaSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.LambdaSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.LambdaFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.ApplicationSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.ApplicationSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.ApplicationFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.SQSSuccessFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::left("Attributes.SQSSuccessFeedbackSampleRate", "the format has no logs of deliveries"),
    Member::left("Attributes.SQSFailureFeedbackRoleArn", "the format has no logs of deliveries"),
    Member::field("Attributes.KmsMasterKeyId", "kms_key"),
    Member::left("Attributes.SignatureVersion", "the format has no version of signatures; AWS's 1 stands"),
    Member::left("Attributes.ArchivePolicy", "the format has no archive of messages"),
    Member::field("Attributes.ContentBasedDeduplication", "content_based_deduplication"),
    Member::left("Attributes.FifoThroughputScope", "the format has no throughput by message group; AWS's Topic stands"),
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
