//! Writing functions, and the tags that all writes share.

use crate::aws::AwsError;
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, KindError, WriteCx, done_if_missing};
use crate::model::Attributes;
use crate::model::mark::ARTIFACT_TAG;

use super::spec::Code;
use super::{Function, access, api, event_sources, settle, versions};

mod create;
mod members;
mod update;

pub(super) use create::create;
pub(super) use update::update;

pub(super) async fn delete(cx: &WriteCx, have: &Found<Function>) -> Result<(), KindError> {
    access::take_notifications(cx, &have.name, &have.spec).await?;
    // DeleteFunction takes versions and aliases along, not event source mappings.
    event_sources::delete_all(cx, have).await?;
    let name = &have.name;
    done_if_missing(cx.call.send(&api::DELETE_FUNCTION, name, || cx.aws.lambda.delete_function().function_name(name).send()).await)?;
    settle::until_gone(cx, name).await
}

/// Writes what has a life of its own beside the parts of the function, which Lambda changes one at a time
/// (docs/aws-facts.md §3). All of them end before a failure is told, so that none is cut off midway.
async fn write_beside<T>(
    own: impl Future<Output = Result<T, KindError>>,
    invoked: impl Future<Output = Result<(), KindError>>,
    fed: impl Future<Output = Result<(), KindError>>,
) -> Result<T, KindError> {
    let (own, invoked, fed) = tokio::join!(own, invoked, fed);
    let own = own?;
    invoked?;
    fed.map(|()| own)
}

/// The value of [`ARTIFACT_TAG`], none for code without a digest.
fn artifact_tag(code: &Code, code_sha256: &str) -> Option<String> {
    code.recorded().map(|digest| format!("{digest}.{code_sha256}"))
}

/// What references can name of what was just written.
fn told(cx: &WriteCx, name: &str, version: Option<String>, url: Option<String>) -> Attributes {
    let arn = cx.scope.arn("lambda", &format!("function:{name}"));
    let version = version.iter().flat_map(|version| versions::told(&arn, version));
    version.chain(url.map(|url| ("url".to_owned(), url))).collect()
}

/// Writes the record of the code.
async fn record_code(cx: &WriteCx, name: &str, code: &Code, code_sha256: &str) -> Result<(), KindError> {
    match artifact_tag(code, code_sha256) {
        Some(record) => Ok(set_tags(cx, name, [(ARTIFACT_TAG.to_owned(), record)].into()).await?),
        None => Ok(()),
    }
}

pub(super) async fn edit_tags(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    edit.send(|tags| set_tags(cx, name, tags), |keys| untag(cx, name, keys)).await
}

pub(super) async fn untag(cx: &WriteCx, name: &str, keys: Vec<String>) -> Result<(), AwsError> {
    let arn = cx.scope.arn("lambda", &format!("function:{name}"));
    cx.call
        .send(&api::UNTAG_RESOURCE, name, || cx.aws.lambda.untag_resource().resource(&arn).set_tag_keys(Some(keys.clone())).send())
        .await?;
    Ok(())
}

pub(super) async fn set_tags(cx: &WriteCx, name: &str, tags: Tags) -> Result<(), AwsError> {
    let arn = cx.scope.arn("lambda", &format!("function:{name}"));
    cx.call
        .send(&api::TAG_RESOURCE, name, || {
            cx.aws.lambda.tag_resource().resource(&arn).set_tags(Some(tags.clone().into_iter().collect())).send()
        })
        .await?;
    Ok(())
}
