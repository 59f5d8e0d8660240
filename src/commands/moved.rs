//! Resources that are known by another address than before. AWS changes no name, so that one keeps the name
//! which its old key gave it, where it stands under that name. What is live decides it: a stack that is made
//! anew has the names of its file.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::session::Connected;
use super::stacks;
use crate::cli::Global;
use crate::contract::Look;
use crate::error::Error;
use crate::kinds;
use crate::model::notes::Note;
use crate::model::{Account, Mark, Node, Owner, Reach, ResourceId, Scope, Seen};
use crate::source::Loaded;
use crate::source::diagnostic::Diagnostic;
use crate::source::loaded::Moved;
use crate::source::naming::Kept;
use crate::stack::{Choice, load};

/// An entry of the file, and how its resource would be named if it kept its name.
struct Entry {
    moved: Moved,
    kept: Kept,
}

/// Entries of which a name can be kept. What can be marked by nobody any more is made anew.
fn entries(global: &Global, loaded: &Loaded) -> Vec<Entry> {
    let of = |moved: &Moved| {
        let driver = kinds::driver(&moved.to.kind).filter(|driver| moved.from.stack().is_none() || driver.keeps_mark().is_none())?;
        let naming = moved.from.stack().and_then(|stack| stacks::naming_of(global, loaded, stack));
        let (section, to, from) = (driver.section().to_owned(), moved.to.name.clone(), moved.from.address().name.clone());
        let stack = moved.from.stack().map(str::to_owned);
        Some(Entry { moved: moved.clone(), kept: Kept { section, to, from, naming, stack } })
    };
    loaded.moved.iter().filter_map(of).collect()
}

/// The stack with all names kept, where a name of it can be: what may be live beside what the file names.
///
/// # Errors
/// The names meet others of the file.
pub fn kept(global: &Global, loaded: &Loaded) -> Result<Option<Loaded>, Error> {
    let kept: Vec<Kept> = entries(global, loaded).into_iter().map(|entry| entry.kept).collect();
    if kept.is_empty() { Ok(None) } else { named(global, loaded, kept).map(Some) }
}

fn named(global: &Global, loaded: &Loaded, kept: Vec<Kept>) -> Result<Loaded, Error> {
    // Its own environment: who is not named on the command line may be another one than the first of the file.
    let choice = Choice { env: Some(loaded.scope.env.clone()), kept, ..stacks::choice(global) };
    let mut named = load(&loaded.source.path, &choice).map_err(Error::Invalid)?;
    if let Account::Known(id) = &loaded.scope.account {
        stacks::settle_account(&mut named, id)?;
    }
    Ok(named)
}

/// Gives a stack the names under which its resources stand. Returns what its plan should tell of them.
///
/// # Errors
/// A call failed, or a resource stands under both names.
pub async fn settle(global: &Global, stack: &mut Connected) -> Result<Vec<Note>, Error> {
    if stack.loaded.moved.is_empty() {
        return Ok(Vec::new());
    }
    let mut notes: Vec<Note> = stack.loaded.moved.iter().filter_map(anew).collect();
    let entries = entries(global, &stack.loaded);
    if entries.is_empty() {
        return Ok(notes);
    }
    let all = named(global, &stack.loaded, entries.iter().map(|entry| entry.kept.clone()).collect())?;
    let paired: Vec<(&Entry, Vec<(&Node, &Node)>)> =
        entries.iter().map(|entry| (entry, pairs(&stack.loaded, &all, &entry.kept).collect())).collect();
    // What the file names itself has no other name, and may have had one in the other stack's file.
    let named_itself = |entry: &Entry, names: &[(&Node, &Node)]| {
        let comes = entry.moved.from.stack().is_some() && names.is_empty();
        comes.then(|| stack.loaded.desired.nodes.get(&entry.moved.to)).flatten()
    };
    let both_names = paired.iter().flat_map(|(_, names)| names.iter().flat_map(|(now, before)| [*now, *before]));
    let live = live(stack, both_names.chain(paired.iter().filter_map(|(entry, names)| named_itself(entry, names)))).await?;
    let (mut keep, mut problems) = (Vec::new(), Vec::new());
    for (entry, names) in &paired {
        let Entry { moved, kept } = entry;
        let scope = &stack.loaded.scope;
        let nodes: (Vec<&Node>, Vec<&Node>) = names.iter().copied().unzip();
        let now = standing(&live, &nodes.0, |seen| is_meant(scope, moved, seen));
        let mut before = standing(&live, &nodes.1, |seen| is_meant(scope, moved, seen));
        if before.is_empty() && standing(&live, &nodes.0, |_| true).is_empty() {
            // What lost its mark is not made anew beside itself: the plan stops at it, and `--adopt` takes it back.
            before = standing(&live, &nodes.1, |seen| seen.owner == Owner::Unmarked);
        }
        let is_nowhere = |itself: Option<&Node>| itself.is_none_or(|node| standing(&live, &[node], |_| true).is_empty());
        let main = names.iter().find(|(_, before)| before.id == moved.to).map(|(_, before)| before.name.clone());
        match (before.first(), now.first()) {
            (Some((id, name)), Some((other, twin))) => problems.push(both(&stack.loaded, moved, (id, name), (other, twin))),
            (Some((_, name)), None) => {
                let name = Some(main.unwrap_or_else(|| name.clone()));
                // Once it is ours, so is the new one.
                let is_theirs = |seen: &Seen| matches!(seen.owner, Owner::Foreign(_));
                let anew = Some(standing(&live, &nodes.1, is_theirs)).filter(|theirs| !theirs.is_empty());
                let anew = anew.and_then(|_| brought_anew(&stack.loaded, kept));
                notes.push(Note::Moved { to: moved.to.clone(), from: moved.from.to_string(), name, anew });
                keep.push(kept.clone());
            }
            (None, None) if moved.from.stack().is_some() && is_nowhere(named_itself(entry, names)) => {
                notes.push(Note::Moved { to: moved.to.clone(), from: moved.from.to_string(), name: None, anew: None });
            }
            (None, _) => {}
        }
    }
    if !problems.is_empty() {
        return Err(Error::Preflight(problems));
    }
    if keep.len() == entries.len() {
        stack.loaded = all;
    } else if !keep.is_empty() {
        stack.loaded = named(global, &stack.loaded, keep)?;
    }
    Ok(notes)
}

