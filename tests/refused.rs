//! The table of bad stacks: each folder below `tests/cases/refused` has one that a rule finds, the
//! findings word for word as `validate` prints them, and a corrected twin. Nothing here has an async
//! runtime, so no call can be made.
//!
//! `UPDATE_CASES=1` writes what is printed now to `expected.txt`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use etlctl::testing::check::{all, check};
use etlctl::testing::contract::{Asked, Rule};
use etlctl::testing::report;
use etlctl::testing::source::diagnostic::{Diagnostic, Level};
use etlctl::testing::stack::{Choice, load};
use jiff::civil::{Date, date};

/// The day on which every case is judged.
const AS_OF: Date = date(2026, 11, 21);
/// Cases that there are at least.
const LEAST: usize = 200;

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/refused")
}

fn cases() -> Vec<PathBuf> {
    let folders = fs::read_dir(table()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = folders.filter(|path| path.is_dir() && path.file_name().unwrap() != "handlers").collect();
    cases.sort();
    cases
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

/// The files of a folder that are stacks of one run: `bad.yaml`, and `bad-2.yaml` where it takes two.
fn stacks(case: &Path, which: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        path.extension().is_some_and(|is| is == "yaml") && (stem == which || stem.starts_with(&format!("{which}-")))
    });
    all.sort();
    all
}

fn findings(case: &Path, which: &str) -> Vec<Diagnostic> {
    let mut loaded = Vec::new();
    for path in stacks(case, which) {
        match load(&path, &Choice::default()) {
            Ok(stack) => loaded.push(stack),
            Err(problems) => return problems,
        }
    }
    assert!(!loaded.is_empty(), "{}: no {which}.yaml", name(case));
    check(&loaded, Asked { as_of: AS_OF, is_chosen: true, one_account: false })
}

fn line(finding: &Diagnostic) -> String {
    format!("{} {}:{}", finding.code, finding.place.unwrap().line, finding.place.unwrap().column)
}

