//! What stands in an account and region, as marks tell of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::mark::Guard;
use super::{Mark, ResourceId, Scope};

/// A stack, an environment and an instance: what is planned, applied and destroyed together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    /// Name of the stack.
    pub stack: String,
    /// Name of the environment.
    pub env: String,
    /// Its own name.
    pub instance: String,
}

impl Instance {
    /// The one that a mark names. A stack without environment is nobody's; a mark of version 0.1, which
    /// names no instance, is the default instance's.
    pub fn of(mark: &Mark) -> Option<Self> {
        let env = mark.env.clone()?;
        let instance = mark.instance.clone().unwrap_or_else(|| env.clone());
        Some(Self { stack: mark.stack.clone(), env, instance })
    }

    /// The one of a scope.
    pub fn in_scope(scope: &Scope) -> Self {
        Self { stack: scope.stack.clone(), env: scope.env.clone(), instance: scope.instance.clone() }
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, env, instance } = self;
        write!(f, "{stack}/{env}/{instance}")
    }
}

/// What is asked for, where it is not all.
#[derive(Debug, Clone, Copy)]
pub struct Narrowed<'a> {
    /// Names of stacks; all where there are none.
    pub stacks: &'a [String],
    /// Name of the environment; all where there is none.
    pub env: Option<&'a str>,
}

impl Narrowed<'_> {
    /// Whether an instance is asked for.
    pub fn holds(&self, instance: &Instance) -> bool {
        self.holds_stack(&instance.stack) && self.env.is_none_or(|env| env == instance.env)
    }

    /// Whether a stack is asked for, in whatever environment.
    fn holds_stack(&self, stack: &String) -> bool {
        self.stacks.is_empty() || self.stacks.contains(stack)
    }

    /// Whether all are.
    pub fn is_all(&self) -> bool {
        self.stacks.is_empty() && self.env.is_none()
    }
}

/// A marked resource, as a search found it.
#[derive(Debug, Clone)]
pub struct Marked {
    /// Its kind and physical name.
    pub id: ResourceId,
    /// Whose it is.
    pub mark: Mark,
    /// What its tags forbid.
    pub guard: Guard,
    /// What its tag says of its expiry; none where it has no such tag.
    pub expires: Option<String>,
    /// Whether its kind takes tags.
    pub takes_tags: bool,
    /// When it was made or changed last, in milliseconds since 1970, where the search told.
    pub changed: Option<i64>,
}

/// What stands of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// All of it, by kind and physical name.
    pub resources: BTreeSet<ResourceId>,
    /// Those that are neither deleted nor replaced.
    pub protected: BTreeSet<ResourceId>,
    /// The newest change that AWS told, in milliseconds since 1970.
    pub changed: Option<i64>,
    /// What tags say of the expiry.
    pub expires: BTreeSet<String>,
    /// What could carry such a tag, and does not.
    pub lasting: BTreeSet<ResourceId>,
}

impl Standing {
    /// Number of resources by kind.
    pub fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        self.resources.iter().for_each(|id| *kinds.entry(id.kind.as_str()).or_default() += 1);
        kinds
    }
}

/// Kinds that could not be searched, by what AWS says.
pub type Unsearched = BTreeMap<String, BTreeSet<String>>;

/// All that stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By whose it is.
    pub instances: BTreeMap<Instance, Standing>,
    /// Instances of other regions, of which what reaches over the account told.
    pub elsewhere: BTreeMap<String, BTreeSet<Instance>>,
    /// What carries the name of a stack and none of an environment, with that name.
    pub nobodys: BTreeMap<ResourceId, String>,
    /// What could not be searched.
    pub unread: Unsearched,
}

impl Inventory {
    /// Sorts by owner what was found in a region.
    pub fn of(region: &str, found: impl IntoIterator<Item = Marked>) -> Self {
        let mut all = Self::default();
        for Marked { id, mark, guard, expires, takes_tags, changed } in found {
            let Some(instance) = Instance::of(&mark) else {
                all.nobodys.insert(id, mark.stack);
                continue;
            };
            if let Some(other) = mark.region.filter(|other| other != region) {
                all.elsewhere.entry(other).or_default().insert(instance);
                continue;
            }
            let standing = all.instances.entry(instance).or_default();
            if guard.protect {
                standing.protected.insert(id.clone());
            }
            if expires.is_none() && takes_tags {
                standing.lasting.insert(id.clone());
            }
            standing.expires.extend(expires);
            standing.resources.insert(id);
            standing.changed = standing.changed.max(changed);
        }
        all
    }

    /// Keeps what is meant. What names no environment may be of any.
    pub fn narrow(&mut self, meant: &Narrowed<'_>) {
        self.instances.retain(|instance, _| meant.holds(instance));
        self.elsewhere.values_mut().for_each(|instances| instances.retain(|instance| meant.holds(instance)));
        self.elsewhere.retain(|_, instances| !instances.is_empty());
        self.nobodys.retain(|_, stack| meant.holds_stack(stack));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(name: &str, mark: [Option<&str>; 4], changed: Option<i64>) -> Marked {
        let [stack, env, instance, region] = mark.map(|part| part.map(str::to_owned));
        let mark = Mark { stack: stack.unwrap_or_default(), env, instance, region };
        Marked {
            id: ResourceId::new("role", name),
            mark,
            guard: Guard { protect: name == "kept", ..Guard::default() },
            expires: (name == "b").then(|| "soon".to_owned()),
            takes_tags: name != "c",
            changed,
        }
    }

    #[test]
    fn resources_are_sorted_by_their_whole_mark() {
        let here = |name: &str, changed| marked(name, [Some("s"), Some("dev"), Some("pr1"), Some("r")], changed);
        let found = [
            here("kept", Some(2)),
            here("b", Some(7)),
            here("c", None),
            marked("old", [Some("s"), Some("dev"), None, None], None),
            marked("there", [Some("s"), Some("dev"), Some("pr1"), Some("r2")], Some(99)),
            marked("stray", [Some("s"), None, None, None], None),
        ];
        let all = Inventory::of("r", found);
        let instance = |name: &str| Instance { stack: "s".into(), env: "dev".into(), instance: name.into() };
        let standing = &all.instances[&instance("pr1")];
        assert_eq!((standing.kinds(), standing.changed), ([("role", 3)].into(), Some(7)));
        assert_eq!(standing.protected, [ResourceId::new("role", "kept")].into());
        assert_eq!((&standing.expires, &standing.lasting), (&["soon".to_owned()].into(), &[ResourceId::new("role", "kept")].into()));
        assert!(all.instances.contains_key(&instance("dev")), "a mark of version 0.1 is the default instance's");
        assert_eq!(all.elsewhere, [("r2".to_owned(), [instance("pr1")].into())].into());
        assert_eq!(all.nobodys, [(ResourceId::new("role", "stray"), "s".to_owned())].into());
        let narrowed = |stack: &str, env: Option<&str>| {
            let mut all = all.clone();
            all.narrow(&Narrowed { stacks: &[stack.to_owned()], env });
            (all.instances.len(), all.elsewhere.len(), all.nobodys.len())
        };
        assert_eq!(narrowed("s", Some("dev")), (2, 1, 1));
        assert_eq!((narrowed("s", Some("live")), narrowed("other", None)), ((0, 0, 1), (0, 0, 0)));
    }
}
