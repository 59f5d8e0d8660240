//! What carries the members of AWS's requests on roles.

use crate::aws::Member;

pub(super) const CREATE_ROLE_MEMBERS: &[Member] = &[
    Member::field("Path", "path").length(1, 512).form(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"),
    Member::name("RoleName").length(1, 64).refused("E171"),
    Member::field("AssumeRolePolicyDocument", "trust_policy").length(1, 8_192).refused("E311"),
    Member::field("Description", "description").length(0, 1_000).refused("E182"),
    Member::field("MaxSessionDuration", "max_session").range(3_600, 43_200).refused("E313").unit("s"),
    Member::field("PermissionsBoundary", "permissions_boundary").length(20, 2_048),
    Member::made("Tags", "the stack's tags and the mark"),
];

pub(super) const UPDATE_ROLE_MEMBERS: &[Member] = &[
    Member::name("RoleName").length(1, 64).refused("E171"),
    Member::field("Description", "description").length(0, 1_000).refused("E182"),
    Member::field("MaxSessionDuration", "max_session").range(3_600, 43_200).refused("E313").unit("s"),
];

pub(super) const UPDATE_ASSUME_ROLE_POLICY_MEMBERS: &[Member] = &[
    Member::name("RoleName").length(1, 64).refused("E171"),
    Member::field("PolicyDocument", "trust_policy").length(1, 8_192).refused("E311"),
];

pub(super) const PUT_ROLE_POLICY_MEMBERS: &[Member] = &[
    Member::name("RoleName").length(1, 64).refused("E171"),
    Member::field("PolicyName", "policies").length(1, 128).refused("E322"),
    // All of a role's together have no more.
    Member::field("PolicyDocument", "policies.*").length(1, 10_240).refused("E310"),
];

pub(super) const CREATE_POLICY_MEMBERS: &[Member] = &[
    // With the role's name and `@` before it.
    Member::field("PolicyName", "own_policies").length(1, 128).refused("E351"),
    Member::field("Path", "path").length(1, 512),
    // White space is not counted.
    Member::field("PolicyDocument", "own_policies.*").length(1, 6_144).refused("E350"),
    Member::left("Description", "IAM cannot change it afterwards"),
    Member::made("Tags", "the mark"),
];

pub(super) const CREATE_POLICY_VERSION_MEMBERS: &[Member] = &[
    Member::made("PolicyArn", "the policy's, which follows from its name"),
    Member::field("PolicyDocument", "own_policies.*").length(1, 6_144).refused("E350"),
    Member::made("SetAsDefault", "true: the new document counts"),
];

pub(super) const ATTACH_ROLE_POLICY_MEMBERS: &[Member] =
    &[Member::name("RoleName").length(1, 64).refused("E171"), Member::field("PolicyArn", "managed_policies.*").length(20, 2_048)];

pub(super) const PUT_ROLE_PERMISSIONS_BOUNDARY_MEMBERS: &[Member] = &[
    Member::name("RoleName").length(1, 64).refused("E171"),
    Member::field("PermissionsBoundary", "permissions_boundary").length(20, 2_048),
];
