//! Runtimes, the days on which AWS lets go of them, and architectures.

use jiff::civil::Date;

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::function::runtimes::{Runtime, runtimes};
use crate::kinds::function::words::Architecture;
use crate::kinds::layer::Layer;
use crate::model::counted;
use crate::model::reference::is_known;
use crate::source::diagnostic::{Place, suggest};

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html";

/// Days before a block from which on it is told.
const NOTICE: i32 = 180;

/// Rules about runtimes and architectures.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E101",
        title: "unknown runtime",
        why: "Lambda takes only the runtimes on its list, spelt as they stand there, or the ARN of a runtime of your own. Any other \
              word is answered with InvalidParameterValueException when the function is created or updated.",
        fix: "write a runtime that Lambda has",
        source: PAGE,
        run: unknown,
    },
    Rule {
        code: "E102",
        title: "runtime that can no longer be chosen",
        why: "AWS blocks new functions with a runtime some time after it was deprecated, and later updates of old functions too. \
              CreateFunction then answers that the runtime is no longer supported. The days come from AWS's table and move at times.",
        fix: "move to a runtime that AWS still supports",
        source: PAGE,
        run: blocked,
    },
    Rule {
        code: "E103",
        title: "unknown architecture",
        why: "Lambda runs functions on `x86_64` or `arm64`, and knows no other spelling of the two. Layers are declared for the same \
              two words.",
        fix: "write `x86_64` or `arm64`",
        source: "botocore service model, lambda CreateFunction, Architectures",
        run: architecture,
    },
    Rule {
        code: "E104",
        title: "architecture that the runtime does not have",
        why: "Runtimes on the first Amazon Linux exist for x86_64 only. A function that asks for one of them on arm64 is refused.",
        fix: "take `x86_64`, or a newer runtime",
        source: PAGE,
        run: not_offered,
    },
    Rule {
        code: "E105",
        title: "layer for an unknown runtime",
        why: "PublishLayerVersion checks each compatible runtime against Lambda's own list. One word that is not on it refuses the \
              whole version.",
        fix: "write runtimes that Lambda has",
        source: "botocore service model, lambda PublishLayerVersion, CompatibleRuntimes",
        run: layer_runtimes,
    },
    Rule {
        code: "W104",
        title: "runtime that is newer than the list",
        why: "The runtime is not on AWS's list as of the day that this version of etlctl knows it, and its name is that of a newer one. AWS \
              may have it by now; where it has not, the function is refused when it is created or updated.",
        fix: "see in AWS's table that the runtime is there, or use a newer etlctl",
        source: PAGE,
        run: newer,
    },
    Rule {
        code: "W105",
        title: "layer for a runtime that AWS may not take",
        why: "PublishLayerVersion checks each compatible runtime against AWS's list of the day. What is newer than the list here may be on \
              it; what AWS blocks may have been taken off. The list helps people to find a layer, and no function is bound to it.",
        fix: "keep the runtimes that your functions use",
        source: "botocore service model, lambda PublishLayerVersion, CompatibleRuntimes",
        run: doubtful_layer_runtimes,
    },
    Rule {
        code: "W101",
        title: "deprecated runtime",
        why: "A deprecated runtime gets no security patches and no support. It still works: first AWS stops new functions with it, \
              then changes of the code and configuration of those that are there.",
        fix: "move to a runtime that AWS supports",
        source: PAGE,
        run: deprecated,
    },
    Rule {
        code: "W102",
        title: "runtime that will soon be blocked",
        why: "Within half a year AWS will refuse new functions with this runtime. A stack that deploys today will then not come up in \
              a new environment, nor come back after a destroy.",
        fix: "plan the move to a newer runtime",
        source: PAGE,
        run: soon_blocked,
    },
    Rule {
        code: "W103",
        title: "runtime in preview",
        why: "AWS offers this runtime to be tried. It comes without a service level and without support, and may change until it is \
              generally available.",
        fix: "use the newest supported runtime in production",
        source: PAGE,
        run: preview,
    },
];

