//! What an import has written, what it has not, and what comes next.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::escape::line;
use super::net;
use crate::model::{ResourceId, counted as number_of};

/// What was imported.
pub struct Imported<'a> {
    /// The stack file.
    pub file: &'a Path,
    /// Resources by section.
    pub counts: &'a BTreeMap<String, usize>,
    /// Where code was put, and how many files; a zip has none.
    pub code: &'a [(PathBuf, Option<usize>)],
    /// Variables of the process environment to be set, with where they stand.
    pub secrets: &'a [(String, String)],
    /// What no file can say.
    pub untold: &'a [(ResourceId, String)],
    /// What an apply changes, though the file says what runs.
    pub moves: &'a [(ResourceId, String)],
    /// What is imported and used by others, too.
    pub used: &'a [(String, String)],
    /// What `validate` refuses of the file.
    pub refused: &'a [(String, String)],
    /// What carries the mark of this stack already.
    pub ours: &'a [String],
    /// What was not imported, and why.
    pub left: &'a [(String, String)],
    /// What takes a mark only with a new version.
    pub publishes: &'a [String],
    /// Functions whose log group is not there yet.
    pub unlogged: &'a [String],
    /// Who else looks after these.
    pub let_go: Option<&'a LetGo>,
}

/// Another tool that looks after what was imported.
pub struct LetGo {
    /// The tool.
    pub tool: Manager,
    /// What it calls the resources.
    pub managed: Vec<String>,
}

/// A tool that has resources in its care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// CloudFormation, SAM and CDK.
    CloudFormation,
    /// Terraform and OpenTofu.
    Terraform,
    /// Pulumi.
    Pulumi,
}

/// Addresses that are shown before the rest is counted.
const SHOWN: usize = 3;

/// The closing output.
pub fn text(imported: &Imported<'_>) -> String {
    let Imported { file, counts, code, secrets, untold, moves, used, refused, ours, left, publishes, unlogged, let_go } = imported;
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", line(&file.display().to_string()), counted(counts));
    for (path, files) in *code {
        let of =
            files.map_or_else(|| "as the zip that it is: as a folder it would be another one".to_owned(), |files| number_of(files, "file"));
        let _ = writeln!(out, "{}: {of}", line(&path.display().to_string()));
    }
    put(&mut out, "Set before you plan, to the values that run:", secrets.iter().map(|(name, places)| (name.clone(), places.clone())));
    put(&mut out, "No file can say, and an apply would take away:", untold.iter().map(|(id, what)| (id.to_string(), what.clone())));
    put(&mut out, "An apply would change:", moves.iter().map(|(id, what)| (id.to_string(), what.clone())));
    put(&mut out, "Used by others, too:", used.iter().cloned());
    put(&mut out, "Not imported:", left.iter().cloned());
    put(&mut out, "It is there, and validate refuses it:", refused.iter().cloned());
    if !publishes.is_empty() {
        let names = publishes.iter().map(|name| line(name)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "\nA layer version takes no mark afterwards: an apply publishes the same files of {names} once more, and moves the functions to it."
        );
    }
    if !unlogged.is_empty() {
        let names = unlogged.iter().map(|name| line(name)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "\nWithout a log group, since Lambda makes it with the first line: {names}. An apply makes it.");
    }
    if !ours.is_empty() {
        let names = ours.iter().map(|name| line(name)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "\nThe mark of this stack is there already on {names}. The file has them as they run: where code was packaged with what \
             it needs, it is uploaded once more, from what was fetched."
        );
    }
    let shows = match (untold.is_empty(), moves.is_empty()) {
        (true, true) => "no change but the marks",
        (false, true) => "the marks, and what no file can say as taken away",
        (true, false) => "the marks, and what is told above that an apply would change",
        (false, false) => "the marks, what no file can say as taken away, and what is told above that an apply would change",
    };
    let first = if refused.is_empty() { "etlctl validate" } else { "mend what validate refuses" };
    let made = if unlogged.is_empty() { "" } else { ", and log groups to be made" };
    let _ = writeln!(out, "\nNext: {first}, then etlctl plan --adopt: it shows {shows}{made}, and an apply of it takes all of this over.");
    if let Some(let_go) = let_go {
        out.push_str(&letting_go(let_go));
    }
    out
}

fn put(out: &mut String, title: &str, all: impl Iterator<Item = (String, String)>) {
    let all: Vec<(String, String)> = all.collect();
    if !all.is_empty() {
        let _ = writeln!(out, "\n{title}");
        for (what, why) in all {
            let _ = writeln!(out, "  {}: {}", shown(&what), shown(&why));
        }
    }
}

/// What live AWS says may hold a secret.
fn shown(text: &str) -> String {
    line(&net::message(text))
}

fn counted(counts: &BTreeMap<String, usize>) -> String {
    let words = counts.iter().map(|(section, count)| {
        let section = section.replace('_', " ");
        let one = if *count == 1 { one_of(&section) } else { section };
        format!("{count} {one}")
    });
    words.collect::<Vec<_>>().join(", ")
}

fn one_of(section: &str) -> String {
    section.strip_suffix("ses").map(|word| format!("{word}s")).unwrap_or_else(|| section.trim_end_matches('s').to_owned())
}

fn letting_go(LetGo { tool, managed }: &LetGo) -> String {
    let mut out = String::from(
        "\nUntil then another tool still looks after these. Freeze it now; once they are adopted, let it forget them without deleting them:\n",
    );
    let shown = managed.iter().take(SHOWN);
    match tool {
        Manager::CloudFormation => {
            out.push_str(
                "  set `DeletionPolicy: Retain` on every resource of the template, deploy that, then delete the CloudFormation stack\n",
            );
        }
        Manager::Terraform => out.extend(shown.map(|address| format!("  terraform state rm '{}'\n", line(address)))),
        Manager::Pulumi => out.extend(shown.map(|urn| format!("  pulumi state delete '{}'\n", line(urn)))),
    }
    let more = managed.len().saturating_sub(SHOWN);
    if more > 0 && *tool != Manager::CloudFormation {
        let _ = writeln!(out, "  and so the other {more}");
    }
    out
}
