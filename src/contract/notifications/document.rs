//! The notifications of a bucket: one document for all who have entries in it, without revision. What
//! becomes of it is decided here, and nothing is asked. Entries of others stay what the SDK read, and
//! an element that it would drop is found beforehand (`read`).

use std::collections::BTreeSet;

use aws_sdk_s3::types::{
    EventBridgeConfiguration, FilterRule, FilterRuleName, LambdaFunctionConfiguration, NotificationConfiguration,
    NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter, TopicConfiguration,
};

use super::words::share;
use super::{Notification, Sort};

/// The document of a bucket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Its entries, in its order.
    pub entries: Vec<Raw>,
    /// Whether EventBridge is told of everything.
    pub event_bridge: bool,
}

/// An entry as S3 has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// A topic is told.
    Topic(TopicConfiguration),
    /// A queue is told.
    Queue(QueueConfiguration),
    /// A function is started.
    Function(LambdaFunctionConfiguration),
}

/// What an entry says, whatever its order and the case of its filters' names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its id; S3 makes one where none is given.
    pub id: String,
    /// What it starts.
    pub arn: String,
    /// Events in S3's spelling.
    pub events: BTreeSet<String>,
    /// Filters: what of the key, in small letters, and its text.
    pub filters: BTreeSet<(String, String)>,
}

/// An entry that is to be there.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its id.
    pub id: String,
    /// What it starts.
    pub arn: String,
    /// In which of the three lists it stands.
    pub sort: Sort,
    /// What it says.
    pub says: Notification,
}

/// What a write makes of a document.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Begin of the ids of this instance: an entry of its own that stands in the way of a wanted one is
    /// of files that were. None keeps all.
    pub own: Option<String>,
    /// Entries that are to be there.
    pub wanted: Vec<Wanted>,
    /// Ids of entries that are not to be there.
    pub gone: BTreeSet<String>,
    /// Whether EventBridge is to be told; none leaves it.
    pub event_bridge: Option<bool>,
}

/// What somebody else made of a document meanwhile.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Others {
    /// Entries that came, or are other ones now.
    pub come: Vec<Raw>,
    /// Entries that went.
    pub gone: Vec<Entry>,
    /// What EventBridge is told now, where that changed.
    pub event_bridge: Option<bool>,
}

impl Raw {
    /// None would be one without id, ARN or events, and all of these are set.
    fn of(wanted: &Wanted) -> Option<Self> {
        let Wanted { id, arn, sort, says } = wanted;
        let Notification { bucket: _, events, prefix, suffix, to: _ } = says;
        let events: Vec<_> = events.iter().map(|event| event.as_str().into()).collect();
        let rule = |name: FilterRuleName, value: &String| FilterRule::builder().name(name).value(value).build();
        let rules: Vec<FilterRule> = [(FilterRuleName::Prefix, prefix), (FilterRuleName::Suffix, suffix)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| rule(name, value))
            .collect();
        let filter = (!rules.is_empty()).then(|| {
            let key = S3KeyFilter::builder().set_filter_rules(Some(rules)).build();
            NotificationConfigurationFilter::builder().key(key).build()
        });
        match sort {
            Sort::Topic => {
                let entry = TopicConfiguration::builder().id(id).topic_arn(arn).set_events(Some(events)).set_filter(filter);
                entry.build().ok().map(Self::Topic)
            }
            Sort::Queue => {
                let entry = QueueConfiguration::builder().id(id).queue_arn(arn).set_events(Some(events)).set_filter(filter);
                entry.build().ok().map(Self::Queue)
            }
            Sort::Function => {
                let entry =
                    LambdaFunctionConfiguration::builder().id(id).lambda_function_arn(arn).set_events(Some(events)).set_filter(filter);
                entry.build().ok().map(Self::Function)
            }
        }
    }

    /// What it says.
    pub fn entry(&self) -> Entry {
        let (id, arn, events, filter) = match self {
            Self::Topic(TopicConfiguration { id, topic_arn, events, filter, .. }) => (id, topic_arn, events, filter),
            Self::Queue(QueueConfiguration { id, queue_arn, events, filter, .. }) => (id, queue_arn, events, filter),
            Self::Function(LambdaFunctionConfiguration { id, lambda_function_arn, events, filter, .. }) => {
                (id, lambda_function_arn, events, filter)
            }
        };
        let rules = filter.as_ref().and_then(|filter| filter.key()).map(|key| key.filter_rules()).unwrap_or_default();
        // S3 gives the names back with a capital, whatever was sent (docs/aws-facts.md §16).
        let rule = |rule: &FilterRule| {
            let name = rule.name().map(|name| name.as_str().to_ascii_lowercase()).unwrap_or_default();
            (name, rule.value().unwrap_or_default().to_owned())
        };
        Entry {
            id: id.clone().unwrap_or_default(),
            arn: arn.clone(),
            events: events.iter().map(|event| event.as_str().to_owned()).collect(),
            // A filter without text lets everything through.
            filters: rules.iter().map(rule).filter(|(_, value)| !value.is_empty()).collect(),
        }
    }
}

