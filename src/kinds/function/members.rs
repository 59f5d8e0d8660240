//! What carries the members of AWS's requests on functions.

use super::words::{
    ApplicationLevel, Architecture, FullDocument, LogFormat, MappingMetric, PackageType, SourceAccessType, StartingPosition, SystemLevel,
    TracingMode, UrlAuthType, UrlInvokeMode,
};
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_FUNCTION_MEMBERS: &[Member] = &[
    Member::name("FunctionName").length(1, 64).refused("E170"),
    // Its words stand in the list of runtimes, which E101 looks at.
    Member::field("Runtime", "runtime"),
    Member::field("Role", "role").length(0, 10_000),
    Member::field("Handler", "handler").length(0, 128).refused("E110"),
    Member::made("Code.ZipFile", "the package of the sources"),
    Member::field("Code.S3Bucket", "s3.bucket").length(3, 63).form(r"[0-9A-Za-z\.\-_]*(?<!\.)"),
    Member::field("Code.S3Key", "s3.key").length(1, 1_024).form(r".*"),
    Member::field("Code.S3ObjectVersion", "s3.version").length(1, 1_024).form(r".*"),
    Member::left("Code.S3ObjectStorageMode", "the format has no storage mode; AWS's COPY stands"),
    // `code` is the address of an image; of a zip it is a digest, which is not sent.
    Member::field("Code.ImageUri", "code"),
    Member::left("Code.SourceKMSKeyArn", "the format has no key for the package; AWS's own key stands"),
    Member::field("Description", "description").length(0, 256).refused("E180"),
    Member::field("Timeout", "timeout").range(1, 900).refused("E131").unit("s"),
    Member::field("MemorySize", "memory").range(128, 10_240).refused("E130").unit("MB"),
    Member::left("Publish", "PublishVersion publishes, where `alias` or `publish` asks for a version"),
    Member::left("PublishTo", "the format has no managed instances"),
    Member::field("VpcConfig.SubnetIds", "vpc.subnets").length(0, 1_024).count(0, 16).form(r"subnet-[0-9a-z]*"),
    Member::field("VpcConfig.SecurityGroupIds", "vpc.security_groups").length(0, 1_024).count(0, 5).form(r"sg-[0-9a-zA-Z]*"),
    Member::field("VpcConfig.Ipv6AllowedForDualStack", "vpc.ipv6"),
    Member::field("PackageType", "package").words(PackageType::SPELLINGS),
    Member::field("DeadLetterConfig.TargetArn", "dead_letter").length(0, 10_000),
    Member::field("Environment.Variables", "environment"),
    Member::field("KMSKeyArn", "kms_key").length(0, 10_000),
    Member::field("TracingConfig.Mode", "tracing").words(TracingMode::SPELLINGS),
    Member::made("Tags", "the stack's tags, the mark, the record of the code and the names of stored variables"),
    Member::field("Layers", "layers").length(1, 2_048).count(0, 5).refused("E200"),
    Member::field("FileSystemConfigs[].Arn", "file_systems.*").length(0, 256),
    Member::field("FileSystemConfigs[].LocalMountPath", "file_systems").length(0, 160),
    Member::left("FileSystemConfigs[].S3FilesConfig", "the format has no settings of S3 Files; AWS's own stand"),
    Member::left("CodeSigningConfigArn", "the format has no code signing"),
    Member::field("ImageConfig.EntryPoint", "image.entry_point").count(0, 1_500),
    Member::field("ImageConfig.Command", "image.command").count(0, 1_500),
    Member::field("ImageConfig.WorkingDirectory", "image.working_directory").length(0, 1_000),
    Member::field("Architectures", "architecture").words(Architecture::SPELLINGS).refused("E103"),
    Member::field("EphemeralStorage.Size", "ephemeral_storage").range(512, 10_240).refused("E132").unit("MB"),
    Member::field("SnapStart.ApplyOn", "snap_start").words(&["None", "PublishedVersions"]),
    Member::field("LoggingConfig.LogFormat", "logging.format").words(LogFormat::SPELLINGS).refused("E136"),
    Member::field("LoggingConfig.ApplicationLogLevel", "logging.application_level").words(ApplicationLevel::SPELLINGS).refused("E137"),
    Member::field("LoggingConfig.SystemLogLevel", "logging.system_level").words(SystemLevel::SPELLINGS).refused("E137"),
    Member::field("LoggingConfig.LogGroup", "logging.log_group").length(1, 512).form(r"[\.\-_/#A-Za-z0-9]+"),
    Member::left("TenancyConfig", "the format has no tenants"),
    Member::left("CapacityProviderConfig", "the format has no managed instances"),
    Member::field("DurableConfig.ExecutionTimeout", "durable.execution_timeout").range(1, 31_622_400).refused("E125").unit("s"),
    Member::field("DurableConfig.RetentionPeriodInDays", "durable.retention_days").range(1, 90).refused("E125"),
    Member::field("DurableConfig.KMSKeyArn", "durable.kms_key").length(0, 10_000),
];

