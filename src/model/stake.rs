//! What is lost with a resource that goes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ResourceId;

/// Something that a resource holds, or that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holding {
    /// Messages in the queue: waiting, delayed and received but not deleted. About that many, as SQS says.
    Messages(u64),
    /// Messages in the queue's dead-letter queue, which does not go with it.
    DeadLetters {
        /// Its name.
        queue: String,
        /// About that many.
        messages: u64,
    },
    /// Events of a log group.
    Logs {
        /// Bytes that CloudWatch Logs has stored; it counts them hours later.
        bytes: u64,
        /// Time of the last event in milliseconds since 1970, where there is one.
        last_event: Option<i64>,
    },
    /// Items of a table, and their bytes, as DynamoDB counted them up to six hours ago: a table that was
    /// empty then may not be.
    Items {
        /// How many.
        items: u64,
        /// How large.
        bytes: u64,
    },
    /// Records of a stream, which nobody counts.
    Records {
        /// Hours for which they are kept.
        hours: u32,
    },
    /// Consumers of a stream that have a share of their own.
    Consumers(u64),
    /// Subscriptions of a topic that somebody confirmed.
    Subscriptions(u64),
    /// Messages that a topic keeps for those who want them again; SNS does not count them.
    Archive,
    /// Objects of a bucket.
    Objects {
        /// How many there are.
        objects: u64,
        /// Versions of them, and of others, that are not the newest.
        noncurrent: u64,
        /// Marks that an object was deleted, under which its versions stand.
        delete_markers: u64,
        /// Whether there are more than were counted.
        more: bool,
    },
    /// The last hour in which a function was invoked, in seconds since 1970.
    Invoked(i64),
    /// A function was not invoked for so many days.
    NotInvoked(u16),
    /// Sources that feed a function now: ARNs.
    EventSources(Vec<String>),
    /// A policy of a role that others have too, so that IAM does not delete it: it stays behind.
    StaysBehind {
        /// Its name.
        policy: String,
        /// How many others have it.
        others: i32,
    },
    /// Executions of a state machine that run, and end with it.
    Executions {
        /// So many.
        running: u64,
        /// Whether there are more.
        more: bool,
    },
    /// What it holds cannot be read, and so may be anything.
    Unreadable {
        /// Why.
        why: String,
    },
}

impl Holding {
    /// Whether it is data that nobody can bring back: then only its address, or a typed yes, lets it go.
    pub fn is_data(&self) -> bool {
        match self {
            Self::Messages(messages) | Self::Subscriptions(messages) => *messages > 0,
            Self::Executions { running, .. } => *running > 0,
            Self::Logs { bytes, last_event } => *bytes > 0 || last_event.is_some(),
            Self::Objects { objects, noncurrent, delete_markers: _, more } => objects + noncurrent > 0 || *more,
            Self::Archive | Self::Items { .. } | Self::Records { .. } | Self::Unreadable { .. } => true,
            Self::Consumers(_)
            | Self::DeadLetters { .. }
            | Self::Invoked(_)
            | Self::NotInvoked(_)
            | Self::EventSources(_)
            | Self::StaysBehind { .. } => false,
        }
    }
}

impl Holding {
    /// Whether it is not deleted unasked: data, what is in use, and what AWS would not delete as it is.
    pub fn is_missed(&self) -> bool {
        match self {
            Self::DeadLetters { queue: _, messages } => *messages > 0,
            Self::Consumers(consumers) => *consumers > 0,
            Self::EventSources(sources) => !sources.is_empty(),
            Self::Invoked(_) | Self::StaysBehind { .. } => true,
            Self::NotInvoked(_) => false,
            Self::Messages(_)
            | Self::Logs { .. }
            | Self::Items { .. }
            | Self::Records { .. }
            | Self::Subscriptions(_)
            | Self::Archive
            | Self::Objects { .. }
            | Self::Executions { .. }
            | Self::Unreadable { .. } => self.is_data() || self.bars_deletion(),
        }
    }

