//! S3 buckets.

use serde::{Deserialize, Serialize};

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Found, Grants, Kind, KindError, NameForm, Needs, ReadCx, Rule, WriteCx};
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Node, Partition, Reach, Scope};

mod age;
pub(crate) mod api;
mod contents;
mod file;
mod lifecycle;
mod live;
mod members;
mod needs;
mod rules;
mod spec;
mod write;
mod written;

pub use age::When;
pub use spec::{Encryption, LifecycleRule, ObjectOwnership, PublicAccessBlock, Spec, StorageClass};

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket;

/// What AWS alone knows of a bucket.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Live {
    /// From which size on objects move by its lifecycle rules: what the bucket was made with stays.
    #[serde(default)]
    pub minimum_object_size: Option<String>,
}

impl Kind for Bucket {
    const NAME: &'static str = "bucket";
    const SECTION: &'static str = "buckets";
    const ABOUT: &'static str = "S3 buckets.";
    const NAMES: NameForm = NameForm::PLAIN;
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "domain_name", "regional_domain_name", "dual_stack_domain_name"];
    const DOCUMENTS: &'static [&'static str] = &["policy"];
    const LOOSE: &'static [&'static str] = &["policy"];
    const IMMUTABLE: &'static [&'static str] = &["object_lock"];
    /// The name is one in all regions, and in all accounts.
    const REACH: Reach = Reach::Account;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("s3", "").until('/'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::S3::Bucket", &["BucketName"]),
            ("aws_s3_bucket", &["bucket"]),
            ("aws:s3/bucket:Bucket", &["bucket"]),
            ("aws:s3/bucketV2:BucketV2", &["bucket"]),
        ],
        parts: &[
            "AWS::S3::BucketPolicy",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_versioning",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_notification",
            "aws:s3/bucketPolicy:BucketPolicy",
            "aws:s3/bucketNotification:BucketNotification",
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        ],
    };

    type File = file::BucketFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        let region = &scope.region;
        let domain = Partition::of_region(region).suffix;
        [
            ("arn".into(), arn(scope, name)),
            ("name".into(), name.to_owned()),
            ("domain_name".into(), format!("{name}.s3.{domain}")),
            ("regional_domain_name".into(), format!("{name}.s3.{region}.{domain}")),
            ("dual_stack_domain_name".into(), format!("{name}.s3.dualstack.{region}.{domain}")),
        ]
        .into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have);
    }

    fn plain(_scope: &Scope, _name: &str, want: &Spec) -> Spec {
        written::plain(want)
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Self>>, AwsError> {
        live::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::owned(cx).await
    }

    async fn holds(cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        contents::holds(cx, &found.name).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
        write::create(cx, &node.name, want).await?;
        Ok(Attributes::new())
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, have, want).await?;
        Ok(Attributes::new())
    }

    async fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, &have.name, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, &have.name).await
    }
}

/// The ARN holds neither account nor region: the name is one in all of them.
pub fn arn(scope: &Scope, name: &str) -> String {
    format!("arn:{}:s3:::{name}", scope.partition)
}
