//! The view of a kind without its types, written once: specs travel as JSON values, and in these
//! every text is a template (`model::reference`). Kinds read and write plain text, so what a kind has
//! read becomes templates here, and what it is to write becomes text.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tags::TagEdit;
use super::{Claim, Grants, Kind, KindError, Needs, ReadCx, Resource, Resources, WriteCx};
use crate::aws::{AwsError, Op};
use crate::model::plan::{Comparison, NotNormal, Rules};
use crate::model::reference::{self, map_texts};
use crate::model::stake::Holding;
use crate::model::{Artifact, Change, Desired, Handle, Node, Reach, ResourceId, Scope, Seen, diff};

/// A kind as the planner and the scheduler see it.
pub trait Driver: Rules + Send + Sync {
    /// Name in addresses.
    fn name(&self) -> &'static str;
    /// The operations of AWS that it uses.
    fn api(&self) -> &'static [&'static Op];
    /// See [`Kind::REACH`].
    fn reach(&self) -> Reach;
    /// Attributes that a reference can name.
    fn attributes(&self) -> &'static [&'static str];
    /// See [`Kind::lacks`].
    fn lacks(&self, spec: &Value, attribute: &str) -> Option<&'static str>;
    /// All of its resources with their types, for [`super::View`].
    ///
    /// # Errors
    /// A node's spec is none of its kind.
    fn resources(&self, desired: &Desired) -> Result<Resources, (ResourceId, NotNormal)>;
    /// See [`Kind::needs`].
    ///
    /// # Errors
    /// A node's spec is none of its kind.
    fn needs(&self, cx: &Needs<'_>, grants: &mut Grants) -> Result<(), (ResourceId, NotNormal)>;
    /// See [`Kind::read`].
    fn read<'a>(&'a self, cx: &'a ReadCx, names: &'a [String]) -> BoxFuture<'a, Result<Vec<Seen>, AwsError>>;
    /// See [`Kind::owned`].
    fn owned<'a>(&'a self, cx: &'a ReadCx) -> BoxFuture<'a, Result<Vec<Claim>, AwsError>>;
    /// See [`Kind::create`].
    fn create<'a>(&'a self, cx: &'a WriteCx, node: &'a Node) -> BoxFuture<'a, Result<(), KindError>>;
    /// See [`Kind::update`].
    fn update<'a>(&'a self, cx: &'a WriteCx, node: &'a Node, have: &'a Seen, changes: &'a [Change])
    -> BoxFuture<'a, Result<(), KindError>>;
    /// See [`Kind::holds`].
    fn holds<'a>(&'a self, cx: &'a ReadCx, seen: &'a Seen) -> BoxFuture<'a, Result<Vec<Holding>, AwsError>>;
    /// Makes a mark of version 0.1 whole.
    fn complete_mark<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>>;
    /// Takes the mark off and leaves the resource.
    fn release<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>>;
    /// See [`Kind::delete`].
    fn delete<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>>;
}

/// A kind as a [`Driver`].
pub struct Erased<K>(PhantomData<K>);

impl<K> Erased<K> {
    /// The one that there is.
    pub const NEW: Self = Self(PhantomData);
}

impl<K: Kind> Rules for Erased<K> {
    fn section(&self) -> &'static str {
        K::SECTION
    }

    fn documents(&self) -> &'static [&'static str] {
        K::DOCUMENTS
    }

    fn internal(&self) -> &'static [&'static str] {
        K::INTERNAL
    }

    fn immutable(&self) -> &'static [&'static str] {
        K::IMMUTABLE
    }

    fn refers_to(&self) -> &'static [&'static str] {
        K::REFERS_TO
    }

    fn adopts_unmarked(&self) -> bool {
        K::ADOPTS_UNMARKED
    }

    fn sensitive(&self, spec: &Value) -> BTreeSet<String> {
        typed::<K>(spec).map(|spec| K::sensitive(&spec)).unwrap_or_default()
    }

    fn compare(&self, want: &Value, have: &Value, artifact: Option<&Artifact>) -> Result<Comparison, NotNormal> {
        let (mut want, mut have) = (typed::<K>(want)?, typed::<K>(have)?);
        K::align(&mut want, &mut have, artifact);
        let (want, have) = (plain(&want), plain(&have));
        let changes = diff(&have, &want, K::DOCUMENTS);
        Ok(Comparison { want, changes })
    }

    fn unsettled(&self, changes: &[Change]) -> &'static [&'static str] {
        K::unsettled(changes)
    }

    fn computed(&self, scope: &Scope, name: &str, spec: &Value) -> Handle {
        typed::<K>(spec).map(|spec| K::computed(scope, name, &spec)).unwrap_or_default()
    }
}

