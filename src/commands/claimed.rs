//! What other files of the folder take over from a stack by `moved`. Until they have, it carries the stack's
//! mark and no file of it names it: a plan that deleted it would delete what the other stack is about to adopt.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::stacks::{self, Taker};
use super::{moved, whole};
use crate::cli::Global;
use crate::error::Error;
use crate::kinds;
use crate::model::notes::Note;
use crate::model::{Account, Live, Node, ResourceId};
use crate::source::Loaded;
use crate::source::loaded::Moved;
use crate::stack::Choice;

/// Kind and physical name.
type Named = (String, String);

/// The files of the folder that take something, read once, and only where something is to go.
pub struct Folder {
    global: Global,
    takers: OnceLock<Vec<Taker>>,
}

impl Folder {
    /// The one of a command line.
    pub fn of(global: &Global) -> Self {
        Self { global: global.clone(), takers: OnceLock::new() }
    }

    /// Takes what another file claims, and no file of the stack itself names, out of what is planned. Says what
    /// that was.
    ///
    /// # Errors
    /// A file that may take something cannot be read: nobody knows what it takes.
    pub fn leave_out(&self, live: &mut Live, loaded: &Loaded) -> Result<Vec<Note>, Error> {
        let goes = |id: &ResourceId| !loaded.desired.nodes.contains_key(id);
        if !live.keys().any(goes) {
            return Ok(Vec::new());
        }
        let claimed = self.claimed(loaded)?;
        let mut left: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
        live.retain(|id, seen| {
            let by = claimed.get(&(id.kind.clone(), seen.name.clone())).filter(|_| goes(id));
            by.inspect(|by| left.entry((*by).clone()).or_default().push(id.clone())).is_none()
        });
        Ok(left.into_iter().map(|(by, ids)| Note::Claimed { by, ids }).collect())
    }

    fn takers(&self) -> Result<&[Taker], Error> {
        match self.takers.get() {
            Some(takers) => Ok(takers),
            None => {
                let takers = stacks::takers(&self.global)?;
                Ok(self.takers.get_or_init(|| takers))
            }
        }
    }

    /// What the other files take from this stack's environment, and which stack that is.
    fn claimed(&self, loaded: &Loaded) -> Result<BTreeMap<Named, String>, Error> {
        let mut claimed = BTreeMap::new();
        let is_own = |taker: &&Taker| {
            let folder = whole::folder(&taker.path) == whole::folder(&loaded.source.path);
            folder && taker.path.file_name() == loaded.source.path.file_name()
        };
        for Taker { path, from: _ } in self.takers()?.iter().filter(|taker| taker.may_take(&loaded.scope)).filter(|taker| !is_own(taker)) {
            let choice = Choice { env: Some(loaded.scope.env.clone()), ..stacks::choice(&self.global) };
            let mut taker = stacks::load_one(path, &choice).map_err(Error::Invalid)?;
            if let Account::Known(id) = &loaded.scope.account {
                stacks::settle_account(&mut taker, id)?;
            }
            let takes = |moved: &&Moved| moved.from.stack() == Some(&loaded.scope.stack);
            let is_beside = taker.scope.region == loaded.scope.region && taker.scope.instance == loaded.scope.instance;
            if !is_beside || !taker.moved.iter().any(|moved| takes(&moved)) {
                continue;
            }
            let Some(named) = moved::kept(&self.global, &taker)? else { continue };
            let homes: Vec<[&str; 2]> = taker
                .moved
                .iter()
                .filter(takes)
                .filter_map(|moved| Some([kinds::driver(&moved.to.kind)?.section(), moved.to.name.as_str()]))
                .collect();
            let is_taken = |node: &&Node| homes.iter().any(|home| node.home.iter().take(2).map(String::as_str).eq(*home));
            // What keeps its mark for ever is made anew there, and the old one goes here.
            let moves = |node: &&Node| kinds::driver(&node.id.kind).is_some_and(|driver| driver.keeps_mark().is_none());
            let taken = named.desired.nodes.values().filter(is_taken).filter(moves);
            claimed.extend(taken.map(|node| ((node.id.kind.clone(), node.name.clone()), taker.scope.stack.clone())));
        }
        Ok(claimed)
    }
}
