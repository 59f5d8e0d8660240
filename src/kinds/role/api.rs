//! Operations of AWS on roles.

use crate::aws::op::{IAM, Op, operations};

operations! {
    ATTACH_ROLE_POLICY = Op::writes("iam:AttachRolePolicy").paced(IAM);
    CREATE_ROLE = Op::writes("iam:CreateRole").paced(IAM);
    DELETE_ROLE = Op::writes("iam:DeleteRole").paced(IAM);
    DELETE_ROLE_PERMISSIONS_BOUNDARY = Op::writes("iam:DeleteRolePermissionsBoundary").paced(IAM);
    DELETE_ROLE_POLICY = Op::writes("iam:DeleteRolePolicy").paced(IAM);
    DETACH_ROLE_POLICY = Op::writes("iam:DetachRolePolicy").paced(IAM);
    GET_ACCOUNT_AUTHORIZATION_DETAILS = Op::reads("iam:GetAccountAuthorizationDetails").anywhere().paced(IAM);
    GET_ACCOUNT_SUMMARY = Op::reads("iam:GetAccountSummary").anywhere().paced(IAM);
    GET_ROLE = Op::reads("iam:GetRole").paced(IAM);
    LIST_ROLES = Op::reads("iam:ListRoles").anywhere().paced(IAM);
    PUT_ROLE_PERMISSIONS_BOUNDARY = Op::writes("iam:PutRolePermissionsBoundary").paced(IAM);
    PUT_ROLE_POLICY = Op::writes("iam:PutRolePolicy").paced(IAM);
    TAG_ROLE = Op::writes("iam:TagRole").paced(IAM);
    UNTAG_ROLE = Op::writes("iam:UntagRole").paced(IAM);
    UPDATE_ASSUME_ROLE_POLICY = Op::writes("iam:UpdateAssumeRolePolicy").paced(IAM);
    UPDATE_ROLE = Op::writes("iam:UpdateRole").paced(IAM);
    UPDATE_ROLE_DESCRIPTION = Op::writes("iam:UpdateRoleDescription").paced(IAM);
}