impl Entry {
    /// How keys begin.
    pub fn prefix(&self) -> &str {
        self.filter("prefix")
    }

    /// How keys end.
    pub fn suffix(&self) -> &str {
        self.filter("suffix")
    }

    fn filter(&self, name: &str) -> &str {
        self.filters.iter().find(|(of, _)| of == name).map_or("", |(_, value)| value)
    }

    /// The same as told to a user.
    pub fn shown(&self) -> String {
        let Self { id, arn, events, .. } = self;
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let filters = shown_filters(self.prefix(), self.suffix());
        format!("`{id}`, which starts {arn} on {}{filters}", events.join(", "))
    }
}

/// ` under raw/ ending in .json`, and nothing where all keys are meant.
pub fn shown_filters(prefix: &str, suffix: &str) -> String {
    let begin = if prefix.is_empty() { String::new() } else { format!(" under {prefix}") };
    let end = if suffix.is_empty() { String::new() } else { format!(" ending in {suffix}") };
    format!("{begin}{end}")
}

/// Events, prefix and suffix of an entry, as far as S3 compares two of them.
pub struct Filtered<'a> {
    /// Events in S3's spelling.
    pub events: Vec<&'a str>,
    /// How keys begin.
    pub prefix: &'a str,
    /// How keys end.
    pub suffix: &'a str,
}

impl<'a> From<&'a Entry> for Filtered<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { events: entry.events.iter().map(String::as_str).collect(), prefix: entry.prefix(), suffix: entry.suffix() }
    }
}

impl<'a> From<&'a Notification> for Filtered<'a> {
    fn from(says: &'a Notification) -> Self {
        Self { events: says.events.iter().map(|event| event.as_str()).collect(), prefix: &says.prefix, suffix: &says.suffix }
    }
}

impl Filtered<'_> {
    /// An event that both tell of some key: S3 takes no two such entries, whatever they start
    /// (docs/aws-facts.md §16).
    pub fn overlap(&self, other: &Self) -> Option<String> {
        let begins = self.prefix.starts_with(other.prefix) || other.prefix.starts_with(self.prefix);
        let ends = self.suffix.ends_with(other.suffix) || other.suffix.ends_with(self.suffix);
        if !begins || !ends {
            return None;
        }
        let pairs = self.events.iter().flat_map(|one| other.events.iter().map(move |other| (*one, *other)));
        // The narrower word of the two says it best.
        pairs.filter(|(one, other)| share(one, other)).map(|(one, other)| if one.ends_with('*') { other } else { one }.to_owned()).next()
    }
}

impl Document {
    /// What S3 answered.
    pub fn of(config: NotificationConfiguration) -> Self {
        let NotificationConfiguration {
            topic_configurations,
            queue_configurations,
            lambda_function_configurations,
            event_bridge_configuration,
            ..
        } = config;
        let topics = topic_configurations.unwrap_or_default().into_iter().map(Raw::Topic);
        let queues = queue_configurations.unwrap_or_default().into_iter().map(Raw::Queue);
        let functions = lambda_function_configurations.unwrap_or_default().into_iter().map(Raw::Function);
        Self { entries: topics.chain(queues).chain(functions).collect(), event_bridge: event_bridge_configuration.is_some() }
    }

    /// What S3 is sent.
    pub fn configuration(&self) -> NotificationConfiguration {
        let mut config = NotificationConfiguration::builder();
        for entry in &self.entries {
            config = match entry.clone() {
                Raw::Topic(topic) => config.topic_configurations(topic),
                Raw::Queue(queue) => config.queue_configurations(queue),
                Raw::Function(function) => config.lambda_function_configurations(function),
            };
        }
        config.set_event_bridge_configuration(self.event_bridge.then(|| EventBridgeConfiguration::builder().build())).build()
    }

    /// What it says, as a set.
    pub fn said(&self) -> BTreeSet<Entry> {
        self.entries.iter().map(Raw::entry).collect()
    }

