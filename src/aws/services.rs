//! The services: a client each, and the half of it that can only read, by type. Reads are given the
//! second, so that a read that writes does not compile.

use aws_config::SdkConfig;

use super::answer::Believable;
use crate::model::EndpointKind;

/// Where an endpoint is said, no name of a bucket stands before it.
fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let builder = aws_sdk_s3::config::Builder::from(config).interceptor(Believable);
    aws_sdk_s3::Client::from_conf(builder.force_path_style(config.endpoint_url().is_some()).build())
}

/// A row a service: its field, its crate and what makes its client where that is special, its read-only
/// half, and what that can ask.
macro_rules! clients {
    ($($(#[$doc:meta])* $field:ident: $krate:ident $(as $make:ident)?, $reader:ident { $($method:ident => $builder:ident),* $(,)? })*) => {
        /// One client a service, all with the same configuration.
        #[derive(Debug, Clone)]
        pub struct Clients {
            $($(#[$doc])* pub $field: $krate::Client,)*
            /// STS, which tells whose credentials these are.
            pub sts: aws_sdk_sts::Client,
            /// Region that the clients speak to.
            pub region: String,
            /// Endpoint of all services, where one is said.
            pub endpoint: Option<String>,
            /// What answers there.
            pub kind: EndpointKind,
        }

        impl Clients {
            /// The clients of a configuration.
            pub fn new(config: &SdkConfig, region: String, kind: EndpointKind) -> Self {
                macro_rules! client {
                    ($of:ident, $own:ident) => {
                        $own(config)
                    };
                    ($of:ident) => {
                        $of::Client::from_conf(
                            $of::config::Builder::from(config).interceptor(Believable).build(),
                        )
                    };
                }
                Self {
                    $($field: client!($krate $(, $make)?),)*
                    sts: client!(aws_sdk_sts),
                    region,
                    endpoint: config.endpoint_url().map(str::to_owned),
                    kind,
                }
            }
        }

        /// The read-only half of [`Clients`].
        #[derive(Debug, Clone)]
        pub struct Readers {
            $($(#[$doc])* pub $field: $reader,)*
        }

        impl Readers {
            /// Narrows the clients.
            pub fn of(clients: &Clients) -> Self {
                Self { $($field: $reader(clients.$field.clone()),)* }
            }
        }

        $(
            $(#[$doc])*
            /// What reads.
            #[derive(Debug, Clone)]
            pub struct $reader($krate::Client);

            impl $reader {
                $(
                    /// The SDK's builder of the same name.
                    pub fn $method(&self) -> $krate::operation::$method::builders::$builder {
                        self.0.$method()
                    }
                )*
            }
        )*
    };
}

clients! {
    /// Lambda.
    lambda: aws_sdk_lambda, LambdaReader {
        get_account_settings => GetAccountSettingsFluentBuilder,
        get_function => GetFunctionFluentBuilder,
        get_layer_version => GetLayerVersionFluentBuilder,
        get_policy => GetPolicyFluentBuilder,
        get_provisioned_concurrency_config => GetProvisionedConcurrencyConfigFluentBuilder,
        list_aliases => ListAliasesFluentBuilder,
        list_event_source_mappings => ListEventSourceMappingsFluentBuilder,
        list_function_event_invoke_configs => ListFunctionEventInvokeConfigsFluentBuilder,
        list_function_url_configs => ListFunctionUrlConfigsFluentBuilder,
        list_functions => ListFunctionsFluentBuilder,
        list_layer_versions => ListLayerVersionsFluentBuilder,
        list_layers => ListLayersFluentBuilder,
        list_tags => ListTagsFluentBuilder,
        list_versions_by_function => ListVersionsByFunctionFluentBuilder,
    }
    /// IAM.
    iam: aws_sdk_iam, IamReader {
        get_account_authorization_details => GetAccountAuthorizationDetailsFluentBuilder,
        get_account_summary => GetAccountSummaryFluentBuilder,
        get_policy => GetPolicyFluentBuilder,
        get_policy_version => GetPolicyVersionFluentBuilder,
        get_role => GetRoleFluentBuilder,
        list_account_aliases => ListAccountAliasesFluentBuilder,
        list_roles => ListRolesFluentBuilder,
    }
    /// SQS.
    sqs: aws_sdk_sqs, SqsReader {
        get_queue_attributes => GetQueueAttributesFluentBuilder,
        get_queue_url => GetQueueUrlFluentBuilder,
        list_message_move_tasks => ListMessageMoveTasksFluentBuilder,
        list_queue_tags => ListQueueTagsFluentBuilder,
        list_queues => ListQueuesFluentBuilder,
    }
    /// SNS.
    sns: aws_sdk_sns, SnsReader {
        get_subscription_attributes => GetSubscriptionAttributesFluentBuilder,
        get_topic_attributes => GetTopicAttributesFluentBuilder,
        list_subscriptions_by_topic => ListSubscriptionsByTopicFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
        list_topics => ListTopicsFluentBuilder,
    }
    /// CloudWatch.
    cloudwatch: aws_sdk_cloudwatch, CloudWatchReader {
        describe_alarms => DescribeAlarmsFluentBuilder,
        get_metric_data => GetMetricDataFluentBuilder,
        get_metric_statistics => GetMetricStatisticsFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
    }
    /// CloudWatch Logs.
    logs: aws_sdk_cloudwatchlogs, LogsReader {
        describe_log_groups => DescribeLogGroupsFluentBuilder,
        describe_log_streams => DescribeLogStreamsFluentBuilder,
        describe_metric_filters => DescribeMetricFiltersFluentBuilder,
        describe_subscription_filters => DescribeSubscriptionFiltersFluentBuilder,
        filter_log_events => FilterLogEventsFluentBuilder,
        get_query_results => GetQueryResultsFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
        start_query => StartQueryFluentBuilder,
        stop_query => StopQueryFluentBuilder,
    }
    /// Resource Groups Tagging API.
    tagging: aws_sdk_resourcegroupstagging, TaggingReader {
        get_resources => GetResourcesFluentBuilder,
    }
    /// CloudTrail: who changed what.
    trail: aws_sdk_cloudtrail, TrailReader {
        lookup_events => LookupEventsFluentBuilder,
    }
    /// Systems Manager.
    ssm: aws_sdk_ssm, SsmReader {
        get_parameters => GetParametersFluentBuilder,
    }
    /// Secrets Manager.
    secrets: aws_sdk_secretsmanager, SecretsReader {
        get_secret_value => GetSecretValueFluentBuilder,
    }
    /// S3: buckets, and large zips on their way.
    s3: aws_sdk_s3 as s3, S3Reader {
        get_bucket_encryption => GetBucketEncryptionFluentBuilder,
        get_bucket_lifecycle_configuration => GetBucketLifecycleConfigurationFluentBuilder,
        get_bucket_location => GetBucketLocationFluentBuilder,
        get_bucket_notification_configuration => GetBucketNotificationConfigurationFluentBuilder,
        get_bucket_ownership_controls => GetBucketOwnershipControlsFluentBuilder,
        get_bucket_policy => GetBucketPolicyFluentBuilder,
        get_bucket_tagging => GetBucketTaggingFluentBuilder,
        get_bucket_versioning => GetBucketVersioningFluentBuilder,
        get_object_lock_configuration => GetObjectLockConfigurationFluentBuilder,
        get_public_access_block => GetPublicAccessBlockFluentBuilder,
        list_buckets => ListBucketsFluentBuilder,
        list_object_versions => ListObjectVersionsFluentBuilder,
    }
    /// EventBridge: rules, their targets, and buses.
    events: aws_sdk_eventbridge, EventsReader {
        describe_event_bus => DescribeEventBusFluentBuilder,
        describe_rule => DescribeRuleFluentBuilder,
        list_event_buses => ListEventBusesFluentBuilder,
        list_rules => ListRulesFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
        list_targets_by_rule => ListTargetsByRuleFluentBuilder,
    }
    /// EventBridge Scheduler.
    scheduler: aws_sdk_scheduler, SchedulerReader {
        get_schedule => GetScheduleFluentBuilder,
        get_schedule_group => GetScheduleGroupFluentBuilder,
        list_schedule_groups => ListScheduleGroupsFluentBuilder,
        list_schedules => ListSchedulesFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
    }
    /// DynamoDB.
    dynamodb: aws_sdk_dynamodb, DynamoDbReader {
        describe_continuous_backups => DescribeContinuousBackupsFluentBuilder,
        describe_table => DescribeTableFluentBuilder,
        describe_time_to_live => DescribeTimeToLiveFluentBuilder,
        get_resource_policy => GetResourcePolicyFluentBuilder,
        list_tables => ListTablesFluentBuilder,
        list_tags_of_resource => ListTagsOfResourceFluentBuilder,
    }
    /// Kinesis.
    kinesis: aws_sdk_kinesis, KinesisReader {
        describe_stream_summary => DescribeStreamSummaryFluentBuilder,
        list_streams => ListStreamsFluentBuilder,
        list_tags_for_stream => ListTagsForStreamFluentBuilder,
    }
    /// Step Functions.
    states: aws_sdk_sfn, StatesReader {
        describe_execution => DescribeExecutionFluentBuilder,
        describe_state_machine => DescribeStateMachineFluentBuilder,
        get_execution_history => GetExecutionHistoryFluentBuilder,
        list_executions => ListExecutionsFluentBuilder,
        list_state_machines => ListStateMachinesFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
    }
}
