//! Which stacks a command is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;
use jiff::civil::Date;

use super::whole;
use crate::check;
use crate::cli::Global;
use crate::contract::Asked;
use crate::error::Error;
use crate::model::reference::opens_variable;
use crate::model::{Account, Scope};
use crate::package::{Memory, Sources};
use crate::report;
use crate::source::Diagnostic;
use crate::source::Loaded;
use crate::source::diagnostic::Level;
use crate::source::diagnostic::{Source, suggest};
use crate::source::naming::Naming;
use crate::source::node::{Entry, Node, Yaml};
use crate::stack::{self, Choice, find};

/// Stacks of the working directory, loaded without AWS.
pub struct Stacks {
    /// In file order.
    pub loaded: Vec<Loaded>,
    /// Their sources, seen once by checks, plan and zips.
    pub sources: Arc<Sources>,
    /// What is not refused and still worth telling; filled by [`checked`].
    pub warnings: Vec<Diagnostic>,
    /// What is refused only where a resource is new; filled by [`checked_for_plan`].
    pub refused_if_new: Vec<Diagnostic>,
}

/// Loads the stacks that the command line selects.
///
/// # Errors
/// Everything that is wrong with any of them; nothing was called.
pub fn load(global: &Global) -> Result<Stacks, Error> {
    load_those(global, |_| true)
}

/// The environments of the files, in the order in which they are written.
pub fn environments(global: &Global) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for path in find::stack_files(global.dir.as_deref()).map_err(no_stack)? {
        all.extend(environments_of(&path).into_iter().filter(|name| !all.contains(name)).collect::<Vec<_>>());
    }
    Ok(all)
}

/// A stack file of the folder.
pub struct StackFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its environments.
    pub environments: Vec<String>,
    /// Those of them that are protected.
    pub protected: Vec<String>,
    /// Whether its runs want a lease.
    pub lock: bool,
}

/// Files of the folder by the name of their stack, for who needs none. A file whose name cannot be read is
/// told of.
///
/// # Errors
/// `--dir` names what is not there.
pub fn files(global: &Global) -> Result<BTreeMap<String, StackFile>, Error> {
    let paths = match find::stack_files(global.dir.as_deref()) {
        Ok(paths) => paths,
        Err(message) if global.dir.is_some() => return Err(no_stack(message)),
        Err(_) => Vec::new(),
    };
    let mut files = BTreeMap::new();
    for path in paths {
        let tree = tree(&path);
        match tree.as_ref().and_then(|tree| Some((tree, name_in(tree)?))) {
            Some((tree, name)) => {
                let (environments, protected, lock) = (environments_in(tree), protected_in(tree), locks(tree));
                files.insert(name, StackFile { path, environments, protected, lock });
            }
            None => report::tell(&format!("{}: the name of its stack cannot be read", path.display())),
        }
    }
    Ok(files)
}

fn no_stack(message: String) -> Error {
    let hint = "run etlctl where a `desired-state` folder is, name one with --dir, or begin a project with `etlctl init`".to_owned();
    Error::NoStack { message, hint }
}

/// What the command line chooses of a file.
pub fn choice(global: &Global) -> Choice {
    Choice { env: global.env.clone(), sets: global.set.clone(), region: global.region.clone(), ..Choice::default() }
}

/// The patterns by which another stack names what it has: those of its file, where that is in the folder, else
/// those that the file of `loaded` would have were it called so.
pub fn naming_of(global: &Global, loaded: &Loaded, stack: &str) -> Option<Naming> {
    let env = Some(loaded.scope.env.clone());
    let files = find::stack_files(whole_folder(global)).unwrap_or_default();
    let own = files.iter().find(|path| stack_name(path).is_some_and(|name| name == stack));
    let choice = Choice { env, ..choice(global) };
    // Its patterns alone are read: whatever else is wrong with its file changes no name.
    let of = |path: &Path| stack::load::naming_as(path, &choice, stack);
    own.and_then(|path| of(path)).or_else(|| of(&loaded.source.path))
}

/// The folder of `--dir`, also where that names a file: what the other files say counts.
fn whole_folder(global: &Global) -> Option<&Path> {
    global.dir.as_deref().map(|dir| if dir.is_file() { whole::folder(dir) } else { dir })
}

/// A file that takes something from other stacks.
pub struct Taker {
    /// Where it is.
    pub path: PathBuf,
    /// Names of those stacks, and its environments; none where only loading it tells.
    pub from: Option<(Vec<String>, Vec<String>)>,
}

impl Taker {
    /// Whether it may take something from this stack and environment.
    pub fn may_take(&self, scope: &Scope) -> bool {
        self.from.as_ref().is_none_or(|(stacks, environments)| stacks.contains(&scope.stack) && environments.contains(&scope.env))
    }
}

