//! A resource about which CloudTrail's record is asked, and which of its events answer.

use jiff::{SignedDuration, Timestamp};

use super::event::Change;
use crate::kinds;
use crate::model::plan::Planned;
use crate::model::{Action, ResourceId, Step};

/// Clocks of this machine and of AWS differ by so much at most: whoever is further off signs nothing that AWS
/// takes for long.
const SKEW: SignedDuration = SignedDuration::from_secs(2);
/// So long before and after a heal its calls may stand in the record.
const AROUND: SignedDuration = SignedDuration::from_secs(5);

/// The time in which what is asked about happened.
#[derive(Debug, Clone)]
pub struct Window {
    /// Not before: then it was as desired.
    pub since: Timestamp,
    /// Not after: then it was seen.
    pub until: Timestamp,
    /// What whoever asks wrote itself.
    pub own: Own,
}

/// Writes of this run.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Whose credentials they were made with.
    pub caller: String,
    /// When: first and last moment of each heal.
    pub spans: Vec<(Timestamp, Timestamp)>,
}

impl Own {
    fn made(&self, change: &Change) -> bool {
        let is_within = |(begin, end): &(Timestamp, Timestamp)| later(change.at, AROUND) >= *begin && change.at <= later(*end, AROUND);
        change.who.who == self.caller && self.spans.iter().any(is_within)
    }
}

impl Window {
    /// From then until now, of who has written nothing.
    pub fn until_now(since: Timestamp) -> Self {
        Self { since, until: Timestamp::now(), own: Own::default() }
    }

    /// The last moment whose events may answer.
    pub(super) fn end(&self) -> Timestamp {
        later(self.until, SKEW)
    }

    fn holds(&self, change: &Change) -> bool {
        // The record has whole seconds.
        change.at.as_second() >= self.since.as_second() && change.at <= self.end() && !self.own.made(change)
    }
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(time)
}

/// A resource about which it is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Address.
    pub id: ResourceId,
    /// When it happened.
    pub window: Window,
    pub(super) name: String,
    pub(super) arn: Option<String>,
}

impl Asked {
    /// About the resource of a step.
    pub fn of(planned: &Planned, step: &Step, window: Window) -> Self {
        let live = planned.sides.get(&step.id).and_then(|sides| sides.have.as_ref()).and_then(|have| have.attributes.get("arn"));
        let arn = live.or_else(|| planned.known.get(&step.id)?.get("arn")).filter(|arn| arn.starts_with("arn:"));
        Self { id: step.id.clone(), window, name: step.name.clone(), arn: arn.cloned() }
    }

    /// The same, where this run wrote so much itself.
    pub fn not_by(mut self, own: Own) -> Self {
        self.window.own = own;
        self
    }

    /// About all that a plan changes.
    pub fn all(planned: &Planned, window: &Window) -> Vec<Self> {
        planned.plan.steps.iter().filter(|step| step.action != Action::Keep).map(|step| Self::of(planned, step, window.clone())).collect()
    }

    /// The service that it is a resource of, as ARNs name it; none where its kind has no ARN.
    fn service(&self) -> Option<&str> {
        let by_arn = self.arn.as_ref().and_then(|arn| arn.split(':').nth(2));
        by_arn.or_else(|| Some(kinds::driver(&self.id.kind)?.arn_form()?.service))
    }

    /// Whether its events stand in the record of one region, wherever they came from: IAM's do. A bucket's stand
    /// in its own, although its name is one in all regions.
    pub(super) fn is_global(&self) -> bool {
        self.service() == Some("iam")
    }

    /// Whether an event is of the service that the resource is one of.
    fn is_of_service(&self, source: &str) -> bool {
        let named = |service| if service == "cloudwatch" { "monitoring" } else { service };
        self.service().is_none_or(|service| source.split('.').next() == Some(named(service)))
    }