impl<K: Kind> Driver for Erased<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn api(&self) -> &'static [&'static Op] {
        K::API
    }

    fn reach(&self) -> Reach {
        K::REACH
    }

    fn attributes(&self) -> &'static [&'static str] {
        K::ATTRIBUTES
    }

    fn lacks(&self, spec: &Value, attribute: &str) -> Option<&'static str> {
        K::lacks(&typed::<K>(spec).ok()?, attribute)
    }

    fn resources(&self, desired: &Desired) -> Result<Resources, (ResourceId, NotNormal)> {
        let nodes = desired.nodes.values().filter(|node| node.id.kind == K::NAME);
        let resources = nodes.map(|node| {
            let spec = typed::<K>(&desired.resolved(node)).map_err(|error| (node.id.clone(), error))?;
            let Node { id, name, artifact, .. } = node;
            Ok(Resource::<K> { key: id.name.clone(), address: id.to_string(), name: name.clone(), spec, artifact: artifact.clone() })
        });
        Ok(Box::new(resources.collect::<Result<Vec<_>, _>>()?))
    }

    fn needs(&self, cx: &Needs<'_>, grants: &mut Grants) -> Result<(), (ResourceId, NotNormal)> {
        let mut nodes = Vec::new();
        for node in cx.desired.nodes.values().filter(|node| node.id.kind == K::NAME) {
            nodes.push((node, typed::<K>(&cx.desired.resolved(node)).map_err(|error| (node.id.clone(), error))?));
        }
        K::needs(cx, &nodes, grants);
        Ok(())
    }

    fn read<'a>(&'a self, cx: &'a ReadCx, names: &'a [String]) -> BoxFuture<'a, Result<Vec<Seen>, AwsError>> {
        Box::pin(async move {
            if names.is_empty() {
                return Ok(Vec::new());
            }
            let seen = K::read(cx, names).await?;
            Ok(seen
                .into_iter()
                .map(|seen| Seen {
                    spec: map_texts(plain(&seen.spec), &reference::template),
                    name: seen.name,
                    handle: seen.handle,
                    owner: seen.owner,
                    unread: seen.unread,
                })
                .collect())
        })
    }

    fn owned<'a>(&'a self, cx: &'a ReadCx) -> BoxFuture<'a, Result<Vec<Claim>, AwsError>> {
        Box::pin(K::owned(cx))
    }

    fn create<'a>(&'a self, cx: &'a WriteCx, node: &'a Node) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::create(cx, node, &typed::<K>(&texts(&node.spec))?).await })
    }

    fn update<'a>(
        &'a self,
        cx: &'a WriteCx,
        node: &'a Node,
        have: &'a Seen,
        changes: &'a [Change],
    ) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::update(cx, node, &typed_seen::<K>(have)?, &typed::<K>(&texts(&node.spec))?, changes).await })
    }

    fn holds<'a>(&'a self, cx: &'a ReadCx, seen: &'a Seen) -> BoxFuture<'a, Result<Vec<Holding>, AwsError>> {
        Box::pin(async move {
            match typed_seen::<K>(seen) {
                Ok(seen) => K::holds(cx, &seen).await,
                Err(error) => Ok(vec![Holding::Unreadable { why: error.to_string() }]),
            }
        })
    }

    fn complete_mark<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::retag(cx, &typed_seen::<K>(have)?, &TagEdit::mark(&cx.scope, K::REACH)).await })
    }

    fn release<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::retag(cx, &typed_seen::<K>(have)?, &TagEdit::release()).await })
    }

    fn delete<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::delete(cx, &typed_seen::<K>(have)?).await })
    }
}

fn typed<K: Kind>(spec: &Value) -> Result<K::Spec, NotNormal> {
    K::Spec::deserialize(spec).map_err(|error| NotNormal { kind: K::NAME, reason: error.to_string() })
}

fn typed_seen<K: Kind>(seen: &Seen) -> Result<Seen<K::Spec>, NotNormal> {
    Ok(Seen {
        name: seen.name.clone(),
        spec: typed::<K>(&texts(&seen.spec))?,
        handle: seen.handle.clone(),
        owner: seen.owner.clone(),
        unread: seen.unread.clone(),
    })
}

/// A spec in which every template has become its text.
fn texts(spec: &Value) -> Value {
    map_texts(spec.clone(), &reference::plain)
}

/// Specs hold maps with string keys and plain scalars only, which JSON always can say; a spec that
/// could not would show as null and differ from everything.
fn plain<S: Serialize>(spec: &S) -> Value {
    serde_json::to_value(spec).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::kinds::registry;

    #[test]
    fn a_spec_that_is_none_is_an_error_and_not_another_spec() {
        for driver in registry() {
            let broken = json!({"no": "spec"});
            let error = driver.compare(&broken, &broken, None).err();
            assert_eq!(error.map(|error| error.kind), Some(driver.name()));
        }
    }
}
