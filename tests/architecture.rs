//! The boundaries of the code, read off the code itself: who imports whom, who may write to the
//! terminal, what must not stand outside tests.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::names_kinds::NAMES_KINDS;
use common::rust_source::{Code, Import, imports};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const LONGEST_FILE: usize = 400;

/// Each top-level module and the modules of ours that it may import. Who is not named imports
/// nothing; who is named nowhere on the right is imported by nobody.
const MAY_IMPORT: [(&str, &[&str]); 19] = [
    ("model", &[]),
    ("aws", &["model"]),
    ("source", &["model"]),
    ("package", &["model"]),
    ("contract", &["aws", "model", "source"]),
    ("kinds", &["aws", "contract", "model", "source"]),
    ("cost", &["contract", "kinds", "model", "source"]),
    ("evidence", &["model"]),
    ("stack", &["contract", "kinds", "model", "source"]),
    ("check", &["contract", "kinds", "model", "package", "source"]),
    ("live", &["aws", "contract", "kinds", "model"]),
    ("stored", &["aws", "contract", "model"]),
    ("apply", &["aws", "contract", "kinds", "model"]),
    ("permissions", &["aws", "contract", "kinds", "model"]),
    ("cli", &["model", "source"]),
    ("error", &["aws", "model", "package", "source"]),
    ("report", &["apply", "check", "cli", "contract", "cost", "error", "evidence", "model", "source"]),
    (
        "commands",
        &[
            "apply",
            "aws",
            "check",
            "cli",
            "contract",
            "cost",
            "error",
            "evidence",
            "kinds",
            "live",
            "model",
            "package",
            "permissions",
            "report",
            "source",
            "stack",
            "stored",
        ],
    ),
    ("main", &["run"]),
];

/// Crates that `model` may use: none of them does IO, reads a clock or draws a random number.
const PURE_CRATES: [&str; 7] = ["aho_corasick", "base64", "percent_encoding", "serde", "serde_json", "sha2", "thiserror"];
/// Parts of `std` that do.
const IMPURE_STD: [&str; 8] = ["env", "fs", "io", "net", "os", "process", "thread", "time"];

struct File {
    /// Path below `src`.
    path: PathBuf,
    /// `["kinds", "function", "spec"]`.
    module: Vec<String>,
    code: Code,
}

impl File {
    fn top(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source_files() -> Vec<File> {
    let src = Path::new(ROOT).join("src");
    let files: Vec<File> = files_below(&src, "rs")
        .into_iter()
        .map(|path| {
            let code = Code::read(&path);
            let path = path.strip_prefix(&src).unwrap().to_owned();
            let mut module: Vec<String> = path.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if ["mod", "lib"].contains(&module.last().unwrap().as_str()) {
                module.pop();
            }
            File { path, module, code }
        })
        .collect();
    assert!(files.len() > 50, "only {} files found below {}", files.len(), src.display());
    files
}

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}

/// Each path that a file of ours names, made absolute: `crate::` and `super::` give one of our
/// modules, anything else a crate.
fn paths(file: &File) -> (Vec<Import>, Vec<Import>) {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for (line, path) in imports(&file.code.text) {
        let up = path.iter().take_while(|part| *part == "super").count();
        let start = match path[0].as_str() {
            "crate" | "etlctl" => Vec::new(),
            "super" => file.module[..file.module.len().saturating_sub(up)].to_vec(),
            "self" => file.module.clone(),
            _ => {
                others.push((line, path));
                continue;
            }
        };
        ours.push((line, start.into_iter().chain(path.into_iter().skip(up.max(1))).collect()));
    }
    (ours, others)
}

#[test]
fn imports_go_one_way() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_IMPORT.iter().map(|(module, imports)| (*module, imports.iter().copied().collect())).collect();
    let mut problems = Vec::new();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for file in source_files().iter().filter(|file| file.top() != "lib") {
        let Some(may) = allowed.get(file.top()) else {
            problems.push(format!("{}: module `{}` has no place in MAY_IMPORT", file.path.display(), file.top()));
            continue;
        };
        for (line, path) in paths(file).0 {
            let Some(target) = path.first().filter(|target| *target != file.top()) else { continue };
            used.insert((file.top().to_owned(), target.clone()));
            if !may.contains(target.as_str()) {
                problems.push(format!("{}:{line}: {} must not import {}", file.path.display(), file.top(), path.join("::")));
            }
        }
    }
    assert_none(
        &problems,
        "imports go one way: model <- {aws, source, package} <- contract <- kinds <- {stack, live, apply} <- check <- commands <- main",
    );
    // A table that allows what nobody does would hide the next import that goes the wrong way.
    let unused = MAY_IMPORT.iter().flat_map(|(module, may)| may.iter().map(move |target| (module.to_string(), target.to_string())));
    let unused: Vec<String> = unused.filter(|pair| !used.contains(pair)).map(|(from, to)| format!("{from} imports {to}")).collect();
    assert_none(&unused, "allowed in MAY_IMPORT and done nowhere");
}