    /// Whether a text names it: alone, or at the end or in the middle of an ARN or URL.
    fn is_named_by(&self, text: &str) -> bool {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let whole = |at: usize| !is_part(text[..at].chars().next_back()) && !is_part(text[at + self.name.len()..].chars().next());
        !self.name.is_empty() && text.match_indices(&self.name).any(|(at, _)| whole(at))
    }

    /// Whether a change is what is asked about.
    pub(super) fn is_meant_by(&self, change: &Change) -> bool {
        self.is_of_service(&change.source) && self.window.holds(change) && change.names.iter().any(|text| self.is_named_by(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::who::Who;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn asked(name: &str, arn: Option<&str>) -> Asked {
        let window = Window { since: at(100), until: at(200), own: Own::default() };
        Asked { id: ResourceId::new("queue", name), window, name: name.into(), arn: arn.map(str::to_owned) }
    }

    fn change(who: &str, second: i64) -> Change {
        let who = Who { who: who.into(), event: "SetQueueAttributes".into(), at: at(second).to_string(), from: None };
        Change { at: at(second), source: "sqs.amazonaws.com".into(), names: vec!["tiny-dlq".into()], who }
    }

    #[test]
    fn a_name_is_found_whole_and_nowhere_else() {
        let dlq = asked("tiny-dlq", None);
        for text in
            ["tiny-dlq", "https://sqs.us-east-1.amazonaws.com/1/tiny-dlq", "arn:aws:sqs:us-east-1:1:tiny-dlq", "function:tiny-dlq:live"]
        {
            assert!(dlq.is_named_by(text), "{text}");
        }
        for text in ["tiny-dlq2", "my-tiny-dlq", "tiny-dlq.fifo", "tiny", ""] {
            assert!(!dlq.is_named_by(text), "{text}");
        }
        assert!(asked("/aws/lambda/x", None).is_named_by("/aws/lambda/x"));
    }

    #[test]
    fn an_event_is_of_the_service_of_the_resource() {
        assert!(asked("x", Some("arn:aws:sqs:us-east-1:1:x")).is_of_service("sqs.amazonaws.com"));
        assert!(!asked("x", Some("arn:aws:sqs:us-east-1:1:x")).is_of_service("lambda.amazonaws.com"));
        assert!(asked("x", Some("arn:aws:cloudwatch:us-east-1:1:alarm:x")).is_of_service("monitoring.amazonaws.com"));
        assert!(!asked("x", None).is_of_service("lambda.amazonaws.com"), "what is gone is of the service of its kind");
    }

    #[test]
    fn iam_alone_has_its_events_in_another_region() {
        let of = |kind: &str, arn: Option<&str>| Asked { id: ResourceId::new(kind, "x"), ..asked("x", arn) };
        assert!(of("role", Some("arn:aws:iam::1:role/x")).is_global() && of("role", None).is_global());
        assert!(!of("bucket", Some("arn:aws:s3:::x")).is_global() && !of("bucket", None).is_global());
        assert!(!of("queue", None).is_global());
    }

    #[test]
    fn only_what_happened_since_it_was_as_desired_and_before_it_was_seen_is_meant() {
        let dlq = asked("tiny-dlq", None);
        for (second, meant) in [(99, false), (100, true), (200, true), (202, true), (203, false)] {
            assert_eq!(dlq.is_meant_by(&change("alice", second)), meant, "{second}");
        }
    }

    #[test]
    fn what_a_watcher_wrote_itself_is_nobodys() {
        let own = Own { caller: "role/watch".into(), spans: vec![(at(120), at(121))] };
        let dlq = Asked { window: Window { own, ..asked("tiny-dlq", None).window }, ..asked("tiny-dlq", None) };
        assert!(!dlq.is_meant_by(&change("role/watch", 119)) && !dlq.is_meant_by(&change("role/watch", 124)));
        assert!(dlq.is_meant_by(&change("role/watch", 140)), "somebody who has the same role");
        assert!(dlq.is_meant_by(&change("alice", 120)));
    }
}
