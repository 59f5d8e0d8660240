//! Events to a topic or a webhook. What is not taken waits for the next look, in order.

use std::collections::VecDeque;
use std::time::Duration;

use aws_sdk_sns::config::Region;
use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::Ending;
use crate::aws::webhook::Webhook;
use crate::aws::{api, without_request_ids};
use crate::commands::interrupt::unless_stopped;
use crate::commands::session::Session;
use crate::error::Error;
use crate::model::secret::Secrets;
use crate::package::hex;
use crate::report;
use crate::report::watch::{Event, What};

/// Events that wait at most; the oldest goes first, and that is told.
const MOST: usize = 1000;
/// Characters of a message group that SNS takes (API reference of Publish).
const LONGEST_GROUP: usize = 128;
/// SNS takes no larger message (262,144 bytes with attributes).
const LARGEST: usize = 200 * 1024;

/// Everybody who is told.
pub struct Notifiers(Vec<Notifier>);

struct Notifier {
    way: Way,
    /// What it is called, without what is secret of it.
    shown: String,
    waiting: VecDeque<Message>,
    lost: u64,
    /// What was told of its last failure.
    told: Option<String>,
    /// What was taken, and what went wrong, that nobody was told of yet.
    taken: u64,
    wrong: Option<What>,
}

enum Way {
    Topic { arn: String, region: String },
    Webhook(Webhook),
}

struct Message {
    subject: String,
    body: String,
    /// Whose events keep their order among each other.
    group: String,
}

impl Message {
    fn of(event: &Event) -> Self {
        let group = event.scope.as_ref().map(|scope| format!("{}/{}/{}", scope.stack, scope.env, scope.instance));
        Self { subject: report::watch::subject(event), body: body(event), group: group.unwrap_or_else(|| "etlctl".to_owned()) }
    }

    /// What a FIFO topic knows it by: what it says, so that an event that is sent again is the same one. Two that
    /// say the same in the same second are one.
    fn id(&self) -> String {
        digest(&self.body)
    }

    /// The group as SNS takes it: any name of a stack, in its characters and length.
    fn group(&self) -> String {
        let is_taken = |c: char| c.is_ascii_graphic();
        if self.group.len() <= LONGEST_GROUP && self.group.chars().all(is_taken) { self.group.clone() } else { digest(&self.group) }
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}

impl Notifiers {
    /// Reads who is to be told. An address may hold a secret, so that no message quotes one.
    ///
    /// # Errors
    /// One is none.
    pub fn of(all: &[String]) -> Result<Self, Error> {
        let mut notifiers = Vec::new();
        for (number, text) in all.iter().filter(|text| !text.is_empty()).enumerate() {
            hide(text);
            let refuse = |what: &str| Error::Usage {
                message: format!("--notify, number {}: {what}", number + 1),
                hint: "write sns:ARN of a topic, or https://… of a webhook; http is taken on this machine alone".to_owned(),
            };
            notifiers.push(Notifier::of(text).map_err(refuse)?);
        }
        Ok(Self(notifiers))
    }

    /// Keeps an event for all of them.
    pub fn add(&mut self, event: &Event) {
        for notifier in &mut self.0 {
            if notifier.waiting.len() >= MOST {
                notifier.waiting.pop_front();
                notifier.lost += 1;
            }
            notifier.waiting.push_back(Message::of(event));
        }
    }

