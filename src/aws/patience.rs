//! What settles by itself, and how long it may take (docs/aws-facts.md §3, §4, §5, §7, §8, §13).

use std::time::Duration;

use super::AwsError;

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
    /// How long it is waited for.
    pub patience: Patience,
}

const fn settling(codes: &'static [&'static str], says: &'static [&'static str], patience: Patience) -> Settling {
    Settling { codes, says, patience }
}

const fn patience(reason: &'static str, at_most_s: u64, first_ms: u64, longest_ms: u64) -> Patience {
    Patience {
        reason,
        at_most: Duration::from_secs(at_most_s),
        first: Duration::from_millis(first_ms),
        longest: Duration::from_millis(longest_ms),
    }
}

/// Lambda's one code for many things.
const INVALID: &[&str] = &["InvalidParameterValueException"];

/// All of them.
pub const SETTLING: &[Settling] = &[
    settling(INVALID, &["cannot be assumed by Lambda"], patience("the new role has not reached Lambda yet", 300, 500, 2_000)),
    settling(
        INVALID,
        &["does not have permissions", "ensure the role can perform"],
        patience("the role's policies have not reached Lambda yet", 120, 500, 2_000),
    ),
    settling(INVALID, &["throttled by EC2"], patience("EC2 throttles Lambda's network interfaces", 540, 2_000, 10_000)),
    settling(INVALID, &["KMS key is invalid for CreateGrant"], patience("the role has not reached KMS yet", 120, 500, 2_000)),
    settling(&["ResourceConflictException"], &[], patience("another update is in progress", 300, 250, 2_000)),
    settling(&["ResourceInUseException"], &[], patience("the resource is being changed", 300, 500, 5_000)),
    settling(
        &["ConcurrentModification", "ConcurrentModificationException", "ConcurrentAccess", "OperationAbortedException"],
        &[],
        patience("a concurrent change is in progress", 60, 250, 2_000),
    ),
    settling(&["EntityTemporarilyUnmodifiable"], &[], patience("IAM still works on the last change", 60, 500, 2_000)),
    settling(&["DeleteConflict"], &[], patience("what the role holds is still being detached", 60, 250, 2_000)),
    settling(
        &["AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently"],
        &[],
        patience("SQS frees the name of a deleted queue after 60 s", 90, 2_000, 10_000),
    ),
    settling(&["StaleTag"], &[], patience("SNS still removes the topic of that name", 60, 500, 2_000)),
    settling(
        &["MalformedPolicyDocument", "MalformedPolicyDocumentException"],
        &["Invalid principal in policy"],
        patience("a new principal has not spread through IAM yet", 120, 500, 2_000),
    ),
    settling(
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestThrottled",
            "RequestLimitExceeded",
            "Throttled",
        ],
        &[],
        patience("AWS throttles", 60, 500, 5_000),
    ),
];

/// Patience with an error, none where waiting cannot help.
pub fn patience_for(error: &AwsError) -> Option<Patience> {
    if error.already_exists() {
        return None;
    }
    let is = |row: &&Settling| {
        row.codes.contains(&error.code.as_str()) && (row.says.is_empty() || row.says.iter().any(|text| error.message.contains(text)))
    };
    SETTLING.iter().find(is).map(|row| row.patience)
}

#[cfg(test)]
mod tests {
    use super::super::op::Op;
    use super::*;

    fn error(code: &str, message: &str) -> AwsError {
        AwsError { code: code.into(), ..AwsError::unexpected(&Op::writes("lambda:CreateFunction"), "f", message) }
    }

    #[test]
    fn propagation_is_waited_for_and_mistakes_are_not() {
        let waits = |code, message| patience_for(&error(code, message)).is_some();
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
}
