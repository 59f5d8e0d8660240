//! Why S3 refuses notifications: what stands in the body of its error beside the message, and the SDK
//! does not read (docs/aws-facts.md §24).

use crate::aws::AwsError;

/// Why S3 took no document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another write of the bucket's configuration is in progress.
    Busy,
    /// These destinations are not there, or do not let S3 in; none is named where S3 names none.
    Destinations(Vec<Destination>),
    /// Anything else.
    Other,
}

/// A destination that S3 could not reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    /// Its ARN.
    pub arn: String,
    /// What S3 says of it.
    pub why: String,
}

impl Refusal {
    /// Reads the error and its body.
    pub fn of(error: &AwsError, body: &str) -> Self {
        match error.code.as_str() {
            "OperationAborted" => Self::Busy,
            "InvalidArgument" if error.message.contains("validate the following destination configurations") => {
                Self::Destinations(destinations(body))
            }
            _ => Self::Other,
        }
    }
}

/// `<ArgumentName1>` has an ARN and `<ArgumentValue1>` what is wrong with it; where there is one, they
/// have no number.
fn destinations(body: &str) -> Vec<Destination> {
    let numbers = std::iter::once(String::new()).chain((1..=100).map(|number: u32| number.to_string()));
    let pair = |number: String| {
        let arn = element(body, &format!("ArgumentName{number}"))?;
        let why = element(body, &format!("ArgumentValue{number}")).unwrap_or_default();
        Some(Destination { arn: arn.to_owned(), why: why.to_owned() })
    };
    numbers.filter_map(pair).filter(|destination| destination.arn.starts_with("arn:")).collect()
}

fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::failure::Failure;
    use crate::contract::notifications::api::PUT_BUCKET_NOTIFICATION;

    fn error(code: &str, message: &str) -> AwsError {
        AwsError { code: code.into(), ..AwsError::told(Failure::Refused, &PUT_BUCKET_NOTIFICATION, "b", message) }
    }

    #[test]
    fn the_destinations_that_fail_are_named_in_the_body() {
        let invalid = error("InvalidArgument", "Unable to validate the following destination configurations");
        let body = "<Error><Code>InvalidArgument</Code><ArgumentName1>arn:aws:sqs:r:1:q</ArgumentName1><ArgumentValue1>The \
                    destination queue does not exist</ArgumentValue1><ArgumentName2>arn:aws:lambda:r:1:function:f</ArgumentName2>\
                    <ArgumentValue2>Not authorized to invoke function [f]</ArgumentValue2></Error>";
        let Refusal::Destinations(named) = Refusal::of(&invalid, body) else { panic!("destinations are refused") };
        assert_eq!(
            named.iter().map(|named| named.arn.as_str()).collect::<Vec<_>>(),
            ["arn:aws:sqs:r:1:q", "arn:aws:lambda:r:1:function:f"]
        );
        assert_eq!(named[0].why, "The destination queue does not exist");
        let one = "<Error><ArgumentName>arn:x</ArgumentName><ArgumentValue>y</ArgumentValue></Error>";
        assert_eq!(Refusal::of(&invalid, one), Refusal::Destinations(vec![Destination { arn: "arn:x".into(), why: "y".into() }]));
        assert_eq!(Refusal::of(&invalid, "<Error/>"), Refusal::Destinations(Vec::new()));
    }

    #[test]
    fn what_is_busy_and_what_is_wrong_are_told_apart() {
        assert_eq!(Refusal::of(&error("OperationAborted", "A conflicting conditional operation"), ""), Refusal::Busy);
        assert_eq!(Refusal::of(&error("InvalidArgument", "Configurations overlap."), "<ArgumentName>Event</ArgumentName>"), Refusal::Other);
    }
}