fn anew(moved: &Moved) -> Option<Note> {
    let why = moved.from.stack().and_then(|_| kinds::driver(&moved.to.kind)?.keeps_mark())?;
    Some(Note::Anew { to: moved.to.clone(), from: moved.from.to_string(), why })
}

/// What an entry brings along whose mark nobody can rewrite, and why.
fn brought_anew(loaded: &Loaded, kept: &Kept) -> Option<(Vec<ResourceId>, &'static str)> {
    let keeps = |node: &Node| Some((node.id.clone(), kinds::driver(&node.id.kind)?.keeps_mark()?));
    let (ids, whys): (Vec<ResourceId>, Vec<&str>) =
        loaded.desired.nodes.values().filter(|node| is_of(node, kept)).filter_map(keeps).unzip();
    whys.first().map(|why| (ids, *why))
}

fn is_of(node: &Node, kept: &Kept) -> bool {
    node.home.first() == Some(&kept.section) && node.home.get(1) == Some(&kept.to)
}

/// What an entry brings along, itself included, whose name would be another: as the file names it, and as it
/// was named.
fn pairs<'a>(loaded: &'a Loaded, all: &'a Loaded, kept: &'a Kept) -> impl Iterator<Item = (&'a Node, &'a Node)> {
    let pair = |node: &'a Node| Some((node, all.desired.nodes.get(&node.id)?));
    loaded.desired.nodes.values().filter(|node| is_of(node, kept)).filter_map(pair).filter(|(now, before)| now.name != before.name)
}

/// What stands under these names, by kind and name: all kinds are asked at once, and each once.
async fn live<'a>(stack: &Connected, nodes: impl Iterator<Item = &'a Node>) -> Result<BTreeMap<(String, String), Seen>, Error> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in nodes {
        names.entry(&node.id.kind).or_default().insert(&node.name);
    }
    let read = &stack.read.wanting(std::iter::empty::<&Node>(), Look::Marked);
    let asked = names.into_iter().filter_map(|(kind, names)| Some((kind, kinds::driver(kind)?, names)));
    let answers = try_join_all(asked.map(|(kind, driver, names)| async move {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let seen = driver.read(read, &names).await?;
        Ok::<_, Error>(seen.into_iter().map(|seen| ((kind.to_owned(), seen.name.clone()), seen)).collect::<Vec<_>>())
    }));
    Ok(answers.await?.into_iter().flatten().collect())
}

/// Those that stand under their names and that are meant.
fn standing(live: &BTreeMap<(String, String), Seen>, nodes: &[&Node], is_meant: impl Fn(&Seen) -> bool) -> Vec<(ResourceId, String)> {
    let stands = |node: &&&Node| live.get(&(node.id.kind.clone(), node.name.clone())).is_some_and(&is_meant);
    nodes.iter().filter(stands).map(|node| (node.id.clone(), node.name.clone())).collect()
}

/// Whether it is this stack's, or the one's that it comes from.
fn is_meant(scope: &Scope, moved: &Moved, seen: &Seen) -> bool {
    match (&seen.owner, moved.from.stack()) {
        (Owner::Ours | Owner::Incomplete, _) => true,
        (Owner::Foreign(mark), Some(stack)) if mark.stack == stack => {
            Owner::by(scope, Reach::Account, Mark { stack: scope.stack.clone(), ..mark.clone() }).is_ours()
        }
        (Owner::Foreign(_) | Owner::Unmarked, _) => false,
    }
}

fn both(loaded: &Loaded, moved: &Moved, (id, name): (&ResourceId, &String), (other, twin): (&ResourceId, &String)) -> Diagnostic {
    let message = format!("{id} stands as {name}, which it would keep, and {other} as {twin}, which the file names");
    let fix = "take the entry out, and the plan deletes the old one; or delete the new one first".to_owned();
    let index = loaded.moved.iter().position(|entry| entry.to == moved.to);
    let at = index.and_then(|index| loaded.tree.get("moved")?.items().get(index)).map(|node| node.place);
    let mut found = Diagnostic::new(&loaded.source, at, message, fix);
    found.code = "E805";
    found
}
