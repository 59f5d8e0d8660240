//! One error type for every AWS call.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::answer;
use super::failure::{Credentials, Failure};
use super::op::Op;
use crate::model::secret::cut_environment;

/// A failed AWS call: what was called, on what, and what AWS said.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} on {target}: {}{message}{}", self.code_prefix(), self.request_suffix())]
pub struct AwsError {
    /// `service:Operation`, in IAM's words.
    pub operation: &'static str,
    /// Physical name of the resource.
    pub target: String,
    /// How it failed.
    pub failure: Failure,
    /// AWS's error code; empty where AWS gave none.
    pub code: String,
    /// AWS's message; whoever writes it hides what it quotes.
    pub message: String,
    /// Id for AWS support.
    pub request_id: Option<String>,
    /// Whether the operation was sent again until its bound: twice is like once.
    pub repeatable: bool,
}

impl AwsError {
    /// Reads an SDK error. `to_string()` of an SDK error says only "service error", so code and
    /// message come from the metadata.
    pub fn from_sdk<E>(op: &Op, target: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let response = error.raw_response();
        let header = |name: &str| response.and_then(|r| r.headers().get(name)).map(str::to_owned);
        let request_id = meta
            .and_then(|meta| meta.extra("aws_request_id"))
            .map(str::to_owned)
            .or_else(|| header("x-amzn-requestid"))
            .or_else(|| header("x-amz-request-id"));
        let code = meta.and_then(|meta| meta.code()).unwrap_or_default().to_owned();
        let failure = failure(op, error, &code);
        let message = match meta.and_then(|meta| meta.message()) {
            _ if response.is_some_and(answer::is_page) => {
                format!("the answer is a web page{}", response.map_or_else(String::new, |r| format!(" (HTTP {})", r.status())))
            }
            Some(message) if failure == Failure::NotAws => {
                let status = response.map_or_else(String::new, |response| format!("HTTP {} ", response.status()));
                format!("{status}without an error code: {}", cut_environment(message))
            }
            Some(message) => cut_environment(message).into_owned(),
            None if !code.is_empty() => String::new(),
            None => match response.filter(|_| meta.is_some()) {
                Some(response) if response.status().is_success() => "the answer cannot be read to its end".to_owned(),
                Some(response) => format!("HTTP {} without a word", response.status()),
                None => answer::disbelief(error).unwrap_or_else(|| chain(error)),
            },
        };
        Self { operation: op.iam, target: target.to_owned(), failure, code, message, request_id, repeatable: op.repeatable }
    }

    /// An answer of AWS that etlctl cannot use.
    pub fn unexpected(op: &Op, target: &str, message: impl Into<String>) -> Self {
        Self::told(Failure::Unreadable, op, target, message)
    }

    /// A failure that etlctl itself finds.
    pub fn told(failure: Failure, op: &Op, target: &str, message: impl Into<String>) -> Self {
        Self {
            operation: op.iam,
            target: target.to_owned(),
            failure,
            code: String::new(),
            message: message.into(),
            request_id: None,
            repeatable: op.repeatable,
        }
    }

    /// What a create of this operation would write over.
    pub fn is_there(op: &Op, target: &str) -> Self {
        Self::told(Failure::Refused, op, target, "what has this name would be written over").coded("ResourceAlreadyExistsException")
    }

    /// What of it is the same where the same befalls others.
    pub(crate) fn cause(&self) -> String {
        if self.failure == Failure::Stopped {
            return "stopped".to_owned();
        }
        let message = if self.target.is_empty() { self.message.clone() } else { self.message.replace(&self.target, "") };
        format!("{} {} {message}", self.operation, self.code)
    }

    /// The same failure of another name, as AWS tells it of a part of an answer.
    pub fn coded(self, code: &str) -> Self {
        Self { failure: Failure::of(self.operation, code, 0), code: code.to_owned(), ..self }
    }

