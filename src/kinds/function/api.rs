//! Operations of AWS on functions.

use std::time::Duration;

use super::members;
use crate::aws::op::{LAMBDA, Op, operations};
use crate::contract::notifications;

/// The longest timeout of a function (900 s), and the time that its answer takes.
const LONGEST_RUN: Duration = Duration::from_secs(930);

operations! {
    GET_METRIC_STATISTICS = Op::reads("cloudwatch:GetMetricStatistics").anywhere();
    ADD_PERMISSION = Op::writes("lambda:AddPermission").paced(LAMBDA).members(members::ADD_PERMISSION_MEMBERS);
    CREATE_ALIAS = Op::writes("lambda:CreateAlias").paced(LAMBDA).members(members::CREATE_ALIAS_MEMBERS);
    CREATE_EVENT_SOURCE_MAPPING = Op::writes("lambda:CreateEventSourceMapping").paced(LAMBDA).members(members::CREATE_EVENT_SOURCE_MAPPING_MEMBERS);
    CREATE_FUNCTION = Op::writes("lambda:CreateFunction").paced(LAMBDA).members(members::CREATE_FUNCTION_MEMBERS);
    CREATE_FUNCTION_URL_CONFIG = Op::writes("lambda:CreateFunctionUrlConfig").paced(LAMBDA).members(members::CREATE_FUNCTION_URL_CONFIG_MEMBERS);
    DELETE_ALIAS = Op::writes("lambda:DeleteAlias").repeatable().paced(LAMBDA);
    DELETE_EVENT_SOURCE_MAPPING = Op::writes("lambda:DeleteEventSourceMapping").repeatable().paced(LAMBDA);
    DELETE_FUNCTION = Op::writes("lambda:DeleteFunction").repeatable().paced(LAMBDA);
    DELETE_FUNCTION_CONCURRENCY = Op::writes("lambda:DeleteFunctionConcurrency").repeatable().paced(LAMBDA);
    DELETE_FUNCTION_EVENT_INVOKE_CONFIG = Op::writes("lambda:DeleteFunctionEventInvokeConfig").repeatable().paced(LAMBDA);
    DELETE_PROVISIONED_CONCURRENCY_CONFIG = Op::writes("lambda:DeleteProvisionedConcurrencyConfig").repeatable().paced(LAMBDA);
    DELETE_FUNCTION_URL_CONFIG = Op::writes("lambda:DeleteFunctionUrlConfig").repeatable().paced(LAMBDA);
    GET_FUNCTION = Op::reads("lambda:GetFunction").rated(100);
    GET_PROVISIONED_CONCURRENCY_CONFIG = Op::reads("lambda:GetProvisionedConcurrencyConfig").paced(LAMBDA);
    GET_BUCKET_NOTIFICATION = notifications::api::GET_BUCKET_NOTIFICATION;
    GET_POLICY = Op::reads("lambda:GetPolicy").rated(15);
    INVOKE_FUNCTION = Op::writes("lambda:InvokeFunction").paced(LAMBDA).answers_within(LONGEST_RUN);
    LIST_ALIASES = Op::reads("lambda:ListAliases").paced(LAMBDA);
    LIST_EVENT_SOURCE_MAPPINGS = Op::reads("lambda:ListEventSourceMappings").anywhere().paced(LAMBDA);
    LIST_FUNCTION_EVENT_INVOKE_CONFIGS = Op::reads("lambda:ListFunctionEventInvokeConfigs").paced(LAMBDA);
    LIST_FUNCTION_URL_CONFIGS = Op::reads("lambda:ListFunctionUrlConfigs").paced(LAMBDA);
    LIST_FUNCTIONS = Op::reads("lambda:ListFunctions").anywhere().paced(LAMBDA);
    LIST_TAGS = Op::reads("lambda:ListTags").paced(LAMBDA);
    LIST_VERSIONS_BY_FUNCTION = Op::reads("lambda:ListVersionsByFunction").paced(LAMBDA);
    PUBLISH_VERSION = Op::writes("lambda:PublishVersion").repeatable().paced(LAMBDA).members(members::PUBLISH_VERSION_MEMBERS);
    PUT_BUCKET_NOTIFICATION = notifications::api::PUT_BUCKET_NOTIFICATION;
    PUT_FUNCTION_CONCURRENCY = Op::writes("lambda:PutFunctionConcurrency").repeatable().paced(LAMBDA).members(members::PUT_FUNCTION_CONCURRENCY_MEMBERS);
    PUT_FUNCTION_EVENT_INVOKE_CONFIG = Op::writes("lambda:PutFunctionEventInvokeConfig").repeatable().paced(LAMBDA).members(members::PUT_FUNCTION_EVENT_INVOKE_CONFIG_MEMBERS);
    PUT_PROVISIONED_CONCURRENCY_CONFIG = Op::writes("lambda:PutProvisionedConcurrencyConfig").repeatable().paced(LAMBDA).members(members::PUT_PROVISIONED_CONCURRENCY_CONFIG_MEMBERS);
    REMOVE_PERMISSION = Op::writes("lambda:RemovePermission").repeatable().paced(LAMBDA);
    TAG_RESOURCE = Op::writes("lambda:TagResource").repeatable().paced(LAMBDA);
    UNTAG_RESOURCE = Op::writes("lambda:UntagResource").repeatable().paced(LAMBDA);
    UPDATE_ALIAS = Op::writes("lambda:UpdateAlias").repeatable().paced(LAMBDA).members(members::UPDATE_ALIAS_MEMBERS);
    UPDATE_EVENT_SOURCE_MAPPING = Op::writes("lambda:UpdateEventSourceMapping").repeatable().paced(LAMBDA).members(members::UPDATE_EVENT_SOURCE_MAPPING_MEMBERS);
    UPDATE_FUNCTION_CODE = Op::writes("lambda:UpdateFunctionCode").paced(LAMBDA).members(members::UPDATE_FUNCTION_CODE_MEMBERS);
    UPDATE_FUNCTION_CONFIGURATION = Op::writes("lambda:UpdateFunctionConfiguration").paced(LAMBDA).members(members::UPDATE_FUNCTION_CONFIGURATION_MEMBERS);
    UPDATE_FUNCTION_URL_CONFIG = Op::writes("lambda:UpdateFunctionUrlConfig").repeatable().paced(LAMBDA).members(members::UPDATE_FUNCTION_URL_CONFIG_MEMBERS);
}
