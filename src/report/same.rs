//! Changes that are the same on several resources, told once.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::entry::{Layout, change};
use super::worded::Worded;
use super::{escape, paint, style, wrap};
use crate::contract::written::Line;
use crate::evidence::Objection;
use crate::model::{Action, ResourceId, Step};

/// From so many resources on a change is told once for all of them.
const SEVERAL: usize = 3;

/// A change, and the resources that it is made to.
#[derive(Debug)]
pub struct Block<'a> {
    pub(super) line: &'a Line,
    pub(super) on: Vec<&'a ResourceId>,
}

/// The changes that several updates share, in the order of their paths. What somebody objects to is told
/// by itself.
pub fn blocks<'a>(steps: &[&'a Step], worded: &'a Worded, objections: &BTreeMap<ResourceId, Vec<Objection>>) -> Vec<Block<'a>> {
    let updates = steps.iter().filter(|step| matches!(step.action, Action::Update | Action::Adopt));
    grouped(updates.flat_map(|step| {
        let against = objections.get(&step.id);
        let is_objected = move |line: &&Line| against.is_some_and(|all| all.iter().any(|objection| objection.field == line.field));
        worded.of(&step.id, true).into_iter().filter(move |line| !is_objected(line)).map(|line| (&step.id, line))
    }))
}

/// The lines that several resources have, in the order of their paths. What nobody may see is told by itself: it
/// looks alike and may differ.
pub(super) fn grouped<'a>(lines: impl Iterator<Item = (&'a ResourceId, &'a Line)>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for (id, line) in lines.filter(|(_, line)| !line.is_sensitive) {
        match blocks.iter_mut().find(|block| is_same(block.line, line)) {
            Some(block) => block.on.push(id),
            None => blocks.push(Block { line, on: vec![id] }),
        }
    }
    blocks.retain(|block| block.on.len() >= SEVERAL);
    blocks.sort_by_cached_key(|block| block.line.path.to_string());
    blocks
}

fn is_same(one: &Line, other: &Line) -> bool {
    let Line { field: _, path, before, after, is_document, is_entry, is_sensitive: _, left, spec } = one;
    (path, before, after, is_document, is_entry, left, spec)
        == (&other.path, &other.before, &other.after, &other.is_document, &other.is_entry, &other.left, &other.spec)
}

/// Whether a block tells this line of a resource.
pub fn is_in(blocks: &[Block<'_>], id: &ResourceId, line: &Line) -> bool {
    !line.is_sensitive && blocks.iter().any(|block| block.on.contains(&id) && is_same(block.line, line))
}

/// Whether blocks tell all of a step. One that is adopted is more than its changes.
pub fn says_all(blocks: &[Block<'_>], step: &Step, worded: &Worded) -> bool {
    let lines = worded.of(&step.id, true);
    step.action == Action::Update && !lines.is_empty() && lines.iter().all(|line| is_in(blocks, &step.id, line))
}

/// A block: the change, and below it the addresses.
pub fn text(Block { line, on }: &Block<'_>, layout: Layout) -> String {
    let mut text = String::new();
    let (sign, color, told) = change(line);
    let on_all = paint(style::BOLD, &format!("on {} resources", on.len()));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {} {told} {on_all}", paint(color, sign));
    if line.is_document && line.spec.is_none() {
        super::entry::write_document(&mut text, line);
    }
    let addresses: Vec<String> = on.iter().map(|id| escape::line(&id.to_string())).collect();
    let list = wrap::listed(&addresses, "      ", layout.width.unwrap_or(wrap::USUAL));
    text.push_str(&paint(style::DIM, &list));
    text.push('\n');
    text
}