#[test]
fn the_model_is_pure() {
    let mut problems = Vec::new();
    for file in source_files().iter().filter(|file| file.top() == "model") {
        for (line, path) in paths(file).1 {
            let part = path.get(1).map(String::as_str).unwrap_or_default();
            let pure = match path[0].as_str() {
                "std" | "core" | "alloc" => {
                    !IMPURE_STD.contains(&part) || (part == "time" && path.get(2).is_some_and(|name| name == "Duration"))
                }
                name => !is_dependency(name) || PURE_CRATES.contains(&name),
            };
            if !pure {
                problems.push(format!("{}:{line}: {}", file.path.display(), path.join("::")));
            }
        }
    }
    assert_none(&problems, "model/ does no IO, reads no clock and draws no random number");
}

#[test]
fn planning_and_showing_know_no_sdk() {
    // A client there would go around pacing, patience and the types that can only read.
    let mut problems = Vec::new();
    for file in source_files().iter().filter(|file| !["aws", "commands", "contract", "kinds", "stored"].contains(&file.top())) {
        for (line, path) in paths(file).1 {
            if path[0].starts_with("aws_") {
                problems.push(format!("{}:{line}: {}", file.path.display(), path.join("::")));
            }
        }
    }
    assert_none(&problems, "only aws/, contract/, kinds/, stored/ and commands/ use the AWS SDK");
}

fn is_dependency(name: &str) -> bool {
    let manifest = std::fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: Vec<String> = dependencies.lines().filter_map(|line| Some(line.split_once('=')?.0.trim().replace('-', "_"))).collect();
    assert!(names.iter().any(|name| name == "tokio"), "the dependencies were not understood: {names:?}");
    names.iter().any(|dependency| dependency == name)
}

#[test]
fn only_the_report_writes_to_the_terminal() {
    let mut problems = Vec::new();
    for file in source_files().iter().filter(|file| file.top() != "report") {
        for (number, line) in file.code.lines() {
            let macros = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
            let writes = macros.iter().find(|name| contains_word(line, name));
            let opens =
                ["stdout", "stderr"].iter().find(|name| line.contains(&format!("io::{name}")) || line.contains(&format!("{name}()")));
            if let Some(what) = writes.or(opens) {
                problems.push(format!("{}:{number}: {what}", file.path.display()));
            }
        }
    }
    assert_none(&problems, "only report/ writes to stdout and stderr");
}

