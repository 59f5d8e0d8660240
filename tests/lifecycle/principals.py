"""How AWS writes the principals of a policy that it keeps: an account's id is
the ARN of its root, in the partition."""

import json
import re


def as_kept(policy, partition):
    """The policy's text with every account id as AWS gives it back."""
    document = json.loads(policy)
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        for key in ("Principal", "NotPrincipal"):
            principal = statement.get(key)
            if isinstance(principal, dict) and "AWS" in principal:
                principal["AWS"] = kept(principal["AWS"], partition)
    return json.dumps(document)


def kept(principal, partition):
    if isinstance(principal, list):
        return [kept(each, partition) for each in principal]
    return f"arn:{partition}:iam::{principal}:root" if re.fullmatch(r"\d{12}", principal) else principal
