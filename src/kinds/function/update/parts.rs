//! Members that CreateFunction and UpdateFunctionConfiguration share. What is to be cleared is sent
//! empty, since an update leaves alone what is not sent (aws-facts §3).

use aws_sdk_lambda::types::{
    ApplicationLogLevel, DeadLetterConfig, Environment, EphemeralStorage, ImageConfig, LogFormat, LoggingConfig, SystemLogLevel,
    TracingConfig, TracingMode, VpcConfig,
};

use crate::kinds::function::spec::Config;

pub fn environment(config: &Config) -> Environment {
    Environment::builder().set_variables(Some(config.environment.clone().into_iter().collect())).build()
}

pub fn storage(config: &Config) -> Option<EphemeralStorage> {
    // Its size is all that it needs to build.
    EphemeralStorage::builder().size(config.ephemeral_storage).build().ok()
}

pub fn vpc(config: &Config) -> VpcConfig {
    let (subnets, groups, ipv6) = config.vpc.as_ref().map_or((Vec::new(), Vec::new(), None), |vpc| {
        (vpc.subnets.iter().cloned().collect(), vpc.security_groups.iter().cloned().collect(), Some(vpc.ipv6))
    });
    VpcConfig::builder().set_subnet_ids(Some(subnets)).set_security_group_ids(Some(groups)).set_ipv6_allowed_for_dual_stack(ipv6).build()
}

pub fn dead_letter(config: &Config) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(config.dead_letter.clone().unwrap_or_default()).build()
}

pub fn tracing(config: &Config) -> TracingConfig {
    TracingConfig::builder().mode(TracingMode::from(config.tracing.as_str())).build()
}

pub fn logging(config: &Config) -> LoggingConfig {
    let logging = &config.logging;
    LoggingConfig::builder()
        .log_format(LogFormat::from(logging.format.as_str()))
        .set_application_log_level(logging.application_level.as_deref().map(ApplicationLogLevel::from))
        .set_system_log_level(logging.system_level.as_deref().map(SystemLogLevel::from))
        .log_group(&logging.log_group)
        .build()
}

pub fn image(config: &Config) -> Option<ImageConfig> {
    (config.package == "Image").then(|| {
        let image = config.image.as_ref();
        ImageConfig::builder()
            .set_command(image.map(|image| image.command.clone()))
            .set_entry_point(image.map(|image| image.entry_point.clone()))
            .set_working_directory(image.and_then(|image| image.working_directory.clone()))
            .build()
    })
}
