//! What comes from outside, nearly right: stack files, policies, plan files and AWS's answers. Nothing of
//! it ends in a panic, what cannot be read is never taken for nothing, and normal forms are normal.
//!
//! A few hundred cases each in `make test`; `ETLCTL_FUZZ_SECONDS=60` goes on for a minute each, and
//! `make test-long` does so. Seeds are the files of `tests/cases`, `desired-state` and this folder: a file
//! that was found to fail is put there.

#[path = "../common/project.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod project;

mod answers;
mod edits;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use edits::edits;
use etlctl::testing::check::check;
use etlctl::testing::contract::Asked;
use etlctl::testing::model::policy;
use etlctl::testing::planfile;
use etlctl::testing::report;
use etlctl::testing::stack::{Choice, load};
use jiff::civil::date;
use project::Project;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};

/// Cases of a target that `make test` tries.
const FEW: u32 = 400;
/// The longest that one case may take, in a build without optimization.
const LONGEST: Duration = Duration::from_secs(10);

/// Tries random cases: a few hundred, or as many as there is time for.
fn fuzz<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let seconds = std::env::var("ETLCTL_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut batches = 0;
    while batches == 0 || Instant::now() < end {
        let config = Config { cases: FEW, failure_persistence: None, max_shrink_time: 60_000, ..Config::default() };
        TestRunner::new(config)
            .run(strategy, |case| {
                let start = Instant::now();
                test(case)?;
                prop_assert!(start.elapsed() < LONGEST, "it took {:?}", start.elapsed());
                Ok(())
            })
            .unwrap_or_else(|failure| panic!("{failure}"));
        batches += 1;
    }
    println!("{} cases", u64::from(FEW) * batches);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            yaml_files(&entry, found);
        } else if entry.extension().is_some_and(|is| is == "yaml") {
            found.push(entry);
        }
    }
}

/// Words of the format and of YAML, and values that were trouble elsewhere.
const WORDS: &[&str] = &[
    "functions:",
    "queues:",
    "topics:",
    "layers:",
    "roles:",
    "alarms:",
    "log_groups:",
    "buckets:",
    "tables:",
    "streams:",
    "rules:",
    "buses:",
    "schedules:",
    "schedule_groups:",
    "state_machines:",
    "triggers:",
    "variables:",
    "environments:",
    "defaults:",
    "outputs:",
    "naming:",
    "instance:",
    "tags:",
    "checks:",
    "role:",
    "policies:",
    "alias:",
    "event_sources:",
    "source:",
    "name:",
    "${",
    "}",
    "${env}",
    "${name}",
    "${queues.dlq.arn}",
    "${functions.work.arn}",
    "${aws.account}",
    "${ssm:/a}",
    "${secret:a}",
    "$${",
    "&a",
    "*a",
    "<<: *a",
    "!!binary",
    "|",
    ">",
    "- ",
    "? ",
    ": ",
    "---",
    "...",
    "#",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\t",
    "\n",
    "null",
    "~",
    "true",
    "yes",
    "0",
    "-1",
    "0x1F",
    "1e400",
    "18446744073709551616",
    "1.5",
    "300",
    "5m",
    "-5m",
    "14d",
    "9999999999999d",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}",
    "ü",
    "arn:aws:sqs:us-east-1:1:x",
    "arn:aws:lambda:::",
    "*",
    "",
    "  ",
];

#[test]
fn a_stack_file_is_loaded_and_checked_or_refused_with_places() {
    let mut seeds = Vec::new();
    ["tests/cases", "desired-state", "tests/fuzz"].iter().for_each(|folder| yaml_files(&root().join(folder), &mut seeds));
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(seeds.len() > 200, "{} seeds", seeds.len());
    let project = Project::new("");
    let strategy = (0..seeds.len(), edits(WORDS));
    fuzz(&strategy, |(seed, edits)| {
        let text = edits::apply(&seeds[seed], &edits);
        let path = project.write("desired-state/stack.yaml", &text);
        let shown = String::from_utf8_lossy(&text).into_owned();
        match load(&path, &Choice::default()) {
            Ok(loaded) => {
                for finding in
                    check(std::slice::from_ref(&loaded), Asked { as_of: date(2026, 11, 21), is_chosen: true, one_account: false })
                {
                    prop_assert!(!report::plain(&report::diagnostics::render(&finding)).is_empty());
                }
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty(), "refused without a word:\n{shown}");
                for problem in problems {
                    let rendered = report::plain(&report::diagnostics::render(&problem));
                    prop_assert!(!problem.message.is_empty() && rendered.contains("stack.yaml"), "{rendered}\n{shown}");
                    let lines = shown.lines().count() + 1;
                    prop_assert!(problem.place.is_none_or(|place| place.line <= lines), "{rendered}\n{shown}");
                }
            }
        }
        Ok(())
    });
}

