//! Reading the notifications of a bucket, once a run.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::operation::get_bucket_notification_configuration::builders::GetBucketNotificationConfigurationFluentBuilder as Get;
use aws_sdk_s3::types::NotificationConfiguration;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::api::GET_BUCKET_NOTIFICATION;
use super::document::Document;
use crate::aws::{AwsError, Caller};
use crate::contract::{ReadCx, none_if_missing};

/// The notifications of a bucket as they were read.
#[derive(Debug, Clone)]
pub struct Read {
    /// What they say.
    pub document: Document,
    /// An element that this version does not know, and would drop if it wrote the document back.
    pub unknown: Option<String>,
}

/// The notifications of a bucket; none where there is no such bucket. Asked for once a run.
///
/// # Errors
/// They cannot be read: the bucket is another account's, for one.
pub async fn document(cx: &ReadCx, bucket: &str) -> Result<Option<Arc<Read>>, AwsError> {
    let ask = || async {
        let owner = cx.scope.account.to_string();
        let answer = get(&cx.call, bucket, &owner, || cx.aws.s3.get_bucket_notification_configuration()).await;
        Ok(none_if_missing(answer)?.map(Arc::new))
    };
    Ok(Option::clone(&*cx.once_of(bucket, ask).await?))
}

/// Asks S3. Where another account than `owner` has a bucket of that name S3 answers 403.
pub(super) async fn get(call: &Caller, bucket: &str, owner: &str, get: impl Fn() -> Get) -> Result<Read, AwsError> {
    let body = Body::of_document();
    let asked = || get().bucket(bucket).expected_bucket_owner(owner).customize().interceptor(body.clone()).send();
    let answer = call.send(&GET_BUCKET_NOTIFICATION, bucket, asked).await?;
    Ok(Read { document: document_of(answer), unknown: unknown(&body.take()) })
}

/// The document of an answer.
pub(super) fn document_of(answer: GetBucketNotificationConfigurationOutput) -> Document {
    let config = NotificationConfiguration::builder()
        .set_topic_configurations(answer.topic_configurations)
        .set_queue_configurations(answer.queue_configurations)
        .set_lambda_function_configurations(answer.lambda_function_configurations)
        .set_event_bridge_configuration(answer.event_bridge_configuration);
    Document::of(config.build())
}

/// Whether it is a document to its end. Of one that ends early the SDK reads what there is, and what it
/// did not read would be lost with the next write.
fn is_whole(text: &str) -> bool {
    let text = text.trim_end();
    let Some((_, root)) = text.split_once("<NotificationConfiguration") else { return false };
    text.ends_with("</NotificationConfiguration>") || (root.ends_with("/>") && !root.contains('<'))
}

/// Keeps the text of an answer, which holds more than the SDK reads of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    text: Arc<Mutex<String>>,
    /// Whether a good answer is a document of notifications.
    is_document: bool,
}

impl Body {
    /// The text of an answer that is a document of notifications.
    pub fn of_document() -> Self {
        Self { is_document: true, ..Self::default() }
    }

    /// The last one.
    pub fn take(&self) -> String {
        // A text is whole, whatever happened to who wrote it.
        std::mem::take(&mut self.text.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[dyn_dispatch_hint]
impl Intercept for Body {
    fn name(&self) -> &'static str {
        "Body"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let text = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let is_whole = !self.is_document || !response.status().is_success() || is_whole(&text);
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = text.into_owned();
        if is_whole { Ok(()) } else { Err("the answer is no whole document of notifications".into()) }
    }
}

/// Elements that a document of notifications has (botocore service model: s3, NotificationConfiguration).
const ELEMENTS: [&str; 15] = [
    "NotificationConfiguration",
    "TopicConfiguration",
    "QueueConfiguration",
    "CloudFunctionConfiguration",
    "EventBridgeConfiguration",
    "Id",
    "Topic",
    "Queue",
    "CloudFunction",
    "Event",
    "Filter",
    "S3Key",
    "FilterRule",
    "Name",
    "Value",
];

/// The first element of a document that the SDK does not read.
fn unknown(text: &str) -> Option<String> {
    let opened = text.split('<').skip(1).filter(|rest| !rest.starts_with(['/', '?', '!']));
    let mut names = opened.map(|rest| rest.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default());
    names.find(|name| !ELEMENTS.contains(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_was_cut_is_none() {
        let whole =
            "<?xml version=\"1.0\"?><NotificationConfiguration xmlns=\"x\"><EventBridgeConfiguration/></NotificationConfiguration>\n";
        assert!(is_whole(whole) && is_whole("<NotificationConfiguration xmlns=\"x\"/>"));
        for cut in ["", "<Error/>", &whole[..whole.len() - 9], "<NotificationConfiguration><EventBridgeConfiguration/>"] {
            assert!(!is_whole(cut), "{cut}");
        }
    }

    #[test]
    fn an_element_that_would_be_dropped_is_found() {
        let head = "<?xml version=\"1.0\"?>\n<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
        let document = |inner: &str| format!("{head}{inner}</NotificationConfiguration>");
        let topic = "<TopicConfiguration><Id>a &lt;b&gt;</Id><Topic>arn</Topic><Event>s3:New</Event></TopicConfiguration>";
        assert_eq!(unknown(&document(&format!("{topic}<EventBridgeConfiguration/>"))), None);
        assert_eq!(unknown(&document(&topic.replace("</Event>", "</Event><Batch>7</Batch>"))).as_deref(), Some("Batch"));
        assert_eq!(unknown("<NotificationConfiguration/>"), None);
    }
}
