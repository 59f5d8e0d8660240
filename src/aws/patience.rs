//! What settles by itself, and how long it may take (docs/aws-facts.md §3, §4, §5, §7, §8, §13, §14, §19, §21 to §25).

use std::time::Duration;

use super::AwsError;
use super::failure::Failure;
use super::op::Op;

/// Why a call is tried again, and how long it may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Shown to the user.
    pub reason: &'static str,
    /// Bound over all tries.
    pub at_most: Duration,
    /// First pause; it doubles up to `longest`.
    pub first: Duration,
    /// Longest pause.
    pub longest: Duration,
}

/// An answer of AWS that is waited out.
#[derive(Debug)]
pub struct Settling {
    /// AWS's codes.
    pub codes: &'static [&'static str],
    /// What its message says, one of these; empty where the code says enough.
    pub says: &'static [&'static str],
    /// How the operations begin to which it says this; empty where it says so to all.
    pub of: &'static str,
    /// Operations to which the code says something else.
    pub never_of: &'static [&'static str],
    /// Operations of which it is meant; empty for all.
    pub only_of: &'static [&'static str],
    /// How long it is waited for.
    pub patience: Patience,
}

const fn settling(codes: &'static [&'static str], says: &'static [&'static str], patience: Patience) -> Settling {
    Settling { codes, says, of: "", never_of: &[], only_of: &[], patience }
}

const fn patience(reason: &'static str, at_most_s: u64, first_ms: u64, longest_ms: u64) -> Patience {
    Patience {
        reason,
        at_most: Duration::from_secs(at_most_s),
        first: Duration::from_millis(first_ms),
        longest: Duration::from_millis(longest_ms),
    }
}

/// Patience with what a new role or policy takes to be known everywhere: often a second, at times many.
const fn iam(reason: &'static str, at_most_s: u64) -> Patience {
    patience(reason, at_most_s, 250, 2_000)
}

/// What Lambda says where waiting helps.
const IN_PROGRESS: &[&str] = &["in progress", "Pending"];

/// Lambda's one code for many things.
const INVALID: &[&str] = &["InvalidParameterValueException"];

/// Writes of the configuration of a bucket, by IAM's names.
const BUCKET_WRITES: &[&str] = &[
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];

