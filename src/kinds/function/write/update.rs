//! Updating a function: only the calls that its differences need. Configuration, code and version go
//! first, since Lambda guards them by the revision that was read: who is overtaken by another apply
//! learns it before anything is written. The parts beside them follow (docs/aws-facts.md §3).

use aws_sdk_lambda::types::{Architecture, Runtime, SnapStart, SnapStartApplyOn};

use super::{edit_tags, members, record_code, told, write_beside};
use crate::aws::{AwsError, Failure};
use crate::contract::tags::TagEdit;
use crate::contract::{Found, Kind, KindError, Staged, WriteCx};
use crate::kinds::function::beside::{self, Parts};
use crate::kinds::function::live::ITSELF;
use crate::kinds::function::settle::Settled;
use crate::kinds::function::spec::{Code, Config, S3Code, Spec};
use crate::kinds::function::words::PackageType;
use crate::kinds::function::{Function, access, api, event_sources, invocation, provisioned, sensitive, settle, versions};
use crate::model::{Attributes, Node};

pub(in crate::kinds::function) async fn update(
    cx: &WriteCx,
    node: &Node,
    have: &Found<Function>,
    want: &Spec,
) -> Result<Attributes, KindError> {
    let name = &node.name;
    let Spec {
        code: _,
        // Live AWS does not tell it; what it leads to is in `code`.
        s3: _,
        config: _,
        description: _,
        reserved_concurrency,
        aliases,
        publish,
        keep_versions,
        event_invoke,
        url,
        permissions,
        notifications,
        event_sources,
        elsewhere: _,
        sensitive_variables,
        failed,
        tags,
    } = want;
    let old = &have.spec;
    // Both the old and the new names stand there while the environment changes.
    let both = sensitive::normal(old.sensitive_variables.union(sensitive_variables).cloned().collect());
    // So do the parts, the old and the new, while they change.
    let (marked, parts) = (have.live.marked(), beside::of(want));
    let both_parts: Parts = parts.iter().chain(marked.iter().flatten()).copied().chain(beside::of(old)).collect();
    let mut revision = have.live.revision_id.clone();
    if both != old.sensitive_variables || marked.as_ref() != Some(&both_parts) {
        // Lambda does not guard this write.
        if settle::now(cx, name).await?.revision_id != revision {
            return Err(overtaken(name).into());
        }
        sensitive::write(cx, name, &old.sensitive_variables, &both).await?;
        beside::write(cx, name, marked.as_ref(), &both_parts).await?;
        revision = settle::now(cx, name).await?.revision_id;
    }
    let Written { is_uploaded, settled } = write_guarded(cx, node, have, want, revision).await?;
    let publishes = old.aliases != *aliases || old.publish != *publish || old.keep_versions != *keep_versions || old.failed != *failed;
    let mut version = None;
    if publishes {
        let revision = settled.as_ref().and_then(|settled| settled.revision_id.clone());
        let publishing = versions::Publishing { have: Some(have), want, is_new: is_uploaded && !repairs(have, want), revision };
        version = versions::apply(cx, name, publishing).await?;
    }
    let is_beside_too = *want != Spec { config: want.config.clone(), description: want.description.clone(), ..old.clone() };
    if let Some(settled) = settled.as_ref().filter(|_| is_beside_too) {
        check_not_overtaken(cx, name, settled).await?;
    }
    let own = async {
        record(cx, name, have, want, settled.filter(|_| is_uploaded).map(|settled| settled.code_sha256)).await?;
        sensitive::write(cx, name, &both, sensitive_variables).await?;
        versions::remember(cx, name, old, want).await?;
        edit_tags(cx, name, &TagEdit::between(&cx.scope, Function::REACH, &have.owner, &old.tags, tags)).await?;
        if publishes {
            provisioned::make_room(cx, name, old, want).await?;
        }
        if old.reserved_concurrency != *reserved_concurrency {
            invocation::put_concurrency(cx, name, *reserved_concurrency).await?;
        }
        let is_same_url = old.url == *url && old.elsewhere.urls.is_empty();
        let address = if is_same_url { None } else { access::apply_url(cx, name, Some(old), want).await? };
        if old.permissions != *permissions || old.notifications != *notifications {
            access::apply_permissions(cx, name, Some(old), want).await?;
        }
        Ok(address)
    };
    let invoked = async {
        let differs = old.event_invoke != *event_invoke || !old.elsewhere.event_invokes.is_empty();
        if differs { invocation::apply(cx, name, Some(old), want).await } else { Ok(()) }
    };
    let fed = async { if old.event_sources != *event_sources { event_sources::apply(cx, name, Some(have), want).await } else { Ok(()) } };
    let address = write_beside(own, invoked, fed).await?;
    if publishes {
        provisioned::apply(cx, name, Some(have), want).await?;
        provisioned::retire(cx, name, old, want).await?;
        versions::retire(cx, name, have, want, version.as_deref()).await?;
    }
    beside::write(cx, name, Some(&both_parts), &parts).await?;
    Ok(told(cx, name, version, address))
}