    /// Whether AWS deletes nothing that holds it, so that it has to be emptied before.
    pub fn bars_deletion(&self) -> bool {
        match self {
            Self::Objects { objects, noncurrent, delete_markers, more } => objects + noncurrent + delete_markers > 0 || *more,
            Self::Messages(_)
            | Self::DeadLetters { .. }
            | Self::Logs { .. }
            | Self::Subscriptions(_)
            | Self::Archive
            | Self::Items { .. }
            | Self::Records { .. }
            | Self::Consumers(_)
            | Self::Invoked(_)
            | Self::NotInvoked(_)
            | Self::EventSources(_)
            | Self::StaysBehind { .. }
            | Self::Executions { .. }
            | Self::Unreadable { .. } => false,
        }
    }
}

/// What is at stake, by the address of what goes. What holds nothing is not in it.
pub type Stakes = BTreeMap<ResourceId, Vec<Holding>>;

/// Addresses whose data would be lost.
pub fn losses(stakes: &Stakes) -> impl Iterator<Item = &ResourceId> {
    stakes.iter().filter(|(_, holdings)| holdings.iter().any(Holding::is_data)).map(|(id, _)| id)
}

/// Addresses of what AWS deletes only once it is empty, and that is not.
pub fn full(stakes: &Stakes) -> impl Iterator<Item = &ResourceId> {
    stakes.iter().filter(|(_, holdings)| holdings.iter().any(Holding::bars_deletion)).map(|(id, _)| id)
}

/// Bytes in the unit that gives up to four digits, as the consoles of AWS count: by 1024.
pub fn size(bytes: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_can_bring_back_is_data() {
        let data = [
            Holding::Messages(1),
            Holding::Subscriptions(2),
            Holding::Executions { running: 1, more: false },
            Holding::Logs { bytes: 1, last_event: None },
            // Stored bytes are counted hours later.
            Holding::Logs { bytes: 0, last_event: Some(1) },
            Holding::Unreadable { why: "AccessDenied".into() },
            // Counts of tables are hours old, and nobody counts records.
            Holding::Items { items: 0, bytes: 0 },
            Holding::Records { hours: 24 },
        ];
        assert!(data.iter().all(Holding::is_data));
        let other = [
            Holding::Messages(0),
            Holding::Subscriptions(0),
            Holding::Executions { running: 0, more: false },
            Holding::Logs { bytes: 0, last_event: None },
            Holding::DeadLetters { queue: "q".into(), messages: 9 },
            Holding::Consumers(1),
            Holding::Invoked(1),
            Holding::NotInvoked(30),
            Holding::EventSources(vec!["arn".into()]),
            Holding::StaysBehind { policy: "role@key".into(), others: 1 },
        ];
        assert!(!other.iter().any(Holding::is_data));
    }

    #[test]
    fn a_bucket_with_marks_alone_loses_nothing_and_has_to_be_emptied() {
        let holds = |objects, noncurrent, delete_markers, more| Holding::Objects { objects, noncurrent, delete_markers, more };
        let said = |holding: Holding| (holding.is_data(), holding.bars_deletion());
        assert_eq!(said(holds(0, 0, 0, false)), (false, false));
        assert_eq!(said(holds(0, 0, 3, false)), (false, true));
        assert_eq!(said(holds(0, 1, 0, false)), (true, true));
        assert_eq!(said(holds(1, 0, 0, false)), (true, true));
        assert_eq!(said(holds(0, 0, 100, true)), (true, true), "what was not counted may be anything");
        assert_eq!(said(Holding::Messages(9)), (true, false), "SQS deletes a queue with its messages");
    }

    #[test]
    fn what_aws_would_not_delete_or_somebody_uses_is_missed() {
        let marks = Holding::Objects { objects: 0, noncurrent: 0, delete_markers: 3, more: false };
        assert!(marks.is_missed() && !marks.is_data(), "a bucket with marks alone is not empty to S3");
        assert!(!Holding::Objects { objects: 0, noncurrent: 0, delete_markers: 0, more: false }.is_missed());
        assert!(Holding::DeadLetters { queue: "q".into(), messages: 1 }.is_missed());
        assert!(!Holding::DeadLetters { queue: "q".into(), messages: 0 }.is_missed());
        assert!(Holding::Invoked(1).is_missed() && !Holding::NotInvoked(30).is_missed());
        assert!(Holding::Messages(1).is_missed() && !Holding::Messages(0).is_missed());
    }

    #[test]
    fn bytes_read_as_people_write_them() {
        assert_eq!([12, 1024, 1_288_490_189].map(size), ["12 bytes", "1.0 kB", "1.2 GB"]);
    }
}
