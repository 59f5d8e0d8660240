//! The pipeline from a file to [`Desired`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::expand::expand;
use super::file::{ArtifactsFile, EnvironmentFile, StackFile};
use super::link::link;
use super::naming::{Names, check_name};
use super::schema::DEFAULTS;
use super::siblings::siblings;
use super::{defaults, named, schema};
use crate::contract::Expand;
use crate::kinds;
use crate::model::desired::Store;
use crate::model::reference::opens_variable;
use crate::model::secret::Secrets;
use crate::model::{Account, Desired, Node as Resource, Partition, ResourceId, Scope, account};
use crate::source::Loaded;
use crate::source::diagnostic::{Diagnostic, Place, Source, suggest};
use crate::source::duration::Lifetime;
use crate::source::loaded::{Moved, Protection};
use crate::source::naming::{Kept, Naming};
use crate::source::node::{Entry, Node, Yaml};
use crate::source::stored;
use crate::source::taint::Taint;
use crate::source::typed::{typed, typed_all};
use crate::source::vars::Vars;

/// Largest stack file: a thousand functions take about a quarter of this.
const LARGEST: u64 = 1024 * 1024;

/// What the user chose on the command line, as far as files are concerned.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Environment; the first of the file where none is said.
    pub env: Option<String>,
    /// `--set` in order.
    pub sets: Vec<(String, String)>,
    /// `--region`.
    pub region: Option<String>,
    /// The account, once AWS has told it.
    pub account: Option<String>,
    /// What keeps a name of before: what is live decides it.
    pub kept: Vec<Kept>,
}

/// Loads one stack file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path, choice: &Choice) -> Result<Loaded, Vec<Diagnostic>> {
    let (mut loaded, tree) = load_one(path, choice)?;
    loaded.siblings = siblings(path, &tree, choice, &loaded.scope.env, &loaded.scope.region);
    Ok(loaded)
}

/// The patterns that a file would have were its stack called so; none where they cannot be told.
pub fn naming_as(path: &Path, choice: &Choice, stack: &str) -> Option<Naming> {
    let source = Arc::new(read(path).ok()?);
    let tree = Node::parse(&source).ok()?;
    let (env, environment_node) = environment(&source, &tree, choice.env.as_deref()).ok()?;
    let environment: EnvironmentFile = match &environment_node.yaml {
        Yaml::Null => EnvironmentFile::default(),
        _ => typed(&source, environment_node).ok()?,
    };
    let scope = scope(&source, &tree, (&environment, environment_node), env, choice).ok()?;
    let names = Names { source: &source, tree: &tree, environment: environment_node, choice };
    let scope = Scope { instance: names.instance(&scope).ok()?, stack: stack.to_owned(), ..scope };
    names.naming(&scope).ok()
}

/// The chosen environment by itself, and the file's tree as it is written.
pub(super) fn load_one(path: &Path, choice: &Choice) -> Result<(Loaded, Node), Vec<Diagnostic>> {
    let source = Arc::new(read(path).map_err(|problem| vec![problem])?);
    let tree = Node::parse(&source).map_err(|problem| vec![problem])?;
    let mut secrets = Secrets::default();
    let mut taint = Taint::of(&tree, &choice.sets, &mut secrets);
    let mut loaded = filled_in(&source, &tree, choice, &mut taint, &mut secrets);
    match &mut loaded {
        Ok(loaded) => {
            loaded.sensitive = taint.names();
            loaded.desired.secrets = secrets.clone();
        }
        Err(_) => taint.detect(&tree, None, &mut secrets),
    }
    // What is wrong in a file beside it quotes that one.
    match &loaded {
        Ok(loaded) => loaded.documents.values().for_each(|document| document.source.keep(secrets.clone())),
        Err(problems) => problems.iter().for_each(|problem| problem.source.keep(secrets.clone())),
    }
    // What is wrong with the file is told without them, too.
    source.keep(secrets);
    Ok((loaded?, tree))
}