/// What the guarded writes came to.
struct Written {
    /// Whether other code went up.
    is_uploaded: bool,
    /// The function as it was left, where it was written.
    settled: Option<Settled>,
}

/// Configuration and code: what Lambda writes only while the revision is the one that was read. A
/// function that has failed gets both again, whatever they are.
async fn write_guarded(
    cx: &WriteCx,
    node: &Node,
    have: &Found<Function>,
    want: &Spec,
    mut revision: Option<String>,
) -> Result<Written, KindError> {
    let (name, old) = (&node.name, &have.spec);
    let mends = old.failed.contains_key(ITSELF);
    let is_configured = mends || old.description != want.description || is_configured_anew(&old.config, &want.config);
    let is_uploaded = mends || is_other_code(cx, node, old, want).await?;
    let mut settled = None;
    if is_configured {
        let written = configure(cx, name, old, want, revision.take(), mends).await?;
        // What has failed is whole again only with its code.
        let left = if is_uploaded && mends {
            settle::until_updated(cx, name, written.as_deref()).await?
        } else {
            settle::until_ready(cx, name, written.as_deref()).await?
        };
        check_ours(name, &left, written.as_deref(), want, &have.live.code_sha256)?;
        revision = left.revision_id.clone();
        settled = Some(left);
    }
    if is_uploaded {
        settled = Some(upload(cx, node, want, revision).await?);
    }
    Ok(Written { is_uploaded, settled })
}

/// Between a write and the read of how it settled another run may have written: the revision that was
/// read is then another's, and guards nothing. That a function was changed later may be Lambda's own
/// doing, so that what it holds decides.
fn check_ours(name: &str, settled: &Settled, written: Option<&str>, want: &Spec, code_sha256: &str) -> Result<(), AwsError> {
    let is_newer = settled.last_modified.as_deref() > written;
    let is_other = settled.code_sha256 != code_sha256 || (is_newer && is_configured_anew(&settled.config, &want.config));
    if is_other { Err(overtaken(name)) } else { Ok(()) }
}

/// Tags, concurrency and the other parts have no guard: who was overtaken since its own guarded write
/// leaves them to the other one. A read that lags shows what is older, and nobody else.
async fn check_not_overtaken(cx: &WriteCx, name: &str, left: &Settled) -> Result<(), AwsError> {
    let live = settle::now(cx, name).await?;
    // Both are of one form, so that their texts have the order of their times.
    let is_newer = live.last_modified > left.last_modified;
    let is_other = live.last_modified == left.last_modified && live.code_sha256 != left.code_sha256;
    if is_newer || is_other { Err(overtaken(name)) } else { Ok(()) }
}

/// What Lambda would have said.
fn overtaken(name: &str) -> AwsError {
    AwsError::told(Failure::Refused, &api::GET_FUNCTION, name, "the function was changed since it was read")
        .coded("PreconditionFailedException")
}

/// Writes down which sources the code is of.
async fn record(cx: &WriteCx, name: &str, have: &Found<Function>, want: &Spec, uploaded: Option<String>) -> Result<(), KindError> {
    match uploaded {
        Some(sha256) if want.config.package.is(PackageType::Zip) => record_code(cx, name, &want.code, &sha256).await,
        // The bytes are the wanted ones; only the record of them is missing.
        None if have.spec.code != want.code || have.live.record.is_none() => {
            record_code(cx, name, &want.code, &have.live.code_sha256).await
        }
        _ => Ok(()),
    }
}

/// Whether the update puts back code that is on record, so that a version of it may be there.
fn repairs(have: &Found<Function>, want: &Spec) -> bool {
    have.live.record.as_ref().is_some_and(|record| Some(record.digest.as_str()) == want.code.recorded())
}

/// Whether other bytes have to go up. Architectures is a member of UpdateFunctionCode alone.
async fn is_other_code(cx: &WriteCx, node: &Node, have: &Spec, want: &Spec) -> Result<bool, KindError> {
    if have.config.architecture != want.config.architecture {
        return Ok(true);
    }
    let Code::Unrecorded { unrecorded_sha256 } = &have.code else { return Ok(have.code != want.code) };
    // Where the answer to an upload was lost, its hash is there and no record of it.
    Ok(match &node.artifact {
        Some(artifact) => match &artifact.code_sha256 {
            Some(built) => built != unrecorded_sha256,
            None => cx.package(node).await?.code_sha256 != *unrecorded_sha256,
        },
        None => have.code != want.code,
    })
}

