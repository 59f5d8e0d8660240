//! Operations of AWS on roles.

use super::members;
use crate::aws::op::{IAM, Op, operations};

operations! {
    ATTACH_ROLE_POLICY = Op::writes("iam:AttachRolePolicy").paced(IAM).members(members::ATTACH_ROLE_POLICY_MEMBERS);
    CREATE_ROLE = Op::writes("iam:CreateRole").paced(IAM).members(members::CREATE_ROLE_MEMBERS);
    DELETE_ROLE = Op::writes("iam:DeleteRole").paced(IAM);
    DELETE_ROLE_PERMISSIONS_BOUNDARY = Op::writes("iam:DeleteRolePermissionsBoundary").paced(IAM);
    DELETE_ROLE_POLICY = Op::writes("iam:DeleteRolePolicy").paced(IAM);
    DETACH_ROLE_POLICY = Op::writes("iam:DetachRolePolicy").paced(IAM);
    GET_ACCOUNT_AUTHORIZATION_DETAILS = Op::reads("iam:GetAccountAuthorizationDetails").anywhere().paced(IAM);
    GET_ACCOUNT_SUMMARY = Op::reads("iam:GetAccountSummary").anywhere().paced(IAM);
    GET_ROLE = Op::reads("iam:GetRole").paced(IAM);
    LIST_ROLES = Op::reads("iam:ListRoles").anywhere().paced(IAM);
    PUT_ROLE_PERMISSIONS_BOUNDARY = Op::writes("iam:PutRolePermissionsBoundary").paced(IAM).members(members::PUT_ROLE_PERMISSIONS_BOUNDARY_MEMBERS);
    PUT_ROLE_POLICY = Op::writes("iam:PutRolePolicy").paced(IAM).members(members::PUT_ROLE_POLICY_MEMBERS);
    TAG_ROLE = Op::writes("iam:TagRole").paced(IAM);
    UNTAG_ROLE = Op::writes("iam:UntagRole").paced(IAM);
    UPDATE_ASSUME_ROLE_POLICY = Op::writes("iam:UpdateAssumeRolePolicy").paced(IAM).members(members::UPDATE_ASSUME_ROLE_POLICY_MEMBERS);
    UPDATE_ROLE = Op::writes("iam:UpdateRole").paced(IAM).members(members::UPDATE_ROLE_MEMBERS);
    UPDATE_ROLE_DESCRIPTION = Op::writes("iam:UpdateRoleDescription").paced(IAM);
}
