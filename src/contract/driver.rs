//! The view of a kind without its types, written once: specs travel as JSON values, and in these
//! every text is a template (`model::reference`). Kinds read and write plain text, so what a kind has
//! read becomes templates here, and what it is to write becomes text.

use std::marker::PhantomData;

use futures_util::future::BoxFuture;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::kind::{Apart, Found, Kind};
use super::rows::rows_without_a_rule;
use super::tags::TagEdit;
use super::typing::{found, seen, texts, typed};
use super::{
    Claim, Costed, Expand, Findings, Grants, Healthy, Imported, KindError, NameForm, Needs, ReadCx, Resource, Resources, Rule, TagForm,
    Timed, Untyped, View, WriteCx, Written,
};
use crate::aws::api::GET_RESOURCES;
use crate::aws::{AwsError, Op};
use crate::model::plan::{NotNormal, Rules};
use crate::model::stake::Holding;
use crate::model::{Attributes, Desired, Node, Reach, ResourceId, Seen};
use crate::source::node::Node as Tree;

/// A kind as the stack file, the planner, the scheduler and the rules see it.
pub trait Driver: Rules + Costed + Healthy + Imported + Timed + Written + Send + Sync {
    /// Name in addresses.
    fn name(&self) -> &'static str;
    /// See [`Kind::ABOUT`].
    fn about(&self) -> &'static str;
    /// The operations of AWS that it uses.
    fn api(&self) -> &'static [&'static Op];
    /// See [`Kind::RULES`].
    fn rules(&self) -> &'static [&'static [Rule]];
    /// See [`Kind::NAMES`].
    fn names(&self) -> NameForm;
    /// The specs of this kind that a rule sees, without their types.
    fn specs<'a>(&self, cx: &'a View<'_>) -> Vec<Untyped<'a>>;
    /// See [`rows_without_a_rule`].
    fn unlike_the_model(&self, cx: &View<'_>, out: &mut Findings<'_>);
    /// See [`Kind::TAGS`].
    fn tags(&self) -> Option<TagForm>;
    /// See [`Kind::REACH`].
    fn reach(&self) -> Reach;
    /// See [`Kind::IS_PRINCIPAL`].
    fn is_principal(&self) -> bool;
    /// See [`Kind::PUBLISHES`].
    fn publishes(&self) -> bool;
    /// See [`Kind::BESIDE_GUARD`].
    fn beside_guard(&self) -> Option<&'static [&'static str]>;
    /// See [`Kind::stands`].
    ///
    /// # Errors
    /// What is live is not what its kind reads.
    fn stands(&self, seen: &Seen, told: &Attributes) -> Result<bool, NotNormal>;
    /// See [`Apart`].
    fn apart(&self) -> Apart;
    /// See [`Kind::STORED`].
    fn stored(&self) -> &'static [&'static str];
    /// Attributes that a reference can name.
    fn attribute_names(&self) -> &'static [&'static str];
    /// What a user writes, for the schema.
    fn file_schema(&self, generator: &mut SchemaGenerator) -> Schema;
    /// Adds what the file asks for under `key`.
    fn expand(&self, cx: &mut Expand<'_>, key: &str, file: &Tree);
    /// Tells what is wrong with defaults for this kind.
    fn check_defaults(&self, cx: &mut Expand<'_>, defaults: &Tree);
    /// See [`Kind::records`].
    ///
    /// # Errors
    /// The spec is none of its kind.
    fn records(&self, spec: &Value) -> Result<usize, NotNormal>;
    /// See [`Kind::lacks`].
    ///
    /// # Errors
    /// The spec is none of its kind.
    fn lacks(&self, spec: &Value, attribute: &str) -> Result<Option<&'static str>, NotNormal>;
    /// See [`Kind::code`].
    fn code<'a>(&self, digest: &'a str) -> &'a str;
    /// See [`Kind::is_unrecorded`].
    ///
    /// # Errors
    /// What is live is not what its kind reads.
    fn is_unrecorded(&self, seen: &Seen) -> Result<bool, NotNormal>;
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
    /// See [`Kind::KEEPS_MARK`].
    fn keeps_mark(&self) -> Option<&'static str>;
    /// See [`Kind::STRAYS`].
    fn strays(&self) -> Option<&'static str>;
    /// See [`Kind::SURVEY`].
    fn survey(&self) -> &'static [&'static Op];
    /// See [`Kind::owned`].
    fn owned<'a>(&'a self, cx: &'a ReadCx) -> BoxFuture<'a, Result<Vec<Claim>, AwsError>>;
    /// See [`Kind::create`].
    fn create<'a>(&'a self, cx: &'a WriteCx, node: &'a Node) -> BoxFuture<'a, Result<Attributes, KindError>>;
    /// See [`Kind::update`].
    fn update<'a>(&'a self, cx: &'a WriteCx, node: &'a Node, have: &'a Seen) -> BoxFuture<'a, Result<Attributes, KindError>>;
    /// See [`Kind::holds`].
    fn holds<'a>(&'a self, cx: &'a ReadCx, seen: &'a Seen) -> BoxFuture<'a, Result<Vec<Holding>, AwsError>>;
    /// See [`Kind::STANDS_ON`].
    fn stands_on(&self) -> &'static [&'static str];
    /// See [`Kind::exists`].
    fn exists<'a>(&'a self, cx: &'a ReadCx, arn: &'a str) -> BoxFuture<'a, Result<Option<bool>, AwsError>>;
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

