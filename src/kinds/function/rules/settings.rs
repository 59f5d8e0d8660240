//! Settings of a function.

use crate::contract::{Findings, Resource, Rule, View, is_plain, length_limit, names, rows};
use crate::kinds::function::Function;
use crate::kinds::function::words::{ApplicationLevel, LogFormat, SystemLevel};
use crate::model::reference::is_known;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::{Node, Yaml};
use crate::source::word::{Word, Words};

const QUOTAS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const LOGGING: &str = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E170",
        title: "function name that AWS refuses",
        why: "A function's name has 1 to 64 letters, digits, `-` and `_`. The name that the pattern under `naming` makes counts whole, \
              suffix included.",
        fix: "use letters, digits, `-` and `_`",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
        run: name,
    },
    Rule {
        code: "E180",
        title: "function description too long",
        why: "A function's description has at most 256 characters. What needs more room belongs in a tag that points to a page.",
        fix: "shorten the description",
        source: "botocore service model, lambda CreateFunction, Description",
        run: rows::<Function>,
    },
    Rule {
        code: "E130",
        title: "memory out of range",
        why: "A function has 128 to 10,240 MB of memory, in steps of 1 MB. Its share of processors grows with the memory. CreateFunction \
              and UpdateFunctionConfiguration refuse any other size.",
        fix: "write a size from 128 to 10240",
        source: QUOTAS,
        run: rows::<Function>,
    },
    Rule {
        code: "E131",
        title: "timeout out of range",
        why: "An invocation may take 1 to 900 seconds. Work that needs longer than 15 minutes belongs into several invocations, a state \
              machine or a container task.",
        fix: "write a time from 1s to 15m",
        source: QUOTAS,
        run: rows::<Function>,
    },
    Rule {
        code: "E132",
        title: "ephemeral storage out of range",
        why: "The /tmp of a function has 512 to 10,240 MB. 512 MB are always there and cost nothing; Lambda takes no smaller number.",
        fix: "write a size from 512 to 10240, or leave the field out",
        source: QUOTAS,
        run: rows::<Function>,
    },
    Rule {
        code: "E133",
        title: "negative reserved concurrency",
        why: "Reserved concurrency is the number of executions set aside for a function. 0 stops the function, and leaving the field out \
              lets it take from the account's pool; a negative number means nothing to AWS.",
        fix: "leave the field out for no reservation, or write 0 or more",
        source: "botocore service model, lambda PutFunctionConcurrency, ReservedConcurrentExecutions",
        run: rows::<Function>,
    },
    Rule {
        code: "E134",
        title: "no version is kept",
        why: "An alias points to a published version, and layers are used by version. With fewer than one version kept there would be \
              nothing left to run; AWS refuses to delete a version that an alias points to.",
        fix: "write 1 or more",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html",
        run: keep_versions,
    },
    Rule {
        code: "E135",
        title: "alias name that AWS refuses",
        why: "An alias has 1 to 128 letters, digits, `-` and `_`. A name of digits alone is refused: it could not be told from the number \
              of a version.",
        fix: "name it `live`, for one",
        source: "botocore service model, lambda CreateAlias, Name",
        run: alias,
    },
    Rule {
        code: "E136",
        title: "unknown log format",
        why: "Lambda writes logs as `Text` or as `JSON`, in exactly this spelling. CreateFunction refuses any other word.",
        fix: "write `Text` or `JSON`",
        source: "botocore service model, lambda CreateFunction, LoggingConfig.LogFormat",
        run: log_format,
    },
    Rule {
        code: "E137",
        title: "unknown log level",
        why: "The level of the application is one of TRACE, DEBUG, INFO, WARN, ERROR and FATAL, that of the system one of DEBUG, INFO and \
              WARN, all in capitals. CreateFunction refuses any other word.",
        fix: "write one of the words",
        source: "botocore service model, lambda CreateFunction, LoggingConfig",
        run: log_level,
    },
    Rule {
        code: "E138",
        title: "log level with text logs",
        why: "Lambda filters by level only in JSON, where it can read the level of a line. With `Text` it answers that a log level is not \
              supported.",
        fix: "set `format: JSON`, or take the level out",
        source: LOGGING,
        run: level_with_text,
    },
    Rule {
        code: "E139",
        title: "asynchronous invocation out of range",
        why: "Lambda retries a failed asynchronous event at most twice, and keeps an event for 1 minute to 6 hours. Other numbers are \
              refused when the settings are put.",
        fix: "write 0 to 2 retries and an age from 1m to 6h",
        source: "botocore service model, lambda PutFunctionEventInvokeConfig",
        run: rows::<Function>,
    },
    Rule {
        code: "E140",
        title: "CORS age out of range",
        why: "A browser may keep the answer to a preflight of a function URL for up to 24 hours. CreateFunctionUrlConfig refuses more.",
        fix: "write at most 24h",
        source: "botocore service model, lambda CreateFunctionUrlConfig, Cors.MaxAge",
        run: rows::<Function>,
    },
    Rule {
        code: "E141",
        title: "CORS method that AWS refuses",
        why: "A method in the CORS rules of a function URL has at most 6 characters. OPTIONS has 7: Lambda answers the browser's preflight \
              by itself, and the method need not be listed.",
        fix: "take it out",
        source: "botocore service model, lambda CreateFunctionUrlConfig, Cors.AllowMethods",
        run: cors_method,
    },
    Rule {
        code: "E142",
        title: "CORS wildcard beside what it stands for",
        why: "`*` stands for every origin or method. With others beside it Lambda answers \"You can't specify additional fields for \
              AllowOrigins because you already specified the wildcard character (*).\"",
        fix: "keep `*` alone, or name each",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html",
        run: cors_wildcard,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Function>(cx, out, "function", is_plain);
}