/// Files of the folder that take something from other stacks, the whole folder's also where `--dir` names a file.
///
/// # Errors
/// The folder that is named, or a file of it, cannot be read.
pub fn takers(global: &Global) -> Result<Vec<Taker>, Error> {
    let dir = whole_folder(global);
    let paths = match find::stack_files(dir) {
        Ok(paths) => paths,
        Err(message) if dir.is_some() => return Err(no_stack(message)),
        Err(_) => Vec::new(),
    };
    let mut takers = Vec::new();
    for path in paths {
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::File { path: path.display().to_string(), message: error.to_string() })?;
        // Most take nothing, and need not be parsed.
        if text.contains("moved") {
            let from = Node::parse(&Arc::new(Source::new(&path, text))).ok().and_then(|tree| taken_by(&tree));
            takers.extend(from.as_ref().is_none_or(|(stacks, _)| !stacks.is_empty()).then_some(Taker { path, from }));
        }
    }
    Ok(takers)
}

/// Stacks that a file takes from, and its environments; none where variables tell.
fn taken_by(tree: &Node) -> Option<(Vec<String>, Vec<String>)> {
    let moved = tree.get("moved").map(Node::items).unwrap_or_default();
    let stacks = moved.iter().filter_map(|entry| entry.get("from")?.get("stack")).map(|stack| stack.text().map(str::to_owned));
    let stacks = stacks.collect::<Option<Vec<String>>>()?;
    let environments = environments_in(tree);
    (!stacks.iter().any(|stack| opens_variable(stack))).then_some((stacks, environments))
}

/// Makes sure that all files of the folder can be read, for who asks them what no mark tells.
///
/// # Errors
/// One cannot.
pub fn readable(global: &Global) -> Result<(), Error> {
    let paths = find::stack_files(global.dir.as_deref()).unwrap_or_default();
    let unread = paths.into_iter().find(|path| tree(path).is_none());
    unread.map_or(Ok(()), |path| {
        let message = "it cannot be read, and may say that an environment is protected".to_owned();
        Err(Error::File { path: path.display().to_string(), message })
    })
}

/// Loads one file, and knows what is secret of it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_one(path: &Path, choice: &Choice) -> Result<Loaded, Vec<Diagnostic>> {
    let loaded = stack::load(path, choice);
    match &loaded {
        Ok(stack) => report::hide(&stack.desired.secrets),
        Err(found) => found.iter().for_each(|finding| report::hide(finding.source.secrets())),
    }
    loaded
}

