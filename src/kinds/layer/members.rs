//! What carries the members of AWS's requests on layers.

use crate::aws::Member;

pub(super) const PUBLISH_LAYER_VERSION_MEMBERS: &[Member] = &[
    Member::name("LayerName").length(1, 140).refused("E175"),
    // The mark stands behind the field's text, and counts.
    Member::field("Description", "description").length(0, 256).refused("E181"),
    Member::made("Content.S3Bucket", "the bucket of `artifacts`, for zips that no call carries"),
    Member::made("Content.S3Key", "where the zip lies while it is sent"),
    Member::left("Content.S3ObjectVersion", "what was just put there is taken"),
    Member::left("Content.S3ObjectStorageMode", "the zip is copied, and deleted then"),
    Member::made("Content.ZipFile", "the package of the sources"),
    Member::field("CompatibleArchitectures", "architectures").count(0, 2).words(&["arm64", "x86_64"]).refused("E103"),
    // Its words stand in the list of runtimes, which E105 looks at.
    Member::field("CompatibleRuntimes", "compatible_runtimes").count(0, 15).refused("E106"),
    Member::field("LicenseInfo", "license").length(0, 512).form(r".*"),
];
