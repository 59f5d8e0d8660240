//! Whole plans as terminals of 80 and 60 columns show them, with colours and without. UPDATE_CASES=1
//! writes them to `tests/widths/`.

mod common;

use std::path::Path;

use common::planning::{Given, fill_digests, live_of, plan_it, view_text};
use etlctl::testing::report::{escape, plain};
use etlctl::testing::stack::{Choice, load};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CASES: [&str; 5] = ["create-all", "equal-changes", "long-values", "policy-diff", "secret-hidden"];

/// A plan of a case as a terminal gets it.
fn shown(case: &str, width: usize) -> String {
    let folder = Path::new(ROOT).join("tests/cases").join(case);
    let given = Given::read(&folder.join("live.json"));
    let choice = Choice { env: Some(given.env.clone()), account: Some("111111111111".into()), ..Choice::default() };
    let mut loaded = load(&folder.join("stack.yaml"), &choice).unwrap();
    fill_digests(&mut loaded.desired);
    let live = live_of(&loaded, &given);
    let planned = plan_it(&loaded, &given.options(), &loaded.desired, &live).unwrap();
    let text = view_text(&loaded, &planned, &[], &given.stakes, Some(width));
    text.lines().filter(|line| !line.contains(" AWS calls, ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn plans_fit_their_terminal() {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let mut problems = Vec::new();
    for case in CASES {
        for width in [80, 60] {
            let styled = shown(case, width);
            let bare = plain(&styled);
            for line in bare.lines() {
                // A word is not broken: it may be part of a value, and half of one is another value. Where it is longer
                // than a line it stays behind its key.
                let columns = unicode_width::UnicodeWidthStr::width;
                let longest = line.split(' ').map(columns).max().unwrap_or(0);
                let indent = line.len() - line.trim_start().len();
                assert!(longest + indent > width || columns(line) <= width, "{case} at {width}: {line}");
            }
            // Colour is never the only signal: without it every character is there.
            let colours = escape::to_show(&styled).replace('\x1b', "␛");
            for (name, text) in [("plain", &bare), ("colours", &colours)] {
                let file = Path::new(ROOT).join(format!("tests/widths/{case}.{width}.{name}.txt"));
                if update {
                    std::fs::write(&file, text).unwrap();
                }
                let expected = std::fs::read_to_string(&file).unwrap_or_default();
                if *text != expected {
                    problems.push(format!("{case} at {width}, {name}\n{}", common::line_diff(&expected, text)));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
