//! Where a dead letter goes back to, by what it says of itself and what the files say of its queue.

use serde_json::Value;

use crate::contract::Fails;

/// A dead letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// SQS's id of it.
    pub id: String,
    /// What it is deleted by.
    pub receipt: String,
    /// What it says.
    pub body: String,
    /// ARN of the queue that SQS moved it from.
    pub source: Option<String>,
    /// Group in a FIFO queue.
    pub group: Option<String>,
    /// Its deduplication id in a FIFO queue.
    pub deduplication: Option<String>,
    /// When it was sent first, in milliseconds since 1970.
    pub sent: Option<i64>,
    /// How often it was received.
    pub receives: Option<u64>,
    /// Why it failed, where it says so.
    pub error: Option<String>,
}

/// Who of the stack sends to the queue what failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Address.
    pub address: String,
    /// Physical name.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// Alias that callers use, of a function.
    pub alias: Option<String>,
    /// What comes to lie there.
    pub by: Fails,
}

/// Where one goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// To a queue, by its ARN.
    Queue(String),
    /// To a function, with this event.
    Function {
        /// Physical name.
        name: String,
        /// Version or alias.
        qualifier: Option<String>,
        /// What it is called with.
        event: String,
    },
    /// Nowhere, and why.
    None(String),
}

/// Where the user says that all go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A queue, by its ARN.
    Queue(String),
    /// A function.
    Function {
        /// Physical name.
        name: String,
        /// Alias that callers use.
        alias: Option<String>,
    },
}

/// Where a letter goes.
pub fn way(letter: &Letter, to: Option<&To>, senders: &[Sender]) -> Way {
    let document: Value = serde_json::from_str(&letter.body).unwrap_or(Value::Null);
    match to {
        Some(To::Queue(arn)) => return Way::Queue(arn.clone()),
        Some(To::Function { name, alias }) => return to_function(name, alias.clone(), event_of(letter, &document)),
        None => {}
    }
    if let Some(source) = &letter.source {
        return Way::Queue(source.clone());
    }
    if let Some(called) = document["requestContext"]["functionArn"].as_str() {
        return back_to(called, letter, &document, senders);
    }
    let by_event: Vec<&Sender> = senders.iter().filter(|sender| sender.by == Fails::Event).collect();
    match (&by_event[..], senders.iter().any(|sender| sender.by == Fails::Delivery)) {
        ([one], false) => to_function(&one.name, one.alias.clone(), letter.body.clone()),
        ([], _) => Way::None("nothing says where it came from: say it with --to".to_owned()),
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|sender| sender.address.as_str()).collect();
            Way::None(format!("it may be from {}, or from what could not be delivered: say it with --to", names.join(" or ")))
        }
    }
}

fn to_function(name: &str, qualifier: Option<String>, event: String) -> Way {
    if serde_json::from_str::<serde::de::IgnoredAny>(&event).is_err() {
        return Way::None("it is no JSON, which functions are called with".to_owned());
    }
    Way::Function { name: name.to_owned(), qualifier, event }
}

/// The event in the record of an invocation, else what the letter says.
fn event_of(letter: &Letter, document: &Value) -> String {
    if document["requestContext"]["functionArn"].is_string() && !document["requestPayload"].is_null() {
        return document["requestPayload"].to_string();
    }
    letter.body.clone()
}

