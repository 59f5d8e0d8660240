//! How a call fails, told apart by what has to be done next; and the hint that is true for each.

/// Why a call has no good end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// AWS refused it and did nothing; its code and message say why.
    Refused,
    /// The caller lacks a permission.
    Denied,
    /// Nobody knows who is calling.
    Credentials(Credentials),
    /// A request quota is used up. Nothing was done.
    Throttled,
    /// Nothing was reached: no name, no connection.
    Unreached,
    /// No request could be made of what it names: nothing was sent, and nothing will be.
    Unsent,
    /// No answer came, or the connection ended before it: it may be done.
    Unanswered,
    /// AWS had a fault of its own (5xx): it may be done.
    Fault,
    /// What answered is not AWS: a web page, or an error without a code, which AWS always gives.
    NotAws,
    /// AWS's answer cannot be understood, or lacks what it always has.
    Unreadable,
    /// What was asked for is not finished within its bound.
    Overdue,
    /// What was asked for was begun, and AWS says that it ended badly.
    EndedBadly,
    /// The run was to end while it was waited for.
    Stopped,
}

/// What is wrong with the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// There are none, or their source failed.
    None,
    /// They were good once.
    Expired,
    /// AWS does not know them.
    Unknown,
    /// The signature is not the one that they give.
    Signature,
    /// The time of the request is not AWS's.
    Clock,
    /// The account may not use the service or the region.
    NotActivated,
}

/// Codes by which AWS says so (docs/aws-facts.md §13).
const CREDENTIALS: &[(Credentials, &[&str])] = &[
    (Credentials::Expired, &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]),
    (
        Credentials::Unknown,
        &[
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "InvalidToken",
            "AuthFailure",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
        ],
    ),
    (
        Credentials::Signature,
        &["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException"],
    ),
    (Credentials::Clock, &["RequestExpired", "RequestTimeTooSkewed"]),
    (Credentials::NotActivated, &["OptInRequired", "SubscriptionRequiredException"]),
];
/// The service to which this code is the token of a page, or of a task that waits (botocore service model,
/// stepfunctions InvalidToken).
const TOKEN_OF_A_PAGE: (&str, &str) = ("states:", "InvalidToken");
/// Codes by which AWS says that a permission is missing.
const DENIED: &[&str] = &["AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "NotAuthorized"];
/// Codes by which AWS says that there were too many requests (docs/aws-facts.md §13).
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "Throttled",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
    "BandwidthLimitExceeded",
];
/// Too Many Requests (RFC 6585).
const TOO_MANY: u16 = 429;
/// Service Unavailable: without a body, what stands before a service has no room.
const UNAVAILABLE: u16 = 503;

impl Failure {
    /// What a code and a status say of an operation, in IAM's words.
    pub(super) fn of(operation: &str, code: &str, status: u16) -> Self {
        if code == TOKEN_OF_A_PAGE.1 && operation.starts_with(TOKEN_OF_A_PAGE.0) {
            Self::Refused
        } else if let Some((what, _)) = CREDENTIALS.iter().find(|(_, codes)| codes.contains(&code)) {
            Self::Credentials(*what)
        } else if DENIED.contains(&code) {
            Self::Denied
        } else if THROTTLED.contains(&code) || status == TOO_MANY || (status == UNAVAILABLE && code.is_empty()) {
            Self::Throttled
        } else if status >= 500 {
            Self::Fault
        } else if code.is_empty() && status >= 300 {
            Self::NotAws
        } else {
            Self::Refused
        }
    }

    /// Whether AWS may have done what it was asked all the same.
    pub fn may_be_done(self) -> bool {
        match self {
            Self::Unanswered | Self::Fault | Self::NotAws | Self::Unreadable => true,
            Self::Refused
            | Self::Denied
            | Self::Credentials(_)
            | Self::Throttled
            | Self::Unreached
            | Self::Unsent
            | Self::Overdue
            | Self::EndedBadly
            | Self::Stopped => false,
        }
    }