pub(super) const UPDATE_FUNCTION_CONFIGURATION_MEMBERS: &[Member] = &[
    Member::name("FunctionName").length(1, 64).refused("E170"),
    Member::field("Role", "role").length(0, 10_000),
    Member::field("Handler", "handler").length(0, 128).refused("E110"),
    Member::field("Description", "description").length(0, 256).refused("E180"),
    Member::field("Timeout", "timeout").range(1, 900).refused("E131").unit("s"),
    Member::field("MemorySize", "memory").range(128, 10_240).refused("E130").unit("MB"),
    Member::field("VpcConfig.SubnetIds", "vpc.subnets").length(0, 1_024).count(0, 16).form(r"subnet-[0-9a-z]*"),
    Member::field("VpcConfig.SecurityGroupIds", "vpc.security_groups").length(0, 1_024).count(0, 5).form(r"sg-[0-9a-zA-Z]*"),
    Member::field("VpcConfig.Ipv6AllowedForDualStack", "vpc.ipv6"),
    Member::field("Environment.Variables", "environment"),
    // Its words stand in the list of runtimes, which E101 looks at.
    Member::field("Runtime", "runtime"),
    Member::field("DeadLetterConfig.TargetArn", "dead_letter").length(0, 10_000),
    Member::field("KMSKeyArn", "kms_key").length(0, 10_000),
    Member::field("TracingConfig.Mode", "tracing").words(TracingMode::SPELLINGS),
    Member::made("RevisionId", "the revision that was read"),
    Member::field("Layers", "layers").length(1, 2_048).count(0, 5).refused("E200"),
    Member::field("FileSystemConfigs[].Arn", "file_systems.*").length(0, 256),
    Member::field("FileSystemConfigs[].LocalMountPath", "file_systems").length(0, 160),
    Member::left("FileSystemConfigs[].S3FilesConfig", "the format has no settings of S3 Files; AWS's own stand"),
    Member::field("ImageConfig.EntryPoint", "image.entry_point").count(0, 1_500),
    Member::field("ImageConfig.Command", "image.command").count(0, 1_500),
    Member::field("ImageConfig.WorkingDirectory", "image.working_directory").length(0, 1_000),
    Member::field("EphemeralStorage.Size", "ephemeral_storage").range(512, 10_240).refused("E132").unit("MB"),
    Member::field("SnapStart.ApplyOn", "snap_start").words(&["None", "PublishedVersions"]),
    Member::field("LoggingConfig.LogFormat", "logging.format").words(LogFormat::SPELLINGS).refused("E136"),
    Member::field("LoggingConfig.ApplicationLogLevel", "logging.application_level").words(ApplicationLevel::SPELLINGS).refused("E137"),
    Member::field("LoggingConfig.SystemLogLevel", "logging.system_level").words(SystemLevel::SPELLINGS).refused("E137"),
    Member::field("LoggingConfig.LogGroup", "logging.log_group").length(1, 512).form(r"[\.\-_/#A-Za-z0-9]+"),
    Member::left("CapacityProviderConfig", "the format has no managed instances"),
    Member::field("DurableConfig.ExecutionTimeout", "durable.execution_timeout").range(1, 31_622_400).refused("E125").unit("s"),
    Member::field("DurableConfig.RetentionPeriodInDays", "durable.retention_days").range(1, 90).refused("E125"),
    Member::field("DurableConfig.KMSKeyArn", "durable.kms_key").length(0, 10_000),
];