    /// What somebody else changed from `before` to `after`, in what an edit leaves alone.
    pub fn others(before: &Self, after: &Self, edit: &Edit) -> Others {
        let (was, is) = (before.said(), after.said());
        let of_others = |entry: &Entry| !edit.decides(entry);
        let has_come = |raw: &&Raw| {
            let entry = raw.entry();
            of_others(&entry) && !was.contains(&entry)
        };
        Others {
            come: after.entries.iter().filter(has_come).cloned().collect(),
            gone: was.iter().filter(|entry| of_others(entry) && !is.contains(*entry)).cloned().collect(),
            event_bridge: (edit.event_bridge.is_none() && before.event_bridge != after.event_bridge).then_some(after.event_bridge),
        }
    }
}

impl Others {
    /// Whether nothing changed.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The document as they meant it.
    pub fn put_back(&self, document: &mut Document) {
        document.entries.retain(|raw| !self.gone.contains(&raw.entry()));
        let said = document.said();
        document.entries.extend(self.come.iter().filter(|raw| !said.contains(&raw.entry())).cloned());
        document.event_bridge = self.event_bridge.unwrap_or(document.event_bridge);
    }

    /// What it was, for who is told.
    pub fn shown(&self) -> String {
        let come = self.come.iter().map(|raw| format!("it has {}", raw.entry().shown()));
        let gone = self.gone.iter().map(|entry| format!("it has no longer {}", entry.shown()));
        let flag = self.event_bridge.map(|on| format!("EventBridge is {} told", if on { "now" } else { "no longer" }));
        come.chain(gone).chain(flag).collect::<Vec<_>>().join("; ")
    }
}

impl Edit {
    /// Whether it says what becomes of an entry.
    fn decides(&self, entry: &Entry) -> bool {
        self.wanted.iter().any(|wanted| wanted.id == entry.id) || self.gone.contains(&entry.id) || self.gives_way(entry)
    }

    /// Whether an entry of this instance's own stands in the way of a wanted one. Files whose own entries
    /// overlap are refused, so that it is of files that were: of a function that had the trigger before,
    /// for one. It goes with the same request that brings the new one, and no event is lost.
    fn gives_way(&self, entry: &Entry) -> bool {
        let is_own = self.own.as_ref().is_some_and(|own| entry.id.starts_with(own.as_str()));
        is_own && self.wanted.iter().any(|wanted| wanted.id != entry.id && Filtered::from(&wanted.says).overlap(&entry.into()).is_some())
    }

    /// Whether it only takes away.
    pub fn only_removes(&self) -> bool {
        self.wanted.is_empty() && self.event_bridge.is_none()
    }

    /// The document with it done. What is as it is to be stays where it stands, and where it stands.
    pub fn done(&self, document: &Document) -> Document {
        let wanted: Vec<(Raw, Entry)> = self.wanted.iter().filter_map(Raw::of).map(|raw| (raw.clone(), raw.entry())).collect();
        let mut entries = document.entries.clone();
        entries.retain(|raw| {
            let entry = raw.entry();
            !self.decides(&entry) || wanted.iter().any(|(_, wanted)| *wanted == entry)
        });
        let there: BTreeSet<Entry> = entries.iter().map(Raw::entry).collect();
        entries.extend(wanted.into_iter().filter(|(_, entry)| !there.contains(entry)).map(|(raw, _)| raw));
        Document { entries, event_bridge: self.event_bridge.unwrap_or(document.event_bridge) }
    }

    /// Whether the document says all of it.
    pub fn is_done(&self, document: &Document) -> bool {
        self.done(document) == *document
    }

