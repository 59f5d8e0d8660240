//! The services: a client each, and the half of it that can only read, by type. Reads are given the
//! second, so that a read that writes does not compile.

use aws_config::SdkConfig;

use super::Counter;
use super::answer::Believable;
use crate::model::EndpointKind;

/// Where an endpoint is said, no name of a bucket stands before it.
fn s3(config: &SdkConfig, counter: &Counter) -> aws_sdk_s3::Client {
    let builder = aws_sdk_s3::config::Builder::from(config).interceptor(counter.clone()).interceptor(Believable);
    aws_sdk_s3::Client::from_conf(builder.force_path_style(config.endpoint_url().is_some()).build())
}

/// A row a service: its field, its crate, its read-only half, and what that can ask.
macro_rules! clients {
    ($($(#[$doc:meta])* $field:ident: $krate:ident, $reader:ident { $($method:ident => $builder:ident),* $(,)? })*) => {
        /// One client a service, all with the same configuration.
        #[derive(Debug, Clone)]
        pub struct Clients {
            $($(#[$doc])* pub $field: $krate::Client,)*
            /// STS, which tells whose credentials these are.
            pub sts: aws_sdk_sts::Client,
            /// S3, where large zips lie on their way.
            pub s3: aws_sdk_s3::Client,
            /// Region that the clients speak to.
            pub region: String,
            /// Endpoint of all services, where one is said.
            pub endpoint: Option<String>,
            /// What answers there.
            pub kind: EndpointKind,
        }

        impl Clients {
            /// The clients of a configuration.
            pub fn new(config: &SdkConfig, region: String, kind: EndpointKind, counter: &Counter) -> Self {
                macro_rules! client {
                    ($of:ident) => {
                        $of::Client::from_conf(
                            $of::config::Builder::from(config).interceptor(counter.clone()).interceptor(Believable).build(),
                        )
                    };
                }
                Self {
                    $($field: client!($krate),)*
                    sts: client!(aws_sdk_sts),
                    s3: s3(config, counter),
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
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
    }
    /// Resource Groups Tagging API.
    tagging: aws_sdk_resourcegroupstagging, TaggingReader {
        get_resources => GetResourcesFluentBuilder,
    }
    /// Systems Manager.
    ssm: aws_sdk_ssm, SsmReader {
        get_parameters => GetParametersFluentBuilder,
    }
    /// Secrets Manager.
    secrets: aws_sdk_secretsmanager, SecretsReader {
        get_secret_value => GetSecretValueFluentBuilder,
    }
}