    /// Whether AWS says that the thing is not there, in any service's words.
    pub fn is_missing(&self) -> bool {
        // What the SDK calls a 404 of S3 without a word: S3 says which thing is not there.
        let is_wordless = self.code == "NotFound" && self.operation.starts_with("s3:");
        let is_said = matches!(
            self.code.as_str(),
            "ResourceNotFoundException"
                | "ResourceNotFound"
                | "NoSuchEntity"
                | "NotFound"
                | "NotFoundException"
                | "ProvisionedConcurrencyConfigNotFoundException"
                | "AWS.SimpleQueueService.NonExistentQueue"
                | "QueueDoesNotExist"
                | "NoSuchBucket"
                | "PolicyNotFoundException"
                | "TableNotFoundException"
                | "StateMachineDoesNotExist"
        );
        is_said && !is_wordless
    }

    /// Whether AWS says that a thing of that name is already there.
    pub fn already_exists(&self) -> bool {
        match self.code.as_str() {
            "EntityAlreadyExists"
            | "ResourceAlreadyExistsException"
            | "QueueAlreadyExists"
            | "QueueNameExists"
            | "BucketAlreadyOwnedByYou"
            | "StateMachineAlreadyExists" => true,
            "ResourceConflictException" => {
                let message = self.message.to_ascii_lowercase();
                message.contains("already exist") || message.contains("exists for this lambda function")
            }
            // Of anything but a create it says that a change is under way.
            "ResourceInUseException" => {
                let creates = ["dynamodb:CreateTable", "kinesis:CreateStream"].contains(&self.operation);
                creates && self.message.contains("already exists")
            }
            "InvalidParameter" | "ConflictException" => self.message.contains("already exists"),
            _ => false,
        }
    }

    /// Whether the thing is not any more what was read before: a guarded write found another revision
    /// (docs/aws-facts.md §3).
    pub fn is_overtaken(&self) -> bool {
        matches!(self.code.as_str(), "PreconditionFailedException" | "PreconditionFailed")
    }

    /// Whether AWS may have done what it was asked although no good answer came.
    pub fn may_be_done(&self) -> bool {
        self.failure.may_be_done()
    }

    /// Whether it has to be looked what became of it: it may be done, and was not simply sent again.
    pub fn is_in_doubt(&self) -> bool {
        self.may_be_done() && !self.repeatable
    }

    /// Whether the credentials, not the request, are at fault.
    pub fn is_credentials(&self) -> bool {
        matches!(self.failure, Failure::Credentials(_))
    }

    /// Whether AWS refused for want of a permission.
    pub fn is_denied(&self) -> bool {
        self.failure == Failure::Denied
    }

    /// Whether nothing of AWS answered.
    pub fn is_silent(&self) -> bool {
        matches!(self.failure, Failure::Unreached | Failure::Unanswered | Failure::NotAws)
    }

    /// Whether AWS has had too many requests.
    pub fn is_throttled(&self) -> bool {
        self.failure == Failure::Throttled
    }

    /// What the user can do about it.
    pub fn hint(&self) -> String {
        if self.message.contains("UnreservedConcurrentExecution") {
            "lower reserved_concurrency in the stack file, or ask AWS for a higher concurrency quota".to_owned()
        } else if self.message.contains("Time to live has been modified") {
            "DynamoDB takes one change of expiry in an hour: run the command again after it".to_owned()
        } else if self.is_overtaken() {
            "plan again: another client changed the resource".to_owned()
        } else if let Some(hint) = self.hint_of_s3() {
            hint.to_owned()
        } else {
            self.failure.hint(self.operation)
        }
    }

    /// What helps where S3 says no to what is right by itself.
    fn hint_of_s3(&self) -> Option<&'static str> {
        match (self.operation, self.code.as_str()) {
            ("s3:CreateBucket", "BucketAlreadyExists") => {
                Some("another account has a bucket of that name, and names of buckets are one in all accounts: give it another `name`")
            }
            ("s3:CreateBucket", "OperationAborted") => {
                Some("a bucket of that name was deleted a moment ago, and S3 frees the name in a while: run the command again then")
            }
            ("s3:PutObject" | "s3:DeleteObject", "NoSuchBucket") => Some("make the bucket, in the stack's region, or name another one"),
            ("s3:DeleteBucket" | "s3:DeleteObjectVersion", "BucketNotEmpty") => Some(
                "objects came since the plan, or old versions are left: plan again, and look at what it holds; --empty deletes that too",
            ),
            ("s3:PutBucketTagging", _) if self.failure == Failure::Refused => Some(
                "where the bucket's access goes by tags (ABAC), S3 takes tags through its Control API alone: switch ABAC off \
                 (aws s3api put-bucket-abac), or set the tags that the plan shows by hand",
            ),
            _ => None,
        }
    }

    /// What failed, in a word or two.
    pub fn short(&self) -> &str {
        if self.code.is_empty() { &self.message } else { &self.code }
    }

    /// AWS's code, or the kind of failure where there is none: nothing that an answer says.
    pub fn code_or_kind(&self) -> String {
        if self.code.is_empty() { format!("{:?}", self.failure) } else { self.code.clone() }
    }

    fn code_prefix(&self) -> String {
        if self.code.is_empty() { String::new() } else { format!("{}: ", self.code) }
    }

    fn request_suffix(&self) -> String {
        self.request_id.as_ref().map_or_else(String::new, |id| format!("{REQUEST_ID}{id})"))
    }
}

