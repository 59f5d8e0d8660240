//! What somebody else made of a resource since it was planned.

use crate::contract::Driver;
use crate::model::form::is_nothing;
use crate::model::plan::NotNormal;
use crate::model::{Change, Node, Seen};

/// What a resource was planned from, against which what it is later is judged.
pub(super) struct Planned<'a> {
    driver: &'a dyn Driver,
    /// What was to change; none where the resource was not there.
    changes: Option<Vec<Change>>,
}

impl<'a> Planned<'a> {
    /// `have` is what was there.
    ///
    /// # Errors
    /// One of the sides is no spec of its kind.
    pub fn from(driver: &'a dyn Driver, node: &Node, have: Option<&Seen>) -> Result<Self, NotNormal> {
        let compare = |have| driver.compare(&node.spec, have, node.artifact.as_ref());
        Ok(Self { driver, changes: have.map(compare).transpose()?.map(|compared| compared.changes) })
    }

    /// Fields of what is left to do that somebody else has brought to what is not desired here: what is
    /// left was not planned, or not from there. Where nothing was planned from, that is all that has a
    /// value. A read that lags shows what was planned from, and so nobody.
    pub fn strangers(&self, left: &[Change]) -> Vec<Change> {
        let is_known = |change: &Change| match &self.changes {
            Some(planned) => planned.iter().any(|planned| planned.path == change.path && planned.before == change.before),
            None => is_nothing(change.before.true_value()),
        };
        left.iter().filter(|change| !is_known(change)).cloned().collect()
    }

    /// Whether what AWS guards of the resource is as wanted by now, and was not when it was planned: then
    /// it was written from here, or from the same files, and what is left beside it is to be written too.
    pub fn has_passed_guard(&self, left: &[Change]) -> bool {
        let was_open = self.changes.as_ref().is_none_or(|planned| !are_beside_guard(self.driver, &paths(planned)));
        was_open && are_beside_guard(self.driver, &paths(left))
    }
}

/// Whether all of these are written whatever AWS guards of their kind: whose the guarded fields are may
/// write these too.
pub(super) fn are_beside_guard(driver: &dyn Driver, fields: &[String]) -> bool {
    let name = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
    driver.beside_guard().is_some_and(|beside| fields.iter().all(|path| beside.contains(&name(path).as_str())))
}

pub(super) fn paths<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<String> {
    changes.into_iter().map(|change| change.path.clone()).collect()
}
