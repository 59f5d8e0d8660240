//! The trait of a resource kind.

use std::collections::BTreeSet;
use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cost::{Costs, Metric, Traffic};
use super::elsewhere::{ArnForm, Elsewhere};
use super::health::{Checked, FailsTo, Gauge, Patient};
use super::tags::TagEdit;
use super::written::Row;
use super::{Claim, Code, Expand, Grants, KindError, NameForm, Needs, Nest, ReadCx, Rule, TagForm, Users, Watched, WriteCx, Writing};
use crate::aws::{AwsError, Op};
use crate::model::handover::Start;
use crate::model::plan::Impossible;
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Change, Node, Owner, Reach, Scope, Times, Unread};
use crate::source::times::Timing;

/// Keys of a kind's resources that do not merge with their defaults as others do.
#[derive(Debug, Clone, Copy)]
pub struct Apart {
    /// See [`Kind::WHOLE`].
    pub whole: &'static [&'static str],
    /// See [`Kind::EXCLUSIVE`].
    pub exclusive: &'static [&'static str],
    /// See [`Kind::BARS`].
    pub bars: &'static [(&'static str, &'static [&'static str])],
}

impl Apart {
    /// Of mappings within a resource, whose keys are names of their own.
    pub const NONE: Self = Self { whole: &[], exclusive: &[], bars: &[] };
}