impl<K: Kind> Driver for Erased<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn about(&self) -> &'static str {
        K::ABOUT
    }

    fn api(&self) -> &'static [&'static Op] {
        K::API
    }

    fn rules(&self) -> &'static [&'static [Rule]] {
        K::RULES
    }

    fn specs<'a>(&self, cx: &'a View<'_>) -> Vec<Untyped<'a>> {
        cx.all::<K>().iter().map(|resource| Untyped { key: &resource.key, address: &resource.address, json: &resource.json }).collect()
    }

    fn unlike_the_model(&self, cx: &View<'_>, out: &mut Findings<'_>) {
        rows_without_a_rule::<K>(cx, out);
    }

    fn names(&self) -> NameForm {
        K::NAMES
    }

    fn tags(&self) -> Option<TagForm> {
        K::TAGS
    }

    fn reach(&self) -> Reach {
        K::REACH
    }

    fn is_principal(&self) -> bool {
        K::IS_PRINCIPAL
    }

    fn publishes(&self) -> bool {
        K::PUBLISHES
    }

    fn beside_guard(&self) -> Option<&'static [&'static str]> {
        K::BESIDE_GUARD
    }

    fn stands(&self, seen: &Seen, told: &Attributes) -> Result<bool, NotNormal> {
        Ok(K::stands(&typed::<K, K::Live>(&seen.live)?, &seen.attributes, told))
    }

    fn apart(&self) -> Apart {
        Apart { whole: K::WHOLE, exclusive: K::EXCLUSIVE, bars: K::BARS }
    }

    fn stored(&self) -> &'static [&'static str] {
        K::STORED
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        K::ATTRIBUTES
    }

    fn file_schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<K::File>()
    }

    fn expand(&self, cx: &mut Expand<'_>, key: &str, file: &Tree) {
        if let Some(file) = cx.typed::<K::File>(file) {
            K::expand(cx, key, &file);
        }
    }

    fn check_defaults(&self, cx: &mut Expand<'_>, defaults: &Tree) {
        // What is missing in defaults may stand in each resource.
        cx.typed::<K::File>(defaults);
    }

    fn records(&self, spec: &Value) -> Result<usize, NotNormal> {
        Ok(K::records(&typed::<K, K::Spec>(spec)?))
    }

    fn lacks(&self, spec: &Value, attribute: &str) -> Result<Option<&'static str>, NotNormal> {
        Ok(K::lacks(&typed::<K, K::Spec>(spec)?, attribute))
    }

    fn code<'a>(&self, digest: &'a str) -> &'a str {
        K::code(digest)
    }

    fn is_unrecorded(&self, seen: &Seen) -> Result<bool, NotNormal> {
        Ok(K::is_unrecorded(&typed::<K, K::Live>(&seen.live)?))
    }

    fn resources(&self, desired: &Desired) -> Result<Resources, (ResourceId, NotNormal)> {
        let nodes = desired.nodes.values().filter(|node| node.id.kind == K::NAME);
        let resources = nodes.map(|node| {
            let json = desired.resolved(node);
            let spec = typed::<K, K::Spec>(&json).map_err(|error| (node.id.clone(), error))?;
            let Node { id, name, artifact, .. } = node;
            let (key, address) = (id.name.clone(), id.to_string());
            Ok(Resource::<K> { key, address, name: name.clone(), spec, json, artifact: artifact.clone() })
        });
        Ok(Box::new(resources.collect::<Result<Vec<_>, _>>()?))
    }

    fn needs(&self, cx: &Needs<'_>, grants: &mut Grants) -> Result<(), (ResourceId, NotNormal)> {
        let mut nodes = Vec::new();
        for node in cx.desired.nodes.values().filter(|node| node.id.kind == K::NAME) {
            nodes.push((node, typed::<K, K::Spec>(&cx.desired.resolved(node)).map_err(|error| (node.id.clone(), error))?));
        }
        K::needs(cx, &nodes, grants);
        Ok(())
    }

    fn read<'a>(&'a self, cx: &'a ReadCx, names: &'a [String]) -> BoxFuture<'a, Result<Vec<Seen>, AwsError>> {
        Box::pin(async move {
            if names.is_empty() {
                return Ok(Vec::new());
            }
            let found = K::read(cx, names).await?;
            let read = K::API.iter().copied().find(|op| !op.writes).unwrap_or(&GET_RESOURCES);
            let seen = |found: Found<K>| {
                let name = found.name.clone();
                seen(&cx.scope, found).map_err(|error| AwsError::unexpected(read, &name, error.to_string()))
            };
            found.into_iter().map(seen).collect()
        })
    }

    fn keeps_mark(&self) -> Option<&'static str> {
        K::KEEPS_MARK
    }

    fn strays(&self) -> Option<&'static str> {
        K::STRAYS
    }

    fn survey(&self) -> &'static [&'static Op] {
        K::SURVEY
    }

    fn owned<'a>(&'a self, cx: &'a ReadCx) -> BoxFuture<'a, Result<Vec<Claim>, AwsError>> {
        Box::pin(K::owned(cx))
    }

    fn create<'a>(&'a self, cx: &'a WriteCx, node: &'a Node) -> BoxFuture<'a, Result<Attributes, KindError>> {
        Box::pin(async move { K::create(cx, node, &typed::<K, K::Spec>(&texts(&node.spec))?).await })
    }

    fn update<'a>(&'a self, cx: &'a WriteCx, node: &'a Node, have: &'a Seen) -> BoxFuture<'a, Result<Attributes, KindError>> {
        Box::pin(async move {
            let (mut want, mut have) = (typed::<K, K::Spec>(&texts(&node.spec))?, found::<K>(have)?);
            K::normal(&mut want);
            K::normal(&mut have.spec);
            K::align(&mut want, &mut have.spec, &mut have.live, node.artifact.as_ref());
            K::update(cx, node, &have, &want).await
        })
    }

    fn holds<'a>(&'a self, cx: &'a ReadCx, seen: &'a Seen) -> BoxFuture<'a, Result<Vec<Holding>, AwsError>> {
        Box::pin(async move {
            match found::<K>(seen) {
                Ok(found) => K::holds(cx, &found).await,
                Err(error) => Ok(vec![Holding::Unreadable { why: error.to_string() }]),
            }
        })
    }

    fn stands_on(&self) -> &'static [&'static str] {
        K::STANDS_ON
    }

    fn exists<'a>(&'a self, cx: &'a ReadCx, arn: &'a str) -> BoxFuture<'a, Result<Option<bool>, AwsError>> {
        Box::pin(K::exists(cx, arn))
    }

    fn complete_mark<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::retag(cx, &found::<K>(have)?, &TagEdit::mark(&cx.scope, K::REACH)).await })
    }

    fn release<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::retag(cx, &found::<K>(have)?, &TagEdit::release()).await })
    }

    fn delete<'a>(&'a self, cx: &'a WriteCx, have: &'a Seen) -> BoxFuture<'a, Result<(), KindError>> {
        Box::pin(async move { K::delete(cx, &found::<K>(have)?).await })
    }
}