/// Code of a finding's first line: `error[E101]: …`.
fn code(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error[").or_else(|| line.strip_prefix("warning["))?;
    rest.split_once("]: ").map(|(code, _)| code)
}

/// A finding as it is printed, without the folder that it lies in.
fn printed(finding: &Diagnostic, place: &Path) -> String {
    let text = report::plain(&report::diagnostics::render(finding));
    let beside = place.parent().unwrap().display().to_string();
    let text = text.replace(&format!("{}/", place.display()), "").replace(&format!("{beside}/"), "../");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>() + "\n"
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Files that are too large to be kept: `files.txt` has their path, their bytes, and `zeros` or `noise`.
fn large_files(case: &Path) -> Option<tempfile::TempDir> {
    let list = fs::read_to_string(case.join("files.txt")).ok()?;
    let place = tempfile::tempdir().unwrap();
    copy(&table().join("handlers"), &place.path().join("handlers"));
    let there = place.path().join("case");
    copy(case, &there);
    for line in list.lines() {
        let [path, bytes, content] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        let path = there.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(&path).unwrap();
        let bytes: u64 = bytes.parse().unwrap();
        if content == "noise" { noise(file, bytes) } else { file.set_len(bytes).unwrap() }
    }
    Some(place)
}

/// Bytes that no zip makes smaller.
fn noise(file: fs::File, bytes: u64) {
    let mut out = std::io::BufWriter::new(file);
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..bytes.div_ceil(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.write_all(&state.to_le_bytes()).unwrap();
    }
    out.flush().unwrap();
}

/// What is wrong with a case.
fn judge(case: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let expected = case.join("expected.txt");
    let text = fs::read_to_string(&expected).unwrap_or_default();
    let of_case = name(case).split('-').next().unwrap().to_owned();
    let mut codes: BTreeSet<&str> = text.lines().filter_map(code).collect();
    if !codes.contains(of_case.as_str()) && !update {
        problems.push(format!("{}: expected.txt has no {of_case}", name(case)));
    }
    codes.insert(&of_case);
    let made = large_files(case);
    let place = made.as_ref().map_or_else(|| case.to_owned(), |made| made.path().join("case"));

    let bad = findings(&place, "bad");
    let concerned = |finding: &&Diagnostic| finding.level == Level::Error || codes.contains(finding.code);
    let printed: String = bad.iter().filter(concerned).map(|finding| printed(finding, &place)).collect();
    if update {
        fs::write(&expected, &printed).unwrap();
    } else if printed != text {
        problems.push(format!("{}: expected.txt is\n{text}and this is printed\n{printed}", name(case)));
    }
    for finding in bad.iter().filter(concerned) {
        if finding.message.is_empty() || finding.fix.is_empty() || finding.fact.is_empty() || finding.place.is_none() {
            problems.push(format!("{}: {} lacks a message, a fix, a source or a place", name(case), line(finding)));
        }
    }
    let good = findings(&place, "good");
    for finding in good.iter().filter(|finding| concerned(finding)) {
        problems.push(format!("{}: good.yaml has {}: {}", name(case), line(finding), finding.message));
    }
    problems
}

#[test]
fn every_bad_stack_is_refused_at_its_place_and_every_twin_passes() {
    let cases = cases();
    assert!(cases.len() >= LEAST, "only {} cases found", cases.len());
    let problems: Vec<String> = cases.iter().flat_map(|case| judge(case)).collect();
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), cases.len(), problems.join("\n"));
}

#[test]
fn every_rule_has_a_case_and_says_what_it_is() {
    let rules: Vec<&Rule> = all();
    let names: Vec<String> = cases().iter().map(|case| name(case)).collect();
    let mut problems = Vec::new();
    let (mut codes, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for rule in rules {
        if !names.iter().any(|name| name.split('-').next() == Some(rule.code)) {
            problems.push(format!("{} ({}) has no case", rule.code, rule.title));
        }
        if !codes.insert(rule.code) {
            problems.push(format!("{} is there twice", rule.code));
        }
        if !titles.insert(rule.title.to_lowercase()) {
            problems.push(format!("{}: another rule has the title `{}`", rule.code, rule.title));
        }
        let (letter, digits) = rule.code.split_at(1);
        if !["E", "W"].contains(&letter) || digits.len() != 3 || !digits.chars().all(|c| c.is_ascii_digit()) {
            problems.push(format!("{} is no code", rule.code));
        }
        if [rule.title, rule.why, rule.fix, rule.source].iter().any(|text| text.trim().is_empty() || text.contains("  ")) {
            problems.push(format!("{} has an empty text, or one with a gap in it", rule.code));
        }
    }
    assert!(problems.is_empty(), "{} rules:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn a_day_that_was_only_foretold_is_no_error_by_itself() {
    let place = tempfile::tempdir().unwrap();
    let stack = "stack: case\nregion: us-east-1\nenvironments: { dev: {} }\nfunctions:\n  work: { s3: { bucket: code, key: a.zip }, runtime: nodejs18.x, handler: index.handler }\n";
    fs::create_dir_all(place.path().join("desired-state")).unwrap();
    let path = place.path().join("desired-state/case.yaml");
    fs::write(&path, stack).unwrap();
    let loaded = [load(&path, &Choice::default()).unwrap()];
    // Blocked from 2027-02-01 on, as AWS said it in August 2026.
    let codes = |is_chosen: bool| -> Vec<&str> {
        let asked = Asked { as_of: date(2027, 2, 2), is_chosen, one_account: false };
        check(&loaded, asked).iter().map(|finding| finding.code).filter(|code| code.ends_with("101") || code.ends_with("102")).collect()
    };
    assert_eq!(codes(true), ["E102"], "who asks about the day is told what it brings");
    assert_eq!(codes(false), ["W101"], "by then AWS may have moved it");
}

#[test]
fn stacks_of_one_run_are_of_one_account() {
    let case = table().join("W607-same-name-perhaps");
    let loaded: Vec<_> = stacks(&case, "bad").iter().map(|path| load(path, &Choice::default()).unwrap()).collect();
    let asked = Asked { as_of: AS_OF, is_chosen: true, one_account: true };
    assert!(check(&loaded, asked).iter().any(|finding| finding.code == "E601"));
}

/// Findings as a narrow terminal shows them: no line is wider, and nothing is lost.
#[test]
fn findings_fit_their_terminal() {
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    for case in cases() {
        for finding in findings(&case, "bad") {
            let shown = report::plain(&report::diagnostics::render_in(&finding, Some(60)));
            for line in shown.lines() {
                // What may be put into a file or a shell stays whole, and so does what tells a place in a line of thousands.
                let is_word = line.split(' ').any(|word| word.len() > 40 || word == "near:");
                assert!(is_word || unicode_width::UnicodeWidthStr::width(line) <= 60, "{}: {line}\n{shown}", name(&case));
            }
            let whole = [finding.shown_message(), finding.shown_fix()];
            // One that speaks of `it` is told with the address.
            let whole = whole.iter().map(|text| bare(text.strip_prefix("it ").unwrap_or(text)));
            let shown = bare(&shown);
            whole.for_each(|text| assert!(shown.contains(&text), "{}: {text}\n{shown}", name(&case)));
        }
    }
}