fn load_those(global: &Global, is_meant: impl Fn(&Path) -> bool) -> Result<Stacks, Error> {
    let choice = choice(global);
    let files = find::stack_files(global.dir.as_deref()).map_err(no_stack)?;
    let cache = find::cache_dir(files[0].parent().unwrap_or(&files[0]));
    let sources = Arc::new(Sources::new(&cache, if global.no_cache { Memory::Renewed } else { Memory::Used }));
    let (mut loaded, mut problems, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for path in files {
        let name = stack_name(&path);
        names.extend(name.clone());
        // A file whose stack's name cannot be read may be the one that is meant.
        if !global.stack.is_empty() && name.is_some_and(|name| !global.stack.contains(&name)) {
            continue;
        }
        if !is_meant(&path) {
            continue;
        }
        match load_one(&path, &choice) {
            Ok(stack) => loaded.push(stack),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    check_names(global, &names, &loaded)?;
    Ok(Stacks { loaded, sources, warnings: Vec::new(), refused_if_new: Vec::new() })
}

/// Loads the stacks and checks them against what AWS would refuse on `as_of`, today where none is said.
/// What AWS refuses only of new resources warns here, since no live state says what is new.
///
/// # Errors
/// Everything that is wrong with any of them, warnings among it; nothing was called.
pub fn checked(global: &Global, as_of: Option<Date>) -> Result<Stacks, Error> {
    Ok(warned(check_those(global, load(global)?, as_of, false)?))
}

fn warned(mut stacks: Stacks) -> Stacks {
    let only_new = std::mem::take(&mut stacks.refused_if_new).into_iter().map(|finding| Diagnostic {
        level: Level::Warning,
        message: format!("{}; `plan` and `apply` refuse to make a new one", finding.message),
        ..finding
    });
    stacks.warnings = only_new.chain(stacks.warnings).collect();
    stacks
}

/// [`checked`] of the files that have this environment.
///
/// # Errors
/// See [`checked`].
pub fn checked_in(global: &Global, env: &str, as_of: Option<Date>) -> Result<Stacks, Error> {
    let global = Global { env: Some(env.to_owned()), ..global.clone() };
    let stacks = load_those(&global, |path| environments_of(path).iter().any(|name| name == env))?;
    Ok(warned(check_those(&global, stacks, as_of, false)?))
}

/// [`checked`], where a plan will tell what is new: what is refused only then is kept for it.
///
/// # Errors
/// See [`checked`].
pub fn checked_for_plan(global: &Global, as_of: Option<Date>) -> Result<Stacks, Error> {
    check_those(global, load(global)?, as_of, true)
}

fn check_those(global: &Global, mut stacks: Stacks, as_of: Option<Date>, one_account: bool) -> Result<Stacks, Error> {
    let asked = Asked { as_of: as_of.unwrap_or_else(|| Zoned::now().date()), is_chosen: as_of.is_some(), one_account };
    let mut findings = check::check_with(&stacks.loaded, asked, &stacks.sources);
    findings.extend(still_elsewhere(global, &stacks.loaded));
    let (refused_if_new, findings): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.only_new);
    stacks.refused_if_new = refused_if_new;
    if findings.iter().any(|finding| finding.level == Level::Error) {
        return Err(Error::Invalid(findings));
    }
    stacks.warnings = findings;
    Ok(stacks)
}

/// What a stack moves out of files of the folder that are not among those that are loaded, and still have it.
fn still_elsewhere(global: &Global, loaded: &[Loaded]) -> Vec<Diagnostic> {
    let others: BTreeSet<&str> = loaded.iter().flat_map(|stack| &stack.moved).filter_map(|moved| moved.from.stack()).collect();
    let mut left: BTreeSet<&str> = others.into_iter().filter(|name| !loaded.iter().any(|stack| stack.scope.stack == *name)).collect();
    let mut found = Vec::new();
    let paths: Vec<PathBuf> = if left.is_empty() { Vec::new() } else { find::stack_files(whole_folder(global)).unwrap_or_default() };
    for path in paths {
        let Some(other) = tree(&path) else { continue };
        if let Some(name) = other.get("stack").and_then(Node::text).and_then(|name| left.take(name)) {
            found.extend(loaded.iter().flat_map(|stack| check::rules::moved::still_in(stack, name, &other)));
        }
    }
    found
}

/// Fills the account in, once it is known: ARNs hold it, and so may names.
///
/// # Errors
/// The file writes one thing twice, of which one would be lost.
pub fn settle_account(loaded: &mut Loaded, account: &str) -> Result<(), Error> {
    let twice = check::rules::entries::of_account(loaded, account);
    if !twice.is_empty() {
        return Err(Error::Preflight(twice));
    }
    loaded.settle_account(account);
    report::hide(&loaded.desired.secrets);
    Ok(())
}

/// Hides what a file does not show in an environment of its, for who tells what stands there without it. What is
/// wrong with the file is not told: it is not what was asked for.
pub fn hide_of(global: &Global, path: &Path, env: &str, account: &Account) {
    let choice = Choice { env: Some(env.to_owned()), ..choice(global) };
    if let Ok(mut loaded) = load_one(path, &choice) {
        loaded.settle_account(&account.to_string());
        report::hide(&loaded.desired.secrets);
    }
}

/// The name of a file's stack; none where it cannot be read.
pub fn stack_name(path: &Path) -> Option<String> {
    name_in(&tree(path)?)
}

fn name_in(tree: &Node) -> Option<String> {
    tree.get("stack")?.text().map(str::to_owned)
}

/// Those of a file; none where it cannot be read, which loading it tells.
pub fn environments_of(path: &Path) -> Vec<String> {
    tree(path).as_ref().map(environments_in).unwrap_or_default()
}

fn environments_in(tree: &Node) -> Vec<String> {
    let environments = tree.get("environments").map(Node::entries).unwrap_or_default();
    environments.iter().map(|entry| entry.key.clone()).collect()
}

/// Environments of a file that are protected.
fn protected_in(tree: &Node) -> Vec<String> {
    let environments = tree.get("environments").map(Node::entries).unwrap_or_default();
    let is_protected = |entry: &&Entry| matches!(entry.value.get("protected").map(|node| &node.yaml), Some(Yaml::Bool(true)));
    environments.iter().filter(is_protected).map(|entry| entry.key.clone()).collect()
}

fn locks(tree: &Node) -> bool {
    matches!(tree.get("lock").map(|node| &node.yaml), Some(Yaml::Bool(true)))
}

fn tree(path: &Path) -> Option<Node> {
    let text = std::fs::read_to_string(path).ok().filter(|text| text.len() < 1024 * 1024)?;
    Node::parse(&std::sync::Arc::new(Source::new(path, text))).ok()
}

fn check_names(global: &Global, names: &[String], loaded: &[Loaded]) -> Result<(), Error> {
    for wanted in &global.stack {
        if !names.contains(wanted) {
            let hint = suggest(wanted, names.iter().map(String::as_str));
            return Err(Error::NoStack { message: format!("there is no stack `{wanted}`"), hint });
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for stack in loaded {
        if seen.contains(&stack.scope.stack.as_str()) {
            let message = format!("two files name their stack `{}`; the second is {}", stack.scope.stack, stack.source.path.display());
            return Err(Error::NoStack { message, hint: "give each its own name: it marks what belongs to the stack".into() });
        }
        seen.push(&stack.scope.stack);
    }
    for (name, _) in &global.set {
        if loaded.iter().all(|stack| !stack.variables.contains(name)) {
            let known = loaded.iter().flat_map(|stack| stack.variables.iter().map(String::as_str));
            let hint = suggest(name, known);
            return Err(Error::Usage { message: format!("--set {name}: no selected stack has such a variable"), hint });
        }
    }
    Ok(())
}
