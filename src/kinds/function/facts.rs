//! Numbers and names of Lambda's that no member of a request states. Looked up on 2026-11-21.

/// Bytes of the environment as JSON
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
pub(super) const ENVIRONMENT_BYTES: i64 = 4_096;
/// MB of /tmp beside SnapStart (<https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html>).
pub(super) const SNAP_START_STORAGE: i64 = 512;
/// Variables that Lambda sets itself
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>).
pub(super) const RESERVED_VARIABLES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];
