//! Lambda functions with all that hangs on them: code, configuration, concurrency, versions and
//! aliases, asynchronous invocation, URL, permissions and event sources.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::{AwsError, Op};
use crate::model::mark::ARTIFACT_TAG;
use crate::model::stake::Holding;
use crate::model::{Artifact, Change, Handle, Node, Scope, Seen};

use crate::contract::done_if_missing;
use crate::contract::tags::TagEdit;
use crate::contract::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};

mod access;
pub(crate) mod api;
mod create;
mod event_sources;
mod invocation;
mod needs;
mod read;
mod read_parts;
pub mod sensitive;
mod settle;
pub mod spec;
mod update;
mod versions;

pub use spec::Spec;

/// A function.
pub struct Function;

impl Kind for Function {
    const NAME: &'static str = "function";
    const SECTION: &'static str = "functions";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "invoke_arn", "alias_arn", "version", "url"];
    const DOCUMENTS: &'static [&'static str] = &["event_sources.*.filters"];
    const IMMUTABLE: &'static [&'static str] = &["package"];
    const REFERS_TO: &'static [&'static str] = &["role", "layer", "queue", "topic", "log_group"];
    const INTERNAL: &'static [&'static str] = &["code_recorded", "keep_versions", "sensitive_variables", "surplus_versions"];

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, spec: &Spec) -> Handle {
        let arn = scope.arn("lambda", &format!("function:{name}"));
        let invoke = format!("arn:{}:apigateway:{}:lambda:path/2015-03-31/functions/{arn}/invocations", scope.partition, scope.region);
        let mut known: Handle = [("name".into(), name.to_owned()), ("invoke_arn".into(), invoke)].into();
        if let Some(alias) = spec.aliases.keys().next() {
            known.insert("alias_arn".into(), format!("{arn}:{alias}"));
        }
        known.insert("arn".into(), arn);
        known
    }

    fn lacks(spec: &Spec, attribute: &str) -> Option<&'static str> {
        match attribute {
            "url" if spec.url.is_none() => Some("declares no `url`"),
            "version" | "alias_arn" if spec.aliases.is_empty() => Some("declares no `alias`"),
            _ => None,
        }
    }

    fn sensitive(spec: &Spec) -> BTreeSet<String> {
        sensitive::paths(spec)
    }

    fn align(want: &mut Spec, have: &mut Spec, artifact: Option<&Artifact>) {
        versions::align(want, have, artifact);
    }

    fn unsettled(changes: &[Change]) -> &'static [&'static str] {
        let touched = |field: &str| changes.iter().any(|change| change.is_in(field));
        match (touched("aliases"), touched("url")) {
            (true, true) => &["version", "url"],
            (true, false) => &["version"],
            (false, true) => &["url"],
            (false, false) => &[],
        }
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        read::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        if !cx.tagging_is_blind().await? {
            return cx.marked("lambda", "function:").await;
        }
        read_parts::marked(cx).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        create::create(cx, node, want).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        update::update(cx, node, have, want, changes).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        update::edit_tags(cx, &have.name, edit).await
    }

    async fn holds(cx: &ReadCx, seen: &Seen<Spec>) -> Result<Vec<Holding>, AwsError> {
        let sources = seen.spec.event_sources.iter().filter(|(_, source)| source.enabled).map(|(arn, _)| arn.clone());
        let sources: Vec<String> = sources.collect();
        let sources = (!sources.is_empty()).then_some(Holding::EventSources(sources));
        Ok(std::iter::once(read_parts::last_invocation(cx, &seen.name).await?).chain(sources).collect())
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        // DeleteFunction takes versions and aliases along, not event source mappings.
        event_sources::delete_all(cx, have).await?;
        let name = &have.name;
        done_if_missing(cx.call.send(&api::DELETE_FUNCTION, name, || cx.aws.lambda.delete_function().function_name(name).send()).await)?;
        settle::until_gone(cx, name).await
    }
}

/// The value of [`ARTIFACT_TAG`].
fn artifact_tag(digest: &str, code_sha256: &str) -> String {
    format!("{digest}.{code_sha256}")
}

/// Tags of a function that is created: the user's, the mark, and the record of the code.
fn all_tags(scope: &Scope, tags: &BTreeMap<String, String>, record: Option<String>) -> BTreeMap<String, String> {
    let mut all = scope.marked(Function::REACH, tags);
    if let Some(record) = record {
        all.insert(ARTIFACT_TAG.to_owned(), record);
    }
    all
}