/// Functions with a runtime that can be judged, and the place where it is written.
fn each<'a>(cx: &'a View<'_>) -> impl Iterator<Item = (&'a str, &'a str, Place)> {
    cx.all::<Function>().iter().filter_map(|function| {
        let runtime = function.spec.config.runtime.as_deref()?;
        // `custom` and ARNs stand for runtimes that a customer keeps.
        let judged = is_known(runtime) && !runtime.starts_with("arn:") && runtime != "custom";
        judged.then(|| (function.address.as_str(), runtime, cx.place("functions", &function.key, &["runtime"])))
    })
}

fn each_known<'a>(cx: &'a View<'_>) -> impl Iterator<Item = (&'a str, &'static Runtime, Place)> {
    each(cx).filter_map(|(address, runtime, place)| Some((address, runtimes().get(runtime)?, place)))
}

fn nearest(word: &str, on: Date) -> String {
    match runtimes().nearest(word, on) {
        Some(runtime) => format!("did you mean `{}`?", runtime.id),
        None => {
            let current: Vec<&str> = runtimes().runtimes.iter().filter(|r| r.is_current(on)).map(|r| r.id.as_str()).collect();
            format!("one of: {}", current.join(", "))
        }
    }
}

fn successor(runtime: &Runtime, on: Date) -> Option<String> {
    runtimes().newest(&runtime.family, on).map(|newest| format!("move to `{}`", newest.id))
}

fn unknown(cx: &View<'_>, found: &mut Findings<'_>) {
    let has_data = !runtimes().runtimes.is_empty();
    let is_unknown = |runtime: &str| has_data && runtimes().get(runtime).is_none() && !runtimes().may_be_newer(runtime);
    for (address, runtime, place) in each(cx).filter(|(_, runtime, _)| is_unknown(runtime)) {
        let container_only = matches!(runtime, "dotnet9" | "dotnet7" | "dotnet5.0");
        let message = if container_only {
            format!("`{runtime}` is there for container images only, not for zips")
        } else {
            format!("Lambda has no runtime `{runtime}` (AWS's list as of {})", runtimes().as_of)
        };
        found.add_with(place, address, message, nearest(runtime, cx.as_of));
    }
}

fn newer(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, runtime, place) in each(cx).filter(|(_, runtime, _)| runtimes().may_be_newer(runtime)) {
        found.add(place, address, format!("`{runtime}` is not on AWS's list as of {}; it may be newer", runtimes().as_of));
    }
}

fn blocked(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, runtime, place) in each_known(cx).filter(|(_, runtime, _)| runtime.is_blocked(cx.as_of, cx.is_chosen)) {
        let since = runtime.block_create.map_or_else(String::new, |day| format!(" since {day}"));
        let updates = match runtime.block_update {
            Some(day) if day > cx.as_of || (!cx.is_chosen && day > runtimes().as_of) => {
                format!("; functions that are there can be updated until {day}")
            }
            _ => String::new(),
        };
        let message = format!("AWS creates no function with `{}`{since}{updates}", runtime.id);
        let fix = successor(runtime, cx.as_of);
        if updates.is_empty() {
            found.add_with(place, address, message, fix);
        } else {
            found.add_for_new(place, address, message, fix);
        }
    }
}

fn deprecated(cx: &View<'_>, found: &mut Findings<'_>) {
    let is_deprecated = |runtime: &Runtime| !runtime.is_blocked(cx.as_of, cx.is_chosen) && runtime.is_deprecated(cx.as_of);
    for (address, runtime, place) in each_known(cx).filter(|(_, runtime, _)| is_deprecated(runtime)) {
        let since = runtime.deprecated.map_or_else(String::new, |day| format!(" since {day}"));
        let then = runtime.block_create.map_or_else(String::new, |day| {
            let update = runtime.block_update.map_or_else(String::new, |day| format!(", updates on {day}"));
            if day <= cx.as_of {
                return format!(
                    "; as of {} AWS was to block new functions on {day}{update}, and may have moved the days",
                    runtimes().as_of
                );
            }
            format!("; AWS blocks new functions on {day} (in {}){update}", counted(days_until(cx.as_of, day), "day"))
        });
        found.add_with(place, address, format!("`{}` is deprecated{since}{then}", runtime.id), successor(runtime, cx.as_of));
    }
}