/// One kind of resource: the list of its faces.
pub trait Kind: Sized + Send + Sync + 'static {
    /// Name in addresses, `function` for one.
    const NAME: &'static str;
    /// Section of the stack file, `functions` for one.
    const SECTION: &'static str;
    /// What the section holds, for the schema.
    const ABOUT: &'static str;
    /// The operations of AWS that it uses.
    const API: &'static [&'static Op];
    /// What AWS refuses of one resource of this kind alone.
    const RULES: &'static [&'static [Rule]] = &[];
    /// What AWS takes as its physical name.
    const NAMES: NameForm = NameForm::PLAIN;
    /// Which tags it takes; none where it takes no tags.
    const TAGS: Option<TagForm> = Some(TagForm::PLAIN);
    /// Attributes that a reference can name.
    const ATTRIBUTES: &'static [&'static str];
    /// Paths of the spec whose values are documents.
    const DOCUMENTS: &'static [&'static str] = &[];
    /// Fields that may name what is not there yet: policies above all, and what an alarm measures. They
    /// order nothing but where they name a principal, or what AWS alone knows of it.
    const LOOSE: &'static [&'static str] = &[];
    /// Fields whose parts each start it: see [`Kind::starts`].
    const STARTED_BY: &'static [&'static str] = &[];
    /// Fields that say who is let in. What is shut out goes before.
    const LETS_IN: &'static [&'static str] = &[];
    /// Fields that AWS cannot change in place.
    const IMMUTABLE: &'static [&'static str] = &[];
    /// Fields that a resource is made with or without, for good: what stands in them may change.
    const BORN_WITH: &'static [&'static str] = &[];
    /// Keys of the file whose mapping is one value, never merged with the default's.
    const WHOLE: &'static [&'static str] = &[];
    /// Keys of which a resource has one: naming one leaves out the default of the others.
    const EXCLUSIVE: &'static [&'static str] = &[];
    /// Keys with those beside which they mean nothing: naming one leaves out the default of these.
    const BARS: &'static [(&'static str, &'static [&'static str])] = &[];
    /// Keys of the file whose values may name stored values.
    const STORED: &'static [&'static str] = &[];
    /// How fields are written of which the file says another than the spec.
    const WRITTEN: &'static [Row] = &[];
    /// Fields whose ARN stands for more than it says: what was deleted and made again under the same ARN
    /// is another one to AWS, and has to be set again.
    const IDENTITIES: &'static [&'static str] = &[];
    /// Fields whose ARNs AWS takes only where what they name is there.
    const STANDS_ON: &'static [&'static str] = &[];
    /// Whether a resource without any mark is taken over without being asked for.
    const ADOPTS_UNMARKED: bool = false;
    /// Whether policies name it as who may act: AWS then wants it to be there first.
    const IS_PRINCIPAL: bool = false;
    /// Whether a write publishes a version, which stays as it is whatever others publish.
    const PUBLISHES: bool = false;
    /// Of a kind that AWS writes only while it is what was read, so that who is overtaken is refused: the
    /// fields that are written whatever it is.
    const BESIDE_GUARD: Option<&'static [&'static str]> = None;
    /// Whether a delete waits until a read finds nothing any more, so that nobody has to look again.
    const GONE_ONCE_DELETED: bool = false;
    /// Why its marks can be neither taken off nor rewritten; none where they can.
    const KEEPS_MARK: Option<&'static str> = None;
    /// How one that somebody else put among ours gets out again, where its own mark cannot be taken off.
    const STRAYS: Option<&'static str> = None;
    /// Operations of a survey beside those that finding one stack's marks takes.
    const SURVEY: &'static [&'static Op] = &[];
    /// Metrics that tell its traffic.
    const METRICS: &'static [Metric] = &[];
    /// Metrics that tell how it does.
    const GAUGES: &'static [Gauge] = &[];
    /// How far names of this kind reach.
    const REACH: Reach = Reach::Region;
    /// What its ARNs look like, where they name one.
    const ARN: Option<ArnForm> = None;
    /// What other tools call it.
    const ELSEWHERE: Elsewhere = Elsewhere::NOWHERE;
    /// Whether an import takes it only where it is asked for, and not because something else names it.
    const STANDS_ALONE: bool = false;
    /// Whether what stands alone and is named in its fields is started by it, and waits without it.
    const FEEDS: bool = false;

    /// What a user writes.
    type File: DeserializeOwned + JsonSchema;
    /// The normal form of both sides: AWS's defaults filled in, sets sorted, documents parsed. Nothing
    /// in it is made by AWS.
    type Spec: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// What AWS alone knows: ARN, URL, revision, versions, ids of parts. Never compared.
    type Live: Serialize + DeserializeOwned + Clone + Send + Sync;

    /// Adds the resource that the file asks for under `key`, and what it brings along.
    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File);

    /// The way back of [`Kind::expand`], as far as no row of [`Kind::WRITTEN`] can say it: what is written
    /// or told here is taken out of the spec, unless it may stand in the file twice.
    fn restated(_file: &mut Writing<'_>, _spec: &mut Self::Spec) {}

    /// The physical name of what another tool calls so, within a bus or a group.
    fn physical(name: &str, _within: Option<&str>) -> String {
        name.to_owned()
    }

    /// What a file calls a resource of this physical name.
    fn name_in_file(name: &str) -> &str {
        name
    }

    /// Brings a live spec to the one that asks for nothing else.
    fn kept(_spec: &mut Self::Spec, _live: &Self::Live) {}

    /// Takes in what a file writes within it, of what would stand beside it.
    fn nest(_nest: &mut Nest<'_>) {}

    /// Why no stack can have it; none where one can. Its ARN may not be known.
    fn is_nobodys(_name: &str, _arn: &str) -> Option<&'static str> {
        None
    }

    /// Sections and names of what belongs to it and is named by no ARN.
    fn uses(_spec: &Self::Spec) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Section and name of what it cannot be without, where its own name tells that.
    fn within(_name: &str) -> Option<(&'static str, &str)> {
        None
    }

    /// What references can name: of a resource that is not there yet, what follows from scope, name and
    /// spec alone.
    fn attributes(scope: &Scope, name: &str, spec: &Self::Spec, live: Option<&Self::Live>) -> Attributes;

    /// Has its policy hold a statement that another resource of the file needs. Asked of kinds that others
    /// bring statements to.
    fn admit(_spec: &mut Self::Spec, _statement: Value) {}

    /// How many tags of etlctl's own a resource of this spec may have beside its mark: they count among those that AWS
    /// takes.
    fn records(_spec: &Self::Spec) -> usize {
        0
    }

    /// Why a resource of this spec has no such attribute, none where it has it.
    fn lacks(_spec: &Self::Spec, _attribute: &str) -> Option<&'static str> {
        None
    }

    /// A spec of which the file says nothing that may be left out: AWS's defaults, and etlctl's own. What
    /// stands in maps is there by its keys; what has no default is empty.
    fn plain(scope: &Scope, name: &str, want: &Self::Spec) -> Self::Spec;

    /// What starts it, or what it starts others by, where that can move to another resource: who takes it
    /// does so before the other one gives it up.
    fn starts(_spec: &Self::Spec) -> Vec<Start> {
        Vec::new()
    }

    /// Paths whose values nobody may see, as a live resource says of itself.
    fn sensitive(_spec: &Self::Spec) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Brings a spec, desired or live, to the form in which AWS keeps it. Twice is like once.
    fn normal(_spec: &mut Self::Spec) {}

    /// When AWS took what counts for [`Kind::IDENTITIES`], on either end.
    fn times(_live: &Self::Live) -> Times {
        Times::default()
    }

    /// Of several that are live, takes the one that is wanted, where it is not the one that was found.
    /// Returns whether there is one. Asked of kinds that publish.
    fn choose(_want: &Self::Spec, _found: &mut Found<Self>) -> bool {
        false
    }

    /// What is no longer wanted and AWS cannot remove now, each with why: it is told, and no change.
    fn left(_want: &Self::Spec, _have: &Self::Spec, _live: &Self::Live) -> Vec<String> {
        Vec::new()
    }

    /// Kind and physical names of what would become ours with it, since its mark is theirs, too.
    fn along(_live: &Self::Live) -> Option<(&'static str, Vec<String>)> {
        None
    }

    /// What AWS refuses now of the way from `have` to `want`, both in their normal form: then there is no plan.
    fn impossible(_want: &Self::Spec, _have: &Self::Spec) -> Option<Impossible> {
        None
    }

    /// Brings the two sides to the form in which they compare: what only one side can know.
    fn align(_want: &mut Self::Spec, _have: &mut Self::Spec, _live: &mut Self::Live, _artifact: Option<&Artifact>) {}

    /// Attributes that these changes will give a new value.
    fn unsettled(_changes: &[Change]) -> &'static [&'static str] {
        &[]
    }

    /// Whether what a write told is still there, though something newer may stand beside it. `shown` are
    /// the attributes of what is live.
    fn stands(_live: &Self::Live, shown: &Attributes, told: &Attributes) -> bool {
        told.iter().all(|(name, value)| shown.get(name) == Some(value))
    }

    /// Whether only the bytes of the code can tell whether it is the wanted one: nothing is on record.
    fn is_unrecorded(_live: &Self::Live) -> bool {
        false
    }

    /// What a digest of sources looks like in the spec's `code`.
    fn code(digest: &str) -> &str {
        digest
    }

    /// When it acts by the clock; none where it does not, or where that cannot be read.
    fn timing(_spec: &Self::Spec) -> Option<Timing> {
        None
    }

    /// What a month of it takes of what AWS charges for; what costs by traffic only where that is known.
    fn costs(_spec: &Self::Spec, _live: Option<&Self::Live>, _traffic: Option<&Traffic>) -> Costs {
        Costs::default()
    }

    /// The traffic where a change makes each call take more or less, if it computes all the time; none
    /// where it makes no difference.
    fn slowed(_have: &Self::Spec, _want: &Self::Spec, _traffic: &Traffic) -> Option<Traffic> {
        None
    }

    /// Allows what reading and writing these takes, and what finding marked ones takes where there is
    /// none.
    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Self::Spec)], grants: &mut Grants);

    /// Reads those of `names` that exist, all of them together.
    fn read(cx: &ReadCx, names: &[String]) -> impl Future<Output = Result<Vec<Found<Self>>, AwsError>> + Send;

    /// What carries a mark of this stack and environment, whichever instance's; in a survey, of anybody.
    fn owned(cx: &ReadCx) -> impl Future<Output = Result<Vec<Claim>, AwsError>> + Send;

    /// Creates the resource with its mark in the create call itself. Returns the attributes that AWS's
    /// answers told: what a write answered is known, also where a read does not show it yet.
    fn create(cx: &WriteCx, node: &Node, want: &Self::Spec) -> impl Future<Output = Result<Attributes, KindError>> + Send;

    /// Makes the writes that lead from `have`, aligned with `want`, to it, and no other. Where `have` is
    /// not ours yet, marks it. What AWS guards by a revision goes first, so that who is overtaken has
    /// written nothing. Returns what [`Kind::create`] does.
    fn update(
        cx: &WriteCx,
        node: &Node,
        have: &Found<Self>,
        want: &Self::Spec,
    ) -> impl Future<Output = Result<Attributes, KindError>> + Send;

    /// Sets and removes tags, and nothing else.
    fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> impl Future<Output = Result<(), KindError>> + Send;

    /// What would be lost with the resource. Asked only of what is about to go.
    fn holds(_cx: &ReadCx, _seen: &Found<Self>) -> impl Future<Output = Result<Vec<Holding>, AwsError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// What its gauges are asked for: the value of their dimension.
    fn gauged(_scope: &Scope, name: &str) -> String {
        name.to_owned()
    }

    /// Where it sends what failed.
    fn fails_to(_spec: &Self::Spec) -> Vec<FailsTo> {
        Vec::new()
    }

    /// How those that are asked after do, in their order; nothing at all of a kind of which there is nothing
    /// to tell.
    fn health(_cx: &ReadCx, _asked: &[Patient<'_>]) -> impl Future<Output = Vec<Checked>> + Send {
        std::future::ready(Vec::new())
    }

    /// Whether what an ARN of this kind names is there; none where it is not of this kind, or of another
    /// account or region.
    fn exists(_cx: &ReadCx, _arn: &str) -> impl Future<Output = Result<Option<bool>, AwsError>> + Send {
        std::future::ready(Ok(None))
    }

    /// The code that an ARN of this kind names; none where it has none.
    fn code_at(_cx: &ReadCx, _arn: &str) -> impl Future<Output = Result<Option<Code>, AwsError>> + Send {
        std::future::ready(Ok(None))
    }

    /// What an apply changes of it though a file says all of it that one can: what was put back on purpose, or
    /// is only half way to somewhere.
    fn moves(_cx: &ReadCx, _found: &Found<Self>) -> impl Future<Output = Result<Vec<String>, AwsError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Names of those that are about one of these, which does not name them.
    fn watching(_cx: &ReadCx, _of: &[Watched]) -> impl Future<Output = Result<Vec<String>, AwsError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Who of this kind uses one of these, which then is not only theirs that name it otherwise.
    fn users(_cx: &ReadCx, _of: &[Watched]) -> impl Future<Output = Result<Users, AwsError>> + Send {
        std::future::ready(Ok(Users::default()))
    }

    /// Of several live parts of which a file has one, keeps the one that is used: a name is, where
    /// `is_named` says so of an ARN. Returns what a file cannot have for that.
    fn meant(_found: &mut Found<Self>, _is_named: &dyn Fn(&str) -> bool) -> Vec<String> {
        Vec::new()
    }

    /// The version that an ARN names, as it would be read were it the only one; none where there is none.
    /// Asked of kinds that publish.
    fn version(_cx: &ReadCx, _name: &str, _arn: &str) -> impl Future<Output = Result<Option<Found<Self>>, AwsError>> + Send {
        std::future::ready(Ok(None))
    }

    /// Deletes the resource; one that is gone already is deleted.
    fn delete(cx: &WriteCx, have: &Found<Self>) -> impl Future<Output = Result<(), KindError>> + Send;
}

/// A live resource with its types.
#[derive(Debug, Clone)]
pub struct Found<K: Kind> {
    /// Physical name.
    pub name: String,
    /// Normal form.
    pub spec: K::Spec,
    /// What AWS made of it.
    pub live: K::Live,
    /// Whose it is.
    pub owner: Owner,
    /// What of it AWS could not tell. The spec holds nothing there, which is not what AWS holds.
    pub unread: Vec<Unread>,
}
