//! The examples of `docs/cookbook/` are valid in each of their environments, with nothing to warn of, and
//! the page shows them as they are.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::project::Project;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The examples by the names of their files.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(docs().join("cookbook")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: BTreeSet<String> = names.filter(|name| name.ends_with(".yaml")).collect();
    found.into_iter().collect()
}

#[test]
fn every_example_is_valid_and_warns_of_nothing() {
    assert_eq!(examples().len(), 10);
    for name in examples() {
        let file = docs().join("cookbook").join(&name);
        // Runtimes grow old; that is no fault of the code.
        let args = ["validate", "--all-environments", "--as-of", "2026-11-29", "--dir"];
        let args = args.map(Path::new).into_iter().chain([file.as_path()]);
        let run = Project::new("").run(args).exits(0);
        assert!(run.err.is_empty() && !run.out.contains("warning"), "{name}: {run:?}");
    }
}

/// A block of YAML behind a line that names its file is that file.
#[test]
fn the_page_shows_every_example_as_it_is() {
    let page = docs().join("cookbook.md");
    let mut written = String::new();
    let mut shown = Vec::new();
    let text = fs::read_to_string(&page).unwrap();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        written.push_str(line);
        written.push('\n');
        let Some(name) = line.strip_prefix("```yaml ") else { continue };
        shown.push(name.to_owned());
        let example = fs::read_to_string(docs().join("cookbook").join(name)).unwrap();
        // The first line is for editors.
        written.extend(example.lines().skip(1).flat_map(|line| [line, "\n"]));
        while lines.peek().is_some_and(|line| *line != "```") {
            lines.next();
        }
    }
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&page, &written).unwrap();
    } else {
        assert_eq!(text, written, "docs/cookbook.md; run the test with UPDATE_PAGES=1");
    }
    shown.sort();
    assert_eq!(shown, examples());
}
