//! Whether an answer is one of AWS's at all. The SDK reads an empty body, an empty document and one
//! that is cut off within a list as one that holds nothing; what cannot be read is not "not there".

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Reads that AWS answers with an empty document where there is nothing (SQS: localstack's recordings
/// of AWS, `test_sqs.snapshot.json`).
const EMPTY_IS_NOTHING: [&str; 2] = ["ListQueues", "ListQueueTags"];
/// How the operations that only read begin.
const READS: [&str; 4] = ["Get", "List", "Describe", "Filter"];

/// Looks at every answer before it is believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Believable;

/// Why an answer is none of AWS's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Unbelievable {
    #[error("the answer is empty")]
    Empty,
    #[error("the answer is a document without content")]
    Hollow,
    #[error("the answer is cut off")]
    Cut,
    #[error("the answer is a web page")]
    Page,
}

#[dyn_dispatch_hint]
impl Intercept for Believable {
    fn name(&self) -> &'static str {
        "Believable"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() {
            return Ok(());
        }
        if is_page(response) {
            return Err(Unbelievable::Page.into());
        }
        let operation = config.load::<Metadata>().map_or("", Metadata::name);
        let reads = READS.iter().any(|begin| operation.starts_with(begin));
        // A streamed body is not there yet; no read of ours has one.
        let Some(body) = response.body().bytes().filter(|_| reads) else { return Ok(()) };
        let kind = response.headers().get("content-type").unwrap_or_default();
        match unbelievable(operation, kind, body) {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    }
}

/// Whether an answer is a page for a browser: no service of AWS gives one.
pub(super) fn is_page(response: &HttpResponse) -> bool {
    let kind = response.headers().get("content-type").unwrap_or_default();
    let begins = |body: &[u8]| {
        let begin = String::from_utf8_lossy(&body[..body.len().min(64)]).trim_start().to_ascii_lowercase();
        begin.starts_with("<!doctype html") || begin.starts_with("<html")
    };
    kind.starts_with("text/html") || response.body().bytes().is_some_and(begins)
}

fn unbelievable(operation: &str, kind: &str, body: &[u8]) -> Option<Unbelievable> {
    let text = body.trim_ascii();
    if text.is_empty() {
        return Some(Unbelievable::Empty);
    }
    if kind.contains("cbor") {
        // An empty map, of known length or not (RFC 8949).
        return matches!(text, [0xa0] | [0xbf, 0xff]).then_some(Unbelievable::Hollow);
    }
    if text.starts_with(b"<") {
        return xml(operation, &String::from_utf8_lossy(text));
    }
    let is_hollow = text.starts_with(b"{") && text[1..].trim_ascii() == b"}";
    (is_hollow && !EMPTY_IS_NOTHING.contains(&operation)).then_some(Unbelievable::Hollow)
}

/// In the query protocol the answer is `<OperationResponse>`, and in it is `<OperationResult>`. The
/// SDK takes a document that ends early for one that holds less.
fn xml(operation: &str, text: &str) -> Option<Unbelievable> {
    let is_whole = text.ends_with(&format!("</{operation}Response>"));
    let has_result = text.contains(&format!("<{operation}Result"));
    match (is_whole, has_result) {
        (true, true) => None,
        (true, false) => Some(Unbelievable::Hollow),
        (false, _) if text.ends_with("/>") => Some(Unbelievable::Hollow),
        (false, _) => Some(Unbelievable::Cut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_answer_and_an_empty_list_is_one() {
        let json = |operation, text: &str| unbelievable(operation, "application/x-amz-json-1.1", text.as_bytes());
        assert_eq!(json("DescribeLogGroups", ""), Some(Unbelievable::Empty));
        assert_eq!(json("DescribeLogGroups", " { } "), Some(Unbelievable::Hollow));
        assert_eq!(json("DescribeLogGroups", r#"{"logGroups":[]}"#), None);
        assert_eq!(json("ListQueueTags", "{}"), None);
        assert_eq!(unbelievable("DescribeAlarms", "application/cbor", &[0xa0]), Some(Unbelievable::Hollow));
        assert_eq!(unbelievable("DescribeAlarms", "application/cbor", &[0xa1, 0x61, 0x61, 0x80]), None);
    }

    #[test]
    fn xml_has_an_end_and_a_result() {
        let whole = "<ListTopicsResponse xmlns=\"x\"><ListTopicsResult><Topics/></ListTopicsResult></ListTopicsResponse>\n";
        let answer = |text: &str| unbelievable("ListTopics", "text/xml", text.as_bytes());
        assert_eq!(answer(whole), None);
        assert_eq!(answer(&whole[..whole.len() - 20]), Some(Unbelievable::Cut));
        assert_eq!(answer("<ListTopicsResponse/>"), Some(Unbelievable::Hollow));
        assert_eq!(answer("<ListTopicsResponse></ListTopicsResponse>"), Some(Unbelievable::Hollow));
    }
}
