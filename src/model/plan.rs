//! What a plan is: steps, and what they were made from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::handover::{Early, Start};
use super::secret::Secrets;
use super::{Artifact, Attributes, Change, Desired, Fingerprint, Mark, Node, Owner, Reach, ResourceId, Scope, Seen, Unread};

/// What a kind contributes to planning. All of it is pure.
pub trait Rules {
    /// Section of the stack file, `functions` for one.
    fn section(&self) -> &'static str;
    /// Paths whose values are documents.
    fn documents(&self) -> &'static [&'static str];
    /// Fields whose ARN stands for an identity that another resource of the same ARN does not have.
    fn identities(&self) -> &'static [&'static str];
    /// Fields that may name what is not there yet.
    fn loose(&self) -> &'static [&'static str];
    /// Section and name of what a resource cannot be without, where its own name tells that.
    fn within<'a>(&self, name: &'a str) -> Option<(&'static str, &'a str)>;
    /// Fields that AWS cannot change in place.
    fn immutable(&self) -> &'static [&'static str];
    /// Fields that a resource is made with or without, for good.
    fn born_with(&self) -> &'static [&'static str];
    /// Whether a resource without any mark is taken over without being asked for.
    fn adopts_unmarked(&self) -> bool;
    /// Paths whose values nobody may see, as a live resource says of itself.
    ///
    /// # Errors
    /// The spec is none of this kind.
    fn sensitive(&self, spec: &Value) -> Result<BTreeSet<String>, NotNormal>;
    /// What is live as the desired side means it, where that is another one of several than the read shows.
    ///
    /// # Errors
    /// A side is no spec of this kind.
    fn chosen(&self, scope: &Scope, want: &Value, seen: &Seen) -> Result<Option<Seen>, NotNormal>;
    /// Brings the two sides of one resource to the form in which they compare, where fields that only
    /// one side can know are copied over, and says where they differ.
    ///
    /// # Errors
    /// A side is no spec of this kind.
    fn compare(&self, want: &Value, have: &Seen, artifact: Option<&Artifact>) -> Result<Comparison, NotNormal>;
    /// Fields whose parts each start the resource.
    fn started_by(&self) -> &'static [&'static str];
    /// Fields that say who is let in.
    fn lets_in(&self) -> &'static [&'static str];
    /// What starts the resource, or what it starts others by, where that can move to another one.
    ///
    /// # Errors
    /// The spec is none of this kind.
    fn starts(&self, spec: &Value) -> Result<Vec<Start>, NotNormal>;
    /// Attributes that these changes will give a new value.
    fn unsettled(&self, changes: &[Change]) -> &'static [&'static str];
    /// Attributes that follow from scope, name and spec alone.
    ///
    /// # Errors
    /// The spec is none of this kind.
    fn computed(&self, scope: &Scope, name: &str, spec: &Value) -> Result<Attributes, NotNormal>;
}

/// What comparing came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The desired side in the form in which it compares.
    pub want: Value,
    /// Where the live side differs from it.
    pub changes: Vec<Change>,
    /// What is not wanted and AWS cannot remove now, and why.
    pub left: Vec<String>,
    /// What AWS would refuse of the way from one side to the other.
    pub impossible: Option<Impossible>,
    /// Kind and names of what becomes ours with it.
    pub along: Option<(&'static str, Vec<String>)>,
}

/// A change that AWS refuses now, so that no plan may ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// What is asked for, and why it cannot be.
    pub what: String,
    /// The way that there is.
    pub fix: String,
}

/// A spec that its own kind cannot read. Files and AWS's answers cannot lead to one: it is a defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} is not in normal form: {reason}")]
pub struct NotNormal {
    /// The kind.
    pub kind: &'static str,
    /// Where, and why.
    pub reason: String,
}