/// The stack of a file's tree. What is built from sensitive variables is told to `secrets`.
fn filled_in(
    source: &Arc<Source>,
    tree: &Node,
    choice: &Choice,
    taint: &mut Taint,
    secrets: &mut Secrets,
) -> Result<Loaded, Vec<Diagnostic>> {
    let source = Arc::clone(source);
    check_top(&source, tree)?;
    let places = kinds::stored_places();
    none(stored::elsewhere(&source, tree, &places))?;
    let (env, environment_node) = environment(&source, tree, choice.env.as_deref())
        .map_err(|problem| named(&source, tree).err().into_iter().chain([problem]).collect::<Vec<_>>())?;
    let environment: EnvironmentFile = match &environment_node.yaml {
        Yaml::Null => EnvironmentFile::default(),
        _ => typed_all(&source, environment_node)?,
    };
    let mut scope = scope(&source, tree, (&environment, environment_node), env, choice)?;
    let names = Names { source: &source, tree, environment: environment_node, choice };
    none(sensitive_instance(&source, tree, taint).into_iter().collect())?;
    scope.instance = names.instance(&scope)?;
    let sections: Vec<&str> = kinds::registry().iter().map(|driver| driver.section()).collect();
    let vars = Vars::resolve(&source, tree, Some(environment_node), builtins(&scope), &choice.sets, &sections)?;
    let naming = names.naming(&scope)?;
    let mut problems = Vec::new();
    let mut filled = substituted(tree, &vars, &mut problems);
    taint.values(&vars, secrets);
    taint.spread(tree, &filled, secrets);
    taint.detect(tree, Some(&filled), secrets);
    if !problems.is_empty() {
        return Err(problems);
    }
    none([stored::elsewhere(&source, &filled, &places), stored::malformed(&source, &filled, &scope, &places)].concat())?;
    defaults::check_written_out(&source, &filled)?;
    defaults::fill(&mut filled);
    let mut problems = defaults::check(&source, &filled);
    let top = typed_top(&source, &filled).map_err(|problem| problems.push(problem)).ok();
    let (tags, checks, lock, artifacts, heal, expires, moved) = top
        .map(|StackFile { tags, checks, lock, artifacts, heal, expires, moved, .. }| (tags, checks, lock, artifacts, heal, expires, moved))
        .unwrap_or_default();
    let expires = environment.expires.or(expires).map(|Lifetime(seconds)| seconds);
    let mask = secrets.mask();
    named::fill(&mut filled, |tree| {
        let mut expanded =
            Expand::new(&source, &scope, tree, &tags, &naming, &mask, environment.protected).with(&vars).keeping(&choice.kept);
        // What is wrong is told of the expansion that counts.
        drop(expand(&mut expanded, tree));
        named::names(&expanded)
    });
    let mut expanded =
        Expand::new(&source, &scope, &filled, &tags, &naming, &mask, environment.protected).with(&vars).keeping(&choice.kept);
    problems.extend(expand(&mut expanded, &filled).err().unwrap_or_default());
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.place);
        return Err(problems);
    }
    let documents = expanded.documents.clone();
    let mut desired = link(expanded, &filled)?;
    desired.store = artifacts.map(|ArtifactsFile { bucket, prefix }| Store { bucket, prefix: prefix.unwrap_or_else(|| PREFIX.to_owned()) });
    desired.moved = newcomers(&moved, &desired);
    let names_are_secret = ["naming", "instance"].iter().filter_map(|key| tree.get(key)).any(|node| taint.is_in(node));
    if names_are_secret {
        desired.nodes.values().for_each(|node| secrets.add(&node.name));
    }
    let variables = tree.get("variables").map(Node::entries).unwrap_or_default().iter().map(|entry| entry.key.clone()).collect();
    let loaded = Loaded {
        source,
        scope,
        account: environment.account,
        protection: if environment.protected { Protection::Protected } else { Protection::Open },
        lock,
        expires,
        variables,
        naming,
        desired,
        tree: filled,
        documents,
        moved,
        checks,
        heal,
        names_are_secret,
        siblings: Vec::new(),
        sensitive: BTreeSet::new(),
    };
    Ok(loaded)
}

/// What comes from another stack, with all that it brings along and that can be marked anew.
fn newcomers(moved: &[Moved], desired: &Desired) -> BTreeMap<ResourceId, String> {
    let of = |entry: &Moved| {
        let section = kinds::driver(&entry.to.kind)?.section();
        let stack = entry.from.stack()?.to_owned();
        let is_of = |node: &&Resource| node.home.first().is_some_and(|home| home == section) && node.home.get(1) == Some(&entry.to.name);
        let can_be = |node: &&Resource| kinds::driver(&node.id.kind).is_some_and(|driver| driver.keeps_mark().is_none());
        Some(desired.nodes.values().filter(is_of).filter(can_be).map(move |node| (node.id.clone(), stack.clone())).collect::<Vec<_>>())
    };
    moved.iter().filter_map(of).flatten().collect()
}