pub(super) const UPDATE_FUNCTION_CODE_MEMBERS: &[Member] = &[
    Member::name("FunctionName").length(1, 64).refused("E170"),
    Member::made("ZipFile", "the package of the sources"),
    Member::field("S3Bucket", "s3.bucket").length(3, 63).form(r"[0-9A-Za-z\.\-_]*(?<!\.)"),
    Member::field("S3Key", "s3.key").length(1, 1_024).form(r".*"),
    Member::field("S3ObjectVersion", "s3.version").length(1, 1_024).form(r".*"),
    Member::left("S3ObjectStorageMode", "the format has no storage mode; AWS's COPY stands"),
    Member::field("ImageUri", "code"),
    Member::field("Architectures", "architecture").words(Architecture::SPELLINGS).refused("E103"),
    Member::left("Publish", "PublishVersion publishes, where `alias` or `publish` asks for a version"),
    Member::left("PublishTo", "the format has no managed instances"),
    Member::left("DryRun", "an apply means it, and a plan writes nothing"),
    Member::made("RevisionId", "the revision that was read"),
    Member::left("SourceKMSKeyArn", "the format has no key for the package; AWS's own key stands"),
];

pub(super) const PUBLISH_VERSION_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::left("CodeSha256", "no condition is set: what is there is published"),
    Member::left("Description", "a version has the function's"),
    Member::made("RevisionId", "the revision of what this update wrote, where it wrote anything"),
    Member::left("PublishTo", "the format has no managed instances"),
];

pub(super) const CREATE_ALIAS_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::field("Name", "aliases").length(1, 128).refused("E135"),
    Member::made("FunctionVersion", "the version that froze what is wanted"),
    Member::field("Description", "aliases.*.description").length(0, 256),
    Member::left("RoutingConfig", "an alias points to one version"),
];

pub(super) const UPDATE_ALIAS_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::field("Name", "aliases").length(1, 128).refused("E135"),
    Member::made("FunctionVersion", "the version that froze what is wanted"),
    Member::field("Description", "aliases.*.description").length(0, 256),
    Member::made("RoutingConfig", "empty, where somebody splits the calls: an alias points to one version"),
    Member::left("RevisionId", "no condition is set"),
];

pub(super) const CREATE_FUNCTION_URL_CONFIG_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::field("Qualifier", "url.alias").length(1, 128),
    Member::field("AuthType", "url.auth").words(UrlAuthType::SPELLINGS),
    Member::field("Cors.AllowCredentials", "url.cors.allow_credentials"),
    Member::field("Cors.AllowHeaders", "url.cors.allow_headers").length(0, 1_024).count(0, 100).form(r".*"),
    Member::field("Cors.AllowMethods", "url.cors.allow_methods").count(0, 6).length(0, 6).refused("E141"),
    Member::field("Cors.AllowOrigins", "url.cors.allow_origins").length(1, 253).count(0, 100).form(r".*"),
    Member::field("Cors.ExposeHeaders", "url.cors.expose_headers").length(0, 1_024).count(0, 100).form(r".*"),
    Member::field("Cors.MaxAge", "url.cors.max_age").range(0, 86_400).refused("E140").unit("s"),
    Member::field("InvokeMode", "url.invoke_mode").words(UrlInvokeMode::SPELLINGS),
];

