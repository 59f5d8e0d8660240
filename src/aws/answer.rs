//! Whether an answer is one of AWS's at all. The SDK reads an empty body, an empty document, one of
//! another shape and one that is cut off within a list as one that holds nothing; what cannot be read
//! is not "not there".

use std::collections::HashMap;
use std::error::Error;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde::de::IgnoredAny;

use super::shapes::{Shape, shape_of};

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
    #[error("the answer is a document of another shape, without {}", .0.join(" or "))]
    Other(&'static [&'static str]),
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
            // Of an error that ends early the SDK takes what it has read, such as that a thing is not there.
            let is_cut = response.status().is_client_error() && response.body().bytes().is_some_and(is_cut_error);
            return if is_cut { Err(Unbelievable::Cut.into()) } else { Ok(()) };
        }
        if is_page(response) {
            return Err(Unbelievable::Page.into());
        }
        let operation = config.load::<Metadata>().map_or("", Metadata::name);
        let Some(shape) = shape_of(operation) else { return Ok(()) };
        // A streamed body is not there yet; no answer with a shape has one.
        let Some(body) = response.body().bytes() else { return Ok(()) };
        let kind = response.headers().get("content-type").unwrap_or_default();
        match unbelievable(&shape, kind, body) {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    }
}

/// Why the answer that an error is about was not believed.
pub(super) fn disbelief(error: &(dyn Error + 'static)) -> Option<String> {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(why) = error.downcast_ref::<Unbelievable>() {
            return Some(why.to_string());
        }
        source = error.source();
    }
    None
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

/// Whether it is the beginning of an error in XML.
fn is_cut_error(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.trim_ascii());
    let root = ["<ErrorResponse", "<Error"].into_iter().find(|root| text.starts_with('<') && text.contains(root));
    root.is_some_and(|root| !text.ends_with(&format!("</{}>", &root[1..])))
}

fn unbelievable(shape: &Shape, kind: &str, body: &[u8]) -> Option<Unbelievable> {
    let text = body.trim_ascii();
    if text.is_empty() {
        return Some(Unbelievable::Empty);
    }
    if kind.contains("cbor") {
        return cbor(shape, text);
    }
    if text.starts_with(b"<") {
        return xml(shape, &String::from_utf8_lossy(text));
    }
    json(shape, text)
}

/// A document that ends early is none that the SDK can read.
fn json(shape: &Shape, text: &[u8]) -> Option<Unbelievable> {
    let Ok(members) = serde_json::from_slice::<HashMap<String, Option<IgnoredAny>>>(text) else {
        return Some(if text.starts_with(b"{") { Unbelievable::Cut } else { Unbelievable::Other(shape.members) });
    };
    if members.is_empty() {
        return (!shape.may_be_empty).then_some(Unbelievable::Hollow);
    }
    let has = |name: &&str| members.get(*name).is_some_and(Option::is_some);
    (!shape.members.iter().any(has)).then_some(Unbelievable::Other(shape.members))
}

/// An empty map may be of known length or not (RFC 8949). A key is a text with its length before it.
fn cbor(shape: &Shape, body: &[u8]) -> Option<Unbelievable> {
    if matches!(body, [0xa0] | [0xbf, 0xff]) {
        return Some(Unbelievable::Hollow);
    }
    let has = |name: &str| {
        let key: Vec<u8> = [0x60 + u8::try_from(name.len()).unwrap_or(0)].into_iter().chain(name.bytes()).collect();
        body.windows(key.len()).any(|window| window == key)
    };
    (!shape.members.iter().any(|name| has(name))).then_some(Unbelievable::Other(shape.members))
}

/// In the query protocol the answer is `<OperationResponse>`, and in it is `<OperationResult>`. The
/// SDK takes a document that ends early for one that holds less.
fn xml(shape: &Shape, text: &str) -> Option<Unbelievable> {
    let Shape { operation, members, .. } = shape;
    if let Some(root) = shape.root {
        return rooted(root, text);
    }
    if !text.ends_with(&format!("</{operation}Response>")) {
        let is_other = text.ends_with("/>") || !text.contains(&format!("<{operation}Response"));
        return Some(if is_other { Unbelievable::Hollow } else { Unbelievable::Cut });
    }
    if !text.contains(&format!("<{operation}Result")) {
        return Some(Unbelievable::Hollow);
    }
    let has = |name: &str| [">", "/", " "].iter().any(|end| text.contains(&format!("<{name}{end}")));
    (!members.iter().any(|name| has(name))).then_some(Unbelievable::Other(members))
}

