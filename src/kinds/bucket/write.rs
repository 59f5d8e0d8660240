//! Writing buckets. S3 takes one change of a bucket's configuration at a time, so each waits for the one
//! before (docs/aws-facts.md §23).

use std::error::Error;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
    ObjectOwnership as LiveOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    TransitionDefaultMinimumObjectSize, VersioningConfiguration,
};

use super::{Bucket, Encryption, Live, PublicAccessBlock, Spec, api, contents, lifecycle};
use crate::aws::op::Op;
use crate::aws::{AwsError, Failure};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing, notifications};
use crate::model::policy::compact;

/// The one region that a create call does not name.
const UNNAMED: &str = "us-east-1";

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let tags = tag_set(&api::CREATE_BUCKET, name, &cx.scope.marked(Bucket::REACH, &want.tags))?;
    let region = (cx.scope.region != UNNAMED).then(|| BucketLocationConstraint::from(cx.scope.region.as_str()));
    // With tags a second create is refused in every region: it never takes a bucket over by accident.
    let made = CreateBucketConfiguration::builder().set_location_constraint(region).set_tags(Some(tags)).build();
    let ownership = LiveOwnership::from(want.object_ownership.as_str());
    let create = || {
        let call = cx.aws.s3.create_bucket().bucket(name).object_ownership(ownership.clone()).create_bucket_configuration(made.clone());
        call.set_object_lock_enabled_for_bucket(want.object_lock.then_some(true)).send()
    };
    cx.call.send(&api::CREATE_BUCKET, name, create).await?;
    // What is public is refused because this says so, and not because S3 does so by itself today.
    {
        let _held = cx.locks.bucket(name).await;
        block_public_access(cx, name, want.public_access_block).await?;
    }
    let made = Spec {
        object_lock: want.object_lock,
        object_ownership: want.object_ownership.clone(),
        public_access_block: want.public_access_block,
        versioning: want.object_lock,
        tags: want.tags.clone(),
        ..Spec::default()
    };
    configure(cx, name, (&made, &Live::default()), want).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Bucket>, want: &Spec) -> Result<(), KindError> {
    configure(cx, &have.name, (&have.spec, &have.live), want).await?;
    retag(cx, &have.name, &TagEdit::between(&cx.scope, Bucket::REACH, &have.owner, &have.spec.tags, &want.tags)).await
}

/// Makes the writes that lead from one configuration to the other, but those of tags.
async fn configure(cx: &WriteCx, name: &str, (have, live): (&Spec, &Live), want: &Spec) -> Result<(), KindError> {
    // A bucket is made with the lock or without it.
    let Spec {
        object_lock: _,
        object_ownership,
        public_access_block,
        encryption,
        kms_key,
        bucket_key,
        versioning,
        lifecycle,
        policy,
        eventbridge,
        tags: _,
    } = want;
    let held = cx.locks.bucket(name).await;
    // First: a policy that makes public is refused until it may, and is to be gone as soon as it may not.
    if have.public_access_block != *public_access_block {
        block_public_access(cx, name, *public_access_block).await?;
    }
    if have.object_ownership != *object_ownership {
        set_ownership(cx, name, want).await?;
    }
    if (&have.encryption, &have.kms_key, have.bucket_key) != (encryption, kms_key, *bucket_key) {
        encrypt(cx, name, want).await?;
    }
    if have.versioning != *versioning {
        keep_versions(cx, name, *versioning).await?;
    }
    if have.lifecycle != *lifecycle {
        set_lifecycle(cx, name, live, want).await?;
    }
    if have.policy != *policy {
        set_policy(cx, name, want).await?;
    }
    if have.eventbridge != *eventbridge {
        // The document is shared with those whom the bucket starts, and has a way of its own.
        drop(held);
        notifications::edit(cx, name, &notifications::Edit { event_bridge: Some(*eventbridge), ..notifications::Edit::default() }).await?;
    }
    Ok(())
}

async fn block_public_access(cx: &WriteCx, name: &str, block: PublicAccessBlock) -> Result<(), KindError> {
    let PublicAccessBlock { block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets } = block;
    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(block_public_acls)
        .ignore_public_acls(ignore_public_acls)
        .block_public_policy(block_public_policy)
        .restrict_public_buckets(restrict_public_buckets)
        .build();
    let account = &account(cx);
    let put = || {
        let call = cx.aws.s3.put_public_access_block().bucket(name).expected_bucket_owner(account);
        call.public_access_block_configuration(block.clone()).send()
    };
    cx.call.send(&api::PUT_BUCKET_PUBLIC_ACCESS_BLOCK, name, put).await?;
    Ok(())
}

async fn set_ownership(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let unsaid = unsaid(&api::PUT_BUCKET_OWNERSHIP_CONTROLS, name);
    let rule = OwnershipControlsRule::builder().object_ownership(LiveOwnership::from(want.object_ownership.as_str())).build();
    let controls = OwnershipControls::builder().rules(rule.map_err(|e| unsaid(&e))?).build().map_err(|e| unsaid(&e))?;
    let account = &account(cx);
    let put = || {
        let call = cx.aws.s3.put_bucket_ownership_controls().bucket(name).expected_bucket_owner(account);
        call.ownership_controls(controls.clone()).send()
    };
    cx.call.send(&api::PUT_BUCKET_OWNERSHIP_CONTROLS, name, put).await?;
    Ok(())
}

