//! What carries the members of AWS's requests on state machines.

use super::spec::{LogLevel, MachineType};
use crate::aws::Member;
use crate::source::word::Words;

const VERSIONS: &str = "versions of state machines are not kept; every execution starts with the newest definition";

pub(super) const CREATE_STATE_MACHINE_MEMBERS: &[Member] = &[
    Member::name("name").length(1, 80).refused("E750"),
    // As JSON text: its rule measures that.
    Member::field("definition", "definition").length(1, 1_048_576).refused("E762"),
    Member::field("roleArn", "role").length(1, 256),
    Member::field("type", "type").words(MachineType::SPELLINGS),
    Member::field("loggingConfiguration.level", "logging.level").words(LogLevel::SPELLINGS),
    Member::field("loggingConfiguration.includeExecutionData", "logging.include_execution_data"),
    Member::field("loggingConfiguration.destinations[].cloudWatchLogsLogGroup.logGroupArn", "logging.log_group").length(1, 256),
    Member::made("tags", "the stack's tags and the mark"),
    Member::field("tracingConfiguration.enabled", "tracing"),
    Member::left("publish", VERSIONS),
    Member::left("versionDescription", VERSIONS),
    Member::field("encryptionConfiguration.kmsKeyId", "kms_key").length(1, 2_048),
    Member::field("encryptionConfiguration.kmsDataKeyReusePeriodSeconds", "kms_data_key_reuse").range(60, 900).refused("E763").unit("s"),
    Member::made("encryptionConfiguration.type", "CUSTOMER_MANAGED_KMS_KEY with `kms_key`, else AWS_OWNED_KEY"),
];

pub(super) const UPDATE_STATE_MACHINE_MEMBERS: &[Member] = &[
    Member::made("stateMachineArn", "the machine's, which follows from its name"),
    Member::field("definition", "definition").length(1, 1_048_576).refused("E762"),
    Member::field("roleArn", "role").length(1, 256),
    Member::field("loggingConfiguration.level", "logging.level").words(LogLevel::SPELLINGS),
    Member::field("loggingConfiguration.includeExecutionData", "logging.include_execution_data"),
    Member::field("loggingConfiguration.destinations[].cloudWatchLogsLogGroup.logGroupArn", "logging.log_group").length(1, 256),
    Member::field("tracingConfiguration.enabled", "tracing"),
    Member::left("publish", VERSIONS),
    Member::left("versionDescription", VERSIONS),
    Member::field("encryptionConfiguration.kmsKeyId", "kms_key").length(1, 2_048),
    Member::field("encryptionConfiguration.kmsDataKeyReusePeriodSeconds", "kms_data_key_reuse").range(60, 900).refused("E763").unit("s"),
    Member::made("encryptionConfiguration.type", "CUSTOMER_MANAGED_KMS_KEY with `kms_key`, else AWS_OWNED_KEY"),
];
