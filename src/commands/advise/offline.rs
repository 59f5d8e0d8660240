//! Evidence out of files: nothing is called.

use std::path::Path;

use super::functions;
use super::gathered::{Gathered, OfFunction, log_group};
use crate::cli::AdviseArgs;
use crate::error::Error;
use crate::evidence::{Imported, Known, Origin, Window, import};
use crate::model::counted;
use crate::source::Loaded;
use crate::source::diagnostic::suggest;

/// Reads the files, once for each stack: names are the stack's.
///
/// # Errors
/// A file cannot be read, holds no evidence, or is said to be of a function that there is not.
pub fn gather(args: &AdviseArgs, stacks: &[Loaded], asked: f64) -> Result<Vec<Gathered>, Error> {
    let known: Vec<Vec<Known>> = stacks.iter().map(known).collect();
    let whole: Vec<&Known> = known.iter().flatten().collect();
    let otherwise = args.function.as_deref().map(|name| of_name(&whole, name, "--function")).transpose()?;
    let mut files = Vec::new();
    for from in &args.from {
        let (function, path) = match from.split_once('=').filter(|_| !Path::new(from).exists()) {
            Some((name, path)) => (Some(of_name(&whole, name, "--from")?), path),
            None => (None, from.as_str()),
        };
        let told = |message: String| Error::File { path: path.to_owned(), message };
        let text = std::fs::read(path).map_err(|error| told(error.to_string()))?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((Origin { stem, function, otherwise: otherwise.clone() }, path.to_owned(), text));
    }
    let said = args.since.map(|_| asked);
    known.iter().map(|known| of_stack(known, &files, asked, said)).collect()
}

/// Whether `--function` names a function, and there are lines that it can be said of.
///
/// # Errors
/// It does not, or there are none.
pub fn check_function(args: &AdviseArgs, stacks: &[Loaded]) -> Result<(), Error> {
    let Some(name) = &args.function else { return Ok(()) };
    let known: Vec<Known> = stacks.iter().flat_map(known).collect();
    let key = of_name(&known.iter().collect::<Vec<_>>(), name, "--function")?;
    if !args.from.is_empty() {
        return Ok(());
    }
    let message = format!("--function {name} says whose the lines of --from are, and there is no --from");
    Err(Error::Usage { message, hint: format!("write --target function/{key} for advice of this function alone") })
}

fn known(stack: &Loaded) -> Vec<Known> {
    functions(stack).map(|node| Known { key: node.id.name.clone(), name: node.name.clone(), log_group: log_group(node) }).collect()
}

fn of_name(known: &[&Known], name: &str, option: &str) -> Result<String, Error> {
    let name = name.strip_prefix("function/").unwrap_or(name);
    let found = known.iter().find(|known| known.key == name || known.name == name);
    found.map(|known| known.key.clone()).ok_or_else(|| Error::Usage {
        message: format!("{option} {name}: no selected stack has such a function"),
        hint: suggest(name, known.iter().map(|known| known.key.as_str())),
    })
}

fn of_stack(known: &[Known], files: &[(Origin, String, String)], asked: f64, said: Option<f64>) -> Result<Gathered, Error> {
    let mut imported = Imported::default();
    for (origin, path, text) in files {
        import(&mut imported, known, origin, text).map_err(|_| Error::File {
            path: path.clone(),
            message: "it holds no report of a call and no metric; `etlctl advise --help` says what is read".to_owned(),
        })?;
    }
    let Imported { mut samples, mut metrics, mut versions, of_nobody, unknown_metrics, .. } = imported;
    let mut gathered = Gathered { from: files.iter().map(|(_, path, _)| path.clone()).collect(), ..Gathered::default() };
    for Known { key, .. } in known {
        let (samples, metrics) = (samples.remove(key).unwrap_or_default(), metrics.remove(key).unwrap_or_default());
        let window = Window::of_lines(&samples, &metrics, asked, said);
        let versions = versions.remove(key).unwrap_or_default();
        gathered.functions.insert(key.clone(), OfFunction { samples, metrics, window, versions, ..OfFunction::default() });
    }
    if of_nobody > 0 {
        gathered.notes.push(format!("{} left out: nothing tells of which function of the stack", counted(of_nobody, "call")));
    }
    if !unknown_metrics.is_empty() {
        let labels: Vec<String> = unknown_metrics.into_iter().collect();
        gathered.notes.push(format!("metrics left out, since their label tells no function or statistic: {}", labels.join(", ")));
    }
    Ok(gathered)
}
