//! Triggers by what happens in a bucket, across all that a stack has of them.

use super::iam_grants::RolePermissions;
use super::lookup::role_of;
use crate::contract::notifications::document::{Filtered, shown_filters};
use crate::contract::notifications::{self, LONGEST_ID, Notification, Notifications};
use crate::contract::{Findings, Kind, Resource, Rule, View, rows};
use crate::kinds::function::Function;
use crate::kinds::queue::Queue;
use crate::kinds::rule::EventRule;
use crate::kinds::topic::Topic;
use crate::model::reference::is_known;
use crate::source::diagnostic::Place;

const FILTERING: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html";
const DESTINATIONS: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html";

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E630",
        title: "two notifications of a bucket for one event of one key",
        why: "S3 takes no two notifications of a bucket whose events have one in common and whose prefixes and suffixes both overlap, whatever they start: \"Configurations overlap. Configurations on the same bucket cannot share a common event type.\" No prefix overlaps every prefix, and `jpg` overlaps `pg`.",
        fix: "make prefixes or suffixes exclude each other, or let one topic be told and subscribe both to it",
        source: FILTERING,
        run: overlaps,
    },
    Rule {
        code: "E631",
        title: "an event that S3 does not tell of",
        why: "S3 has a list of events, such as `s3:ObjectCreated:*` and `s3:ObjectRemoved:Delete`. It refuses a notification of any other.",
        fix: "write `object_created`, `object_removed`, `object_created:put` or another event of S3's list",
        source: "botocore service model, s3 Event",
        run: events,
    },
    Rule {
        code: "E632",
        title: "a bucket that is to tell a FIFO queue or topic",
        why: "S3 keeps no order and sends to standard queues and topics alone: \"FIFO SQS queues are not supported\". The notification is refused when the queue is there already.",
        fix: "make the queue or topic a standard one, or let the bucket tell EventBridge, whose rules send to FIFO queues",
        source: DESTINATIONS,
        run: fifo,
    },
    Rule {
        code: "E633",
        title: "a notification whose id would be too long",
        why: "The id of a notification is its mark: it holds stack, environment, instance, and the names of what is started and of the notification. It has 255 characters at most.",
        fix: "give the trigger a shorter `name`",
        source: "docs/aws-facts.md §24",
        run: ids,
    },
    Rule {
        code: "E634",
        title: "a prefix or suffix that is too long",
        why: "A key of S3 has at most 1,024 bytes, and so have prefix and suffix of a filter.",
        fix: "shorten it",
        source: "botocore service model, s3 FilterRule",
        run: long_filters,
    },
    Rule {
        code: "E635",
        title: "a queue or topic that others send to, encrypted with AWS's own key",
        why: "S3, EventBridge and SNS send to an encrypted queue or topic only if the key's policy lets them use it. The policies of the AWS managed keys alias/aws/sqs and alias/aws/sns cannot be changed, so S3 refuses the notification, and what rules and topics send is lost.",
        fix: "use a key of your own whose policy allows kms:GenerateDataKey and kms:Decrypt to s3.amazonaws.com, events.amazonaws.com or sns.amazonaws.com, or the service's own encryption",
        source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
        run: managed_keys,
    },
    Rule {
        code: "W630",
        title: "a function that may write where it is triggered from",
        why: "Each object that the function writes there starts it again. Such a loop runs until somebody sees the bill; Lambda stops loops through SQS, SNS and S3 only where it recognises them.",
        fix: "write to another bucket, or under a prefix that the trigger leaves out, and let the role write nowhere else",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html",
        run: loops,
    },
    Rule {
        code: "W631",
        title: "a prefix that begins with a slash",
        why: "Keys do not begin with a slash, but where somebody put one there: `/raw/` is not the folder `raw/`. Nothing is told, and nobody says why.",
        fix: "write the prefix without it",
        source: FILTERING,
        run: slashes,
    },
    Rule {
        code: "W632",
        title: "a wildcard in a prefix or suffix",
        why: "S3 takes prefix and suffix word for word. A `*` in them is that character in a key, and most likely no key has it.",
        fix: "write the beginning and the end of the keys alone: `prefix: raw/`, `suffix: .json`",
        source: FILTERING,
        run: wildcards,
    },
];

