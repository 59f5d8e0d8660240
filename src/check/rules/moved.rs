//! What is known by another address than before.

use std::collections::BTreeMap;

use crate::contract::{Findings, Rule, View};
use crate::kinds;
use crate::model::ResourceId;
use crate::source::Loaded;
use crate::source::diagnostic::{Diagnostic, Place};
use crate::source::loaded::Moved;
use crate::source::node::Node;

const PAGE: &str = "docs/instances.md";

const FROM_SOMETHING: Rule = Rule {
    code: "E196",
    title: "a move from what is still in the file",
    why: "A resource has one address. While the old one is still in the file, this one's or the other stack's, both would ask for what is \
          there.",
    fix: "take the old one out, or take the entry out of `moved`",
    source: PAGE,
    run: from_something,
};

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E195",
        title: "a move to what is not in the file",
        why: "`moved` says that a resource of the file was known by another address. What it moves to has to stand in a section of the file \
              under its own key: what others bring along, such as the role of a function, moves with them.",
        fix: "name a resource of the file by kind and key",
        source: PAGE,
        run: to_nothing,
    },
    FROM_SOMETHING,
    Rule {
        code: "E197",
        title: "moves that meet",
        why: "What moved from a to b and from b to c stands as a, as b or as c: where it stands cannot be told from names. Nor can two things \
              become one, or one thing two.",
        fix: "write one entry, from the address that is live to the one of the file",
        source: PAGE,
        run: meeting,
    },
    Rule {
        code: "E198",
        title: "a move from one kind to another",
        why: "A resource stays of its kind: AWS makes no topic of a queue.",
        fix: "name two addresses of one kind",
        source: PAGE,
        run: of_another_kind,
    },
];

/// Each entry with its place.
fn entries<'a>(cx: &'a View<'_>) -> impl Iterator<Item = (Place, &'a Moved)> {
    let items = cx.loaded.tree.get("moved").map(|node| node.items()).unwrap_or_default();
    let place = |index: usize| items.get(index).map_or_else(|| cx.top_place("moved"), |node| node.place);
    cx.loaded.moved.iter().enumerate().map(move |(index, moved)| (place(index), moved))
}

/// Whether a section of this tree has it under its own key.
fn stands(tree: &Node, id: &ResourceId) -> bool {
    kinds::driver(&id.kind).and_then(|driver| tree.get(driver.section())?.get(&id.name)).is_some()
}

fn to_nothing(cx: &View<'_>, out: &mut Findings<'_>) {
    for (place, moved) in entries(cx).filter(|(_, moved)| !stands(&cx.loaded.tree, &moved.to)) {
        out.add(place, "", format!("{} is not in the file", moved.to));
    }
}

fn from_something(cx: &View<'_>, out: &mut Findings<'_>) {
    for (place, moved) in entries(cx) {
        let from = moved.from.address();
        let is_there = match moved.from.stack() {
            None => moved.to != *from && stands(&cx.loaded.tree, from),
            Some(stack) => cx.stacks.iter().find(|other| other.scope.stack == stack).is_some_and(|other| stands(&other.tree, from)),
        };
        if is_there {
            out.add(place, "", format!("{} is still in its file", moved.from));
        }
    }
}

/// The same of the file of another stack that is not among those that are checked.
pub fn still_in(loaded: &Loaded, other: &str, tree: &Node) -> Vec<Diagnostic> {
    let items = loaded.tree.get("moved").map(Node::items).unwrap_or_default();
    let moved =
        loaded.moved.iter().enumerate().filter(|(_, moved)| moved.from.stack() == Some(other) && stands(tree, moved.from.address()));
    let told = moved.map(|(index, moved)| {
        let place = items.get(index).map_or(Place::START, |node| node.place);
        FROM_SOMETHING.finding(&loaded.source, place, "", format!("{} is still in its file", moved.from), None)
    });
    told.collect()
}

fn meeting(cx: &View<'_>, out: &mut Findings<'_>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (_, moved) in entries(cx) {
        *seen.entry(format!("to {}", moved.to)).or_default() += 1;
        *seen.entry(format!("from {}", moved.from)).or_default() += 1;
    }
    let is_origin = |id: &ResourceId| entries(cx).any(|(_, other)| other.from.stack().is_none() && other.from.address() == id);
    for (place, moved) in entries(cx) {
        let (to, from) = (&moved.to, &moved.from);
        if from.stack() == Some(&cx.loaded.scope.stack) {
            out.add(place, "", format!("{to} comes from {from}, which is this stack: write the address alone"));
        } else if is_origin(to) {
            out.add(place, "", format!("{to} is moved to, and moved on from"));
        } else if seen.get(&format!("to {to}")).is_some_and(|times| *times > 1) {
            out.add(place, "", format!("{to} is moved to more than once"));
        } else if seen.get(&format!("from {from}")).is_some_and(|times| *times > 1) {
            out.add(place, "", format!("{from} is moved more than once"));
        }
    }
}

fn of_another_kind(cx: &View<'_>, out: &mut Findings<'_>) {
    for (place, moved) in entries(cx) {
        let from = moved.from.address();
        if kinds::driver(&from.kind).is_none() {
            out.add(place, "", format!("there is no kind `{}`", from.kind));
        } else if from.kind != moved.to.kind {
            out.add(place, "", format!("{from} would become {}", moved.to));
        }
    }
}