pub(super) const UPDATE_FUNCTION_URL_CONFIG_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::field("Qualifier", "url.alias").length(1, 128),
    Member::field("AuthType", "url.auth").words(UrlAuthType::SPELLINGS),
    Member::field("Cors.AllowCredentials", "url.cors.allow_credentials"),
    Member::field("Cors.AllowHeaders", "url.cors.allow_headers").length(0, 1_024).count(0, 100).form(r".*"),
    Member::field("Cors.AllowMethods", "url.cors.allow_methods").count(0, 6).length(0, 6).refused("E141"),
    Member::field("Cors.AllowOrigins", "url.cors.allow_origins").length(1, 253).count(0, 100).form(r".*"),
    Member::field("Cors.ExposeHeaders", "url.cors.expose_headers").length(0, 1_024).count(0, 100).form(r".*"),
    Member::field("Cors.MaxAge", "url.cors.max_age").range(0, 86_400).refused("E140").unit("s"),
    Member::field("InvokeMode", "url.invoke_mode").words(UrlInvokeMode::SPELLINGS),
];

pub(super) const ADD_PERMISSION_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::field("StatementId", "permissions").length(1, 100).refused("E143"),
    Member::field("Action", "permissions.*.action").length(0, 10_000).refused("E143"),
    Member::field("Principal", "permissions.*.principal").length(0, 2_048).refused("E143"),
    Member::field("SourceArn", "permissions.*.source_arn").length(0, 10_000).refused("E143"),
    Member::field("FunctionUrlAuthType", "permissions.*.url_auth").words(UrlAuthType::SPELLINGS),
    Member::field("InvokedViaFunctionUrl", "permissions.*.via_url"),
    Member::field("SourceAccount", "permissions.*.source_account").length(0, 12).refused("E143"),
    Member::left("EventSourceToken", "Alexa only"),
    Member::field("Qualifier", "permissions.*.alias").length(1, 128),
    Member::left("RevisionId", "no condition is set"),
    Member::field("PrincipalOrgID", "permissions.*.principal_org").length(12, 34).refused("E143"),
];