/// What the keys of zips begin with in the bucket of `artifacts`.
const PREFIX: &str = "etlctl/";

/// An instance stands in every tag, and in clear in a plan file: it is no place for a secret.
fn sensitive_instance(source: &Arc<Source>, tree: &Node, taint: &Taint) -> Option<Diagnostic> {
    let node = tree.get("instance").filter(|node| taint.is_declared_in(node))?;
    let message = "`instance` is built from a sensitive variable, and every tag of the stack would tell it";
    Some(Diagnostic::new(source, node.place, message, "build it from another variable, or take `sensitive: true` off this one"))
}

fn none(problems: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Reads a file that is no larger than [`LARGEST`].
fn read(path: &Path) -> Result<Source, Diagnostic> {
    let unread = Source::unread(path);
    let refuse = |message: String, fix: &str| Diagnostic::new(&unread, None, message, fix);
    let length =
        std::fs::metadata(path).map_err(|error| refuse(format!("cannot be read: {error}"), "check the path and its permissions"))?.len();
    if length > LARGEST {
        let message = format!("the file has {:.1} MB; a stack file has at most 1 MB", length as f64 / LARGEST as f64);
        return Err(refuse(message, "split it into several stacks, or keep data out of it"));
    }
    let bytes = std::fs::read(path).map_err(|error| refuse(format!("cannot be read: {error}"), "check the path and its permissions"))?;
    text_of(path, bytes).map(|text| Source::new(path, text))
}

/// The text of a stack file.
///
/// # Errors
/// It is none.
pub fn text_of(path: &Path, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|_| Diagnostic::new(&Source::unread(path), None, "the file is not UTF-8", "save it as UTF-8"))
}

fn check_top(source: &Arc<Source>, tree: &Node) -> Result<(), Vec<Diagnostic>> {
    let fix = "begin with `stack:`, `region:` and `environments:`; etlctl schema prints the format";
    if matches!(tree.yaml, Yaml::Null) {
        return Err(vec![Diagnostic::new(source, Place::START, "the file is empty", fix)]);
    }
    let Yaml::Map(entries) = &tree.yaml else {
        return Err(vec![Diagnostic::new(source, tree.place, "a stack file is a mapping", fix)]);
    };
    let keys = schema::top_level_keys();
    let unknown = entries.iter().filter(|entry| !keys.contains(&entry.key));
    let problems: Vec<Diagnostic> = unknown
        .map(|entry| {
            Diagnostic::new(
                source,
                entry.place,
                format!("unknown key `{}`", entry.key),
                suggest(&entry.key, keys.iter().map(String::as_str)),
            )
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn environment<'a>(source: &Arc<Source>, tree: &'a Node, chosen: Option<&str>) -> Result<(String, &'a Node), Diagnostic> {
    let start = Place::START;
    let Some(environments) = tree.get("environments") else {
        return Err(Diagnostic::new(source, start, "`environments` is missing", "add `environments: { dev: {} }`"));
    };
    let entries = environments.entries();
    let first =
        entries.first().ok_or_else(|| Diagnostic::new(source, environments.place, "`environments` is empty", "add `dev: {}` to it"))?;
    let entry = match chosen {
        None => first,
        Some(name) => entries.iter().find(|entry| entry.key == name).ok_or_else(|| {
            let near = suggest(name, entries.iter().map(|entry| entry.key.as_str()));
            let fix = format!("{near}; or declare it, or leave this stack out with --stack");
            Diagnostic::new(source, environments.place, format!("--env {name}: this stack has no such environment"), fix)
        })?,
    };
    Ok((entry.key.clone(), &entry.value))
}

/// The name of the stack.
fn named(source: &Arc<Source>, tree: &Node) -> Result<String, Diagnostic> {
    let place = tree.get("stack").map_or(Place::START, |node| node.place);
    let missing = || Diagnostic::new(source, place, "`stack` is missing or no text", "add `stack: <name>`");
    tree.get("stack").and_then(Node::text).map(str::to_owned).ok_or_else(missing)
}

fn scope(
    source: &Arc<Source>,
    tree: &Node,
    (environment, node): (&EnvironmentFile, &Node),
    env: String,
    choice: &Choice,
) -> Result<Scope, Vec<Diagnostic>> {
    let start = Place::START;
    let stack = named(source, tree).map_err(|problem| vec![problem])?;
    let place = tree.get("stack").map_or(start, |node| node.place);
    check_name(source, place, "a stack", &stack)?;
    check_name(source, place, "an environment", &env)?;
    let in_file = || tree.get("region").and_then(Node::text).map(str::to_owned);
    let in_process =
        || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()));
    let region = choice.region.clone().or_else(|| environment.region.clone()).or_else(in_file).or_else(in_process);
    let Some(region) = region else {
        return Err(vec![Diagnostic::new(source, start, "no region is said", "add `region:`, or pass --region, or set AWS_REGION")]);
    };
    let said = [node.get("region"), tree.get("region")].into_iter().flatten().find(|node| node.text() == Some(region.as_str()));
    let place = said.map_or(start, |node| node.place);
    if !opens_variable(&region) && !Partition::is_region(&region) {
        return Err(vec![Diagnostic::new(source, place, format!("`{region}` is no region of AWS"), "write one, such as `eu-west-1`")]);
    }
    if opens_variable(&region) {
        let fix = "write the region itself; one environment's own goes under environments.<env>.region";
        return Err(vec![Diagnostic::new(source, place, "`region` holds no variables: what they are may depend on it", fix)]);
    }
    let account = choice.account.clone().or_else(|| environment.account.clone()).map_or(Account::Late, Account::Known);
    let instance = env.clone();
    Ok(Scope { partition: Partition::of_region(&region).id.to_owned(), account, region, stack, env, instance })
}

