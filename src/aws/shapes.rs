//! What an answer of AWS always holds, whatever it is about: by that it is known as one.

/// What is known of the answer to an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The operation's name.
    pub operation: &'static str,
    /// Members of which one is always there, empty where there is nothing.
    pub members: &'static [&'static str],
    /// Whether AWS answers with an empty document where there is nothing.
    pub may_be_empty: bool,
    /// The one element that the whole answer is, where there is no `…Response` around it: S3.
    pub root: Option<&'static str>,
}

/// The shape of an operation's answer; none where AWS answers nothing, or the body is the caller's.
pub(super) fn shape_of(operation: &str) -> Option<Shape> {
    let row = |row: &&(&str, _)| row.0 == operation;
    let shape =
        |(operation, members): &(&'static str, &'static [&'static str])| Shape { operation, members, may_be_empty: false, root: None };
    let known = ANSWERS.iter().find(row).map(shape);
    let known = known.or_else(|| EMPTY.iter().find(row).map(|row| Shape { may_be_empty: true, ..shape(row) }));
    let root = ROOTS.iter().find(|row| row.0 == operation);
    known.or_else(|| root.map(|(operation, root)| Shape { operation, members: &[], may_be_empty: false, root: Some(root) }))
}

/// Operations with what their answers always hold. Outputs of the API references; that the lists are
/// there when they are empty is seen in localstack's recordings of AWS (`*.snapshot.json`).
const ANSWERS: &[(&str, &[&str])] = &[
    // Lambda
    ("AddPermission", &["Statement"]),
    ("CreateAlias", &["AliasArn"]),
    ("CreateEventSourceMapping", &["UUID"]),
    ("CreateFunction", &["FunctionArn"]),
    ("CreateFunctionUrlConfig", &["FunctionUrl"]),
    ("GetAccountSettings", &["AccountLimit"]),
    ("GetFunction", &["Configuration"]),
    ("GetLayerVersion", &["LayerVersionArn"]),
    ("GetPolicy", &["Policy"]),
    ("GetPolicyVersion", &["PolicyVersion"]),
    ("GetProvisionedConcurrencyConfig", &["Status"]),
    ("PutProvisionedConcurrencyConfig", &["Status"]),
    ("ListAliases", &["Aliases"]),
    ("ListEventSourceMappings", &["EventSourceMappings"]),
    ("ListFunctionEventInvokeConfigs", &["FunctionEventInvokeConfigs"]),
    ("ListFunctionUrlConfigs", &["FunctionUrlConfigs"]),
    ("ListFunctions", &["Functions"]),
    ("ListLayerVersions", &["LayerVersions"]),
    ("ListLayers", &["Layers"]),
    ("ListTags", &["Tags"]),
    ("ListVersionsByFunction", &["Versions"]),
    ("PublishLayerVersion", &["LayerVersionArn"]),
    ("PublishVersion", &["Version"]),
    ("PutFunctionEventInvokeConfig", &["FunctionArn"]),
    ("UpdateAlias", &["AliasArn"]),
    ("UpdateEventSourceMapping", &["UUID"]),
    ("UpdateFunctionCode", &["FunctionArn"]),
    ("UpdateFunctionConfiguration", &["FunctionArn"]),
    ("UpdateFunctionUrlConfig", &["FunctionUrl"]),
    // IAM and STS
    ("CreateRole", &["Role"]),
    ("GetAccountAuthorizationDetails", &["RoleDetailList"]),
    ("GetAccountSummary", &["SummaryMap"]),
    ("GetCallerIdentity", &["Account"]),
    ("GetRole", &["Role"]),
    ("ListAccountAliases", &["AccountAliases"]),
    ("ListRoles", &["Roles"]),
    // SQS
    ("CreateQueue", &["QueueUrl"]),
    ("GetQueueAttributes", &["Attributes"]),
    ("GetQueueUrl", &["QueueUrl"]),
    ("SendMessage", &["MessageId"]),
    ("StartMessageMoveTask", &["TaskHandle"]),
    // SNS
    ("CreateTopic", &["TopicArn"]),
    ("GetSubscriptionAttributes", &["Attributes"]),
    ("GetTopicAttributes", &["Attributes"]),
    ("ListSubscriptionsByTopic", &["Subscriptions"]),
    ("ListTopics", &["Topics"]),
    ("Subscribe", &["SubscriptionArn"]),
    // CloudWatch
    ("DescribeAlarms", &["MetricAlarms"]),
    ("GetMetricData", &["MetricDataResults"]),
    ("GetMetricStatistics", &["Datapoints", "Label"]),
    // CloudTrail
    ("LookupEvents", &["Events"]),
    // Logs
    ("DescribeLogGroups", &["logGroups"]),
    ("DescribeMetricFilters", &["metricFilters"]),
    ("DescribeSubscriptionFilters", &["subscriptionFilters"]),
    ("DescribeLogStreams", &["logStreams"]),
    ("FilterLogEvents", &["events"]),
    ("GetQueryResults", &["status"]),
    ("StartQuery", &["queryId"]),
    ("StopQuery", &["success"]),
    // Scheduler
    ("CreateSchedule", &["ScheduleArn"]),
    ("CreateScheduleGroup", &["ScheduleGroupArn"]),
    ("GetSchedule", &["Arn"]),
    ("GetScheduleGroup", &["Arn"]),
    ("ListScheduleGroups", &["ScheduleGroups"]),
    ("ListSchedules", &["Schedules"]),
    ("UpdateSchedule", &["ScheduleArn"]),
    // SNS, CloudWatch, Scheduler, and Logs, which spells it in its own way.
    ("ListTagsForResource", &["Tags", "tags"]),
    // S3, whose answer is the policy itself
    ("GetBucketPolicy", &["Statement"]),
    // EventBridge
    ("CreateEventBus", &["EventBusArn"]),
    ("DescribeEventBus", &["Arn"]),
    ("DescribeRule", &["Arn"]),
    ("ListEventBuses", &["EventBuses"]),
    ("ListRules", &["Rules"]),
    ("ListTargetsByRule", &["Targets"]),
    ("PutRule", &["RuleArn"]),
    ("PutTargets", &["FailedEntryCount"]),
    ("RemoveTargets", &["FailedEntryCount"]),
    ("UpdateEventBus", &["Arn"]),
    // DynamoDB
    ("CreateTable", &["TableDescription"]),
    ("DescribeContinuousBackups", &["ContinuousBackupsDescription"]),
    ("DescribeTable", &["Table"]),
    ("DescribeTimeToLive", &["TimeToLiveDescription"]),
    ("GetResourcePolicy", &["Policy"]),
    ("ListTables", &["TableNames"]),
    ("UpdateTable", &["TableDescription"]),
    // Kinesis
    ("DescribeStreamSummary", &["StreamDescriptionSummary"]),
    ("ListStreams", &["StreamNames"]),
    ("ListTagsForStream", &["Tags"]),
    // Step Functions
    ("CreateStateMachine", &["stateMachineArn"]),
    ("DescribeExecution", &["executionArn"]),
    ("DescribeStateMachine", &["stateMachineArn"]),
    ("GetExecutionHistory", &["events"]),
    ("ListExecutions", &["executions"]),
    ("ListStateMachines", &["stateMachines"]),
    ("StartExecution", &["executionArn"]),
    ("StartSyncExecution", &["executionArn"]),
    ("UpdateStateMachine", &["updateDate"]),
    // Tagging, Systems Manager, Secrets Manager
    ("GetParameters", &["Parameters"]),
    ("GetResources", &["ResourceTagMappingList"]),
    ("GetSecretValue", &["ARN"]),
];

/// The same where AWS answers an empty document when there is nothing (SQS: localstack's recordings of
/// AWS, `test_sqs.snapshot.json`).
const EMPTY: &[(&str, &[&str])] = &[
    ("ListMessageMoveTasks", &["Results"]),
    ("ListQueueTags", &["Tags"]),
    ("ListQueues", &["QueueUrls"]),
    ("ListTagsOfResource", &["Tags"]),
    ("ReceiveMessage", &["Messages"]),
];

/// Operations of S3 with the element that their answers are. One that holds nothing may be closed at once.
const ROOTS: &[(&str, &str)] = &[
    ("DeleteObjects", "DeleteResult"),
    ("GetBucketEncryption", "ServerSideEncryptionConfiguration"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketLocation", "LocationConstraint"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    ("GetBucketOwnershipControls", "OwnershipControls"),
    ("GetBucketTagging", "Tagging"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetObjectLockConfiguration", "ObjectLockConfiguration"),
    ("GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("ListObjectVersions", "ListVersionsResult"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_every_read_is_known_by_something() {
        // The rows of `clients!` name each read: `get_role => GetRoleFluentBuilder`.
        let rows = include_str!("services.rs").lines().filter_map(|line| line.trim().strip_suffix("FluentBuilder,")?.split_once(" => "));
        let reads: Vec<&str> = rows.map(|(_, operation)| operation).collect();
        let unknown: Vec<&&str> = reads.iter().filter(|name| shape_of(name).is_none()).collect();
        assert!(reads.len() > 30 && unknown.is_empty(), "{} reads, without a shape: {unknown:?}", reads.len());
    }
}
