//! `etlctl fmt`: stack files in one layout, with their comments.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{stacks, whole};
use crate::cli::{FmtArgs, Global};
use crate::error::{Error, exit};
use crate::report;
use crate::source::layout::{Layout, layout};
use crate::stack::{self, find};

pub fn run(global: &Global, args: &FmtArgs) -> Result<u8, Error> {
    let hint = || "run etlctl where a `desired-state` folder is, name the files, or begin a project with `etlctl init`".to_owned();
    let files = if args.files.is_empty() {
        find::stack_files(global.dir.as_deref()).map_err(|message| Error::NoStack { message, hint: hint() })?
    } else {
        args.files.clone()
    };
    let laid: Vec<(PathBuf, String, Layout)> = files.into_iter().map(laid_out).collect::<Result<_, _>>()?;
    let mut changed = 0;
    for (path, text, layout) in &laid {
        let new = match layout {
            Layout::Text(new) => new,
            Layout::Left { line, why } => {
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                report::tell(&format!("warning: {}{line} is left as it is: {why}", path.display()));
                continue;
            }
        };
        if new == text {
            continue;
        }
        changed += 1;
        if args.diff {
            hide_secrets(global, path);
            report::data(&diff(path, text, new));
        } else {
            report::data(&format!("{}\n", report::escape::line(&path.display().to_string())));
        }
        if !args.check && !args.diff {
            whole::replace(path, new).map_err(|error| failed(path, &error))?;
        }
    }
    Ok(if args.check && changed > 0 { exit::FAILED } else { exit::DONE })
}

fn laid_out(path: PathBuf) -> Result<(PathBuf, String, Layout), Error> {
    let invalid = |problem| Error::Invalid(vec![problem]);
    let bytes = std::fs::read(&path).map_err(|error| failed(&path, &error))?;
    let text = stack::load::text_of(&path, bytes).map_err(invalid)?;
    let layout = layout(&path, &text).map_err(invalid)?;
    Ok((path, text, layout))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), message: error.to_string() }
}

/// What a file calls a secret is none of what is shown.
fn hide_secrets(global: &Global, path: &Path) {
    let choice = stacks::choice(global);
    match stack::load(path, &choice) {
        Ok(stack) => report::hide(&stack.desired.secrets),
        Err(found) => found.iter().for_each(|finding| report::hide(finding.source.secrets())),
    }
}

fn diff(path: &Path, old: &str, new: &str) -> String {
    let name = report::escape::line(&path.display().to_string());
    TextDiff::from_lines(old, new).unified_diff().context_radius(1).header(&name, &name).to_string()
}
