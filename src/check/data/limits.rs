//! Numbers of AWS that no member of a request states. Looked up on 2026-11-21.

/// Bytes of code and layers unpacked
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
pub const UNZIPPED_BYTES: i64 = 262_144_000;
/// Bytes of a zip that a call carries (the same page).
pub const ZIPPED_BYTES: i64 = 52_428_800;
/// Records of an SQS batch that is not gathered
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html>).
pub const BATCH_WITHOUT_WINDOW: i64 = 10;
/// Records of a batch of a FIFO queue (the same page).
pub const BATCH_OF_FIFO: i64 = 10;
/// Tags of a resource
/// (<https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>).
pub const TAGS: i64 = 50;
/// Characters of a tag's key (botocore service model, iam TagRole, Tags.Key).
pub const TAG_KEY: (i64, i64) = (1, 128);
/// Characters of a tag's value (botocore service model, iam TagRole, Tags.Value).
pub const TAG_VALUE: i64 = 256;
