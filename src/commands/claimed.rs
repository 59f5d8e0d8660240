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

/// What other files take from a stack.
#[derive(Default)]
struct Claims {
    /// Their names, and who takes them.
    taken: BTreeMap<Named, String>,
    /// What they make anew, by its name without its group: who does, and what they take it along with. As long
    /// as that is not taken, the old one has nothing in its place.
    anew: BTreeMap<Named, (String, Vec<Named>)>,
}

impl Claims {
    /// Who takes what is live, or makes it anew and has not yet.
    fn of(&self, live: &Live, id: &ResourceId, name: &str) -> Option<&String> {
        if let Some(by) = self.taken.get(&(id.kind.clone(), name.to_owned())) {
            return Some(by);
        }
        let own = kinds::driver(&id.kind)?.name_in_file(name);
        let (by, with) = self.anew.get(&(id.kind.clone(), own.to_owned()))?;
        let stands = |(kind, name): &Named| live.iter().any(|(id, seen)| id.kind == *kind && seen.name == *name);
        with.iter().any(stands).then_some(by)
    }
}

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
        let claims = self.claimed(loaded)?;
        let by = |id: &ResourceId, name: &str| claims.of(live, id, name).filter(|_| goes(id)).cloned();
        let mut held: BTreeMap<ResourceId, String> = live.iter().filter_map(|(id, seen)| Some((id.clone(), by(id, &seen.name)?))).collect();
        // What is within a group goes with it.
        let within = |id: &ResourceId| kinds::driver(&id.kind)?.within(&live.get(id)?.name);
        let groups: Vec<((&str, &str), &String)> = held.iter().filter_map(|(id, by)| Some((within(id)?, by))).collect();
        let holds = |id: &ResourceId, name: &str| {
            let section = kinds::driver(&id.kind).filter(|_| goes(id))?.section();
            groups.iter().find(|((of, group), _)| *of == section && *group == name).map(|(_, by)| (id.clone(), (*by).clone()))
        };
        let holders: Vec<(ResourceId, String)> = live.iter().filter_map(|(id, seen)| holds(id, &seen.name)).collect();
        held.extend(holders);
        let mut left: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
        for (id, by) in held {
            live.remove(&id);
            left.entry(by).or_default().push(id);
        }
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
    fn claimed(&self, loaded: &Loaded) -> Result<Claims, Error> {
        let mut claims = Claims::default();
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
            for home in homes {
                let of_home = named.desired.nodes.values().filter(|node| node.home.iter().take(2).map(String::as_str).eq(home));
                // What keeps its mark for ever is made anew there, and the old one goes here.
                let (moves, stays): (Vec<&Node>, Vec<&Node>) =
                    of_home.partition(|node| kinds::driver(&node.id.kind).is_some_and(|driver| driver.keeps_mark().is_none()));
                let by = &taker.scope.stack;
                let all: Vec<Named> = moves.iter().map(|node| (node.id.kind.clone(), node.name.clone())).collect();
                for node in stays {
                    let own = kinds::driver(&node.id.kind).map_or(node.name.as_str(), |driver| driver.name_in_file(&node.name));
                    claims.anew.insert((node.id.kind.clone(), own.to_owned()), (by.clone(), all.clone()));
                }
                claims.taken.extend(all.into_iter().map(|named| (named, by.clone())));
            }
        }
        Ok(claims)
    }
}
