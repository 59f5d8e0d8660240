//! What S3 refuses of a bucket, and what is unwise.

use super::Bucket;
use crate::contract::{Rule, rows};

mod encryption;
mod lifecycle;
mod names;
mod policy;
mod public;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E610",
        title: "bucket name that S3 refuses",
        why: "A bucket's name has 3 to 63 small letters, digits, `-` and `.`, and a letter or digit at each end. Two dots never stand together, it is no \
              IP address, and some beginnings and ends are S3's own. Names of resources that a pattern makes may hold more than that, such as `_`.",
        fix: "give it a `name` of small letters, digits and `-`",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
        run: names::refused,
    },
    Rule {
        code: "E611",
        title: "an ownership of objects that S3 does not know",
        why: "Objects are BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter. With the first there are no ACLs, and all is the bucket owner's.",
        fix: "write one of the three",
        source: "botocore service model, s3 PutBucketOwnershipControls, ObjectOwnership",
        run: rows::<Bucket>,
    },
    Rule {
        code: "E612",
        title: "an encryption that S3 does not know",
        why: "S3 encrypts with keys of its own (`sse-s3`), with a key of KMS (`kms`), or twice with one (`kms-dsse`).",
        fix: "write `sse-s3`, `kms` or `kms-dsse`",
        source: "botocore service model, s3 PutBucketEncryption, SSEAlgorithm",
        run: rows::<Bucket>,
    },
    Rule {
        code: "E613",
        title: "a key that goes with another encryption",
        why: "With keys of S3's own there is no key of KMS, and PutBucketEncryption answers InvalidArgument to one. A bucket key goes with `kms` alone: \
              S3 has none for `kms-dsse`.",
        fix: "write `encryption: kms`, or take the key out",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html",
        run: encryption::other_key,
    },
    Rule {
        code: "E614",
        title: "a lifecycle rule that S3 does not take",
        why: "A rule does something, its id has at most 255 characters, and a bucket has at most 1,000 rules. Delete markers expire by themselves, and not \
              in a rule that names days, tags or sizes; unfinished uploads have no tags and no size. PutBucketLifecycleConfiguration refuses the whole document \
              for one such rule.",
        fix: "mend the rule, or make two of it",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
        run: lifecycle::refused,
    },
    Rule {
        code: "E615",
        title: "a storage class that objects cannot move to",
        why: "Objects move to STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER or DEEP_ARCHIVE, and never to STANDARD.",
        fix: "write one of them",
        source: "botocore service model, s3 PutBucketLifecycleConfiguration, StorageClass",
        run: rows::<Bucket>,
    },
    Rule {
        code: "E616",
        title: "moves of objects that S3 does not take",
        why: "Objects move down, from what is read often to what is read seldom, and never back. They move to STANDARD_IA and ONEZONE_IA after 30 days at the \
              earliest, from there on after 30 more, and are deleted only after the last move. All of a rule is by days, or all by dates. S3 answers \
              InvalidArgument.",
        fix: "put the moves in order, with enough days between them",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
        run: lifecycle::moves,
    },
    Rule {
        code: "E617",
        title: "a bucket policy that S3 does not take",
        why: "A bucket's policy is about that bucket and its objects, names actions of S3, each with a resource that it \
              is about, and has at most 20 KB. S3 answers MalformedPolicy, `Policy has invalid resource` or `Action does not apply to any \
              resource(s) in statement`.",
        fix: "name the bucket: `resources: [\"${buckets.KEY.arn}\", \"${buckets.KEY.arn}/*\"]`",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html",
        run: policy::refused,
    },
    Rule {
        code: "E618",
        title: "a public policy on a bucket that refuses public ones",
        why: "A policy that lets everybody in is refused with AccessDenied where `block_public_policy` is on, as it is where nothing is said.",
        fix: "name who may (a principal, or a condition such as aws:PrincipalOrgID), or write `public_access_block: { block_public_policy: false, restrict_public_buckets: false }`",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        run: policy::blocked,
    },
    Rule {
        code: "W619",
        title: "a public policy that lets nobody in",
        why: "Where `restrict_public_buckets` is on, a policy that lets everybody in lets in services of AWS and the owner's account alone.",
        fix: "write `restrict_public_buckets: false` beside it, or name who may",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        run: policy::restricted,
    },
    Rule {
        code: "W620",
        title: "a bucket name with dots",
        why: "The certificate of S3 is for one label before `.s3`. An address such as `my.data.s3.amazonaws.com` fails its check, S3 Transfer Acceleration does not \
              take the name, and AWS advises against it for all but static websites.",
        fix: "write `-` for `.`",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
        run: names::dotted,
    },
    Rule {
        code: "W621",
        title: "a KMS key that is not named by its ARN",
        why: "S3 looks an id or an alias up in the account of whoever puts an object. One of another account puts it under a key of its own, which the \
              bucket's owner cannot use.",
        fix: "write the key's ARN",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html",
        run: encryption::no_arn,
    },
    Rule {
        code: "W622",
        title: "a lifecycle rule about versions in a bucket that keeps none",
        why: "Versions that are not the newest, and delete markers, are there only where `versioning` is on, or was.",
        fix: "set `versioning: true`, or take that part of the rule out",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
        run: lifecycle::without_versions,
    },
];