/// The record of a failed call names the function. Anybody who may send to the queue can write such a
/// record, so only a function that the files let send there is called.
fn back_to(called: &str, letter: &Letter, document: &Value, senders: &[Sender]) -> Way {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]
    let arn: Vec<&str> = called.splitn(8, ':').collect();
    let (unqualified, qualifier) = (arn.get(..7).map(|parts| parts.join(":")), arn.get(7).filter(|qualifier| **qualifier != "$LATEST"));
    let sender =
        senders.iter().find(|sender| Some(&sender.arn) == unqualified.as_ref() && matches!(sender.by, Fails::Invocation | Fails::Batch));
    let Some(sender) = sender else {
        return Way::None(format!("it names {called}, which does not send here by the files: say where with --to"));
    };
    if document["requestPayload"].is_null() {
        return Way::None(format!(
            "it tells where the batch of {} stood and not what was in it: read the source again from there",
            sender.address
        ));
    }
    to_function(&sender.name, qualifier.map(|qualifier| (*qualifier).to_owned()), event_of(letter, document))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:tiny-work";

    fn sender(by: Fails) -> Sender {
        Sender { address: "function/work".into(), name: "tiny-work".into(), arn: ARN.into(), alias: Some("live".into()), by }
    }

    fn letter(body: &Value) -> Letter {
        Letter { body: body.to_string(), ..Letter::default() }
    }

    fn function(qualifier: Option<&str>, event: &str) -> Way {
        Way::Function { name: "tiny-work".into(), qualifier: qualifier.map(str::to_owned), event: event.into() }
    }

    fn record(arn: &str) -> Value {
        json!({"version": "1.0", "requestContext": {"requestId": "r", "functionArn": arn, "condition": "RetriesExhausted"},
            "requestPayload": {"id": 1}, "responsePayload": {"errorMessage": "no"}})
    }

    #[test]
    fn each_goes_back_where_it_came_from() {
        let moved = Letter { source: Some("arn:aws:sqs:r:1:jobs".into()), ..letter(&json!({"id": 1})) };
        assert_eq!(way(&moved, None, &[sender(Fails::Event)]), Way::Queue("arn:aws:sqs:r:1:jobs".into()));
        assert_eq!(way(&letter(&json!({"id": 1})), None, &[sender(Fails::Event)]), function(Some("live"), r#"{"id":1}"#));
        let at = |qualifier: &str| way(&letter(&record(&format!("{ARN}:{qualifier}"))), None, &[sender(Fails::Invocation)]);
        assert_eq!(at("$LATEST"), function(None, r#"{"id":1}"#));
        assert_eq!(at("live"), function(Some("live"), r#"{"id":1}"#));
    }

    #[test]
    fn what_cannot_go_back_says_why() {
        let none = |letter: &Letter, senders: &[Sender]| match way(letter, None, senders) {
            Way::None(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(none(&letter(&json!({})), &[]).contains("--to"));
        assert!(none(&letter(&json!({})), &[sender(Fails::Event), sender(Fails::Delivery)]).contains("function/work"));
        assert!(none(&Letter { body: "no json".into(), ..Letter::default() }, &[sender(Fails::Event)]).contains("JSON"));
        let batch = json!({"requestContext": {"functionArn": ARN}, "KinesisBatchInfo": {"shardId": "s"}});
        assert!(none(&letter(&batch), &[sender(Fails::Batch)]).contains("function/work"));
    }

    /// A letter is whatever somebody sent.
    #[test]
    fn a_letter_calls_no_function_that_does_not_send_there() {
        let other = "arn:aws:lambda:eu-west-1:123456789012:function:pays-money";
        for senders in [vec![], vec![sender(Fails::Invocation)], vec![sender(Fails::Event)]] {
            assert!(matches!(way(&letter(&record(other)), None, &senders), Way::None(_)), "{senders:?}");
        }
        assert!(matches!(way(&letter(&record(ARN)), None, &[sender(Fails::Event)]), Way::None(_)));
    }

    #[test]
    fn the_user_has_the_last_word() {
        let to = To::Function { name: "tiny-work".into(), alias: None };
        assert_eq!(way(&letter(&record("arn:x")), Some(&to), &[]), function(None, r#"{"id":1}"#), "the event, not the record of it");
        assert_eq!(way(&letter(&json!([1])), Some(&to), &[]), function(None, "[1]"));
        assert_eq!(way(&letter(&json!(1)), Some(&To::Queue("arn:q".into())), &[]), Way::Queue("arn:q".into()));
    }
}
