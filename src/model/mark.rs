//! Marks: what a resource carries that says whose it is, and what etlctl must not do to it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Scope;

/// Tag that names the stack a resource belongs to.
pub const STACK_TAG: &str = "etlctl:stack";
/// Tag that names the environment a resource belongs to.
pub const ENV_TAG: &str = "etlctl:env";
/// Tag that names the instance a resource belongs to; version 0.1 did not set it.
pub const INSTANCE_TAG: &str = "etlctl:instance";
/// Tag that names the region of a resource whose name is one in all regions of an account.
pub const REGION_TAG: &str = "etlctl:region";
/// Tag that keeps a resource from being deleted or replaced while it says `true`.
pub const PROTECT_TAG: &str = "etlctl:protect";
/// Tag that says what becomes of a resource that leaves the files; `retain` is its only word.
pub const ON_REMOVE_TAG: &str = "etlctl:on_remove";
/// Tag that holds the digest of a function's sources and the CodeSha256 that AWS reported for them,
/// joined by a dot.
pub const ARTIFACT_TAG: &str = "etlctl:artifact";
/// Prefix of the tags that etlctl keeps for itself; users cannot set them.
pub const OWN_TAG_PREFIX: &str = "etlctl:";
/// Tag that names the environment variables of a function whose values were stored ones, with
/// blanks between them. A released
/// function keeps it: an adoption still hides them.
pub const SENSITIVE_TAG: &str = "etlctl:sensitive";
/// Tag of a function that publishes a version of each change without an alias: nothing else of it says
/// so, and without an alias its versions are listed where the tag is.
pub const PUBLISH_TAG: &str = "etlctl:publish";
/// Tag of a log group of which subscription filters are wanted: only of such a group they are read.
pub const SUBSCRIBED_TAG: &str = "etlctl:subscribed";
/// Tag of a topic that holds a few bits of each password that SNS shows to nobody.
pub const PASSWORDS_TAG: &str = "etlctl:passwords";
/// Tag that names the parts of a function that have reads of their own and were set, with blanks between
/// them. A function without it is read wholly.
pub const BESIDE_TAG: &str = "etlctl:beside";
/// Tag that says when the instance of a resource expires: the time, and behind a blank what the file asked
/// for when it was set.
pub const EXPIRES_TAG: &str = "etlctl:expires";
/// The tags of etlctl's own that a resource loses that is released.
pub const OWN_TAGS: [&str; 12] = [
    EXPIRES_TAG,
    STACK_TAG,
    ENV_TAG,
    INSTANCE_TAG,
    REGION_TAG,
    PROTECT_TAG,
    ON_REMOVE_TAG,
    ARTIFACT_TAG,
    PUBLISH_TAG,
    SUBSCRIBED_TAG,
    PASSWORDS_TAG,
    BESIDE_TAG,
];

/// How far the names of a kind reach: within it, a name is there once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One region of an account.
    Region,
    /// The account, in all its regions: IAM.
    Account,
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Name of the stack.
    pub stack: String,
    /// Name of the environment; a mark of etlctl's own has one.
    pub env: Option<String>,
    /// Name of the instance; none in a mark of version 0.1.
    pub instance: Option<String>,
    /// Region, in the marks of what reaches over the account.
    pub region: Option<String>,
}

impl Mark {
    /// Reads the mark from tags, none where they name no stack.
    pub fn of(tags: &BTreeMap<String, String>) -> Option<Self> {
        let tag = |key: &str| tags.get(key).cloned();
        Some(Self { stack: tag(STACK_TAG)?, env: tag(ENV_TAG), instance: tag(INSTANCE_TAG), region: tag(REGION_TAG) })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, env, instance, region } = self;
        write!(f, "{stack}/{}", env.as_deref().unwrap_or("?"))?;
        if let Some(instance) = instance {
            write!(f, "/{instance}")?;
        }
        if let Some(region) = region {
            write!(f, " in {region}")?;
        }
        Ok(())
    }
}

/// Whose a live resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// It carries this instance's mark.
    Ours,
    /// It carries this instance's mark as version 0.1 wrote it, without instance or region. An apply
    /// completes it.
    Incomplete,
    /// It carries another mark.
    Foreign(Mark),
    /// It carries no mark.
    Unmarked,
}

impl Owner {
    /// Whose a resource with these tags is. All parts of a mark have to be equal; one of version 0.1,
    /// which names no instance, counts as the default instance, which is the environment's name.
    pub fn of(scope: &Scope, reach: Reach, tags: &BTreeMap<String, String>) -> Self {
        Mark::of(tags).map_or(Self::Unmarked, |mark| Self::by(scope, reach, mark))
    }

    /// Whose a resource with this mark is.
    pub fn by(scope: &Scope, reach: Reach, mark: Mark) -> Self {
        let instance = mark.instance.as_ref().or(mark.env.as_ref());
        let in_region = match reach {
            Reach::Region => true,
            Reach::Account => mark.region.as_ref().is_none_or(|region| *region == scope.region),
        };
        if mark.stack != scope.stack || mark.env.as_ref() != Some(&scope.env) || instance != Some(&scope.instance) || !in_region {
            return Self::Foreign(mark);
        }
        let complete = mark.instance.is_some() && (reach == Reach::Region || mark.region.is_some());
        if complete { Self::Ours } else { Self::Incomplete }
    }

