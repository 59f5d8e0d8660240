//! How large a file may grow: a few lines of variables that double each other, or defaults under many
//! resources, would otherwise fill the memory of the machine.

use std::cell::Cell;
use std::rc::Rc;

use super::node::{Node, Yaml};

/// Most text that variables may put into a file, in bytes.
pub(crate) const FILLED_IN: usize = 4 * 1024 * 1024;
/// Most that defaults and the file's tags may become, written out at every resource, in bytes. A
/// thousand functions with fifty tags each take a third of it.
pub(crate) const WRITTEN_OUT: usize = 32 * 1024 * 1024;
/// Deepest that a file may be nested with its variables filled in; as deep as the file itself may be.
/// Variables refer to each other as far.
pub(crate) const DEEPEST: usize = 64;
/// Bytes that a node takes beside its text, about.
const NODE: usize = 128;

/// Bytes that are left; none once more was asked for. Clones spend from one.
#[derive(Clone)]
pub(crate) struct Budget {
    left: Rc<Cell<Option<usize>>>,
}

impl Budget {
    pub fn of(bytes: usize) -> Self {
        Self { left: Rc::new(Cell::new(Some(bytes))) }
    }

    /// Whether so many bytes were left; where they were not, the budget is spent.
    pub fn spend(&self, bytes: usize) -> bool {
        let left = self.left.get().and_then(|left| left.checked_sub(bytes));
        self.left.set(left);
        left.is_some()
    }

    /// Whether more was asked for than there was.
    pub fn is_spent(&self) -> bool {
        self.left.get().is_none()
    }
}

/// Bytes that a copy of the node takes, about.
pub(crate) fn size(node: &Node) -> usize {
    match &node.yaml {
        Yaml::Text(text) => text.len(),
        Yaml::List(items) => items.iter().map(|item| NODE + size(item)).sum(),
        Yaml::Map(entries) => entries.iter().map(|entry| NODE + entry.key.len() + size(&entry.value)).sum(),
        _ => 8,
    }
}

/// How deep the node is nested; a scalar is not.
pub(crate) fn height(node: &Node) -> usize {
    match &node.yaml {
        Yaml::List(items) => 1 + items.iter().map(height).max().unwrap_or(0),
        Yaml::Map(entries) => 1 + entries.iter().map(|entry| height(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}