pub(super) const CREATE_EVENT_SOURCE_MAPPING_MEMBERS: &[Member] = &[
    Member::field("EventSourceArn", "event_sources").length(0, 10_000),
    Member::made("FunctionName", "the function's name, with the alias where there is one"),
    Member::field("Enabled", "event_sources.*.enabled"),
    Member::field("BatchSize", "event_sources.*.batch_size").range(1, 10_000).refused("E154"),
    Member::field("FilterCriteria.Filters[].Pattern", "event_sources.*.filters.*").length(0, 4_096),
    Member::field("KMSKeyArn", "event_sources.*.kms_key").length(0, 10_000),
    Member::field("MetricsConfig.Metrics", "event_sources.*.metrics").count(0, 3).words(MappingMetric::SPELLINGS),
    Member::made("LoggingConfig", "that of the mapping whose place it takes; the format has no logs of event sources"),
    Member::field("ScalingConfig.MaximumConcurrency", "event_sources.*.max_concurrency").range(2, 1_000).refused("E152"),
    Member::field("MaximumBatchingWindowInSeconds", "event_sources.*.batch_window").range(0, 300).refused("E151"),
    Member::field("ParallelizationFactor", "event_sources.*.parallelization").range(1, 10).refused("E157"),
    Member::field("StartingPosition", "event_sources.*.starting_position").words(StartingPosition::SPELLINGS).refused("E158"),
    Member::field("StartingPositionTimestamp", "event_sources.*.starting_position_timestamp"),
    Member::left("DestinationConfig.OnSuccess", "AWS has it for asynchronous invocation only"),
    Member::field("DestinationConfig.OnFailure.Destination", "event_sources.*.on_failure").length(0, 350).form(r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"),
    Member::field("MaximumRecordAgeInSeconds", "event_sources.*.max_age").range(60, 604_800).refused("E157"),
    Member::field("BisectBatchOnFunctionError", "event_sources.*.bisect"),
    Member::field("MaximumRetryAttempts", "event_sources.*.max_retries").range(-1, 10_000).refused("E157"),
    Member::made("Tags", "the mark alone"),
    Member::field("TumblingWindowInSeconds", "event_sources.*.tumbling_window").range(0, 900).refused("E157"),
    Member::field("Topics", "event_sources.*.topics").count(1, 1).length(1, 249).form(r"[^.]([a-zA-Z0-9\-_.]+)"),
    Member::field("Queues", "event_sources.*.queues").count(1, 1).length(1, 1_000),
    Member::field("SourceAccessConfigurations[].Type", "event_sources.*.source_access.*.type")
        .words(SourceAccessType::SPELLINGS)
        .refused("E149"),
    Member::field("SourceAccessConfigurations[].URI", "event_sources.*.source_access.*.uri").length(1, 200).refused("E149").form(r"[ a-zA-Z0-9-\/*:_+=.@-]*"),
    Member::made("SelfManagedEventSource.Endpoints", "the brokers under `bootstrap_servers`"),
    Member::field("FunctionResponseTypes", "event_sources.*.report_batch_item_failures").count(0, 1).words(&["ReportBatchItemFailures"]),
    Member::field("AmazonManagedKafkaEventSourceConfig.ConsumerGroupId", "event_sources.*.consumer_group").length(1, 200).refused("E149").form(r"[ a-zA-Z0-9-\/*:_+=.@-]*"),
    Member::made("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig", "that of the mapping whose place it takes; the format has no schema registries"),
    Member::field("SelfManagedKafkaEventSourceConfig.ConsumerGroupId", "event_sources.*.consumer_group").length(1, 200).form(r"[ a-zA-Z0-9-\/*:_+=.@-]*"),
    Member::made("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig", "that of the mapping whose place it takes; the format has no schema registries"),
    Member::field("DocumentDBEventSourceConfig.DatabaseName", "event_sources.*.database").length(1, 63).refused("E149").form(r"[^ /\.$\x22]*"),
    Member::field("DocumentDBEventSourceConfig.CollectionName", "event_sources.*.collection").length(1, 57).refused("E149").form(r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)"),
    Member::field("DocumentDBEventSourceConfig.FullDocument", "event_sources.*.full_document")
        .words(FullDocument::SPELLINGS)
        .refused("E149"),
    Member::field("ProvisionedPollerConfig.MinimumPollers", "event_sources.*.provisioned_pollers.min").range(1, 200).refused("E147"),
    Member::field("ProvisionedPollerConfig.MaximumPollers", "event_sources.*.provisioned_pollers.max").range(1, 10_000).refused("E147"),
    Member::field("ProvisionedPollerConfig.PollerGroupName", "event_sources.*.provisioned_pollers.group").length(0, 128).refused("E147").form(r"[a-zA-Z0-9-_]*"),
];

pub(super) const UPDATE_EVENT_SOURCE_MAPPING_MEMBERS: &[Member] = &[
    Member::made("UUID", "the id that AWS gave the mapping"),
    Member::made("FunctionName", "the function's name, with the alias where there is one"),
    Member::field("Enabled", "event_sources.*.enabled"),
    Member::field("BatchSize", "event_sources.*.batch_size").range(1, 10_000).refused("E154"),
    Member::field("FilterCriteria.Filters[].Pattern", "event_sources.*.filters.*").length(0, 4_096),
    Member::field("KMSKeyArn", "event_sources.*.kms_key").length(0, 10_000),
    Member::field("MetricsConfig.Metrics", "event_sources.*.metrics").count(0, 3).words(MappingMetric::SPELLINGS),
    Member::left("LoggingConfig", "the format has no logs of event sources"),
    Member::field("ScalingConfig.MaximumConcurrency", "event_sources.*.max_concurrency").range(2, 1_000).refused("E152"),
    Member::field("MaximumBatchingWindowInSeconds", "event_sources.*.batch_window").range(0, 300).refused("E151"),
    Member::field("ParallelizationFactor", "event_sources.*.parallelization").range(1, 10).refused("E157"),
    Member::left("DestinationConfig.OnSuccess", "AWS has it for asynchronous invocation only"),
    Member::field("DestinationConfig.OnFailure.Destination", "event_sources.*.on_failure").length(0, 350).form(r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"),
    // Where the field says nothing, -1 is sent: without end. So it is with the retries.
    Member::field("MaximumRecordAgeInSeconds", "event_sources.*.max_age").range(60, 604_800).refused("E157"),
    Member::field("BisectBatchOnFunctionError", "event_sources.*.bisect"),
    Member::field("MaximumRetryAttempts", "event_sources.*.max_retries").range(-1, 10_000).refused("E157"),
    Member::field("TumblingWindowInSeconds", "event_sources.*.tumbling_window").range(0, 900).refused("E157"),
    Member::field("SourceAccessConfigurations[].Type", "event_sources.*.source_access.*.type")
        .words(SourceAccessType::SPELLINGS)
        .refused("E149"),
    Member::field("SourceAccessConfigurations[].URI", "event_sources.*.source_access.*.uri").length(1, 200).refused("E149").form(r"[ a-zA-Z0-9-\/*:_+=.@-]*"),
    Member::field("FunctionResponseTypes", "event_sources.*.report_batch_item_failures").count(0, 1).words(&["ReportBatchItemFailures"]),
    Member::left("AmazonManagedKafkaEventSourceConfig", "a group is chosen once; the format has no schema registries"),
    Member::left("SelfManagedKafkaEventSourceConfig", "a group is chosen once; the format has no schema registries"),
    Member::field("DocumentDBEventSourceConfig.DatabaseName", "event_sources.*.database").length(1, 63).refused("E149").form(r"[^ /\.$\x22]*"),
    Member::field("DocumentDBEventSourceConfig.CollectionName", "event_sources.*.collection").length(1, 57).refused("E149").form(r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)"),
    Member::field("DocumentDBEventSourceConfig.FullDocument", "event_sources.*.full_document")
        .words(FullDocument::SPELLINGS)
        .refused("E149"),
    Member::field("ProvisionedPollerConfig.MinimumPollers", "event_sources.*.provisioned_pollers.min").range(1, 200).refused("E147"),
    Member::field("ProvisionedPollerConfig.MaximumPollers", "event_sources.*.provisioned_pollers.max").range(1, 10_000).refused("E147"),
    Member::field("ProvisionedPollerConfig.PollerGroupName", "event_sources.*.provisioned_pollers.group").length(0, 128).refused("E147").form(r"[a-zA-Z0-9-_]*"),
];

pub(super) const PUT_FUNCTION_EVENT_INVOKE_CONFIG_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::made("Qualifier", "the alias, where there is one"),
    Member::field("MaximumRetryAttempts", "event_invoke.max_retries").range(0, 2).refused("E139"),
    Member::field("MaximumEventAgeInSeconds", "event_invoke.max_age").range(60, 21_600).refused("E139").unit("s"),
    Member::field("DestinationConfig.OnSuccess.Destination", "event_invoke.on_success").length(0, 350),
    Member::field("DestinationConfig.OnFailure.Destination", "event_invoke.on_failure").length(0, 350),
];

pub(super) const PUT_FUNCTION_CONCURRENCY_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::field("ReservedConcurrentExecutions", "reserved_concurrency").range(0, i64::MAX).refused("E133"),
];

pub(super) const PUT_PROVISIONED_CONCURRENCY_CONFIG_MEMBERS: &[Member] = &[
    Member::made("FunctionName", "the function's name"),
    Member::made("Qualifier", "the alias"),
    Member::field("ProvisionedConcurrentExecutions", "aliases.*.provisioned_concurrency").range(1, i64::MAX).refused("E126"),
];
