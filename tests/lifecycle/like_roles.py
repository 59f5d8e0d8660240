"""How IAM tells of roles."""

import urllib.parse

import principals
from behaviours import behaviour

TRUST = behaviour(
    "trust-principals",
    "chalice#777, [AD] reference_policies_elements_principal: an account's id is the ARN of its root, in "
    "the partition; documents come URL-encoded [M]")


@TRUST.answered("iam:CreateRole", "iam:GetRole", "iam:ListRoles", "iam:GetAccountAuthorizationDetails")
def name_root(exchange):
    answer = exchange.answer
    for role in [*answer.get("Roles", []), *answer.get("RoleDetailList", []), *([answer["Role"]] if "Role" in answer else [])]:
        document = principals.as_kept(urllib.parse.unquote(role["AssumeRolePolicyDocument"]), exchange.partition)
        role["AssumeRolePolicyDocument"] = urllib.parse.quote(document, safe="")


DETAILS = behaviour(
    "role-details-tell-the-boundary",
    "[M] shape RoleDetail, PermissionsBoundary; the local AWS tells it in GetRole alone")


@DETAILS.answered("iam:GetAccountAuthorizationDetails")
def tell_boundary(exchange):
    for role in exchange.answer.get("RoleDetailList", []):
        live = exchange.local.or_none("iam", "GetRole", RoleName=role["RoleName"])
        if live and "PermissionsBoundary" in live["Role"]:
            role["PermissionsBoundary"] = live["Role"]["PermissionsBoundary"]