/// S3's answers are one element each.
fn rooted(root: &str, text: &str) -> Option<Unbelievable> {
    let begin = format!("<{root}");
    let Some((_, rest)) = text.split_once(&begin).filter(|(_, rest)| rest.starts_with(['>', '/', ' '])) else {
        return Some(Unbelievable::Hollow);
    };
    let is_closed_at_once = rest.ends_with("/>") && rest.matches('<').count() == 0;
    let is_whole = is_closed_at_once || text.ends_with(&format!("</{root}>"));
    (!is_whole).then_some(Unbelievable::Cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(operation: &str) -> Shape {
        shape_of(operation).unwrap()
    }

    #[test]
    fn an_error_in_xml_that_ends_early_is_cut_and_one_that_quotes_it_is_not() {
        for cut in ["<Error><Code>NoSuchKey</Code><Mess", "<?xml version=\"1.0\"?>\n<ErrorResponse><Error></Error>"] {
            assert!(is_cut_error(cut.as_bytes()), "{cut}");
        }
        for whole in
            ["<Error><Code>NoSuchKey</Code></Error>\n", r#"{"message":"not <Error"}"#, "", "<ErrorResponse><Error/></ErrorResponse>"]
        {
            assert!(!is_cut_error(whole.as_bytes()), "{whole}");
        }
    }

    #[test]
    fn nothing_is_no_answer_and_an_empty_list_is_one() {
        let answer = |operation, text: &str| unbelievable(&shape(operation), "application/x-amz-json-1.1", text.as_bytes());
        assert_eq!(answer("DescribeLogGroups", ""), Some(Unbelievable::Empty));
        assert_eq!(answer("DescribeLogGroups", " { } "), Some(Unbelievable::Hollow));
        assert_eq!(answer("DescribeLogGroups", r#"{"logGroups":[]}"#), None);
        assert_eq!(answer("DescribeLogGroups", r#"{"logGroups":["#), Some(Unbelievable::Cut));
        assert_eq!(answer("ListQueueTags", "{}"), None);
    }

    #[test]
    fn a_document_of_another_shape_is_no_answer() {
        let json = |operation, text: &str| unbelievable(&shape(operation), "application/json", text.as_bytes());
        for text in [r#"{"status":"ok"}"#, r#"{"logGroups":null}"#, "[]", "ok"] {
            assert_eq!(json("DescribeLogGroups", text), Some(Unbelievable::Other(&["logGroups"])), "{text}");
        }
        assert_eq!(json("ListQueueTags", r#"{"status":"ok"}"#), Some(Unbelievable::Other(&["Tags"])));
        assert_eq!(json("GetRole", r#"{"status":"ok"}"#), Some(Unbelievable::Other(&["Role"])));
        assert_eq!(json("PublishVersion", r#"{"FunctionName":"f"}"#), Some(Unbelievable::Other(&["Version"])));
    }

    #[test]
    fn cbor_has_the_names_of_its_members() {
        let answer = |body: &[u8]| unbelievable(&shape("DescribeAlarms"), "application/cbor", body);
        assert_eq!(answer(&[0xa0]), Some(Unbelievable::Hollow));
        assert_eq!(answer(&[0xa1, 0x61, 0x61, 0x80]), Some(Unbelievable::Other(&["MetricAlarms"])));
        assert_eq!(answer(b"\xa1\x6cMetricAlarms\x80"), None);
    }

    #[test]
    fn xml_has_an_end_and_a_result() {
        let whole = "<ListTopicsResponse xmlns=\"x\"><ListTopicsResult><Topics/></ListTopicsResult></ListTopicsResponse>\n";
        let answer = |text: &str| unbelievable(&shape("ListTopics"), "text/xml", text.as_bytes());
        assert_eq!(answer(whole), None);
        assert_eq!(answer(&whole[..whole.len() - 20]), Some(Unbelievable::Cut));
        assert_eq!(answer(&whole.replace("<Topics/>", "<Status>ok</Status>")), Some(Unbelievable::Other(&["Topics"])));
        assert_eq!(answer("<ListTopicsResponse/>"), Some(Unbelievable::Hollow));
        assert_eq!(answer("<ListTopicsResponse></ListTopicsResponse>"), Some(Unbelievable::Hollow));
        assert_eq!(answer("<status>ok</status>"), Some(Unbelievable::Hollow));
    }

    #[test]
    fn an_answer_of_s3_is_one_element() {
        let answer = |text: &str| unbelievable(&shape("GetBucketVersioning"), "application/xml", text.as_bytes());
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        let whole = format!("{head}<VersioningConfiguration xmlns=\"x\"><Status>Enabled</Status></VersioningConfiguration>");
        assert_eq!(answer(&whole), None);
        assert_eq!(answer(&format!("{head}<VersioningConfiguration xmlns=\"x\"/>")), None);
        assert_eq!(answer(&format!("{head}<VersioningConfiguration/>")), None);
        assert_eq!(answer(&whole[..whole.len() - 12]), Some(Unbelievable::Cut));
        assert_eq!(answer("<VersioningConfiguration xmlns=\"x\"><MfaDelete/>"), Some(Unbelievable::Cut));
        assert_eq!(answer("<status>ok</status>"), Some(Unbelievable::Hollow));
        assert_eq!(answer("<VersioningConfigurations></VersioningConfigurations>"), Some(Unbelievable::Hollow));
        assert_eq!(answer("{}"), Some(Unbelievable::Hollow));
        assert_eq!(answer(""), Some(Unbelievable::Empty));
        let policy = |text: &str| unbelievable(&shape("GetBucketPolicy"), "application/json", text.as_bytes());
        assert_eq!(policy(r#"{"Version":"2012-10-17","Statement":[]}"#), None);
        assert_eq!(policy(r#"{"status":"ok"}"#), Some(Unbelievable::Other(&["Statement"])));
    }
}