    /// Delivers what waits, to each at the same time, so that none waits for another one. What is under way when it
    /// is told to end, or `patience` is over, waits on, and may come twice. Returns how many were taken, and what went
    /// wrong, once as long as it is the same.
    pub async fn deliver(&mut self, session: Option<&Session>, patience: Duration, stop: Option<&Ending>) -> (u64, Vec<What>) {
        let all = join_all(self.0.iter_mut().map(|notifier| notifier.try_all(session, patience)));
        match stop {
            Some(stop) => drop(unless_stopped(stop, all).await),
            None => drop(all.await),
        }
        let taken = self.0.iter_mut().map(|notifier| std::mem::take(&mut notifier.taken)).sum();
        (taken, self.0.iter_mut().filter_map(|notifier| notifier.wrong.take()).collect())
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.0.iter().map(|notifier| notifier.waiting.len()).sum()
    }
}

/// Hides an address wherever it might be written.
fn hide(text: &str) {
    let mut secrets = Secrets::default();
    if let Some((_, rest)) = text.split_once("://") {
        secrets.add(text);
        if let Some(at) = rest.find(['/', '?']).filter(|at| rest.len() > at + 1) {
            secrets.add(&rest[at..]);
        }
        if let Some((user, _)) = rest.split('/').next().and_then(|host| host.rsplit_once('@')) {
            secrets.add(user);
        }
    }
    report::hide(&secrets);
}

fn body(event: &Event) -> String {
    let mut document = report::watch::json(event);
    let text = report::masked(document.clone());
    if text.len() <= LARGEST {
        return text;
    }
    // The paths alone say what to look at.
    for field in document["fields"].as_array_mut().into_iter().flatten() {
        *field = serde_json::json!({"path": field["path"], "cut": true});
    }
    let mut text = report::masked(document);
    if text.len() > LARGEST {
        let Event { at, scope, what: _ } = event;
        let stack = scope.as_ref().map(|scope| scope.stack.clone());
        text = serde_json::json!({"time": at, "event": event.what.name(), "stack": stack, "cut": true}).to_string();
    }
    text
}

impl Notifier {
    fn of(text: &str) -> Result<Self, &'static str> {
        let (waiting, lost, told, taken, wrong) = Default::default();
        if let Some(arn) = text.strip_prefix("sns:") {
            let parts: Vec<&str> = arn.split(':').collect();
            return match parts[..] {
                ["arn", _, "sns", region, _, _] => {
                    let way = Way::Topic { arn: arn.to_owned(), region: region.to_owned() };
                    Ok(Self { way, shown: arn.to_owned(), waiting, lost, told, taken, wrong })
                }
                _ => Err("what stands behind `sns:` is no ARN of a topic"),
            };
        }
        let Ok(uri) = text.parse::<http::Uri>() else { return Err("it is no address") };
        let host = uri.host().unwrap_or_default().to_owned();
        let is_here = matches!(host.as_str(), "127.0.0.1" | "[::1]" | "localhost");
        match uri.scheme_str() {
            Some("https") if !host.is_empty() => {}
            Some("http") if is_here => {}
            Some("http") => return Err("without TLS anybody on the way reads what is told"),
            _ => return Err("it is neither a topic nor a webhook"),
        }
        let shown = format!("{}://{host}/…", uri.scheme_str().unwrap_or_default());
        Ok(Self { way: Way::Webhook(Webhook::new(text.to_owned())), shown, waiting, lost, told, taken, wrong })
    }

    async fn try_all(&mut self, session: Option<&Session>, patience: Duration) {
        let failed = match tokio::time::timeout(patience, self.deliver(session)).await {
            Ok(delivered) => delivered.err(),
            Err(_) => Some(format!("not all was taken within {} s", patience.as_secs())),
        };
        let same = failed.as_deref().map(without_request_ids);
        if let Some(why) = failed.filter(|_| self.told != same || self.lost > 0) {
            let (to, waiting, lost) = (self.shown.clone(), self.waiting.len(), std::mem::take(&mut self.lost));
            self.wrong = Some(What::Undelivered { to, why, waiting, lost });
        }
        self.told = same;
    }

    async fn deliver(&mut self, session: Option<&Session>) -> Result<(), String> {
        while let Some(message) = self.waiting.front() {
            match &self.way {
                Way::Webhook(webhook) => webhook.post(&message.body).await?,
                Way::Topic { arn, region } => publish(session, arn, region, message).await?,
            }
            self.waiting.pop_front();
            self.taken += 1;
        }
        Ok(())
    }
}