/// What stands for itself in every text.
pub(super) fn builtins(scope: &Scope) -> BTreeMap<String, String> {
    [
        ("env".to_owned(), scope.env.clone()),
        ("instance".to_owned(), scope.instance.clone()),
        ("stack".to_owned(), scope.stack.clone()),
        ("aws.region".to_owned(), scope.region.clone()),
        (account::EXPRESSION.to_owned(), scope.account.to_string()),
        ("aws.partition".to_owned(), scope.partition.clone()),
    ]
    .into()
}

/// Keys at the top in which nothing is filled in here: they are resolved before.
const WITHOUT_VARIABLES: [&str; 4] = ["variables", "environments", "instance", "naming"];

/// The tree with variables filled in, except where they are declared.
fn substituted(tree: &Node, vars: &Vars<'_>, problems: &mut Vec<Diagnostic>) -> Node {
    let mut entries: Vec<Entry> = tree.entries().to_vec();
    for entry in entries.iter_mut().filter(|entry| !WITHOUT_VARIABLES.contains(&entry.key.as_str())) {
        vars.substitute(&mut entry.value, problems);
    }
    Node { place: tree.place, yaml: Yaml::Map(entries) }
}

/// The top of the file typed; the kinds type the sections.
fn typed_top(source: &Arc<Source>, tree: &Node) -> Result<StackFile, Diagnostic> {
    let is_top = |entry: &&Entry| entry.key != DEFAULTS && kinds::driver_of_section(&entry.key).is_none();
    let entries = tree.entries().iter().filter(is_top).cloned().collect();
    typed(source, &Node { place: tree.place, yaml: Yaml::Map(entries) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::naming::NAME;
    use crate::source::vars::RESERVED;

    #[test]
    fn what_stands_for_itself_is_what_no_variable_is_called() {
        let scope = Scope {
            partition: "aws".into(),
            account: Account::Late,
            region: "us-east-1".into(),
            stack: "jobs".into(),
            env: "dev".into(),
            instance: "dev".into(),
        };
        // No variable has a dot in its name.
        let mut own: Vec<String> = builtins(&scope).into_keys().filter(|word| !word.contains('.')).collect();
        own.push(NAME.text().trim_matches(['$', '{', '}']).to_owned());
        own.sort();
        let mut reserved = RESERVED.to_vec();
        reserved.sort_unstable();
        assert_eq!(own, reserved);
    }
}
