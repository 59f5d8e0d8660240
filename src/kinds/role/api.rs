//! Operations of AWS on roles.

use super::members;
use crate::aws::op::{IAM, Op, operations};

operations! {
    ATTACH_ROLE_POLICY = Op::writes("iam:AttachRolePolicy").repeatable().paced(IAM).members(members::ATTACH_ROLE_POLICY_MEMBERS);
    CREATE_POLICY = Op::writes("iam:CreatePolicy").repeatable().paced(IAM).members(members::CREATE_POLICY_MEMBERS);
    CREATE_POLICY_VERSION = Op::writes("iam:CreatePolicyVersion").paced(IAM).members(members::CREATE_POLICY_VERSION_MEMBERS);
    CREATE_ROLE = Op::writes("iam:CreateRole").paced(IAM).members(members::CREATE_ROLE_MEMBERS);
    DELETE_POLICY = Op::writes("iam:DeletePolicy").repeatable().paced(IAM);
    DELETE_POLICY_VERSION = Op::writes("iam:DeletePolicyVersion").repeatable().paced(IAM);
    DELETE_ROLE = Op::writes("iam:DeleteRole").repeatable().paced(IAM);
    DELETE_ROLE_PERMISSIONS_BOUNDARY = Op::writes("iam:DeleteRolePermissionsBoundary").repeatable().paced(IAM);
    DELETE_ROLE_POLICY = Op::writes("iam:DeleteRolePolicy").repeatable().paced(IAM);
    DETACH_ROLE_POLICY = Op::writes("iam:DetachRolePolicy").repeatable().paced(IAM);
    GET_ACCOUNT_AUTHORIZATION_DETAILS = Op::reads("iam:GetAccountAuthorizationDetails").anywhere().paced(IAM);
    GET_ACCOUNT_SUMMARY = Op::reads("iam:GetAccountSummary").anywhere().paced(IAM);
    GET_POLICY = Op::reads("iam:GetPolicy").paced(IAM);
    GET_POLICY_VERSION = Op::reads("iam:GetPolicyVersion").paced(IAM);
    GET_ROLE = Op::reads("iam:GetRole").paced(IAM);
    LIST_POLICY_VERSIONS = Op::reads("iam:ListPolicyVersions").paced(IAM);
    LIST_ROLES = Op::reads("iam:ListRoles").anywhere().paced(IAM);
    PUT_ROLE_PERMISSIONS_BOUNDARY = Op::writes("iam:PutRolePermissionsBoundary").repeatable().paced(IAM).members(members::PUT_ROLE_PERMISSIONS_BOUNDARY_MEMBERS);
    PUT_ROLE_POLICY = Op::writes("iam:PutRolePolicy").repeatable().paced(IAM).members(members::PUT_ROLE_POLICY_MEMBERS);
    TAG_POLICY = Op::writes("iam:TagPolicy").repeatable().paced(IAM);
    TAG_ROLE = Op::writes("iam:TagRole").repeatable().paced(IAM);
    UNTAG_POLICY = Op::writes("iam:UntagPolicy").repeatable().paced(IAM);
    UNTAG_ROLE = Op::writes("iam:UntagRole").repeatable().paced(IAM);
    UPDATE_ASSUME_ROLE_POLICY = Op::writes("iam:UpdateAssumeRolePolicy").repeatable().paced(IAM).members(members::UPDATE_ASSUME_ROLE_POLICY_MEMBERS);
    UPDATE_ROLE = Op::writes("iam:UpdateRole").repeatable().paced(IAM).members(members::UPDATE_ROLE_MEMBERS);
    UPDATE_ROLE_DESCRIPTION = Op::writes("iam:UpdateRoleDescription").repeatable().paced(IAM);
}
