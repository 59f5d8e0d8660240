//! Lambda layers. Versions are immutable and take no tags: the mark and the digest of the sources
//! stand at the end of a version's description.

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{
    Claim, Code, Expand, Found, Grants, Kind, KindError, NameForm, Needs, ReadCx, Rule, TagForm, WriteCx, none_if_missing,
};
use crate::model::{Artifact, Attributes, Change, Node, Scope};

pub(crate) mod api;
mod file;
mod live;
mod mark;
mod members;
mod needs;
mod newest;
mod rules;
mod spec;
mod twins;
mod write;
mod written;

pub use file::LayerFile;
pub use live::Live;
pub use mark::mark_length;
pub use spec::Spec;

/// A layer.
#[derive(Debug, Clone)]
pub struct Layer;

/// Digits of the sources' digest that a description carries: 128 bits.
pub const DIGEST_DIGITS: usize = 32;

impl Kind for Layer {
    const NAME: &'static str = "layer";
    const SECTION: &'static str = "layers";
    const ABOUT: &'static str = "Lambda layers.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    /// Environments and instances of a stack may share a name, each with versions of its own.
    const NAMES: NameForm = NameForm { is_shared: true, ..NameForm::PLAIN };
    const TAGS: Option<TagForm> = None;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "layer_arn", "name", "version"];
    const PUBLISHES: bool = true;
    const STRAYS: Option<&'static str> =
        Some("a layer takes no tags and belongs by the end of its description: have it published anew without that");
    const KEEPS_MARK: Option<&'static str> = Some("its mark ends the description of a version, which AWS never changes");
    const SURVEY: &'static [&'static Op] = &[&api::LIST_LAYER_VERSIONS];
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("lambda", "layer:").until(':'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::Lambda::LayerVersion", &["LayerName"]),
            ("AWS::Serverless::LayerVersion", &["LayerName"]),
            ("aws_lambda_layer_version", &["layer_name"]),
            ("aws:lambda/layerVersion:LayerVersion", &["layerName"]),
        ],
        parts: &["AWS::Lambda::LayerVersionPermission", "aws_lambda_layer_version_permission"],
    };

    type File = LayerFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    /// Versions of ours stay; as a rule there are none yet.
    fn kept(spec: &mut Spec, live: &Live) {
        spec.keep_versions = u32::try_from(live.versions.len()).unwrap_or(u32::MAX).max(Spec::default().keep_versions);
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, live: Option<&Live>) -> Attributes {
        let arn = live.and_then(|live| live.arn.clone()).map(|arn| ("arn".to_owned(), arn));
        let version = live.and_then(|live| live.version).map(|version| ("version".to_owned(), version.to_string()));
        let whole = ("layer_arn".to_owned(), scope.arn("lambda", &format!("layer:{name}")));
        [("name".to_owned(), name.to_owned()), whole].into_iter().chain(arn).chain(version).collect()
    }

    fn normal(spec: &mut Spec) {
        spec.description = spec.description.trim().to_owned();
    }

    fn choose(want: &Spec, found: &mut Found<Self>) -> bool {
        live::choose(want, found)
    }

    fn align(want: &mut Spec, have: &mut Spec, live: &mut Live, artifact: Option<&Artifact>) {
        live::align(want, have, live, artifact);
    }

    /// Versions never change: another run may publish one of its own on top.
    fn stands(live: &Live, _shown: &Attributes, told: &Attributes) -> bool {
        told.get("version").is_none_or(|told| live.versions.iter().any(|version| version.to_string() == *told))
    }

    fn unsettled(changes: &[Change]) -> &'static [&'static str] {
        let publishes = changes.iter().any(|change| !change.is_in("keep_versions"));
        if publishes { &["arn", "version"] } else { &[] }
    }

    fn is_unrecorded(live: &Live) -> bool {
        live.unrecorded.is_some()
    }

    fn code(digest: &str) -> &str {
        digest.get(..DIGEST_DIGITS).unwrap_or(digest)
    }

    fn plain(_scope: &Scope, _name: &str, _want: &Spec) -> Spec {
        Spec::default()
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Self>>, AwsError> {
        live::read(cx, names).await
    }

    async fn code_at(cx: &ReadCx, arn: &str) -> Result<Option<Code>, AwsError> {
        newest::code_at(cx, arn).await
    }

    async fn version(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Found<Self>>, AwsError> {
        live::version(cx, name, arn).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::owned(cx).await
    }

    async fn exists(cx: &ReadCx, arn: &str) -> Result<Option<bool>, AwsError> {
        let named = arn.strip_prefix(&cx.scope.arn("lambda", "layer:")).and_then(|rest| rest.split_once(':'));
        let Some((name, version)) = named.and_then(|(name, version)| Some((name, version.parse().ok()?))) else { return Ok(None) };
        let get = || cx.aws.lambda.get_layer_version().layer_name(name).version_number(version).send();
        Ok(Some(none_if_missing(cx.call.send(&api::GET_LAYER_VERSION, name, get).await)?.is_some()))
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
        write::create(cx, node, want).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, node, have, want).await
    }

    /// Versions take no tags.
    async fn retag(_cx: &WriteCx, _have: &Found<Self>, _edit: &TagEdit) -> Result<(), KindError> {
        Ok(())
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, have).await
    }
}
