//! What settles by itself, and how long it may take (aws-facts §3, §4, §5, §7, §8, §13).

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

const fn patience(reason: &'static str, at_most_s: u64, first_ms: u64, longest_ms: u64) -> Patience {
    Patience {
        reason,
        at_most: Duration::from_secs(at_most_s),
        first: Duration::from_millis(first_ms),
        longest: Duration::from_millis(longest_ms),
    }
}

/// Patience with an error, none where waiting cannot help.
pub fn patience_for(error: &AwsError) -> Option<Patience> {
    let says = |text: &str| error.message.contains(text);
    match error.code.as_str() {
        "InvalidParameterValueException" if says("cannot be assumed by Lambda") => {
            Some(patience("the new role has not reached Lambda yet", 300, 500, 2_000))
        }
        "InvalidParameterValueException" if says("does not have permissions") || says("ensure the role can perform") => {
            Some(patience("the role's policies have not reached Lambda yet", 120, 500, 2_000))
        }
        "InvalidParameterValueException" if says("throttled by EC2") => {
            Some(patience("EC2 throttles Lambda's network interfaces", 540, 2_000, 10_000))
        }
        "InvalidParameterValueException" if says("KMS key is invalid for CreateGrant") => {
            Some(patience("the role has not reached KMS yet", 120, 500, 2_000))
        }
        "ResourceConflictException" if !error.already_exists() => Some(patience("another update is in progress", 300, 250, 2_000)),
        "ResourceInUseException" => Some(patience("the resource is being changed", 300, 500, 5_000)),
        "ConcurrentModification" | "ConcurrentModificationException" | "ConcurrentAccess" | "OperationAbortedException" => {
            Some(patience("a concurrent change is in progress", 60, 250, 2_000))
        }
        "EntityTemporarilyUnmodifiable" => Some(patience("IAM still works on the last change", 60, 500, 2_000)),
        "DeleteConflict" => Some(patience("what the role holds is still being detached", 60, 250, 2_000)),
        "AWS.SimpleQueueService.QueueDeletedRecently" | "QueueDeletedRecently" => {
            Some(patience("SQS frees the name of a deleted queue after 60 s", 90, 2_000, 10_000))
        }
        "StaleTag" => Some(patience("SNS still removes the topic of that name", 60, 500, 2_000)),
        "MalformedPolicyDocument" | "MalformedPolicyDocumentException" if says("Invalid principal in policy") => {
            Some(patience("a new principal has not spread through IAM yet", 120, 500, 2_000))
        }
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "Throttled" => Some(patience("AWS throttles", 60, 500, 5_000)),
        _ => None,
    }
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
