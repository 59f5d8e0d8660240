//! What is at stake, in words.

use jiff::Timestamp;

use super::escape;
use crate::model::counted;
use crate::model::stake::{Holding, size};
use crate::source::duration::show_seconds;

/// All that a resource holds, in one line.
pub fn text(holdings: &[Holding]) -> String {
    escape::line(&holdings.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn one(holding: &Holding) -> String {
    match holding {
        Holding::Messages(0) => "no messages".to_owned(),
        Holding::Messages(number) => counted(*number, "message"),
        Holding::DeadLetters { queue, messages } => format!("{} in its dead-letter queue {queue}", counted(*messages, "message")),
        Holding::Logs { bytes: 0, last_event: None } => "no logs".to_owned(),
        Holding::Logs { bytes, last_event } => {
            let stored = if *bytes == 0 { "logs".to_owned() } else { format!("{} of logs", size(*bytes)) };
            let last = last_event.map(|at| format!(", last event {}", time(Timestamp::from_millisecond(at).ok())));
            format!("{stored}{}", last.unwrap_or_default())
        }
        Holding::Objects { objects: 0, noncurrent: 0, delete_markers: 0, more: false, listed: _ } => "no objects".to_owned(),
        Holding::Objects { objects, noncurrent, delete_markers, more, listed: _ } => {
            let parts = [(*objects, "object"), (*noncurrent, "older version"), (*delete_markers, "delete marker")];
            let counts: Vec<String> =
                parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| counted(number, what)).collect();
            format!("{}{}", counts.join(" and "), if *more { ", and more that were not counted" } else { "" })
        }
        Holding::Items { items: 0, bytes: _ } => "no items when DynamoDB counted them, which is up to six hours ago".to_owned(),
        Holding::Items { items, bytes } => {
            format!("{} ({}) when DynamoDB counted them, which is up to six hours ago", counted(*items, "item"), size(*bytes))
        }
        Holding::Records { hours } => format!("the records of {}, which nobody counts", show_seconds(u64::from(*hours) * 3_600)),
        Holding::Consumers(number) => counted(*number, "registered consumer"),
        Holding::Subscriptions(0) => "no confirmed subscriptions".to_owned(),
        Holding::Subscriptions(number) => counted(*number, "confirmed subscription"),
        Holding::Executions { running: 0, .. } => "no executions".to_owned(),
        Holding::Executions { running, more: false } => counted(*running, "running execution"),
        Holding::Executions { running, more: true } => format!("{running} or more running executions"),
        Holding::Invoked(hour) => format!("last invoked in the hour from {}", time(Timestamp::from_second(*hour).ok())),
        Holding::Archive => "an archive of messages".to_owned(),
        Holding::NotInvoked(days) => format!("not invoked in {}", counted(*days, "day")),
        Holding::EventSources(arns) => format!("fed by {}", arns.join(", ")),
        Holding::StaysBehind { policy, others } => {
            format!("its policy {policy} stays, with {}", counted(u64::from(others.unsigned_abs()), "other use"))
        }
        Holding::Unreadable { why } => format!("cannot be read: {why}"),
    }
}

/// To the minute, in UTC.
fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "at an unknown time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stake::Listed;

    #[test]
    fn what_is_at_stake_reads_as_a_person_would_say_it() {
        let hour = 1_700_000_000;
        assert_eq!(text(&[Holding::Messages(1)]), "1 message");
        let dead = Holding::DeadLetters { queue: "dlq".into(), messages: 2 };
        assert_eq!(text(&[Holding::Messages(0), dead]), "no messages, 2 messages in its dead-letter queue dlq");
        let logs = Holding::Logs { bytes: 1_288_490_189, last_event: Some(hour * 1000) };
        assert_eq!(text(&[logs]), "1.2 GB of logs, last event 2023-11-14 22:13 UTC");
        assert_eq!(text(&[Holding::Logs { bytes: 0, last_event: Some(hour * 1000) }]), "logs, last event 2023-11-14 22:13 UTC");
        assert_eq!(text(&[Holding::Logs { bytes: 1023, last_event: None }]), "1023 bytes of logs");
        let holds = |objects, noncurrent, delete_markers, more| {
            let listed = Listed::default();
            Holding::Objects { objects, noncurrent, delete_markers, more, listed }
        };
        assert_eq!(text(&[holds(0, 0, 0, false)]), "no objects");
        assert_eq!(text(&[holds(1, 0, 0, false)]), "1 object");
        assert_eq!(text(&[holds(12, 3, 1, false)]), "12 objects and 3 older versions and 1 delete marker");
        assert_eq!(text(&[holds(99_000, 1_000, 0, true)]), "99000 objects and 1000 older versions, and more that were not counted");
        let shared = Holding::StaysBehind { policy: "role@key".into(), others: 2 };
        assert_eq!(text(&[shared]), "its policy role@key stays, with 2 other uses");
        let items = "3 items (1.0 kB) when DynamoDB counted them, which is up to six hours ago";
        assert_eq!(text(&[Holding::Items { items: 3, bytes: 1024 }]), items);
        let stream = [Holding::Records { hours: 48 }, Holding::Consumers(2)];
        assert_eq!(text(&stream), "the records of 2d, which nobody counts, 2 registered consumers");
        let sources = Holding::EventSources(vec!["arn:aws:sqs:r:1:q".into()]);
        assert_eq!(
            text(&[Holding::Invoked(hour), sources]),
            "last invoked in the hour from 2023-11-14 22:13 UTC, fed by arn:aws:sqs:r:1:q"
        );
        assert_eq!(text(&[Holding::NotInvoked(30), Holding::Subscriptions(2)]), "not invoked in 30 days, 2 confirmed subscriptions");
    }
}
