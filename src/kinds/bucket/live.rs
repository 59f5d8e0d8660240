//! Reading buckets: one call a part, and what is not set is an error of its own (docs/aws-facts.md §23).

use aws_sdk_s3::types::BucketVersioningStatus;
use futures_util::future::{try_join_all, try_join3, try_join4};

use super::{Bucket, Encryption, Live, ObjectOwnership, PublicAccessBlock, Spec, api, lifecycle};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing, notifications};
use crate::model::mark::user_tags;
use crate::model::{Owner, Scope, policy};

/// Buckets of a local AWS whose tags are read at a time.
const AT_A_TIME: usize = 50;

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Bucket>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        let claims = cx.marked("s3", "").await?;
        // Access points and their like are of S3 too.
        return Ok(claims.into_iter().filter(|claim| !claim.name.contains(['/', ':'])).collect());
    }
    let names = pages(&api::LIST_ALL_MY_BUCKETS, "buckets", |token| async move {
        let asked = || cx.aws.s3.list_buckets().max_buckets(1_000).set_continuation_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_ALL_MY_BUCKETS, "buckets", asked).await?;
        Ok(Page::new(page.buckets, page.continuation_token))
    });
    let names: Vec<String> = names.await?.into_iter().filter_map(|bucket| bucket.name).collect();
    let mut claims = Vec::new();
    for some in names.chunks(AT_A_TIME) {
        let tagged = some.iter().map(|name| async move {
            match tags(cx, name).await {
                // One in another region, or one that was deleted since it was listed.
                Err(error) if is_elsewhere(&error) => Ok(None),
                answer => Ok::<_, AwsError>(none_if_missing(answer)?.map(|tags| Claim::by(&cx.scope, Bucket::REACH, name, tags))),
            }
        });
        claims.extend(try_join_all(tagged).await?.into_iter().flatten());
    }
    Ok(claims)
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Bucket>>, AwsError> {
    let tags = tags(cx, name).await.map_err(|error| whose(&cx.scope, name, error));
    let Some(tags) = none_if_missing(tags)? else { return Ok(None) };
    none_if_missing(parts(cx, name, &tags).await)
}

/// What is wrong where a name is somebody else's: names are one in all accounts and regions.
fn whose(scope: &Scope, name: &str, error: AwsError) -> AwsError {
    let (account, region) = (&scope.account, &scope.region);
    let message = match error.code.as_str() {
        "AccessDenied" | "AllAccessDisabled" => format!(
            "a bucket {name} is there, and it is another account's than {account}, or {account} does not let you read it. Names of buckets \
             are one in all accounts: if it is not yours, give yours another `name` ({})",
            error.message
        ),
        _ if is_elsewhere(&error) => format!(
            "the bucket {name} is in another region than {region}. Names of buckets are one in all regions: give it another `name`, such as \
             one with ${{aws.region}} in it ({})",
            error.message
        ),
        _ => return error,
    };
    AwsError { message, ..error }
}

/// Whether the bucket is in another region than it was asked in.
fn is_elsewhere(error: &AwsError) -> bool {
    matches!(error.code.as_str(), "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed")
}

/// The tags of a bucket, those of AWS's own too.
async fn tags(cx: &ReadCx, name: &str) -> Result<Tags, AwsError> {
    let account = cx.scope.account.to_string();
    let asked = || cx.aws.s3.get_bucket_tagging().bucket(name).expected_bucket_owner(&account).send();
    let answer = set("NoSuchTagSet", cx.call.send(&api::GET_BUCKET_TAGGING, name, asked).await)?;
    Ok(answer.into_iter().flat_map(|answer| answer.tag_set).map(|tag| (tag.key, tag.value)).collect())
}

/// What is set; none where S3 says by this code that nothing is.
fn set<T>(nothing: &str, answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Err(error) if error.code == nothing => Ok(None),
        answer => answer.map(Some),
    }
}

