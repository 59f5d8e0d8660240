//! Layers: how many, which, and for what they were made.

use std::collections::BTreeMap;

use crate::contract::Resource;
use crate::contract::count_limit;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::layer::Layer;
use crate::model::reference;
use crate::model::reference::is_known;
use crate::source::diagnostic::Place;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html";

/// Rules about layers.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E200",
        title: "too many layers",
        why: "A function has at most 5 layers, and Lambda refuses a sixth. Extensions of monitoring tools count too, as they come as \
              layers.",
        fix: "put several layers into one, or into the package",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        run: count,
    },
    Rule {
        code: "E201",
        title: "the same layer twice",
        why: "A function takes one version of a layer. Lambda refuses two versions of the same layer in one function, and the same version \
              twice.",
        fix: "keep one of the two",
        source: PAGE,
        run: twice,
    },
    Rule {
        code: "E202",
        title: "layer of another region",
        why: "A layer lives in one region, and only functions of that region use it. The ARN of a shared layer names the region in its \
              fourth part; its publisher lists one ARN a region.",
        fix: "take the ARN that the layer has in this region",
        source: PAGE,
        run: region,
    },
    Rule {
        code: "E203",
        title: "layer ARN without a version",
        why: "A function uses a version of a layer: the ARN ends in `:layer:<name>:<number>`. Lambda knows no newest version, and refuses \
              an ARN without the number.",
        fix: "add the number of a version at the end of the ARN",
        source: "botocore service model, lambda CreateFunction, Layers",
        run: form,
    },
    Rule {
        code: "W201",
        title: "layer made for other runtimes",
        why: "The layer declares the runtimes that it was made for, and the function's is not among them. AWS lets it pass: what fails is \
              the import at run time, as with a folder of another language or a binary for another version.",
        fix: "add the runtime to the layer's `compatible_runtimes`, or take the layer out of the function",
        source: PAGE,
        run: runtimes,
    },
    Rule {
        code: "W202",
        title: "layer made for another architecture",
        why: "The layer declares architectures, and the function's is not among them. Native libraries in it do not load there. AWS lets \
              it pass and the function fails when it starts.",
        fix: "add the architecture to the layer, or change the function's",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        run: architectures,
    },
];

/// Layers of a function with their places.
fn each<'a>(cx: &'a View<'_>, function: &'a Resource<Function>) -> impl Iterator<Item = (&'a str, Place)> {
    let arns = function.spec.config.layers.iter().enumerate();
    arns.map(|(index, arn)| (arn.as_str(), cx.place("functions", &function.key, &["layers", &index.to_string()])))
}

/// The layer of this stack that a reference names.
pub fn own<'a>(cx: &'a View<'_>, arn: &str) -> Option<&'a Resource<Layer>> {
    let reference = reference::references_in(arn).next().filter(|reference| reference.section == "layers")?;
    cx.all::<Layer>().iter().find(|layer| layer.key == reference.key)
}

/// The layer's ARN without its version.
fn without_version(arn: &str) -> &str {
    match arn.rsplit_once(':') {
        Some((layer, version)) if version.chars().all(|c| c.is_ascii_digit()) => layer,
        _ => arn,
    }
}

fn count(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = count_limit::<Function>("layers").max;
    for function in cx.all::<Function>() {
        let is = function.spec.config.layers.len() as i64;
        if is > most {
            let first_too_many = most.to_string();
            let place = cx.place("functions", &function.key, &["layers", &first_too_many]);
            found.add(place, &function.address, format!("{is} layers; AWS takes at most {most}"));
        }
    }
}

fn twice(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (arn, place) in each(cx, function) {
            let layer = without_version(arn);
            if let Some(first) = seen.insert(layer, arn) {
                let shown = own(cx, arn).map_or(layer, |layer| layer.key.as_str());
                let what = if first == arn { "is there twice" } else { "is there in two versions" };
                found.add(place, &function.address, format!("the layer `{shown}` {what}"));
            }
        }
    }
}

fn region(cx: &View<'_>, found: &mut Findings<'_>) {
    let here = &cx.loaded.scope.region;
    for function in cx.all::<Function>() {
        for (arn, place) in each(cx, function).filter(|(arn, _)| is_known(arn) && arn.contains(":layer:")) {
            let there = arn.split(':').nth(3).unwrap_or_default();
            if !there.is_empty() && there != here {
                found.add(place, &function.address, format!("the layer is of {there}; the function is of {here}"));
            }
        }
    }
}

fn form(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        for (arn, place) in each(cx, function).filter(|(arn, _)| is_known(arn) && !arn.contains(":awslayer:")) {
            let parts: Vec<&str> = arn.split(':').collect();
            let is_layer = parts.len() >= 7 && parts[2] == "lambda" && parts[5] == "layer";
            let version = parts.get(7).is_some_and(|version| !version.is_empty() && version.chars().all(|c| c.is_ascii_digit()));
            if !is_layer {
                let fix = "write a key of `layers`, or `arn:aws:lambda:<region>:<account>:layer:<name>:<number>`";
                found.add_with(place, &function.address, format!("`{arn}` is no ARN of a layer version"), fix);
            } else if !version || parts.len() != 8 {
                found.add(place, &function.address, format!("`{arn}` names no version of the layer"));
            }
        }
    }
}

fn runtimes(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(runtime) = function.spec.config.runtime.as_ref().filter(|runtime| is_known(runtime)) else { continue };
        for (arn, place) in each(cx, function) {
            let Some(layer) = own(cx, arn).filter(|layer| !layer.spec.compatible_runtimes.is_empty()) else { continue };
            if !layer.spec.compatible_runtimes.contains(runtime) {
                let made_for: Vec<&str> = layer.spec.compatible_runtimes.iter().map(String::as_str).collect();
                let message = format!("the layer `{}` is for {}; the function runs on {runtime}", layer.key, made_for.join(", "));
                found.add(place, &function.address, message);
            }
        }
    }
}

fn architectures(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let architecture = &function.spec.config.architecture;
        for (arn, place) in each(cx, function) {
            let Some(layer) = own(cx, arn).filter(|layer| !layer.spec.architectures.is_empty()) else { continue };
            if !layer.spec.architectures.contains(architecture.as_str()) {
                let made_for: Vec<&str> = layer.spec.architectures.iter().map(String::as_str).collect();
                let message = format!("the layer `{}` is for {}; the function runs on {architecture}", layer.key, made_for.join(", "));
                found.add(place, &function.address, message);
            }
        }
    }
}