/// A document that is nearly a policy.
fn documents() -> impl Strategy<Value = Value> {
    let text = proptest::sample::select(
        &[
            "Allow",
            "Deny",
            "*",
            "s3:GetObject",
            "S3:getobject",
            "sqs:*",
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "AWS",
            "Service",
            "lambda.amazonaws.com",
            "2012-10-17",
            "2008-10-17",
            "StringEquals",
            "aws:SourceArn",
            "",
            "é",
        ][..],
    );
    let leaf = prop_oneof![
        6 => text.clone().prop_map(Value::from), 1 => Just(Value::Null), 1 => any::<bool>().prop_map(Value::from), 1 => any::<i64>().prop_map(Value::from),
    ];
    let key = proptest::sample::select(
        &[
            "Version",
            "Id",
            "Statement",
            "Sid",
            "Effect",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Principal",
            "NotPrincipal",
            "Condition",
            "AWS",
            "Service",
            "StringEquals",
            "aws:SourceArn",
        ][..],
    );
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|entries| Value::from(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())),
        ]
    })
}

#[test]
fn the_normal_form_of_a_policy_is_normal_and_survives_being_sent() {
    fuzz(&documents(), |document| {
        let normal = policy::normalize(document.clone());
        prop_assert_eq!(policy::normalize(normal.clone()), normal.clone(), "of {}", document);
        prop_assert_eq!(policy::parse(&policy::compact(&normal)), normal, "of {}", document);
        Ok(())
    });
}

#[test]
fn a_plan_file_is_what_was_saved_or_none() {
    let saved = std::fs::read(root().join("tests/fuzz/saved.plan")).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    planfile::read(&text(&saved)).unwrap();
    fuzz(&edits(WORDS), |edits| {
        let changed = text(&edits::apply(&saved, &edits));
        prop_assert!(changed == text(&saved) || planfile::read(&changed).is_err(), "it was read:\n{changed}");
        Ok(())
    });
}

#[test]
fn an_answer_of_aws_is_read_or_is_an_error() {
    let answers = answers::Recorded::load();
    fuzz(&(0..answers.len(), edits(WORDS)), |(which, edits)| {
        // Whether it is one or the other, nobody can say of a random change.
        drop(answers.read_with(which, |body| edits::apply(body, &edits)));
        Ok(())
    });
}

/// Not one of them is taken for "not there", which a plan would answer by creating.
#[test]
fn what_is_no_answer_is_an_error_of_every_read() {
    let answers = answers::Recorded::load();
    let whole = answers.read_with(0, <[u8]>::to_vec).unwrap();
    assert!(whole.live.len() >= 16, "{:?}", whole.live.keys());
    type Change = fn(&[u8]) -> Vec<u8>;
    let hollow: [(&str, Change); 5] = [
        ("nothing", |_| Vec::new()),
        ("an empty document", |body| {
            if body.starts_with(b"<") {
                b"<x/>".to_vec()
            } else if body.starts_with(b"{") {
                b"{}".to_vec()
            } else {
                vec![0xa0]
            }
        }),
        ("another document", |body| {
            if body.starts_with(b"<") {
                b"<status>ok</status>".to_vec()
            } else if body.starts_with(b"{") {
                br#"{"status":"ok"}"#.to_vec()
            } else {
                b"\xa1\x66status\x62ok".to_vec()
            }
        }),
        ("a web page", |_| b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec()),
        ("a half", |body| body[..body.len() / 2].to_vec()),
    ];
    let mut believed = Vec::new();
    for which in 0..answers.len() {
        for (form, change) in hollow {
            let outcome = answers.read_with(which, change);
            let operation = answers.operation(which);
            // What has no tags is answered so by AWS itself.
            let is_true = ["sqs:ListQueueTags", "dynamodb:ListTagsOfResource"].contains(&operation) && form == "an empty document";
            // A header says what is not there, whatever becomes of the body.
            let is_told = outcome.is_ok() && answers.is_told_by_its_headers(which);
            if !is_told && outcome.is_err() == is_true {
                believed.push(format!("{operation} answered by {form}"));
            }
        }
    }
    assert!(believed.is_empty(), "{believed:#?}");
}