impl NotNormal {
    /// What to do about it.
    pub fn hint(&self) -> String {
        "this is a defect of etlctl: report it with the stack file and the version".to_owned()
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Not there yet.
    Create,
    /// There, some fields differ.
    Update,
    /// There, a field differs that AWS cannot change in place: deleted, then created.
    Replace,
    /// There, ours and no longer in the files.
    Delete,
    /// There, ours, no longer in the files, and to be left: it loses its mark.
    Release,
    /// There without our mark: marked, and brought to the desired state.
    Adopt,
    /// There as desired.
    Keep,
}

/// One resource of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// Fields that change. For a create all that is set, for a delete none.
    pub changes: Vec<Change>,
    /// Steps of this plan that come first.
    pub needs: BTreeSet<ResourceId>,
    /// Of the two sides that the step was planned on, with what `changes` leaves out.
    pub fingerprint: Fingerprint,
}

/// What apply will do, and all that it will do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where.
    pub scope: Scope,
    /// One step a resource, in address order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether anything would be written.
    pub fn has_changes(&self) -> bool {
        self.steps.iter().any(|step| step.action != Action::Keep)
    }

    /// Number of steps with this action.
    pub fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|step| step.action == action).count()
    }
}

/// What the user asked of the plan.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Take over resources that carry no mark.
    pub adopt: bool,
    /// Leave alone what is ours and no longer in the files.
    pub keep_orphans: bool,
    /// Only these and what they need; of a destroy, these and what needs them. Empty means all.
    pub targets: BTreeSet<ResourceId>,
    /// Take the marks off the targets, and do nothing else.
    pub ejects: bool,
    /// Look at every part of everything, also where neither files nor marks say that it is there.
    pub deep: bool,
    /// Refuse nothing: what stands in the way of a resource is told beside the plan, for who carries out
    /// only the rest.
    pub tells: bool,
}

/// A live resource that stands where a desired one would, and is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// Why it is not ours.
    pub obstacle: Obstacle,
}

/// The word of the files that keeps a resource from etlctl.
pub const PROTECT: &str = "protect";
/// The field of a spec that says that AWS itself deletes it for nobody.
pub const DELETION_PROTECTION: &str = "deletion_protection";

/// A resource that is protected, and that the plan would delete or replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// What the plan would do.
    pub action: Action,
    /// Whether the files name it; else only what is live protects it.
    pub in_files: bool,
    /// By which field.
    pub by: &'static str,
}

/// A resource that would be compared, and of which AWS could not tell a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// The part.
    pub part: Unread,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Resources are in the way that are not ours.
    Conflicts(Vec<Conflict>),
    /// Protected resources would go.
    Protected(Vec<Protected>),
    /// Parts of resources cannot be compared.
    Unreadable(Vec<Unreadable>),
    /// AWS would refuse changes.
    Impossible(Vec<(ResourceId, Impossible)>),
    /// A resource cannot be compared.
    NotNormal(ResourceId, NotNormal),
}

/// Why a resource that is in the way is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// It carries no mark.
    Unmarked,
    /// It carries another stack's mark, or another environment's.
    OtherStack(Mark),
    /// It carries the mark of another instance of this stack and environment.
    OtherInstance(Mark),
    /// This very instance holds it in another region: the name is one in all regions of an account.
    OtherRegion(String),
    /// A mark of version 0.1, without instance, gives it to the default instance: `--adopt` takes it over.
    DefaultInstance(Mark),
    /// It carries a part of this instance's mark, and nobody's whole one: somebody took a tag off.
    PartOfMark(Mark),
}

impl Obstacle {
    /// Why this scope does not own what has this owner, none where it does.
    pub fn of(scope: &Scope, owner: &Owner) -> Option<Self> {
        let mark = match owner {
            Owner::Ours | Owner::Incomplete => return None,
            Owner::Unmarked => return Some(Self::Unmarked),
            Owner::Foreign(mark) => mark.clone(),
        };
        if owner.is_default_instances(scope) {
            return Some(Self::DefaultInstance(mark));
        }
        let is_missing_or = |part: &Option<String>, ours: &str| part.as_ref().is_none_or(|part| part == ours);
        let is_part = mark.env.is_none() && is_missing_or(&mark.instance, &scope.instance) && is_missing_or(&mark.region, &scope.region);
        if mark.stack == scope.stack && is_part {
            return Some(Self::PartOfMark(mark));
        }
        if mark.stack != scope.stack || mark.env.as_ref() != Some(&scope.env) {
            return Some(Self::OtherStack(mark));
        }
        let instance = mark.instance.as_ref().or(mark.env.as_ref());
        match mark.region.clone().filter(|region| *region != scope.region) {
            Some(region) if instance == Some(&scope.instance) => Some(Self::OtherRegion(region)),
            _ => Some(Self::OtherInstance(mark)),
        }
    }