fn soon_blocked(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, runtime, place) in each_known(cx).filter(|(_, runtime, _)| !runtime.is_deprecated(cx.as_of)) {
        let Some(day) = runtime.block_create.filter(|day| (1..=NOTICE).contains(&days_until(cx.as_of, *day))) else { continue };
        let left = days_until(cx.as_of, day);
        let deprecated = runtime.deprecated.map_or_else(String::new, |day| format!(", and is deprecated from {day} on"));
        let message = format!("AWS blocks new functions with `{}` on {day} (in {}){deprecated}", runtime.id, counted(left, "day"));
        found.add_with(place, address, message, successor(runtime, cx.as_of));
    }
}

fn days_until(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

fn preview(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, runtime, place) in each_known(cx).filter(|(_, runtime, _)| runtime.preview) {
        let message = format!("`{}` is a preview without support, as of {}", runtime.id, runtimes().as_of);
        found.add_with(place, address, message, successor(runtime, cx.as_of));
    }
}

const ARCHITECTURES: [&str; 2] = ["x86_64", "arm64"];

fn architecture_fix(word: &str) -> String {
    match word.to_lowercase().as_str() {
        "x86" | "x86-64" | "x64" | "amd64" | "intel" => "write `x86_64`".to_owned(),
        "arm" | "aarch64" | "graviton" | "arm_64" | "armv8" => "write `arm64`".to_owned(),
        _ => suggest(word, ARCHITECTURES),
    }
}

fn architecture(cx: &View<'_>, found: &mut Findings<'_>) {
    let is_wrong = |word: &str| is_known(word) && !ARCHITECTURES.contains(&word);
    for function in cx.all::<Function>() {
        let word = function.spec.config.architecture.as_str();
        if is_wrong(word) {
            let place = cx.place("functions", &function.key, &["architecture"]);
            found.add_with(place, &function.address, format!("Lambda has no architecture `{word}`"), architecture_fix(word));
        }
    }
    for layer in cx.all::<Layer>() {
        for word in layer.spec.architectures.iter().filter(|word| is_wrong(word)) {
            let place = item_place(cx, &layer.key, "architectures", word);
            found.add_with(place, &layer.address, format!("Lambda has no architecture `{word}`"), architecture_fix(word));
        }
    }
}

/// Where an item of a layer's list stands: the spec keeps no order.
fn item_place(cx: &View<'_>, key: &str, field: &str, word: &str) -> Place {
    let list = cx.loaded.tree.get("layers").and_then(|layers| layers.get(key)).and_then(|layer| layer.get(field));
    let mut place = None;
    if let Some(list) = list {
        list.each_text(&mut |text, at| place = place.or_else(|| (text == word).then_some(at)));
    }
    place.unwrap_or_else(|| cx.place("layers", key, &[field]))
}

fn not_offered(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>().iter().filter(|function| function.spec.config.architecture.is(Architecture::Arm)) {
        let Some(runtime) = function.spec.config.runtime.as_deref().and_then(|id| runtimes().get(id)).filter(|r| !r.arm64) else {
            continue;
        };
        let place = cx.place("functions", &function.key, &["architecture"]);
        found.add(place, &function.address, format!("`{}` is not there for arm64", runtime.id));
    }
}

fn layer_runtimes(cx: &View<'_>, found: &mut Findings<'_>) {
    let has_data = !runtimes().runtimes.is_empty();
    for layer in cx.all::<Layer>() {
        let is_unknown = |word: &&String| has_data && is_known(word) && runtimes().get(word).is_none() && !runtimes().may_be_newer(word);
        for word in layer.spec.compatible_runtimes.iter().filter(is_unknown) {
            let place = item_place(cx, &layer.key, "compatible_runtimes", word);
            found.add_with(place, &layer.address, format!("Lambda has no runtime `{word}`"), nearest(word, cx.as_of));
        }
    }
}

fn doubtful_layer_runtimes(cx: &View<'_>, found: &mut Findings<'_>) {
    for layer in cx.all::<Layer>() {
        for word in &layer.spec.compatible_runtimes {
            let message = match runtimes().get(word) {
                Some(runtime) if runtime.is_blocked(cx.as_of, cx.is_chosen) => {
                    format!("AWS makes no function with `{word}` any more, and may no longer take it of a layer")
                }
                None if runtimes().may_be_newer(word) => {
                    format!("`{word}` is not on AWS's list as of {}; it may be newer", runtimes().as_of)
                }
                _ => continue,
            };
            found.add(item_place(cx, &layer.key, "compatible_runtimes", word), &layer.address, message);
        }
    }
}
