//! An entry among the notifications of a bucket, as S3 has it and as two of them are compared.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{
    FilterRule, FilterRuleName, LambdaFunctionConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter,
    TopicConfiguration,
};

use super::{MARK, Notification, Sort};
use crate::model::handover::{are_told_of_one, may_be_of_one};

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

impl Raw {
    /// None would be one without id, ARN or events, and all of these are set.
    pub(super) fn of(wanted: &Wanted) -> Option<Self> {
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
        // S3 gives the names back with a capital, whatever was sent (docs/aws-facts.md §24).
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

    /// Whether nobody's mark is on it, and it starts `arn` on what `says` tells of.
    pub fn is_the_same(&self, arn: &str, says: &Notification) -> bool {
        let Notification { bucket: _, events, prefix, suffix, to: _ } = says;
        let is_marked = self.id.starts_with(MARK);
        let same_keys = self.prefix() == prefix && self.suffix() == suffix;
        !is_marked && self.arn == arn && same_keys && self.events.iter().map(String::as_str).eq(events.iter().map(|event| event.as_str()))
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
    /// (docs/aws-facts.md §24).
    pub fn overlap(&self, other: &Self) -> Option<String> {
        if !may_be_of_one((self.prefix, self.suffix), (other.prefix, other.suffix)) {
            return None;
        }
        let pairs = self.events.iter().flat_map(|one| other.events.iter().map(move |other| (*one, *other)));
        // The narrower word of the two says it best.
        pairs
            .filter(|(one, other)| are_told_of_one(one, other))
            .map(|(one, other)| if one.ends_with('*') { other } else { one }.to_owned())
            .next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::notifications::EventName;

    fn says(prefix: &str, suffix: &str) -> Notification {
        let events = [EventName::of("object_created")].into();
        Notification { bucket: "b".into(), events, prefix: prefix.into(), suffix: suffix.into(), to: None }
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
        a.events = [EventName::of("object_removed")].into();
        assert!(Filtered::from(&a).overlap(&Filtered::from(&b)).is_none());
    }
}