    /// Whether it is this instance's, by a whole mark or one of version 0.1.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Ours | Self::Incomplete)
    }

    /// Whether a mark of version 0.1 gives it to the default instance of this stack and environment,
    /// and this is another: `--adopt` takes it over.
    pub fn is_default_instances(&self, scope: &Scope) -> bool {
        matches!(self, Self::Foreign(Mark { stack, env: Some(env), instance: None, region: None })
            if *stack == scope.stack && *env == scope.env)
    }
}

/// What is to become of a resource that leaves the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnRemove {
    /// It is deleted.
    #[default]
    Delete,
    /// It loses its mark and stays.
    Retain,
}

/// What tags say that etlctl must not do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Guard {
    /// Whether it is neither deleted nor replaced.
    pub protect: bool,
    /// What becomes of it when it leaves the files.
    pub on_remove: OnRemove,
}

impl Guard {
    /// Reads the guard from tags. Whatever a protecting tag says but `false` protects: somebody meant it to.
    pub fn of<'a>(tag: impl Fn(&str) -> Option<&'a str>) -> Self {
        let protect = tag(PROTECT_TAG).is_some_and(|value| value != "false");
        let on_remove = if tag(ON_REMOVE_TAG).is_some_and(|value| value != "delete") { OnRemove::Retain } else { OnRemove::Delete };
        Self { protect, on_remove }
    }

    /// This guard, and what another one asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let on_remove = if self.on_remove == OnRemove::Delete { other.on_remove } else { self.on_remove };
        Self { protect: self.protect || other.protect, on_remove }
    }

    /// The tags that say it; none for what is the default.
    pub fn tags(self) -> BTreeMap<String, String> {
        let Self { protect, on_remove } = self;
        let protect = protect.then(|| (PROTECT_TAG.to_owned(), "true".to_owned()));
        let retain = (on_remove == OnRemove::Retain).then(|| (ON_REMOVE_TAG.to_owned(), "retain".to_owned()));
        protect.into_iter().chain(retain).collect()
    }
}

/// Tags that are the user's to see and to change: without the mark, the record of the code, and what
/// AWS itself sets (`aws:` is reserved). The guards and the expiry stay: they are written in the files like
/// any field.
pub fn user_tags(tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_shown = |key: &str| {
        [PROTECT_TAG, ON_REMOVE_TAG, EXPIRES_TAG].contains(&key) || !(key.starts_with(OWN_TAG_PREFIX) || key.starts_with("aws:"))
    };
    tags.into_iter().filter(|(key, _)| is_shown(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(instance: &str, region: &str) -> Scope {
        Scope {
            partition: "aws".into(),
            account: "1".into(),
            region: region.into(),
            stack: "s".into(),
            env: "dev".into(),
            instance: instance.into(),
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn owner(scope: &Scope, reach: Reach, pairs: &[(&str, &str)]) -> Owner {
        Owner::of(scope, reach, &tags(pairs))
    }

    #[test]
    fn every_part_of_a_mark_counts() {
        let here = scope("pr1", "eu-west-1");
        let whole = [(STACK_TAG, "s"), (ENV_TAG, "dev"), (INSTANCE_TAG, "pr1"), (REGION_TAG, "eu-west-1")];
        assert_eq!(owner(&here, Reach::Account, &whole), Owner::Ours);
        assert_eq!(owner(&here, Reach::Region, &whole), Owner::Ours);
        for (at, other) in [(0, "s2"), (1, "prod"), (2, "pr2"), (3, "us-east-1")] {
            let mut changed = whole;
            changed[at].1 = other;
            assert!(matches!(owner(&here, Reach::Account, &changed), Owner::Foreign(_)), "{other}");
        }
        assert_eq!(owner(&here, Reach::Region, &[]), Owner::Unmarked);
        assert!(matches!(owner(&here, Reach::Region, &[(STACK_TAG, "s")]), Owner::Foreign(_)), "a stack without environment is nobody's");
    }

    #[test]
    fn a_mark_of_version_0_1_is_the_default_instances() {
        let old = [(STACK_TAG, "s"), (ENV_TAG, "dev")];
        assert_eq!(owner(&scope("dev", "r"), Reach::Region, &old), Owner::Incomplete);
        assert_eq!(owner(&scope("dev", "r"), Reach::Account, &old), Owner::Incomplete);
        let elsewhere = scope("pr1", "r");
        let found = owner(&elsewhere, Reach::Region, &old);
        assert!(matches!(found, Owner::Foreign(_)) && found.is_default_instances(&elsewhere));
        let of_another = owner(&elsewhere, Reach::Region, &[(STACK_TAG, "s"), (ENV_TAG, "prod")]);
        assert!(!of_another.is_default_instances(&elsewhere));
    }

    #[test]
    fn a_guard_survives_its_tags_and_whatever_protects_protects() {
        for guard in [Guard::default(), Guard { protect: true, on_remove: OnRemove::Retain }] {
            let tags = guard.tags();
            assert_eq!(Guard::of(|key| tags.get(key).map(String::as_str)), guard);
        }
        assert!(Guard::of(|key| (key == PROTECT_TAG).then_some("yes please")).protect);
        assert!(!Guard::of(|key| (key == PROTECT_TAG).then_some("false")).protect);
    }
}
