//! Members that CreateFunction and UpdateFunctionConfiguration share. What is to be cleared is sent
//! empty, since an update leaves alone what is not sent (docs/aws-facts.md §3).

use aws_sdk_lambda::types::{
    ApplicationLogLevel, DeadLetterConfig, DurableConfig, Environment, EphemeralStorage, FileSystemConfig, ImageConfig, LogFormat,
    LoggingConfig, SystemLogLevel, TracingConfig, TracingMode, VpcConfig,
};

use crate::kinds::function::spec::{Config, Durable, ImageConfig as Overrides, Logging, Vpc};
use crate::kinds::function::words::PackageType;

pub(super) fn environment(config: &Config) -> Environment {
    Environment::builder().set_variables(Some(config.environment.clone().into_iter().collect())).build()
}

pub(super) fn storage(config: &Config) -> Option<EphemeralStorage> {
    // Its size is all that it needs to build.
    EphemeralStorage::builder().size(config.ephemeral_storage).build().ok()
}

pub(super) fn vpc(config: &Config) -> VpcConfig {
    let (subnets, groups, ipv6) = match &config.vpc {
        None => (Vec::new(), Vec::new(), None),
        Some(Vpc { subnets, security_groups, ipv6 }) => {
            (subnets.iter().cloned().collect(), security_groups.iter().cloned().collect(), Some(*ipv6))
        }
    };
    VpcConfig::builder().set_subnet_ids(Some(subnets)).set_security_group_ids(Some(groups)).set_ipv6_allowed_for_dual_stack(ipv6).build()
}

pub(super) fn dead_letter(config: &Config) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(config.dead_letter.clone().unwrap_or_default()).build()
}

pub(super) fn tracing(config: &Config) -> TracingConfig {
    TracingConfig::builder().mode(TracingMode::from(config.tracing.as_str())).build()
}

pub(super) fn logging(config: &Config) -> LoggingConfig {
    let Logging { format, application_level, system_level, log_group } = &config.logging;
    LoggingConfig::builder()
        .log_format(LogFormat::from(format.as_str()))
        .set_application_log_level(application_level.as_ref().map(|level| ApplicationLogLevel::from(level.as_str())))
        .set_system_log_level(system_level.as_ref().map(|level| SystemLogLevel::from(level.as_str())))
        .log_group(log_group)
        .build()
}

pub(super) fn file_systems(config: &Config) -> Vec<FileSystemConfig> {
    let system = |(mount, arn): (&String, &String)| FileSystemConfig::builder().arn(arn).local_mount_path(mount).build();
    // Both members that it needs are there.
    config.file_systems.iter().filter_map(|one| system(one).ok()).collect()
}

/// Nothing takes it away from a function that has it.
pub(super) fn durable(config: &Config) -> Option<DurableConfig> {
    let Durable { execution_timeout, retention_days, kms_key } = config.durable.as_ref()?;
    let durable = DurableConfig::builder().execution_timeout(*execution_timeout).retention_period_in_days(*retention_days);
    Some(durable.set_kms_key_arn(kms_key.clone()).build())
}

/// Overrides of an image; of another package there are none.
pub(super) fn image(config: &Config) -> Option<ImageConfig> {
    if !config.package.is(PackageType::Image) {
        return None;
    }
    let built = ImageConfig::builder();
    Some(match &config.image {
        None => built.build(),
        Some(Overrides { command, entry_point, working_directory }) => built
            .set_command(Some(command.clone()))
            .set_entry_point(Some(entry_point.clone()))
            .set_working_directory(working_directory.clone())
            .build(),
    })
}