/// A text without the ids of requests that failed: of two that tell of the same failure these differ.
pub fn without_request_ids(text: &str) -> String {
    let mut parts = text.split(REQUEST_ID);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| whole.push_str(part.split_once(')').map_or(part, |(_, rest)| rest)));
    whole
}

/// How the id of a request begins in what is told of its failure.
const REQUEST_ID: &str = " (request id ";

fn failure<E>(op: &Op, error: &SdkError<E, HttpResponse>, code: &str) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let response = error.raw_response();
    if response.is_some_and(answer::is_page) {
        return Failure::NotAws;
    }
    match error {
        // A good answer that the SDK could not read to its end is told as an error of the service.
        SdkError::ServiceError(_) if code.is_empty() && response.is_some_and(|response| response.status().is_success()) => {
            Failure::Unreadable
        }
        SdkError::ServiceError(_) => Failure::of(op.iam, code, response.map_or(0, |response| response.status().as_u16())),
        // The SDK has no type for it that could be asked.
        _ if chain(error).contains("credential") => Failure::Credentials(Credentials::None),
        SdkError::ConstructionFailure(_) => Failure::Unsent,
        SdkError::TimeoutError(_) => Failure::Unanswered,
        SdkError::DispatchFailure(dispatch) if dispatch.as_connector_error().is_some_and(|error| chain(error).contains("(Connect)")) => {
            Failure::Unreached
        }
        SdkError::DispatchFailure(dispatch) if !op.writes && was_unsent(dispatch) => Failure::Unsent,
        SdkError::DispatchFailure(_) => Failure::Unanswered,
        SdkError::ResponseError(_) => match response.map(|response| response.status().as_u16()) {
            Some(status) if status >= 500 => Failure::Fault,
            Some(_) => Failure::Unreadable,
            None => Failure::Unanswered,
        },
        _ => Failure::Unanswered,
    }
}

/// Whether what failed is no client of HTTP, such as the search for the address of what is no name of a bucket. The
/// SDK has one type for both, and a few answers are told like it: of a write nobody could be sure.
fn was_unsent(dispatch: &DispatchFailure) -> bool {
    let is_of_client = dispatch.as_connector_error().is_some_and(|error| chain(error).contains("client error ("));
    dispatch.is_user() || (dispatch.is_other() && dispatch.as_other().is_none() && !is_of_client)
}

/// What an error says, and what each says that it came from, once.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
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

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_s3::config::Credentials as Keys;

    use super::*;
    use crate::aws::api::GET_BUCKET_LOCATION;

    #[tokio::test]
    async fn what_no_request_can_be_made_of_is_no_fault_of_the_network() {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .credentials_provider(Keys::new("111122223333", "test", None, None, "test"))
            .region(Region::new("us-east-1"));
        // Nobody listens at the first port of all.
        let client = aws_sdk_s3::Client::from_conf(config.endpoint_url("http://127.0.0.1:1").force_path_style(true).build());
        for (bucket, failure) in [("raw", Failure::Unreached), ("arn:aws:s3:us-east-1:111122223333:accesspoint/x", Failure::Unsent)] {
            let error = client.get_bucket_location().bucket(bucket).send().await.unwrap_err();
            let error = AwsError::from_sdk(&GET_BUCKET_LOCATION, bucket, &error);
            assert_eq!(error.failure, failure, "{error}");
        }
    }
}