/// All of them.
pub const SETTLING: &[Settling] = &[
    settling(INVALID, &["cannot be assumed by Lambda"], iam("the new role has not reached Lambda yet", 300)),
    settling(
        INVALID,
        &["does not have permissions", "ensure the role can perform"],
        iam("the role's policies have not reached Lambda yet", 120),
    ),
    settling(
        &["ValidationException"],
        &["must allow AWS EventBridge Scheduler to assume the role"],
        iam("the new role has not reached Scheduler yet", 120),
    ),
    settling(
        &["InvalidParameter", "InvalidParameterException"],
        &["is not a valid role to allow SNS"],
        iam("the new role has not reached SNS yet", 120),
    ),
    settling(
        &["InvalidParameterException"],
        &["Could not execute the lambda function", "Could not deliver test message to specified"],
        iam("what lets CloudWatch Logs write there has not spread yet", 60),
    ),
    settling(INVALID, &["throttled by EC2"], patience("EC2 throttles Lambda's network interfaces", 540, 2_000, 10_000)),
    settling(INVALID, &["KMS key is invalid for CreateGrant"], iam("the role has not reached KMS yet", 120)),
    settling(&["ResourceConflictException"], IN_PROGRESS, patience("another update is in progress", 300, 250, 2_000)),
    Settling {
        // An alias to a version that has failed is refused for ever (docs/aws-facts.md §2).
        never_of: &["lambda:CreateAlias", "lambda:UpdateAlias"],
        ..settling(&["ResourceConflictException"], &[], patience("another update is in progress", 60, 250, 2_000))
    },
    settling(
        &["LimitExceededException"],
        &["can be created, updated, or deleted simultaneously", "can be created simultaneously"],
        patience("DynamoDB works on as many tables as it does at a time", 1_800, 1_000, 10_000),
    ),
    Settling { of: "kinesis:", ..settling(&["LimitExceededException"], &[], patience("Kinesis throttles", 120, 500, 5_000)) },
    settling(
        &["ContinuousBackupsUnavailableException"],
        &[],
        patience("DynamoDB makes the backups of the new table ready", 300, 500, 5_000),
    ),
    settling(
        &["ResourceInUseException", "ValidationException"],
        &["while indexes are being created, updated, or deleted"],
        patience("DynamoDB works on an index", 1_800, 1_000, 10_000),
    ),
    settling(&["ResourceInUseException"], &[], patience("the resource is being changed", 300, 500, 5_000)),
    settling(
        &["ConcurrentModification", "ConcurrentModificationException", "ConcurrentAccess", "OperationAbortedException"],
        &[],
        patience("a concurrent change is in progress", 60, 250, 2_000),
    ),
    Settling {
        only_of: &["s3:CreateBucket"],
        ..settling(&["OperationAborted"], &[], patience("S3 still frees the name of a deleted bucket", 180, 2_000, 10_000))
    },
    Settling {
        // Its document is read again before it is written again.
        never_of: &["s3:PutBucketNotification"],
        ..settling(&["OperationAborted"], &[], patience("another write of the bucket is in progress", 60, 250, 4_000))
    },
    settling(&["ValidationException"], &["cannot be assumed by principal"], iam("the new role has not reached EventBridge yet", 120)),
    settling(
        &["ValidationException"],
        &["since it has targets"],
        patience("EventBridge still takes the targets off the rule", 300, 500, 5_000),
    ),
    Settling {
        // To these it is an answer.
        never_of: &[
            "events:DescribeRule",
            "events:ListTargetsByRule",
            "events:ListTagsForResource",
            "events:ListRules",
            "events:DeleteRule",
            "events:RemoveTargets",
        ],
        ..settling(
            &["ResourceNotFoundException"],
            &["does not exist on EventBus"],
            patience("the new rule has not spread through EventBridge yet", 60, 250, 2_000),
        )
    },
    settling(&["EntityTemporarilyUnmodifiable"], &[], patience("IAM still works on the last change", 60, 500, 2_000)),
    settling(&["DeleteConflict"], &[], patience("what the role holds is still being detached", 60, 250, 2_000)),
    settling(
        &["AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently"],
        &[],
        patience("SQS frees the name of a deleted queue after 60 s", 90, 2_000, 10_000),
    ),
    settling(&["LimitExceededException"], &["query concurrency"], patience("other queries of the account still run", 120, 2_000, 10_000)),
    settling(&["StaleTag"], &[], patience("SNS still removes the topic of that name", 60, 500, 2_000)),
    Settling {
        // A bucket that was made a moment ago is not known everywhere yet. To a read it is not there.
        only_of: BUCKET_WRITES,
        ..settling(&["NoSuchBucket"], &[], patience("the new bucket is not known everywhere yet", 60, 250, 4_000))
    },
    settling(
        &["MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy"],
        &["Invalid principal in policy"],
        iam("a new principal has not spread through IAM yet", 120),
    ),
    settling(
        &["AccessDeniedException"],
        &["is authorized to assume the provided role"],
        iam("the new role has not reached Step Functions yet", 300),
    ),
    settling(
        &["AccessDeniedException"],
        &["is not authorized to access the Log Destination", "is not authorized to create managed-rule"],
        iam("the role's policies have not reached Step Functions yet", 120),
    ),
    settling(&["StateMachineDeleting"], &[], patience("the state machine of that name is still being deleted", 300, 1_000, 5_000)),
];

/// What passes by itself whatever was asked.
pub const THROTTLED: Patience = patience("AWS throttles", 60, 500, 5_000);
/// See [`THROTTLED`].
pub const UNREACHED: Patience = patience("nothing is reached", 30, 500, 5_000);
/// See [`THROTTLED`].
pub const FAULTY: Patience = patience("AWS does not answer as it should", 60, 250, 5_000);
/// See [`THROTTLED`]. A portal does not go away by itself; an answer that was cut may come whole.
pub const UNREADABLE: Patience = patience("the answer cannot be read", 3, 250, 1_000);
/// See [`THROTTLED`]. The SDK takes the time of AWS's answer for the next signature.
pub const CLOCK: Patience = patience("AWS's clock is another", 1, 100, 500);
/// Codes that a clock may be behind (the crate aws-runtime, service_clock_skew.rs).
const SKEWED: [&str; 5] = ["RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"];

/// Patience with an error, none where waiting cannot help.
pub fn patience_for(op: &Op, error: &AwsError) -> Option<Patience> {
    match error.failure {
        Failure::Throttled => Some(THROTTLED),
        Failure::Unreached => Some(UNREACHED),
        Failure::Unanswered | Failure::Fault => op.repeatable.then_some(FAULTY),
        Failure::Unreadable | Failure::NotAws => op.repeatable.then_some(UNREADABLE),
        Failure::Credentials(_) => SKEWED.contains(&error.code.as_str()).then_some(CLOCK),
        Failure::Refused | Failure::Denied => settles(op, error),
        Failure::Unsent | Failure::Overdue | Failure::EndedBadly | Failure::Stopped => None,
    }
}

