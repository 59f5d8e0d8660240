//! The notifications of a bucket: one document for all who have entries in it, without revision. What
//! becomes of it is decided here, and nothing is asked. Entries of others stay what the SDK read, and
//! an element that it would drop is found beforehand (`read`).

use std::collections::BTreeSet;

use aws_sdk_s3::types::{EventBridgeConfiguration, NotificationConfiguration};

use super::MARK;
pub use super::entry::{Entry, Filtered, Raw, Wanted, shown_filters};

/// The document of a bucket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Its entries, in its order.
    pub entries: Vec<Raw>,
    /// Whether EventBridge is told of everything.
    pub event_bridge: bool,
}

/// What a write makes of a document.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Begin of the ids of this instance: an entry of its own that stands in the way of a wanted one is
    /// of files that were. None keeps all.
    pub own: Option<String>,
    /// What ids of entries of ours say of the target, whatever their stack: a target has one owner, so that
    /// those of other stacks are of the one that it was moved from.
    pub target: Option<String>,
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
    /// Puts what came into the document. What went is not taken away: a read that lags looks like it, and
    /// an entry too many can be taken away by whose it is.
    pub fn put_back(&self, document: &mut Document) {
        let ids: BTreeSet<String> = self.come.iter().map(|raw| raw.entry().id).collect();
        document.entries.retain(|raw| !ids.contains(&raw.entry().id));
        document.entries.extend(self.come.iter().cloned());
        document.event_bridge |= self.event_bridge == Some(true);
    }

    /// Whether there is something to put back.
    pub fn has_come(&self) -> bool {
        !self.come.is_empty() || self.event_bridge == Some(true)
    }

    /// What it was, for who is told.
    pub fn shown(&self) -> String {
        let come = self.come.iter().map(|raw| format!("it has {}", raw.entry().shown()));
        let gone = self.gone.iter().map(|entry| format!("it has no longer {}", entry.shown()));
        let flag = self.event_bridge.map(|on| format!("EventBridge is {} told", if on { "now" } else { "no longer" }));
        come.chain(gone).chain(flag).collect::<Vec<_>>().join("; ")
    }
}

/// Whether the id of an entry of ours, of whatever stack, names this target.
fn is_about(id: &str, target: &str) -> bool {
    let of_instance = id.strip_prefix(MARK).and_then(|rest| rest.split_once(':'));
    of_instance.is_some_and(|(_, rest)| rest.starts_with(target))
}

impl Edit {
    /// Whether it says what becomes of an entry.
    fn decides(&self, entry: &Entry) -> bool {
        self.wanted.iter().any(|wanted| wanted.id == entry.id)
            || self.gone.contains(&entry.id)
            || self.gives_way(entry)
            || self.is_taken_over(entry)
    }

    /// Whether nobody's mark is on an entry, and it starts the same on the same events of the same keys as a
    /// wanted one: its id, which is the mark, is all that is new. S3 takes no two of them.
    pub fn is_taken_over(&self, entry: &Entry) -> bool {
        self.wanted.iter().any(|wanted| wanted.id != entry.id && entry.is_the_same(&wanted.arn, &wanted.says))
    }

    /// Whether an entry of this instance's own stands in the way of a wanted one. Files whose own entries
    /// overlap are refused, so that it is of files that were: of a function that had the trigger before,
    /// for one. It goes with the same request that brings the new one, and no event is lost.
    fn gives_way(&self, entry: &Entry) -> bool {
        let is_own = self.own.as_ref().is_some_and(|own| entry.id.starts_with(own.as_str()));
        let is_former = self.target.as_ref().is_some_and(|target| is_about(&entry.id, target));
        (is_own || is_former)
            && self.wanted.iter().any(|wanted| wanted.id != entry.id && Filtered::from(&wanted.says).overlap(&entry.into()).is_some())
    }

    /// Whether an entry goes for no other reason than that a wanted one takes its place.
    pub fn displaces(&self, entry: &Entry) -> bool {
        self.gives_way(entry) && !self.gone.contains(&entry.id) && !self.wanted.iter().any(|wanted| wanted.id == entry.id)
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
    use aws_sdk_s3::types::{FilterRule, FilterRuleName, NotificationConfigurationFilter, S3KeyFilter};

    use super::*;
    use crate::contract::notifications::{EventName, Notification, Sort};

    const OWN: &str = "etlctl:s/dev/dev:";

    fn says(prefix: &str, suffix: &str) -> Notification {
        Notification {
            bucket: "b".into(),
            events: [EventName::of("object_created")].into(),
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
        Edit { own: Some(OWN.to_owned()), target: None, wanted, gone, event_bridge: None }
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
    fn an_entry_of_the_same_target_under_another_stacks_mark_gives_way() {
        let before = Document {
            entries: ["etlctl:old/dev/dev:function/f:x", "etlctl:old/dev/dev:function/fg:x"].map(|id| foreign(id, "raw/")).into(),
            event_bridge: false,
        };
        let moved = Edit { target: Some("function/f:".into()), ..edit(vec![wanted("function/f:x", Sort::Function, "raw/")], &[]) };
        assert_eq!(moved.overlapped(&before).map(|(_, entry, _)| entry.id).as_deref(), Some("etlctl:old/dev/dev:function/fg:x"));
        assert_eq!(ids(&moved.done(&before)), ["etlctl:old/dev/dev:function/fg:x", "etlctl:s/dev/dev:function/f:x"]);
        assert!(!is_about("theirs:function/f:x", "function/f:"), "somebody else's id is no mark");
    }

    #[test]
    fn an_entry_that_says_the_same_is_taken_over_and_a_marked_one_is_not() {
        let want = edit(vec![wanted("f", Sort::Queue, "raw/")], &[]);
        let one = |id: &str, arn: &str, prefix: &str| {
            let raw = Raw::of(&Wanted { id: id.into(), arn: arn.into(), sort: Sort::Queue, says: says(prefix, "") }).unwrap();
            Document { entries: vec![raw, foreign("stays", "out/")], event_bridge: false }
        };
        let same = one("legacy", "arn:f", "raw/");
        assert!(want.overlapped(&same).is_none());
        assert_eq!(ids(&want.done(&same)), ["stays", "etlctl:s/dev/dev:f"]);
        assert!(!want.is_done(&same), "the mark is to be written");
        for other in [one("legacy", "arn:other", "raw/"), one("legacy", "arn:f", "raw/in/"), one("etlctl:t/dev/dev:f", "arn:f", "raw/")] {
            assert!(want.overlapped(&other).is_some(), "{other:?}");
            assert!(ids(&want.done(&other)).contains(&other.entries[0].entry().id), "{other:?}");
        }
    }

    #[test]
    fn what_others_changed_meanwhile_can_be_put_back() {
        let before = Document { entries: vec![foreign("stays", "a/"), foreign("goes", "b/")], event_bridge: false };
        let theirs = Document { entries: vec![foreign("stays", "a/"), foreign("comes", "c/")], event_bridge: true };
        let want = edit(vec![wanted("f", Sort::Function, "raw/")], &[]);
        let others = Document::others(&before, &theirs, &want);
        let mut ours = want.done(&before);
        assert_eq!(Document::others(&before, &ours, &want), Others::default());
        others.put_back(&mut ours);
        assert_eq!(ids(&ours), ["stays", "goes", "etlctl:s/dev/dev:f", "comes"]);
        assert!(ours.event_bridge && want.is_done(&ours));
    }
}