/// Takes the path of a field to its place.
type Places<'a> = &'a dyn Fn(&[&str]) -> Place;

fn each(cx: &View<'_>, look: &mut dyn FnMut(&Resource<Function>, Places<'_>)) {
    for function in cx.all::<Function>() {
        look(function, &|path| cx.place("functions", &function.key, path));
    }
}

/// The spec holds no less than 1: what the file says has to be read from the file.
fn keep_versions(cx: &View<'_>, found: &mut Findings<'_>) {
    for (section, kind) in [("functions", "function"), ("layers", "layer")] {
        for entry in cx.loaded.tree.get(section).map(Node::entries).unwrap_or_default() {
            let Some(node) = entry.value.get("keep_versions") else { continue };
            let written = match &node.yaml {
                Yaml::Number(number) => number.as_i64(),
                Yaml::Text(text) => text.trim().parse().ok(),
                _ => None,
            };
            if let Some(number) = written.filter(|number| *number < 1) {
                found.add(node.place, format!("{kind}/{}", entry.key), format!("keep_versions is {number}; at least 1 has to stay"));
            }
        }
    }
}

fn alias(cx: &View<'_>, found: &mut Findings<'_>) {
    each(cx, &mut |function, place| {
        for name in function.spec.aliases.keys().filter(|name| is_known(name)) {
            let at = place(&["alias"]);
            if found.length(at, &function.address, ("the alias's name", name), &length_limit::<Function>("aliases")) {
                continue;
            }
            if name.chars().all(|c| c.is_ascii_digit()) {
                found.add(at, &function.address, format!("the alias `{name}` reads as the number of a version"));
            } else if let Some(wrong) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
                let fix = "use letters, digits, `-` and `_`";
                found.add_with(at, &function.address, format!("the alias `{name}` holds `{wrong}`"), fix);
            }
        }
    });
}

fn log_format(cx: &View<'_>, found: &mut Findings<'_>) {
    each(cx, &mut |function, place| {
        let word = &function.spec.config.logging.format;
        if is_known(word.as_str()) && word.known().is_none() {
            let same = Word::<LogFormat>::all().find(|format| format.eq_ignore_ascii_case(word.as_str()));
            let fix = same.map(|format| format!("write `{format}`: AWS looks at capitals"));
            found.add_with(place(&["logging", "format"]), &function.address, format!("Lambda has no log format `{word}`"), fix);
        }
    });
}

fn log_level(cx: &View<'_>, found: &mut Findings<'_>) {
    each(cx, &mut |function, place| {
        let logging = &function.spec.config.logging;
        let mut look = |field: &str, word: &str, known: Vec<&'static str>| {
            let upper = word.to_uppercase();
            let upper = if upper == "WARNING" { "WARN" } else { upper.as_str() };
            let fix = suggest(upper, known);
            found.add_with(
                place(&["logging", field]),
                &function.address,
                format!("`{word}` is no {}", field.replace('_', " of the ")),
                fix,
            );
        };
        if let Some(word) = logging.application_level.as_ref().filter(|word| is_unknown(word)) {
            look("application_level", word.as_str(), Word::<ApplicationLevel>::all().collect());
        }
        if let Some(word) = logging.system_level.as_ref().filter(|word| is_unknown(word)) {
            look("system_level", word.as_str(), Word::<SystemLevel>::all().collect());
        }
    });
}

fn is_unknown<T: Words>(word: &Word<T>) -> bool {
    is_known(word.as_str()) && word.known().is_none()
}

fn level_with_text(cx: &View<'_>, found: &mut Findings<'_>) {
    each(cx, &mut |function, place| {
        let logging = &function.spec.config.logging;
        if !logging.format.is(LogFormat::Text) {
            return;
        }
        for (field, is_said) in
            [("application_level", logging.application_level.is_some()), ("system_level", logging.system_level.is_some())]
        {
            if is_said {
                let message = format!("`{field}` works with JSON logs only");
                found.add(place(&["logging", field]), &function.address, message);
            }
        }
    });
}

fn cors_method(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = length_limit::<Function>("url.cors.allow_methods");
    each(cx, &mut |function, place| {
        let cors = function.spec.url.as_ref().and_then(|url| url.cors.as_ref());
        for method in cors.iter().flat_map(|cors| &cors.allow_methods).filter(|method| is_known(method)) {
            if !most.holds(method.chars().count() as i64) {
                let list = cx.loaded.tree.get("functions").and_then(|functions| functions.get(&function.key));
                let list = list.and_then(|function| function.get("url")?.get("cors")?.get("allow_methods"));
                let mut at = None;
                if let Some(list) = list {
                    list.each_text(&mut |text, spot| at = at.or_else(|| (text == method).then_some(spot)));
                }
                let at = at.unwrap_or_else(|| place(&["url", "cors", "allow_methods"]));
                found.add(at, &function.address, format!("`{method}` is no method that AWS takes here"));
            }
        }
    });
}

fn cors_wildcard(cx: &View<'_>, found: &mut Findings<'_>) {
    each(cx, &mut |function, place| {
        let Some(cors) = function.spec.url.as_ref().and_then(|url| url.cors.as_ref()) else { return };
        for (field, list) in [("allow_origins", &cors.allow_origins), ("allow_methods", &cors.allow_methods)] {
            if list.len() > 1 && list.contains("*") {
                found.add(place(&["url", "cors", field]), &function.address, format!("`{field}` has `*` and {} more", list.len() - 1));
            }
        }
    });
}