#[test]
fn nothing_panics_on_purpose() {
    let mut problems = Vec::new();
    for file in source_files() {
        for (number, line) in file.code.lines() {
            let calls = [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err("].iter().find(|call| line.contains(**call));
            let macros = ["panic!", "todo!", "unimplemented!"].iter().find(|name| contains_word(line, name));
            if let Some(what) = calls.or(macros) {
                problems.push(format!("{}:{number}: {what}", file.path.display()));
            }
        }
    }
    assert_none(&problems, "an apply must never end in a panic: return an error");
}

#[test]
fn what_was_ended_does_not_come_back() {
    let ended = [
        ("contains(\"${\")", "", "model::reference knows what a template holds"),
        ("touched(\"", "", "a struct taken apart says which field changed"),
        ("send(\"", "", "an operation is a value, `aws::Op`"),
        ("REFERS_TO", "", "live references order deletes"),
        ("000000000000", "", "an account that is not known is none"),
        ("_ => {}", "permissions", "what is not in its normal form is told, and not passed over"),
        ("_ => {}", "contract", "what is not in its normal form is told, and not passed over"),
    ];
    let mut problems = Vec::new();
    for File { path, .. } in source_files() {
        let text = std::fs::read_to_string(Path::new(ROOT).join("src").join(&path)).unwrap();
        for (word, _, instead) in ended.iter().filter(|(word, below, _)| path.starts_with(below) && text.contains(word)) {
            problems.push(format!("{} holds `{word}`: {instead}", path.display()));
        }
    }
    assert_none(&problems, "ended once");
}

/// Whether `word` stands in the line and is no end of a longer name.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn no_file_grows_too_long() {
    let root = Path::new(ROOT);
    let mut problems = Vec::new();
    for path in files_below(&root.join("src"), "rs").into_iter().chain(files_below(&root.join("tests"), "rs")) {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines > LONGEST_FILE {
            problems.push(format!("{}: {lines} lines", path.strip_prefix(root).unwrap().display()));
        }
    }
    assert_none(&problems, &format!("a file of more than {LONGEST_FILE} lines is split by meaning"));
}

#[test]
fn a_kind_stays_in_its_folder() {
    let files = source_files();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    let mut problems = Vec::new();
    for kind in etlctl::testing::kinds::registry() {
        let (name, section) = (kind.name(), kind.section());
        let at_home = |path: &str| {
            path.starts_with(&format!("kinds/{name}/")) || path == "kinds/mod.rs" || path.starts_with("check/rules/") || path == "lib.rs"
        };
        for file in files.iter().filter(|file| !at_home(file.path.to_str().unwrap())) {
            let path = file.path.to_str().unwrap();
            let imports = paths(file).0.into_iter().any(|(_, path)| path.len() > 1 && path[0] == "kinds" && path[1] == name);
            // A kind's words stand in the files of other kinds where users write them: keys of its section.
            let says = !path.starts_with("kinds/") && literals(&file.path).iter().any(|text| text == name || text == section);
            let allowed = NAMES_KINDS.iter().any(|(file, kinds, _)| *file == path && kinds.contains(&name));
            match (imports || says, allowed) {
                (true, false) => problems.push(format!("{path} names the kind {name}")),
                (true, true) => drop(used.insert((path.to_owned(), name.to_owned()))),
                (false, _) => {}
            }
        }
    }
    assert_none(&problems, "a kind is named in its folder, in the registry and in rules that span kinds");
    let unused = NAMES_KINDS.iter().flat_map(|(file, kinds, _)| kinds.iter().map(move |kind| (file.to_string(), kind.to_string())));
    let unused: Vec<String> =
        unused.filter(|pair| !used.contains(pair)).map(|(file, kind)| format!("{file} does not name {kind}")).collect();
    assert_none(&unused, "allowed in NAMES_KINDS and done nowhere");
}

/// Texts in quotes before the unit tests of a file.
fn literals(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join("src").join(path)).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_kind_has_one_line_in_the_registry() {
    let files = source_files();
    let registry = &files.iter().find(|file| file.path == Path::new("kinds/mod.rs")).unwrap().code.text;
    let mut kinds = 0;
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.top() == "kinds") {
        for (_, line) in file.code.lines() {
            let Some(name) = line.trim().strip_prefix("impl Kind for ").map(|rest| rest.trim_end_matches(['{', ' '])) else { continue };
            kinds += 1;
            let entry = format!("&Erased::<{}::{name}>::NEW,", file.module[1..].join("::"));
            let count = registry.lines().filter(|line| line.trim() == entry).count();
            if count != 1 {
                problems.push(format!("{}: {count} lines `{entry}` in kinds/mod.rs", file.path.display()));
            }
        }
    }
    let lines = registry.lines().filter(|line| line.trim().starts_with("&Erased::<")).count();
    assert_none(&problems, "a kind is one folder plus one line of the registry");
    assert_eq!((kinds, lines), (etlctl::testing::kinds::registry().len(), kinds), "kinds, and lines of the registry");
    let names: BTreeSet<&str> = etlctl::testing::kinds::registry().iter().map(|driver| driver.name()).collect();
    let sections: BTreeSet<&str> = etlctl::testing::kinds::registry().iter().map(|driver| driver.section()).collect();
    assert_eq!((names.len(), sections.len()), (kinds, kinds), "names and sections are unique");
}
