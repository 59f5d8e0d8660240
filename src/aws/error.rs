//! One error type for every AWS call.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::op::Op;
use crate::model::secret::cut_environment;

/// Codes by which AWS says that the credentials are at fault (docs/aws-facts.md §13).
const CREDENTIAL_CODES: [&str; 9] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "AuthFailure",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
];

/// A failed AWS call: what was called, on what, and what AWS said.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} on {target}: {}{message}{}", self.code_prefix(), self.request_suffix())]
pub struct AwsError {
    /// `service:Operation`, in IAM's words.
    pub operation: &'static str,
    /// Physical name of the resource.
    pub target: String,
    /// AWS's error code; empty where no answer came.
    pub code: String,
    /// AWS's message; whoever writes it hides what it quotes.
    pub message: String,
    /// Id for AWS support.
    pub request_id: Option<String>,
    /// Whether the request may have reached AWS without an answer coming back.
    pub unanswered: bool,
}

impl AwsError {
    /// Reads an SDK error. `to_string()` of an SDK error says only "service error", so code and
    /// message come from the metadata.
    pub fn from_sdk<E>(op: &Op, target: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let header = |name: &str| error.raw_response().and_then(|r| r.headers().get(name)).map(str::to_owned);
        let request_id = meta
            .and_then(|meta| meta.extra("aws_request_id"))
            .map(str::to_owned)
            .or_else(|| header("x-amzn-requestid"))
            .or_else(|| header("x-amz-request-id"));
        let code = meta.and_then(|meta| meta.code()).unwrap_or_default().to_owned();
        let message = match meta.and_then(|meta| meta.message()) {
            Some(message) => cut_environment(message).into_owned(),
            None if !code.is_empty() => String::new(),
            None => chain(error),
        };
        let unanswered = matches!(error, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_));
        Self { operation: op.iam, target: target.to_owned(), code, message, request_id, unanswered }
    }

    /// An error that etlctl itself finds in an answer of AWS.
    pub fn unexpected(op: &Op, target: &str, message: impl Into<String>) -> Self {
        Self {
            operation: op.iam,
            target: target.to_owned(),
            code: String::new(),
            message: message.into(),
            request_id: None,
            unanswered: false,
        }
    }

    /// Whether AWS says that the thing is not there, in any service's words.
    pub fn is_missing(&self) -> bool {
        matches!(
            self.code.as_str(),
            "ResourceNotFoundException"
                | "ResourceNotFound"
                | "NoSuchEntity"
                | "NotFound"
                | "NotFoundException"
                | "AWS.SimpleQueueService.NonExistentQueue"
                | "QueueDoesNotExist"
        )
    }

    /// Whether AWS says that a thing of that name is already there.
    pub fn already_exists(&self) -> bool {
        match self.code.as_str() {
            "EntityAlreadyExists" | "ResourceAlreadyExistsException" | "QueueAlreadyExists" | "QueueNameExists" => true,
            "ResourceConflictException" => {
                let message = self.message.to_ascii_lowercase();
                message.contains("already exist") || message.contains("exists for this lambda function")
            }
            "InvalidParameter" => self.message.contains("already exists"),
            _ => false,
        }
    }

    /// Whether the credentials, not the request, are at fault.
    pub fn is_credentials(&self) -> bool {
        CREDENTIAL_CODES.contains(&self.code.as_str()) || (self.code.is_empty() && self.message.contains("credential"))
    }

    /// Whether AWS refused for want of a permission.
    pub fn is_denied(&self) -> bool {
        matches!(self.code.as_str(), "AccessDenied" | "AccessDeniedException" | "AuthorizationError" | "UnauthorizedOperation")
    }

    /// Whether AWS has had too many requests.
    pub fn is_throttled(&self) -> bool {
        self.code.contains("Throttl") || self.code.contains("TooManyRequests")
    }

    /// What the user can do about it.
    pub fn hint(&self) -> String {
        if self.is_credentials() {
            "renew the credentials (for SSO: aws sso login), or choose others with --profile or AWS_PROFILE".to_owned()
        } else if self.is_denied() {
            format!("allow {} to the identity that runs etlctl, or use another with --profile", self.operation)
        } else if self.code.is_empty() && !self.unanswered {
            "AWS's answer was not understood: run the command again, and report it with the version if it stays".to_owned()
        } else if self.code.is_empty() {
            "check the network, the region and --endpoint-url; nothing answered".to_owned()
        } else if self.message.contains("UnreservedConcurrentExecution") {
            "lower reserved_concurrency in the stack file, or ask AWS for a higher concurrency quota".to_owned()
        } else if self.is_throttled() {
            "another client uses up the account's request quota; run the command again in a while".to_owned()
        } else {
            "mend the field that AWS names in the stack file, then run the command again: it goes on where it stopped".to_owned()
        }
    }

    fn code_prefix(&self) -> String {
        if self.code.is_empty() { String::new() } else { format!("{}: ", self.code) }
    }

    fn request_suffix(&self) -> String {
        self.request_id.as_ref().map_or_else(String::new, |id| format!(" (request id {id})"))
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let next = inner.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = inner.source();
    }
    text
}