async fn encrypt(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let unsaid = unsaid(&api::PUT_ENCRYPTION_CONFIGURATION, name);
    let Spec { encryption, kms_key, bucket_key, .. } = want;
    let by = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::from(encryption.as_str()))
        .set_kms_master_key_id(kms_key.clone())
        .build();
    let has_key = !encryption.is(Encryption::S3);
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by.map_err(|e| unsaid(&e))?)
        .set_bucket_key_enabled(has_key.then_some(*bucket_key));
    let all = ServerSideEncryptionConfiguration::builder().rules(rule.build()).build().map_err(|e| unsaid(&e))?;
    let account = &account(cx);
    let put = || {
        let call = cx.aws.s3.put_bucket_encryption().bucket(name).expected_bucket_owner(account);
        call.server_side_encryption_configuration(all.clone()).send()
    };
    cx.call.send(&api::PUT_ENCRYPTION_CONFIGURATION, name, put).await?;
    Ok(())
}

async fn keep_versions(cx: &WriteCx, name: &str, on: bool) -> Result<(), KindError> {
    let status = if on { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
    let all = VersioningConfiguration::builder().status(status).build();
    let account = &account(cx);
    let put = || {
        let call = cx.aws.s3.put_bucket_versioning().bucket(name).expected_bucket_owner(account);
        call.versioning_configuration(all.clone()).send()
    };
    cx.call.send(&api::PUT_BUCKET_VERSIONING, name, put).await?;
    Ok(())
}

async fn set_lifecycle(cx: &WriteCx, name: &str, live: &Live, want: &Spec) -> Result<(), KindError> {
    let account = &account(cx);
    if want.lifecycle.is_empty() {
        let delete = || cx.aws.s3.delete_bucket_lifecycle().bucket(name).expected_bucket_owner(account).send();
        cx.call.send(&api::PUT_LIFECYCLE_CONFIGURATION, name, delete).await?;
        return Ok(());
    }
    let unsaid = unsaid(&api::PUT_LIFECYCLE_CONFIGURATION, name);
    let rules = lifecycle::to_live(&want.lifecycle).map_err(|e| unsaid(&e))?;
    let all = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().map_err(|e| unsaid(&e))?;
    // Without it S3 would take a bucket of old over to the size of today.
    let size = live.minimum_object_size.as_deref().map(TransitionDefaultMinimumObjectSize::from);
    let put = || {
        let call = cx.aws.s3.put_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(account);
        call.lifecycle_configuration(all.clone()).set_transition_default_minimum_object_size(size.clone()).send()
    };
    cx.call.send(&api::PUT_LIFECYCLE_CONFIGURATION, name, put).await?;
    Ok(())
}

async fn set_policy(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let account = &account(cx);
    match &want.policy {
        Some(policy) => {
            let text = compact(policy);
            let put = || cx.aws.s3.put_bucket_policy().bucket(name).expected_bucket_owner(account).policy(&text).send();
            cx.call.send(&api::PUT_BUCKET_POLICY, name, put).await?;
        }
        None => {
            let delete = || cx.aws.s3.delete_bucket_policy().bucket(name).expected_bucket_owner(account).send();
            cx.call.send(&api::DELETE_BUCKET_POLICY, name, delete).await?;
        }
    }
    Ok(())
}

/// S3 keeps all tags of a bucket as one: they are read, changed, and written together. Those of AWS's own
/// go along, since S3 refuses a set that lacks them.
pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    if edit.set.is_empty() && edit.remove.is_empty() {
        return Ok(());
    }
    let _held = cx.locks.bucket(name).await;
    let account = &account(cx);
    let get = || cx.aws.s3.get_bucket_tagging().bucket(name).expected_bucket_owner(account).send();
    let live = match cx.call.send(&api::GET_BUCKET_TAGGING, name, get).await {
        Err(error) if error.code == "NoSuchTagSet" => Vec::new(),
        answer => answer?.tag_set,
    };
    let mut tags: Tags = live.into_iter().map(|tag| (tag.key, tag.value)).collect();
    tags.retain(|key, _| !edit.remove.contains(key));
    tags.extend(edit.set.clone());
    if tags.is_empty() {
        let delete = || cx.aws.s3.delete_bucket_tagging().bucket(name).expected_bucket_owner(account).send();
        cx.call.send(&api::PUT_BUCKET_TAGGING, name, delete).await?;
        return Ok(());
    }
    let unsaid = unsaid(&api::PUT_BUCKET_TAGGING, name);
    let all = Tagging::builder().set_tag_set(Some(tag_set(&api::PUT_BUCKET_TAGGING, name, &tags)?)).build().map_err(|e| unsaid(&e))?;
    let put = || cx.aws.s3.put_bucket_tagging().bucket(name).expected_bucket_owner(account).tagging(all.clone()).send();
    cx.call.send(&api::PUT_BUCKET_TAGGING, name, put).await?;
    Ok(())
}

pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    if let Some(told) = cx.empties.get(name) {
        contents::empty(cx, name, told).await?;
    }
    let account = &account(cx);
    done_if_missing(
        cx.call.send(&api::DELETE_BUCKET, name, || cx.aws.s3.delete_bucket().bucket(name).expected_bucket_owner(account).send()).await,
    )
}

/// Whose a bucket has to be: a name that somebody else has taken since is refused and not changed.
fn account(cx: &WriteCx) -> String {
    cx.scope.account.to_string()
}

fn tag_set(op: &Op, name: &str, tags: &Tags) -> Result<Vec<Tag>, AwsError> {
    let unsaid = unsaid(op, name);
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect::<Result<_, _>>().map_err(|e| unsaid(&e))
}

/// What the types of the SDK cannot say.
fn unsaid(op: &Op, name: &str) -> impl Fn(&dyn Error) -> AwsError {
    move |error| AwsError::told(Failure::Refused, op, name, error.to_string())
}
