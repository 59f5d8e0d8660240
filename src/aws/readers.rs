//! Clients that can only read, by type: what the reads of kinds are given, so that a read that writes
//! does not compile.

use super::clients::Clients;

macro_rules! reader {
    ($(#[$doc:meta])* $name:ident, $krate:ident, { $($method:ident => $builder:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name($krate::Client);

        impl $name {
            $(
                /// The SDK's builder of the same name.
                pub fn $method(&self) -> $krate::operation::$method::builders::$builder {
                    self.0.$method()
                }
            )*
        }
    };
}

reader! {
    /// Lambda, read-only.
    LambdaReader, aws_sdk_lambda, {
        get_account_settings => GetAccountSettingsFluentBuilder,
        get_function => GetFunctionFluentBuilder,
        get_layer_version => GetLayerVersionFluentBuilder,
        get_policy => GetPolicyFluentBuilder,
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
}

reader! {
    /// IAM, read-only.
    IamReader, aws_sdk_iam, {
        get_account_authorization_details => GetAccountAuthorizationDetailsFluentBuilder,
        get_account_summary => GetAccountSummaryFluentBuilder,
        get_role => GetRoleFluentBuilder,
        list_account_aliases => ListAccountAliasesFluentBuilder,
        list_roles => ListRolesFluentBuilder,
    }
}

reader! {
    /// SQS, read-only.
    SqsReader, aws_sdk_sqs, {
        get_queue_attributes => GetQueueAttributesFluentBuilder,
        get_queue_url => GetQueueUrlFluentBuilder,
        list_queue_tags => ListQueueTagsFluentBuilder,
        list_queues => ListQueuesFluentBuilder,
    }
}

reader! {
    /// SNS, read-only.
    SnsReader, aws_sdk_sns, {
        get_subscription_attributes => GetSubscriptionAttributesFluentBuilder,
        get_topic_attributes => GetTopicAttributesFluentBuilder,
        list_subscriptions_by_topic => ListSubscriptionsByTopicFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
        list_topics => ListTopicsFluentBuilder,
    }
}

reader! {
    /// CloudWatch, read-only.
    CloudWatchReader, aws_sdk_cloudwatch, {
        describe_alarms => DescribeAlarmsFluentBuilder,
        get_metric_statistics => GetMetricStatisticsFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
    }
}

reader! {
    /// CloudWatch Logs, read-only.
    LogsReader, aws_sdk_cloudwatchlogs, {
        describe_log_groups => DescribeLogGroupsFluentBuilder,
        describe_log_streams => DescribeLogStreamsFluentBuilder,
        filter_log_events => FilterLogEventsFluentBuilder,
        list_tags_for_resource => ListTagsForResourceFluentBuilder,
    }
}

reader! {
    /// Resource Groups Tagging API, read-only.
    TaggingReader, aws_sdk_resourcegroupstagging, {
        get_resources => GetResourcesFluentBuilder,
    }
}

reader! {
    /// Systems Manager, read-only.
    SsmReader, aws_sdk_ssm, {
        get_parameters => GetParametersFluentBuilder,
    }
}

reader! {
    /// Secrets Manager, read-only.
    SecretsReader, aws_sdk_secretsmanager, {
        get_secret_value => GetSecretValueFluentBuilder,
    }
}

/// The read-only half of [`Clients`].
#[derive(Debug, Clone)]
pub struct Readers {
    /// Lambda.
    pub lambda: LambdaReader,
    /// IAM.
    pub iam: IamReader,
    /// SQS.
    pub sqs: SqsReader,
    /// SNS.
    pub sns: SnsReader,
    /// CloudWatch.
    pub cloudwatch: CloudWatchReader,
    /// CloudWatch Logs.
    pub logs: LogsReader,
    /// Resource Groups Tagging API.
    pub tagging: TaggingReader,
    /// Systems Manager.
    pub ssm: SsmReader,
    /// Secrets Manager.
    pub secrets: SecretsReader,
}

impl Readers {
    /// Narrows the clients.
    pub fn of(clients: &Clients) -> Self {
        Self {
            lambda: LambdaReader(clients.lambda.clone()),
            iam: IamReader(clients.iam.clone()),
            sqs: SqsReader(clients.sqs.clone()),
            sns: SnsReader(clients.sns.clone()),
            cloudwatch: CloudWatchReader(clients.cloudwatch.clone()),
            logs: LogsReader(clients.logs.clone()),
            tagging: TaggingReader(clients.tagging.clone()),
            ssm: SsmReader(clients.ssm.clone()),
            secrets: SecretsReader(clients.secrets.clone()),
        }
    }
}