    /// What the user can do about it. `operation` is in IAM's words.
    pub(super) fn hint(self, operation: &str) -> String {
        match self {
            Self::Refused => {
                "mend what AWS names, in the stack file or in the account, then run the command again: it goes on where it stopped".to_owned()
            }
            Self::Denied => format!("allow {operation} to the identity that runs etlctl, or use another with --profile"),
            Self::Credentials(what) => what.hint().to_owned(),
            Self::Throttled => "the account's request quota is used up, by this run or by others; run the command again in a while".to_owned(),
            Self::Unreached => "check the network, the region and --endpoint-url; nothing was reached".to_owned(),
            Self::Unsent => "no request can be made of what it names, and nothing was sent: mend that name or ARN in the stack file".to_owned(),
            Self::Unanswered => {
                "nothing answered in time: check the network and --endpoint-url, then run the command again; it looks at what is there first"
                    .to_owned()
            }
            Self::Fault => {
                "AWS has a fault of its own: run the command again in a while (https://health.aws.amazon.com tells of outages)".to_owned()
            }
            Self::NotAws => "a proxy or a login portal answers in AWS's place: log in to the network, or mend HTTPS_PROXY, NO_PROXY and \
                             --endpoint-url"
                .to_owned(),
            Self::Unreadable => {
                "AWS's answer was not understood: see that HTTPS_PROXY and --endpoint-url lead to AWS, run the command again, and report it with the \
                 version if it stays".to_owned()
            }
            Self::Overdue => "AWS still works on it: run the command again in a while; it goes on where it stopped".to_owned(),
            Self::Stopped => "run the command again: it goes on where it stopped".to_owned(),
            Self::EndedBadly => "mend what AWS names, then run the command again: what has failed is made anew".to_owned(),
        }
    }
}

impl Credentials {
    fn hint(self) -> &'static str {
        match self {
            Self::None => "log in (aws sso login, or aws configure), or choose credentials with --profile or AWS_PROFILE",
            Self::Expired => "renew the credentials (for SSO: aws sso login), or choose others with --profile or AWS_PROFILE",
            Self::Unknown => {
                "AWS does not know these credentials: choose others with --profile or AWS_PROFILE, and see that a session token belongs to its \
                 key"
            }
            Self::Signature => {
                "the secret key does not fit the key id, or something on the way changed the request: enter the secret again, and look at \
                 HTTPS_PROXY"
            }
            Self::Clock => "set the clock of this machine right; AWS takes no request that is more than 15 minutes off",
            Self::NotActivated => {
                "the account may not use this service or region yet: activate it in the AWS console, or choose another --region"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_statuses_are_told_apart() {
        let cases = [
            ("TokenRefreshRequired", 400, Failure::Credentials(Credentials::Expired)),
            ("InvalidToken", 403, Failure::Credentials(Credentials::Unknown)),
            ("IncompleteSignature", 400, Failure::Credentials(Credentials::Signature)),
            ("RequestExpired", 400, Failure::Credentials(Credentials::Clock)),
            ("OptInRequired", 403, Failure::Credentials(Credentials::NotActivated)),
            ("AccessDenied", 403, Failure::Denied),
            ("", 429, Failure::Throttled),
            ("", 503, Failure::Throttled),
            ("ServiceUnavailable", 503, Failure::Fault),
            ("", 502, Failure::Fault),
            ("", 302, Failure::NotAws),
            ("", 403, Failure::NotAws),
            ("", 413, Failure::NotAws),
            ("InvalidParameterValueException", 400, Failure::Refused),
        ];
        for (code, status, wanted) in cases {
            assert_eq!(Failure::of("s3:GetObject", code, status), wanted, "{code} {status}");
        }
        assert_eq!(Failure::of("states:GetExecutionHistory", "InvalidToken", 400), Failure::Refused);
    }

    #[test]
    fn each_kind_of_failure_has_a_hint_of_its_own() {
        let all = [
            Failure::Refused,
            Failure::Denied,
            Failure::Throttled,
            Failure::Unreached,
            Failure::Unanswered,
            Failure::Fault,
            Failure::NotAws,
            Failure::Unreadable,
            Failure::Overdue,
            Failure::EndedBadly,
            Failure::Unsent,
            Failure::Stopped,
            Failure::Credentials(Credentials::None),
            Failure::Credentials(Credentials::Expired),
            Failure::Credentials(Credentials::Unknown),
            Failure::Credentials(Credentials::Signature),
            Failure::Credentials(Credentials::Clock),
            Failure::Credentials(Credentials::NotActivated),
        ];
        let hints: BTreeSet<String> = all.iter().map(|failure| failure.hint("x:Y")).collect();
        assert_eq!(hints.len(), all.len());
    }
}