fn settles(op: &Op, error: &AwsError) -> Option<Patience> {
    if error.already_exists() {
        return None;
    }
    let is = |row: &&Settling| {
        row.codes.contains(&error.code.as_str())
            && (row.says.is_empty() || row.says.iter().any(|text| error.message.contains(text)))
            && op.iam.starts_with(row.of)
            && !row.never_of.contains(&op.iam)
            && (row.only_of.is_empty() || row.only_of.contains(&op.iam))
    };
    SETTLING.iter().find(is).map(|row| row.patience)
}

/// A pause that is up to half as long again, so that those who were refused together do not come back
/// together.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(1.0 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: Op = Op::writes("lambda:CreateFunction");

    fn error(code: &str, message: &str) -> AwsError {
        AwsError { code: code.into(), ..AwsError::told(Failure::Refused, &CREATE, "f", message) }
    }

    #[test]
    fn propagation_is_waited_for_and_mistakes_are_not() {
        let waits = |code, message| patience_for(&CREATE, &error(code, message)).is_some();
        assert!(waits("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."));
        assert!(waits(
            "InvalidParameterValueException",
            "The provided execution role does not have permissions to call SendMessage on SQS"
        ));
        assert!(waits(
            "ResourceConflictException",
            "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:x"
        ));
        assert!(!waits("ResourceConflictException", "Function already exist: api-handler"));
        assert!(!waits("InvalidParameterValueException", "The runtime parameter of java8 is no longer supported"));
        assert!(!waits("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role x"));
    }

    #[test]
    fn a_new_role_is_tried_again_soon() {
        let says = [
            ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
            ("InvalidParameterValueException", "The provided execution role does not have permissions to call SendMessage on SQS"),
            ("MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:role/r\""),
        ];
        for (code, message) in says {
            let patience = patience_for(&CREATE, &error(code, message)).unwrap();
            assert_eq!((patience.first.as_millis(), patience.longest.as_millis()), (250, 2_000), "{message}");
        }
    }

    #[test]
    fn a_bucket_that_was_just_made_is_waited_for_and_one_that_is_read_is_not() {
        let missing = error("NoSuchBucket", "The specified bucket does not exist");
        assert!(patience_for(&Op::writes("s3:PutBucketPolicy"), &missing).is_some());
        for op in [Op::reads("s3:GetBucketTagging"), Op::writes("s3:DeleteBucket"), Op::writes("s3:PutObject")] {
            assert!(patience_for(&op, &missing).is_none(), "{}", op.iam);
        }
    }

    #[test]
    fn an_alias_to_a_version_that_failed_is_not_waited_for() {
        let failed = error("ResourceConflictException", "The version is in state Failed");
        assert!(patience_for(&Op::writes("lambda:UpdateAlias"), &failed).is_none());
        let busy = error("ResourceConflictException", "An update is in progress for resource: arn:aws:lambda:x");
        assert!(patience_for(&Op::writes("lambda:UpdateAlias"), &busy).is_some());
    }

    #[test]
    fn a_limit_is_waited_for_where_it_passes() {
        let limit = |op: &'static str, message| patience_for(&Op::writes(op), &error("LimitExceededException", message));
        assert!(limit("kinesis:CreateStream", "Rate exceeded for stream s").is_some());
        assert!(
            limit("dynamodb:CreateTable", "Subscriber limit exceeded: Only 10 tables can be created, updated, or deleted simultaneously")
                .is_some()
        );
        assert!(limit("dynamodb:CreateTable", "Subscriber limit exceeded: too many tables").is_none());
        assert!(limit("events:PutTargets", "The requested resource exceeds the maximum number allowed.").is_none());
    }

    #[test]
    fn what_may_be_done_is_sent_again_only_where_twice_is_once() {
        let lost = AwsError::told(Failure::Unanswered, &CREATE, "f", "no answer");
        assert!(patience_for(&CREATE, &lost).is_none());
        assert!(patience_for(&Op::writes("sqs:DeleteQueue").repeatable(), &lost).is_some());
        assert!(patience_for(&Op::reads("sqs:GetQueueUrl"), &lost).is_some());
    }
}