/// What buckets start.
struct Target<'a> {
    section: &'static str,
    key: &'a str,
    address: &'a str,
    name: &'a str,
    kind: &'static str,
    notifications: &'a Notifications,
}

impl Target<'_> {
    fn place(&self, cx: &View<'_>) -> Place {
        cx.place(self.section, self.key, &["triggers"])
    }
}

fn targets<'a>(cx: &'a View<'_>) -> Vec<Target<'a>> {
    fn of<'a, K: Kind>(all: &'a [Resource<K>], entries: fn(&K::Spec) -> &Notifications) -> impl Iterator<Item = Target<'a>> {
        all.iter().map(move |Resource { key, address, name, spec, .. }| Target {
            section: K::SECTION,
            key,
            address,
            name,
            kind: K::NAME,
            notifications: entries(spec),
        })
    }
    let functions = of(cx.all::<Function>(), |spec| &spec.notifications);
    let queues = of(cx.all::<Queue>(), |spec| &spec.notifications);
    let topics = of(cx.all::<Topic>(), |spec| &spec.notifications);
    functions.chain(queues).chain(topics).filter(|target| !target.notifications.is_empty()).collect()
}

/// Each notification with its target.
fn each<'a>(targets: &'a [Target<'a>]) -> impl Iterator<Item = (&'a Target<'a>, &'a str, &'a Notification)> {
    targets.iter().flat_map(|target| target.notifications.iter().map(move |(key, says)| (target, key.as_str(), says)))
}

fn overlaps(cx: &View<'_>, out: &mut Findings<'_>) {
    let targets = targets(cx);
    let all: Vec<_> = each(&targets).collect();
    for (at, (target, key, says)) in all.iter().enumerate() {
        let overlap = |(_, _, other): &&(&Target<'_>, &str, &Notification)| {
            (other.bucket == says.bucket).then(|| Filtered::from(*other).overlap(&Filtered::from(*says))).flatten()
        };
        let first = all[..at].iter().find_map(|other| Some((other, overlap(&other)?)));
        if let Some(((other, other_key, _), event)) = first {
            let message = format!(
                "`{key}` and `{other_key}` of {} both tell {event} of keys{} in the bucket {}",
                other.address,
                shown_filters(&says.prefix, &says.suffix),
                says.bucket
            );
            out.add(target.place(cx), target.address, message);
        }
    }
}

fn events(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Function>(cx, out);
    rows::<Queue>(cx, out);
    rows::<Topic>(cx, out);
}

fn fifo(cx: &View<'_>, out: &mut Findings<'_>) {
    let queues = cx.all::<Queue>().iter().filter(|queue| queue.spec.fifo && !queue.spec.notifications.is_empty());
    let topics = cx.all::<Topic>().iter().filter(|topic| topic.spec.fifo && !topic.spec.notifications.is_empty());
    let found = queues.map(|queue| (Queue::SECTION, &queue.key, &queue.address, "queues"));
    for (section, key, address, what) in found.chain(topics.map(|topic| (Topic::SECTION, &topic.key, &topic.address, "topics"))) {
        out.add(cx.place(section, key, &["triggers"]), address, format!("S3 tells no FIFO {what}"));
    }
}

fn ids(cx: &View<'_>, out: &mut Findings<'_>) {
    for (target, key, _) in each(&targets(cx)) {
        let id = notifications::id(&cx.loaded.scope, target.kind, target.name, key);
        if id.len() > LONGEST_ID {
            let message = format!("the id of `{key}` would have {} characters; at most {LONGEST_ID} are taken", id.len());
            out.add(target.place(cx), target.address, message);
        }
    }
}

/// Longest key of S3, in bytes.
const LONGEST_KEY: usize = 1_024;