async fn parts(cx: &ReadCx, name: &str, tags: &Tags) -> Result<Found<Bucket>, AwsError> {
    let account = &cx.scope.account.to_string();
    let (s3, call) = (&cx.aws.s3, &cx.call);
    let lock = async {
        let asked = || s3.get_object_lock_configuration().bucket(name).expected_bucket_owner(account).send();
        set("ObjectLockConfigurationNotFoundError", call.send(&api::GET_BUCKET_OBJECT_LOCK_CONFIGURATION, name, asked).await)
    };
    let ownership = async {
        let asked = || s3.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(account).send();
        set("OwnershipControlsNotFoundError", call.send(&api::GET_BUCKET_OWNERSHIP_CONTROLS, name, asked).await)
    };
    let block = async {
        let asked = || s3.get_public_access_block().bucket(name).expected_bucket_owner(account).send();
        set("NoSuchPublicAccessBlockConfiguration", call.send(&api::GET_BUCKET_PUBLIC_ACCESS_BLOCK, name, asked).await)
    };
    let encryption = async {
        let asked = || s3.get_bucket_encryption().bucket(name).expected_bucket_owner(account).send();
        set("ServerSideEncryptionConfigurationNotFoundError", call.send(&api::GET_ENCRYPTION_CONFIGURATION, name, asked).await)
    };
    let versioning = async {
        let asked = || s3.get_bucket_versioning().bucket(name).expected_bucket_owner(account).send();
        call.send(&api::GET_BUCKET_VERSIONING, name, asked).await
    };
    let rules = async {
        let asked = || s3.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(account).send();
        set("NoSuchLifecycleConfiguration", call.send(&api::GET_LIFECYCLE_CONFIGURATION, name, asked).await)
    };
    let document = async {
        let asked = || s3.get_bucket_policy().bucket(name).expected_bucket_owner(account).send();
        set("NoSuchBucketPolicy", call.send(&api::GET_BUCKET_POLICY, name, asked).await)
    };
    // Functions that the bucket starts read the same document.
    let notified = notifications::document(cx, name);
    let access = futures_util::future::try_join(try_join4(lock, ownership, block, document), try_join3(encryption, versioning, notified));
    let (((lock, ownership, block, document), (encryption, versioning, notified)), rules) =
        futures_util::future::try_join(access, rules).await?;

    let aws = Spec::default();
    let on = |flag: Option<bool>| flag.unwrap_or_default();
    let by_default = encryption.and_then(|answer| answer.server_side_encryption_configuration).and_then(|all| all.rules.into_iter().next());
    let bucket_key = by_default.as_ref().and_then(|rule| rule.bucket_key_enabled);
    let algorithm = by_default.and_then(|rule| rule.apply_server_side_encryption_by_default);
    let minimum_object_size =
        rules.as_ref().and_then(|answer| answer.transition_default_minimum_object_size()).map(|size| size.as_str().to_owned());
    let spec = Spec {
        object_lock: lock.and_then(|answer| answer.object_lock_configuration).is_some_and(|lock| lock.object_lock_enabled.is_some()),
        // Buckets that are older than the setting have none: their objects are whoever's put them.
        object_ownership: ownership
            .and_then(|answer| answer.ownership_controls)
            .and_then(|controls| controls.rules.into_iter().next())
            .map_or(ObjectOwnership::ObjectWriter.into(), |rule| rule.object_ownership.as_str().into()),
        public_access_block: block.and_then(|answer| answer.public_access_block_configuration).map_or(
            PublicAccessBlock::of(false),
            |block| PublicAccessBlock {
                block_public_acls: on(block.block_public_acls),
                ignore_public_acls: on(block.ignore_public_acls),
                block_public_policy: on(block.block_public_policy),
                restrict_public_buckets: on(block.restrict_public_buckets),
            },
        ),
        encryption: algorithm.as_ref().map_or(Encryption::S3.into(), |by| by.sse_algorithm.as_str().into()),
        kms_key: algorithm.and_then(|by| by.kms_master_key_id),
        bucket_key: bucket_key.unwrap_or(aws.bucket_key),
        versioning: versioning.status == Some(BucketVersioningStatus::Enabled),
        lifecycle: lifecycle::from_live(rules.and_then(|answer| answer.rules).unwrap_or_default()),
        policy: document.and_then(|answer| answer.policy).map(|text| policy::parse(&text)),
        eventbridge: notified.is_some_and(|read| read.document.event_bridge),
        tags: user_tags(tags.clone()),
    };
    let owner = Owner::of(&cx.scope, Bucket::REACH, tags);
    Ok(Found { name: name.to_owned(), spec, live: Live { minimum_object_size }, owner, unread: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Failure;

    #[test]
    fn a_name_that_is_somebody_elses_is_told_as_such() {
        let scope = Scope {
            partition: "aws".into(),
            account: "1".into(),
            region: "eu-west-1".into(),
            stack: "s".into(),
            env: "dev".into(),
            instance: "dev".into(),
        };
        let told = |code: &str| {
            let error = AwsError::told(Failure::Refused, &api::GET_BUCKET_TAGGING, "b", "as S3 says").coded(code);
            whose(&scope, "b", error).to_string()
        };
        assert!(told("AccessDenied").contains("another account's than 1"));
        assert!(told("PermanentRedirect").contains("in another region than eu-west-1"));
        assert!(!told("InternalError").contains("another"));
    }
}