/// Whether UpdateFunctionConfiguration has something to do.
fn is_configured_anew(old: &Config, new: &Config) -> bool {
    // These two are no members of it.
    let same = Config { package: old.package.clone(), architecture: old.architecture.clone(), ..new.clone() };
    same != *old
}

/// Sends what differs, or all of it. Returns the LastModified of the answer.
async fn configure(
    cx: &WriteCx,
    name: &str,
    old: &Spec,
    want: &Spec,
    revision: Option<String>,
    all: bool,
) -> Result<Option<String>, KindError> {
    let new = &want.config;
    let Config {
        package: _,
        runtime,
        handler,
        architecture: _,
        memory,
        timeout,
        ephemeral_storage,
        environment,
        kms_key,
        layers,
        vpc,
        dead_letter,
        tracing,
        logging,
        role,
        snap_start,
        file_systems,
        durable,
        image,
    } = &old.config;
    let answer = cx
        .call
        .send(&api::UPDATE_FUNCTION_CONFIGURATION, name, || {
            let mut call = cx.aws.lambda.update_function_configuration().function_name(name).set_revision_id(revision.clone());
            if all || new.runtime != *runtime {
                call = call.set_runtime(new.runtime.as_deref().map(Runtime::from));
            }
            if all || new.handler != *handler {
                call = call.set_handler(new.handler.clone());
            }
            if all || new.memory != *memory {
                call = call.memory_size(new.memory);
            }
            if all || new.timeout != *timeout {
                call = call.timeout(new.timeout);
            }
            if all || new.ephemeral_storage != *ephemeral_storage {
                call = call.set_ephemeral_storage(members::storage(new));
            }
            if all || want.description != old.description {
                call = call.description(&want.description);
            }
            // A change of the key needs the environment sent again.
            if all || new.environment != *environment || new.kms_key != *kms_key {
                call = call.environment(members::environment(new));
            }
            if all || new.kms_key != *kms_key {
                call = call.kms_key_arn(new.kms_key.clone().unwrap_or_default());
            }
            if all || new.layers != *layers {
                call = call.set_layers(Some(new.layers.clone()));
            }
            if all || new.vpc != *vpc {
                call = call.vpc_config(members::vpc(new));
            }
            if all || new.dead_letter != *dead_letter {
                call = call.dead_letter_config(members::dead_letter(new));
            }
            if all || new.tracing != *tracing {
                call = call.tracing_config(members::tracing(new));
            }
            if all || new.logging != *logging {
                call = call.logging_config(members::logging(new));
            }
            if all || new.role != *role {
                call = call.role(&new.role);
            }
            if all || new.snap_start != *snap_start {
                let on = if new.snap_start { SnapStartApplyOn::PublishedVersions } else { SnapStartApplyOn::None };
                call = call.snap_start(SnapStart::builder().apply_on(on).build());
            }
            if all || new.file_systems != *file_systems {
                call = call.set_file_system_configs(Some(members::file_systems(new)));
            }
            if all || new.durable != *durable {
                call = call.set_durable_config(members::durable(new));
            }
            if all || new.image != *image {
                call = call.set_image_config(members::image(new));
            }
            call.send()
        })
        .await?;
    Ok(answer.last_modified)
}

/// Sends the code.
async fn upload(cx: &WriteCx, node: &Node, want: &Spec, revision: Option<String>) -> Result<Settled, KindError> {
    let name = &node.name;
    let is_image = want.config.package.is(PackageType::Image);
    let staged = if !is_image && want.s3.is_none() { Some(cx.stage(node, cx.package(node).await?).await?) } else { None };
    let size = staged.as_ref().map_or(0, Staged::size);
    let answer = cx
        .call
        .upload(&api::UPDATE_FUNCTION_CODE, name, size, || {
            let mut call = cx
                .aws
                .lambda
                .update_function_code()
                .function_name(name)
                .architectures(Architecture::from(want.config.architecture.as_str()))
                .set_revision_id(revision.clone())
                .set_zip_file(staged.as_ref().and_then(Staged::zip));
            if let Some((bucket, key)) = staged.as_ref().and_then(Staged::object) {
                call = call.s3_bucket(bucket).s3_key(key);
            }
            if is_image {
                call = call.set_image_uri(want.code.recorded().map(str::to_owned));
            }
            if let Some(S3Code { bucket, key, version }) = &want.s3 {
                call = call.s3_bucket(bucket).s3_key(key).set_s3_object_version(version.clone());
            }
            call.send()
        })
        .await;
    let unstaged = cx.unstage(node, staged.as_ref()).await;
    let answer = answer?;
    unstaged?;
    let settled = settle::until_ready(cx, name, answer.last_modified()).await?;
    check_ours(name, &settled, answer.last_modified(), want, answer.code_sha256().unwrap_or_default())?;
    Ok(settled)
}
