//! What is lost with a resource that goes.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

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
        /// What was listed: nothing else is deleted with the bucket.
        #[serde(skip)]
        listed: Listed,
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

/// One of the things that a bucket holds: an object, a version of one, or a delete marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Content<'a> {
    /// Its key.
    pub key: &'a str,
    /// The id of its version, where it has one.
    pub version: Option<&'a str>,
    /// What S3 calls its content, none of a delete marker.
    pub etag: Option<&'a str>,
    /// When S3 took it, in seconds since 1970 by S3's clock, where it says so. S3 keeps no parts of a second, and of
    /// an upload in parts the moment in which it began.
    pub modified: Option<i64>,
}

/// What a listing of a bucket told. Neither times nor counts could say it: an upload in parts is older than its end,
/// and what is written over an object leaves their number as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// A hash of each.
    known: BTreeSet<u64>,
    /// Of a bucket that was not listed to its end, when the listing began, in seconds since 1970: what is older counts
    /// as listed.
    beyond: Option<i64>,
}

impl Listed {
    /// Takes one in.
    pub fn add(&mut self, content: Content<'_>) {
        self.known.insert(hash(content));
    }

    /// There is more, which was there at this moment.
    pub fn goes_on_from(&mut self, began: i64) {
        self.beyond = Some(began);
    }

    /// Whether it was there.
    pub fn has(&self, content: Content<'_>) -> bool {
        let is_older = || self.beyond.zip(content.modified).is_some_and(|(began, modified)| modified < began);
        self.known.contains(&hash(content)) || is_older()
    }
}

/// The same within one process.
fn hash(content: Content<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

impl Holding {
    /// Whether it is data that nobody can bring back: then only its address, or a typed yes, lets it go.
    pub fn is_data(&self) -> bool {
        match self {
            Self::Messages(messages) | Self::Subscriptions(messages) => *messages > 0,
            Self::Executions { running, .. } => *running > 0,
            Self::Logs { bytes, last_event } => *bytes > 0 || last_event.is_some(),
            Self::Objects { objects, noncurrent, delete_markers: _, more, listed: _ } => objects + noncurrent > 0 || *more,
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
            Self::Objects { objects, noncurrent, delete_markers, more, listed: _ } => objects + noncurrent + delete_markers > 0 || *more,
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

/// What a bucket held when it was listed.
pub fn listed(holdings: &[Holding]) -> Option<&Listed> {
    holdings.iter().find_map(|holding| match holding {
        Holding::Objects { listed, .. } => Some(listed),
        _ => None,
    })
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
        let holds = |objects, noncurrent, delete_markers, more| {
            let listed = Listed::default();
            Holding::Objects { objects, noncurrent, delete_markers, more, listed }
        };
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
        let holds = |delete_markers| Holding::Objects { objects: 0, noncurrent: 0, delete_markers, more: false, listed: Listed::default() };
        let marks = holds(3);
        assert!(marks.is_missed() && !marks.is_data(), "a bucket with marks alone is not empty to S3");
        assert!(!holds(0).is_missed());
        assert!(Holding::DeadLetters { queue: "q".into(), messages: 1 }.is_missed());
        assert!(!Holding::DeadLetters { queue: "q".into(), messages: 0 }.is_missed());
        assert!(Holding::Invoked(1).is_missed() && !Holding::NotInvoked(30).is_missed());
        assert!(Holding::Messages(1).is_missed() && !Holding::Messages(0).is_missed());
    }

    #[test]
    fn what_came_after_a_listing_was_not_listed() {
        let of = |key, version, etag, modified| Content { key, version: Some(version), etag, modified: Some(modified) };
        let (object, marker) = (of("a", "null", Some("x"), 100), of("b", "2", None, 90));
        let mut listed = Listed::default();
        listed.add(object);
        listed.add(marker);
        assert!(listed.has(object) && listed.has(marker));
        let came = [
            of("a", "null", Some("y"), 100),
            of("a", "null", Some("x"), 101),
            of("a", "3", Some("x"), 100),
            of("b", "1", None, 90),
            // An upload in parts that began long ago.
            of("c", "null", Some("z"), 1),
        ];
        assert!(came.iter().all(|content| !listed.has(*content)));
        listed.goes_on_from(100);
        let is_there = came.map(|content| listed.has(content));
        assert_eq!(is_there, [false, false, false, true, true], "what was not listed is known by its time alone");
        assert!(!listed.has(Content { modified: None, ..came[4] }), "what has no time may have come at any");
    }

    #[test]
    fn bytes_read_as_people_write_them() {
        assert_eq!([12, 1024, 1_288_490_189].map(size), ["12 bytes", "1.0 kB", "1.2 GB"]);
    }
}
