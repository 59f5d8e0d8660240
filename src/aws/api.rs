//! Operations of AWS on nothing of one kind.

use super::op::{IAM, LAMBDA, Op, operations};

operations! {
    PUT_OBJECT = Op::writes("s3:PutObject").repeatable();
    DELETE_OBJECT = Op::writes("s3:DeleteObject").repeatable();
    LIST_ACCOUNT_ALIASES = Op::reads("iam:ListAccountAliases").anywhere().paced(IAM);
    GET_ACCOUNT_SETTINGS = Op::reads("lambda:GetAccountSettings").anywhere().paced(LAMBDA);
    GET_METRIC_DATA = Op::reads("cloudwatch:GetMetricData").anywhere().rated(500);
    GET_SECRET_VALUE = Op::reads("secretsmanager:GetSecretValue");
    GET_PARAMETERS = Op::reads("ssm:GetParameters").rated(40);
    GET_CALLER_IDENTITY = Op::reads("sts:GetCallerIdentity").anywhere();
    GET_RESOURCES = Op::reads("tag:GetResources").anywhere();
}
