//! Where the image of a function lies.

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::model::account;
use crate::model::reference::opens_variable;

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E128",
    title: "an image that does not lie where Lambda fetches it",
    why: "Lambda runs images of private repositories of ECR in the function's own region, of any account. It fetches none of another registry, region \
          or FIPS endpoint: \"Source image … is not valid. Provide a valid source image.\"",
    fix: "push the image to a repository of ECR in the stack's region, and write its address",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    run: elsewhere,
}];

fn elsewhere(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let home = cx.home("functions", &function.key);
        let Some(uri) = cx.loaded.tree.at(&[&home[..], &["image", "uri"]].concat()) else { continue };
        let Some(text) = uri.text() else { continue };
        if let Some(wrong) = wrong(&account::with_any(text), &cx.loaded.scope.region) {
            out.add(uri.place, &function.address, format!("`{text}` {wrong}"));
        }
    }
}

fn wrong(uri: &str, region: &str) -> Option<String> {
    let registry = uri.split('/').next().unwrap_or_default();
    if opens_variable(registry) {
        return None;
    }
    // The second is the one that is reached by IPv6, too.
    let parts = registry.split_once(".dkr.ecr.").or_else(|| registry.split_once(".dkr-ecr."));
    let Some((account, host)) = parts.filter(|(account, _)| account::is_id(account)) else {
        return Some("is of no private repository of ECR".to_owned());
    };
    let of = host.split('.').next().unwrap_or_default();
    let is_empty = uri.len() <= registry.len() + 1;
    match (of == region, is_empty) {
        (false, _) => Some(format!("is of {of}; the function is of {region}")),
        (true, true) => Some(format!("names no repository of {account}")),
        (true, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_lies_in_ecr_of_the_region() {
        let fits = |uri: &str| wrong(uri, "us-east-1").is_none();
        assert!(fits("111122223333.dkr.ecr.us-east-1.amazonaws.com/work:v7"));
        assert!(fits("111122223333.dkr-ecr.us-east-1.on.aws/work:v7"));
        assert!(fits("${var.registry}/work:v7"));
        assert!(!fits("111122223333.dkr.ecr.eu-west-1.amazonaws.com/work:v7"));
        assert!(!fits("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/work:v7"));
        assert!(!fits("111122223333.dkr.ecr.us-east-1.amazonaws.com/"));
        assert!(!fits("public.ecr.aws/lambda/python:3.13") && !fits("docker.io/library/python:3"));
    }
}
