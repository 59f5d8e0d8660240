//! What IAM takes as the resource of a statement.

use super::iam::each;
use crate::contract::{Findings, Rule, View};
use crate::model::reference::opens_variable;

/// All of them.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E303",
        title: "a resource that is neither an ARN nor `*`",
        why: "IAM takes a resource as `*` or as an ARN of six parts: arn:partition:service:region:account:resource. ARNs of S3 and IAM have no region. Anything else makes the document malformed.",
        fix: "write the whole ARN, such as `arn:${aws.partition}:s3:::bucket/*`, or a reference such as `${queues.dlq.arn}`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
        run: resource,
    },
    Rule {
        code: "W303",
        title: "an ARN in a policy with fewer than six parts",
        why: "IAM reads the parts that are missing as `*`: `arn:aws:logs:*` is every resource of CloudWatch Logs. It takes it, and means more than is written.",
        fix: "write all six parts, such as `arn:aws:logs:*:*:*`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
        run: short_resource,
    },
];

fn resource(cx: &View<'_>, out: &mut Findings<'_>) {
    each_resource(cx, out, wrong_resource);
}

/// ARNs that IAM takes, and that say less than they look like.
fn short_resource(cx: &View<'_>, out: &mut Findings<'_>) {
    each_resource(cx, out, |text| {
        let is_short = text.splitn(6, ':').nth(5).is_none_or(str::is_empty);
        let is_taken = text.starts_with("arn:") && !opens_variable(text) && wrong_resource(text).is_none();
        (is_taken && is_short).then_some("has fewer than six parts")
    });
}

fn each_resource(cx: &View<'_>, out: &mut Findings<'_>, look: impl Fn(&str) -> Option<&'static str>) {
    each(cx, |document, statement| {
        for (text, place) in ["Resource", "NotResource"].into_iter().flat_map(|word| statement.texts(word)) {
            if let Some(wrong) = look(text) {
                out.add(place, &document.address, format!("`{text}` {wrong}"));
            }
        }
    });
}

fn wrong_resource(text: &str) -> Option<&'static str> {
    // A reference stands for a whole ARN, or for a part that is known later.
    if text == "*" || opens_variable(text) {
        return None;
    }
    if !text.starts_with("arn:") {
        return Some("is no ARN");
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or("*");
    // IAM reads what is missing as `*`.
    if parts.len() < 3 || (parts.len() < 6 && text.contains("::")) {
        return Some("is no ARN of six parts");
    }
    let (partition, service, region, rest) = (part(1), part(2), part(3), part(5));
    if !partition.starts_with("aws") && !partition.contains(['*', '?']) {
        return Some("names a partition that there is not");
    }
    let global = matches!(service, "s3" | "iam") && !region.is_empty() && !region.contains(['*', '?']);
    let bucket = service == "s3" && !rest.starts_with("accesspoint") && !rest.starts_with("job/") && !rest.starts_with("storage-lens");
    (global && (service == "iam" || bucket)).then_some("has a region, which ARNs of this service have not")
}
