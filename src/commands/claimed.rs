//! What other files of the folder take over from a stack by `moved`. Until they have, it carries the stack's
//! mark and no file of it names it: a plan that deleted it would delete what the other stack is about to adopt.

use std::collections::BTreeMap;

use super::{moved, stacks};
use crate::cli::Global;
use crate::error::Error;
use crate::kinds;
use crate::model::notes::Note;
use crate::model::{Account, Live, Node, ResourceId};
use crate::source::Loaded;
use crate::stack;

/// Stacks that take something over, by kind and physical name of it.
#[derive(Debug, Default)]
pub struct Claims(BTreeMap<(String, String), String>);

/// What the other files of the folder take from this stack's environment.
///
/// # Errors
/// A file that takes something cannot be loaded: nobody knows what it takes.
pub fn of(global: &Global, loaded: &Loaded) -> Result<Claims, Error> {
    let mut claims = Claims::default();
    for path in stacks::takers(global, loaded) {
        let choice = stack::Choice { env: Some(loaded.scope.env.clone()), ..stacks::choice(global) };
        let mut taker = stack::load(&path, &choice).map_err(Error::Invalid)?;
        if let Account::Known(id) = &loaded.scope.account {
            stacks::settle_account(&mut taker, id);
        }
        let is_beside = taker.scope.region == loaded.scope.region && taker.scope.instance == loaded.scope.instance;
        let Some(named) = moved::kept(global, &taker)?.filter(|_| is_beside) else { continue };
        let homes: Vec<[&str; 2]> = taker
            .moved
            .iter()
            .filter(|moved| moved.from.stack() == Some(&loaded.scope.stack))
            .filter_map(|moved| Some([kinds::driver(&moved.to.kind)?.section(), moved.to.name.as_str()]))
            .collect();
        let is_taken = |node: &&Node| homes.iter().any(|home| node.home.iter().take(2).map(String::as_str).eq(*home));
        // What keeps its mark for ever is made anew there, and the old one goes here.
        let moves = |node: &&Node| kinds::driver(&node.id.kind).is_some_and(|driver| driver.keeps_mark().is_none());
        let taken = named.desired.nodes.values().filter(is_taken).filter(moves);
        claims.0.extend(taken.map(|node| ((node.id.kind.clone(), node.name.clone()), taker.scope.stack.clone())));
    }
    Ok(claims)
}

impl Claims {
    /// Takes what is claimed, and no file of the stack itself names, out of what is planned. Says what that was.
    pub fn leave_out(&self, live: &mut Live, nodes: &BTreeMap<ResourceId, Node>) -> Vec<Note> {
        let mut left: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
        live.retain(|id, seen| {
            let by = self.0.get(&(id.kind.clone(), seen.name.clone())).filter(|_| !nodes.contains_key(id));
            by.inspect(|by| left.entry((*by).clone()).or_default().push(id.clone())).is_none()
        });
        left.into_iter().map(|(by, ids)| Note::Claimed { by, ids }).collect()
    }
}