async fn publish(session: Option<&Session>, arn: &str, region: &str, message: &Message) -> Result<(), String> {
    let stack = session.and_then(|session| Some((session, session.connected.first()?)));
    let Some((session, stack)) = stack else { return Err("there are no credentials to publish with".to_owned()) };
    let write = session.write(stack);
    let send = || {
        let call = write.aws.sns.publish().topic_arn(arn).subject(&message.subject).message(&message.body);
        // A FIFO topic takes a message once, and keeps the order of a group.
        let is_fifo = arn.ends_with(".fifo");
        let call = call.set_message_group_id(is_fifo.then(|| message.group()));
        let call = call.set_message_deduplication_id(is_fifo.then(|| message.id()));
        let config = aws_sdk_sns::Config::builder().region(Region::new(region.to_owned()));
        async move { call.customize().config_override(config).send().await }
    };
    write.call.send(&api::PUBLISH, arn, send).await.map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::model::{Account, Scope, Stop};

    #[tokio::test]
    async fn who_does_not_answer_holds_up_neither_the_end_nor_others() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/x", silent.local_addr().unwrap());
        let mut notifiers = Notifiers::of(&[address.clone(), address]).unwrap();
        notifiers.add(&Event { at: "x".into(), scope: None, what: What::Recovered });
        let begin = Instant::now();
        let (taken, wrong) = notifiers.deliver(None, Duration::from_millis(300), None).await;
        assert_eq!((taken, wrong.len(), notifiers.waiting()), (0, 2, 2));
        assert!(begin.elapsed() < Duration::from_secs(5), "both at the same time, and bounded");
        let (say, stop) = tokio::sync::watch::channel(None);
        say.send_replace(Some(Stop::Interrupted));
        let (taken, wrong) = notifiers.deliver(None, Duration::from_secs(60), Some(&stop)).await;
        assert_eq!((taken, wrong.len(), notifiers.waiting()), (0, 0, 2));
        assert!(begin.elapsed() < Duration::from_secs(5), "it is told to end");
    }

    #[test]
    fn a_message_is_known_by_what_it_says_and_its_group_by_its_stack() {
        let [partition, region, stack, env] = ["aws", "us-east-1", "jobs", "dev"].map(str::to_owned);
        let scope = Scope { partition, account: Account::Late, region, stack, instance: "pr 42".into(), env };
        let event = |at: &str, scope: Option<&Scope>| Event { at: at.into(), scope: scope.cloned(), what: What::Recovered };
        let one = Message::of(&event("2026-11-29T12:00:00Z", Some(&scope)));
        assert_eq!(one.id(), Message::of(&event("2026-11-29T12:00:00Z", Some(&scope))).id(), "sent again it is the same");
        assert_ne!(one.id(), Message::of(&event("2026-11-29T12:00:01Z", Some(&scope))).id());
        assert_eq!((one.id().len(), one.group().len()), (64, 64), "a blank is none of SNS's characters");
        let plain = Scope { instance: "dev".into(), ..scope };
        assert_eq!(Message::of(&event("x", Some(&plain))).group(), "jobs/dev/dev");
        assert_eq!(Message::of(&event("x", None)).group(), "etlctl");
    }

    #[test]
    fn who_is_told_is_a_topic_or_a_webhook_and_its_secret_is_kept() {
        for text in ["sns:arn:aws:sns:us-east-1:111122223333:drift", "https://hooks.example.com/T0/B0/s3cr3t", "http://127.0.0.1:80/x"] {
            assert!(Notifier::of(text).is_ok(), "{text}");
        }
        assert_eq!(
            Notifier::of("https://user:pw@hooks.example.com/T0?token=x").map(|one| one.shown),
            Ok("https://hooks.example.com/…".into())
        );
        for text in
            ["sns:drift", "sns:arn:aws:sqs:us-east-1:1:q", "http://hooks.example.com/T0", "ftp://x/y", "mail@example.com", "https:///x"]
        {
            assert!(Notifier::of(text).is_err(), "{text}");
        }
    }
}