    /// The first entry of somebody else that a wanted one overlaps, with the wanted one's id and the
    /// event that both tell.
    pub fn overlapped(&self, document: &Document) -> Option<(String, Entry, String)> {
        let others = document.entries.iter().map(Raw::entry).filter(|entry| !self.decides(entry));
        let mut pairs = others.flat_map(|entry| self.wanted.iter().map(move |wanted| (wanted, entry.clone())));
        pairs.find_map(|(wanted, entry)| {
            let event = Filtered::from(&wanted.says).overlap(&Filtered::from(&entry))?;
            Some((wanted.id.clone(), entry, event))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "etlctl:s/dev/dev:";

    fn says(prefix: &str, suffix: &str) -> Notification {
        Notification {
            bucket: "b".into(),
            events: [super::super::EventName::of("object_created")].into(),
            prefix: prefix.into(),
            suffix: suffix.into(),
            to: None,
        }
    }

    fn wanted(id: &str, sort: Sort, prefix: &str) -> Wanted {
        Wanted { id: format!("{OWN}{id}"), arn: format!("arn:{id}"), sort, says: says(prefix, "") }
    }

    fn foreign(id: &str, prefix: &str) -> Raw {
        Raw::of(&Wanted { id: id.into(), arn: format!("arn:{id}"), sort: Sort::Queue, says: says(prefix, "") }).unwrap()
    }

    fn edit(wanted: Vec<Wanted>, gone: &[&str]) -> Edit {
        let gone = gone.iter().map(|id| format!("{OWN}{id}")).collect();
        Edit { own: Some(OWN.to_owned()), wanted, gone, event_bridge: None }
    }

    fn ids(document: &Document) -> Vec<String> {
        document.entries.iter().map(|raw| raw.entry().id).collect()
    }

    #[test]
    fn only_own_entries_are_touched_and_the_rest_stays_as_it_is() {
        let before = Document { entries: vec![foreign("theirs", "a/"), foreign("etlctl:s/dev/dev2:x", "b/")], event_bridge: true };
        let add = edit(vec![wanted("f", Sort::Function, "raw/")], &[]);
        let after = add.done(&before);
        assert_eq!(ids(&after), ["theirs", "etlctl:s/dev/dev2:x", "etlctl:s/dev/dev:f"]);
        assert_eq!((&after.entries[..2], after.event_bridge), (&before.entries[..], true));
        assert_eq!(add.done(&after), after);
        assert_eq!(edit(Vec::new(), &["f"]).done(&after), before);
        // An id is compared whole.
        assert_eq!(edit(Vec::new(), &[""]).done(&after), after);
    }

    #[test]
    fn what_is_the_same_in_other_words_is_left_where_it_is() {
        let want = edit(vec![wanted("f", Sort::Function, "raw/")], &[]);
        let mut live = want.done(&Document::default());
        let Raw::Function(function) = &mut live.entries[0] else { panic!("a function is wanted") };
        let rule = FilterRule::builder().name(FilterRuleName::from("Prefix")).value("raw/").build();
        let none = FilterRule::builder().name(FilterRuleName::from("Suffix")).value("").build();
        let key = S3KeyFilter::builder().filter_rules(rule).filter_rules(none).build();
        function.filter = Some(NotificationConfigurationFilter::builder().key(key).build());
        assert!(want.is_done(&live));
        let mut other = want.clone();
        other.wanted[0].says.prefix = "raw".into();
        assert!(!other.is_done(&live));
    }

    #[test]
    fn prefixes_suffixes_and_events_overlap_as_s3_says() {
        let overlap = |a: (&str, &str), b: (&str, &str)| {
            let (a, b) = (says(a.0, a.1), says(b.0, b.1));
            Filtered::from(&a).overlap(&Filtered::from(&b)).is_some()
        };
        assert!(overlap(("", ""), ("raw/", ".json")));
        assert!(overlap(("raw/", ""), ("raw/in/", ".json")));
        assert!(overlap(("raw/", "jpg"), ("raw/", "pg")));
        assert!(!overlap(("raw/", ".json"), ("raw/", ".csv")));
        assert!(!overlap(("raw/", ""), ("out/", "")));
        let (mut a, b) = (says("", ""), says("", ""));
        a.events = [super::super::EventName::of("object_removed")].into();
        assert!(Filtered::from(&a).overlap(&Filtered::from(&b)).is_none());
    }

    #[test]
    fn an_entry_of_files_that_were_gives_way_and_one_of_somebody_else_does_not() {
        let old = edit(vec![wanted("old", Sort::Function, "raw/")], &[]).done(&Document::default());
        let new = edit(vec![wanted("new", Sort::Queue, "raw/in/")], &[]);
        assert_eq!(ids(&new.done(&old)), ["etlctl:s/dev/dev:new"]);
        assert!(new.overlapped(&old).is_none());
        let theirs = Document { entries: vec![foreign("etlctl:s/dev/dev2:x", "raw/")], event_bridge: false };
        let (own, other, event) = new.overlapped(&theirs).unwrap();
        assert_eq!(
            (own.as_str(), other.id.as_str(), event.as_str()),
            ("etlctl:s/dev/dev:new", "etlctl:s/dev/dev2:x", "s3:ObjectCreated:*")
        );
    }

    #[test]
    fn what_others_changed_meanwhile_can_be_put_back() {
        let before = Document { entries: vec![foreign("stays", "a/"), foreign("goes", "b/")], event_bridge: false };
        let theirs = Document { entries: vec![foreign("stays", "a/"), foreign("comes", "c/")], event_bridge: true };
        let want = edit(vec![wanted("f", Sort::Function, "raw/")], &[]);
        let others = Document::others(&before, &theirs, &want);
        let mut ours = want.done(&before);
        assert!(Document::others(&before, &ours, &want).is_none());
        others.put_back(&mut ours);
        assert_eq!(ids(&ours), ["stays", "etlctl:s/dev/dev:f", "comes"]);
        assert!(ours.event_bridge && want.is_done(&ours));
    }
}