    /// Whether it is what comes from this stack, of the same environment and instance.
    pub(super) fn comes_from(&self, scope: &Scope, stack: &str) -> bool {
        let Self::OtherStack(mark) = self else { return false };
        let as_ours = Mark { stack: scope.stack.clone(), ..mark.clone() };
        mark.stack == stack && Owner::by(scope, Reach::Account, as_ours).is_ours()
    }

    /// What leads out of it.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Unmarked | Self::DefaultInstance(_) => {
                "nothing was changed; run it again with --adopt to take them over, or give them other names"
            }
            Self::PartOfMark(_) => {
                "nothing was changed; run it again with --adopt, which makes the mark whole, or put the tag etlctl:env back"
            }
            Self::OtherStack(_) => {
                "nothing was changed; give them other names, or remove them from the stack that owns them; --adopt takes over only what carries \
             no mark, or one of version 0.1 of this stack and environment"
            }
            Self::OtherInstance(_) => {
                "nothing was changed; let the names hold ${instance}, so that each instance has its own, or destroy the other instance first"
            }
            Self::OtherRegion(_) => {
                "nothing was changed; names of roles and buckets are one in all regions of an account: let them hold ${aws.region} (under `name`, \
             or for all roles with `naming: { roles: … }`)"
            }
        }
    }

    /// Whether `--adopt` takes it over.
    pub fn is_adoptable(&self) -> bool {
        matches!(self, Self::Unmarked | Self::DefaultInstance(_) | Self::PartOfMark(_))
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmarked => f.write_str("carries no mark"),
            Self::OtherStack(mark) => write!(f, "belongs to {mark}"),
            Self::OtherInstance(mark) => write!(f, "belongs to another instance, {mark}"),
            Self::OtherRegion(region) => write!(f, "is held by this stack in {region}"),
            Self::PartOfMark(mark) => write!(f, "carries a part of this stack's mark, {mark}, without etlctl:env"),
            Self::DefaultInstance(mark) => {
                write!(f, "is marked by version 0.1 as {mark}, which counts as the instance of the environment's name")
            }
        }
    }
}

/// Everything that the planner needs beside desired and live.
pub struct Context<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Rules of a kind by its name.
    pub rules: &'a dyn Fn(&str) -> Option<&'a dyn Rules>,
    /// Choices of the user.
    pub options: &'a Options,
    /// What the files ask for, also where nothing is desired: its edges say what goes with a target.
    pub files: &'a Desired,
}

/// A step's two sides, kept beside the plan for apply.
#[derive(Debug, Clone)]
pub struct Sides {
    /// Desired side; none for a delete.
    pub want: Option<Node>,
    /// Live side; none for a create.
    pub have: Option<Seen>,
}

/// A plan with the two sides of each of its steps.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Sides by address.
    pub sides: BTreeMap<ResourceId, Sides>,
    /// Attributes that are known before apply, by address.
    pub known: BTreeMap<ResourceId, Attributes>,
    /// What is not wanted and AWS cannot remove now, and why.
    pub left: Vec<(ResourceId, String)>,
    /// Who gives up a trigger before it is taken, and by whom it is: no order would do.
    pub early: Early,
    /// What stands in the way of a step; empty but where the options say that it is told.
    pub in_the_way: BTreeMap<ResourceId, InTheWay>,
    /// Secrets that what is live holds where no file knows them: see [`of_live_keys`](super::secret::of_live_keys).
    pub learned: Secrets,
}

/// Why a step of a plan is not to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InTheWay {
    /// The resource is not ours.
    NotOurs(Obstacle),
    /// It is protected, and the step would do this to it.
    Protected {
        /// What.
        action: Action,
        /// The field that protects it.
        by: &'static str,
    },
    /// AWS could not tell a part of it.
    Unread(Unread),
    /// AWS would refuse the step.
    Impossible(Impossible),
}