fn filters(says: &Notification) -> [(&'static str, &str); 2] {
    [("prefix", &says.prefix), ("suffix", &says.suffix)]
}

fn long_filters(cx: &View<'_>, out: &mut Findings<'_>) {
    for (target, key, says) in each(&targets(cx)) {
        for (what, text) in filters(says).into_iter().filter(|(_, text)| text.len() > LONGEST_KEY) {
            out.add(target.place(cx), target.address, format!("the {what} of `{key}` has {} bytes; S3 takes {LONGEST_KEY}", text.len()));
        }
    }
}

fn managed_keys(cx: &View<'_>, out: &mut Findings<'_>) {
    let is_managed =
        |key: &Option<String>, alias: &str| key.as_deref().is_some_and(|key| key == alias || key.ends_with(&format!(":{alias}")));
    let (rules, topics) = (cx.all::<EventRule>(), cx.all::<Topic>());
    let by_rule = |arn: &str| rules.iter().any(|rule| rule.spec.targets.values().any(|target| target.arn == arn));
    let by_topic = |arn: &str| topics.iter().any(|topic| topic.spec.subscriptions.keys().any(|key| key.ends_with(arn)));
    let mut told = |senders: [(&str, bool); 3], place, address: &str, alias: &str| {
        for (sender, _) in senders.into_iter().filter(|(_, sends)| *sends) {
            out.add(place, address, format!("{sender} may not use the key {alias}, and is to send here"));
        }
    };
    for queue in cx.all::<Queue>().iter().filter(|queue| is_managed(&queue.spec.kms_key, "alias/aws/sqs")) {
        let arn = cx.loaded.scope.arn("sqs", &queue.name);
        let senders = [("S3", !queue.spec.notifications.is_empty()), ("EventBridge", by_rule(&arn)), ("SNS", by_topic(&arn))];
        told(senders, cx.place(Queue::SECTION, &queue.key, &["encryption"]), &queue.address, "alias/aws/sqs");
    }
    for topic in topics.iter().filter(|topic| is_managed(&topic.spec.kms_key, "alias/aws/sns")) {
        let arn = cx.loaded.scope.arn("sns", &topic.name);
        let senders = [("S3", !topic.spec.notifications.is_empty()), ("EventBridge", by_rule(&arn)), ("SNS", false)];
        told(senders, cx.place(Topic::SECTION, &topic.key, &["kms_key"]), &topic.address, "alias/aws/sns");
    }
}

fn loops(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(role) = role_of(cx, function) else { continue };
        let queues = cx.all::<Queue>().iter().filter(|queue| {
            !queue.spec.notifications.is_empty() && function.spec.event_sources.contains_key(&cx.loaded.scope.arn("sqs", &queue.name))
        });
        let through =
            queues.flat_map(|queue| queue.spec.notifications.values().map(move |says| (says, format!(" through {}", queue.address))));
        let own = function.spec.notifications.values().map(|says| (says, String::new()));
        let all: Vec<_> = own.chain(through).filter(|(says, _)| is_known(&says.bucket) && tells_of_new(says)).collect();
        if all.is_empty() {
            continue;
        }
        let grants = RolePermissions::of(cx, role);
        for (says, through) in all {
            if grants.reaches("s3:PutObject", &says.bucket, (&says.prefix, &says.suffix)) {
                let message = format!(
                    "objects{} in the bucket {} start it{through}, and {} lets it write some",
                    shown_filters(&says.prefix, &says.suffix),
                    says.bucket,
                    role.address
                );
                out.add(cx.place(Function::SECTION, &function.key, &["triggers"]), &function.address, message);
            }
        }
    }
}

fn tells_of_new(says: &Notification) -> bool {
    says.events.iter().any(|event| event.as_str().starts_with("s3:ObjectCreated:"))
}

fn slashes(cx: &View<'_>, out: &mut Findings<'_>) {
    for (target, key, says) in each(&targets(cx)) {
        if says.prefix.starts_with('/') {
            out.add(target.place(cx), target.address, format!("the prefix of `{key}` is `{}`, with which no key begins", says.prefix));
        }
    }
}

fn wildcards(cx: &View<'_>, out: &mut Findings<'_>) {
    for (target, key, says) in each(&targets(cx)) {
        for (what, text) in filters(says).into_iter().filter(|(_, text)| text.contains('*')) {
            out.add(target.place(cx), target.address, format!("the {what} of `{key}` is `{text}`, which S3 takes word for word"));
        }
    }
}
