//! Environment variables of a function.

use std::collections::BTreeMap;

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::function::facts::{ENVIRONMENT_BYTES, RESERVED_VARIABLES};
use crate::model::reference::{Piece, is_known, pieces};

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E160",
        title: "reserved environment variable",
        why: "Lambda sets these variables itself: region, credentials, the function's name and memory, the place of its code. A function \
              that brings one of them along is refused. They are there at run time without being set.",
        fix: "take it out: Lambda sets it; a value of your own needs another name",
        source: PAGE,
        run: reserved,
    },
    Rule {
        code: "E161",
        title: "name of an environment variable that AWS refuses",
        why: "The name begins with a letter and goes on with at least one more letter, digit or `_`. Dashes, dots and names of one \
              character are refused.",
        fix: "use letters, digits and `_`, beginning with a letter, and two of them at least",
        source: "botocore service model, lambda CreateFunction, Environment.Variables",
        run: key,
    },
    Rule {
        code: "E162",
        title: "environment over 4 KB",
        why: "All names and values together, as compact JSON in UTF-8, have at most 4,096 bytes. The limit cannot be raised. Larger \
              settings belong in the package, in S3 or in the Parameter Store, with their address in a variable.",
        fix: "move large values out of the environment",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        run: size,
    },
];

fn is_reserved(key: &str) -> bool {
    RESERVED_VARIABLES.contains(&key)
}

fn reserved(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        for key in function.spec.config.environment.keys().filter(|key| is_reserved(key)) {
            let place = cx.key_place("functions", &function.key, &["environment"], key);
            found.add(place, &function.address, format!("`{key}` is set by Lambda itself"));
        }
    }
}

fn key(cx: &View<'_>, found: &mut Findings<'_>) {
    let is_valid = |key: &str| {
        let first = key.starts_with(|c: char| c.is_ascii_alphabetic());
        first && key.len() > 1 && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    for function in cx.all::<Function>() {
        let wrong = function.spec.config.environment.keys().filter(|key| is_known(key) && !is_reserved(key) && !is_valid(key));
        for key in wrong {
            let place = cx.key_place("functions", &function.key, &["environment"], key);
            found.add(place, &function.address, format!("AWS takes no environment variable `{key}`"));
        }
    }
}

/// How large an environment is, as AWS counts it.
pub(crate) struct Sizes {
    /// Bytes of all of it.
    pub(crate) total: i64,
    /// Bytes that AWS takes.
    pub(crate) most: i64,
    /// Bytes of each variable, with what stands around it, by its name.
    pub(crate) by_variable: Vec<(i64, String)>,
}

/// Measures an environment; `value` gives the bytes of a value in JSON, between its quotes.
pub(crate) fn sizes(environment: &BTreeMap<String, String>, value: impl Fn(&str) -> i64) -> Sizes {
    let by_variable: Vec<(i64, String)> = environment.iter().map(|(name, text)| (bytes(name) + value(text) + 6, name.clone())).collect();
    let total = 1 + by_variable.iter().map(|(size, _)| size).sum::<i64>().max(1);
    Sizes { total, most: ENVIRONMENT_BYTES, by_variable }
}

/// The message names sizes only: AWS's own answer prints the values, and these may be secret.
fn size(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        // What is still to be filled in counts as nothing: the size is the least that it can be.
        let Sizes { total: size, most, by_variable } = sizes(&function.spec.config.environment, bytes);
        if size <= most {
            continue;
        }
        let largest = by_variable.iter().max().map_or_else(String::new, |(size, key)| format!("; `{key}` alone has {size}"));
        let place = cx.place("functions", &function.key, &["environment"]);
        let message = format!("the environment has {size} bytes; AWS takes at most {most}{largest}");
        found.add(place, &function.address, message);
    }
}

/// Bytes of a template in JSON, between the quotes, without what is not known.
fn bytes(template: &str) -> i64 {
    let texts = pieces(template).into_iter().filter(|piece| matches!(piece, Piece::Text(_)));
    let known: String = texts.map(|piece| piece.text()).collect();
    serde_json::to_string(&known).map_or(0, |json| json.len() as i64 - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_json_without_what_is_not_known() {
        assert_eq!(bytes("ab"), 2);
        assert_eq!(bytes("a\"b\n"), 6);
        assert_eq!(bytes("ü"), 2);
        assert_eq!(bytes("x${queues.q.url}y"), 2);
        assert_eq!(bytes("$${x}"), 4);
        assert_eq!(bytes("${aws:username}"), 15);
    }
}
