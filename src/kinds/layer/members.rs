//! What carries the members of AWS's requests on layers.

use crate::aws::Member;

pub(super) const PUBLISH_LAYER_VERSION_MEMBERS: &[Member] = &[
    Member::name("LayerName").length(1, 140).refused("E175"),
    // The mark stands behind the field's text, and counts.
    Member::field("Description", "description").length(0, 256).refused("E181"),
    Member::left("Content.S3Bucket", "the zip goes with the call"),
    Member::left("Content.S3Key", "the zip goes with the call"),
    Member::left("Content.S3ObjectVersion", "the zip goes with the call"),
    Member::left("Content.S3ObjectStorageMode", "the zip goes with the call"),
    Member::made("Content.ZipFile", "the package of the sources"),
    Member::field("CompatibleArchitectures", "architectures").count(0, 2).words(&["arm64", "x86_64"]).refused("E103"),
    // Its words stand in the list of runtimes, which E105 looks at.
    Member::field("CompatibleRuntimes", "compatible_runtimes").count(0, 15).refused("E106"),
    Member::field("LicenseInfo", "license").length(0, 512),
];
