//! Stacks that a look could not read, while it read others.

use super::is_hopeless;
use super::look::Watcher;
use super::tell::{findings, whole};
use crate::aws::without_request_ids;
use crate::commands::planned::PlannedStack;
use crate::error::{Error, exit};
use crate::model::Scope;
use crate::report::watch::What;

/// What could be planned, and what could not and why.
pub type Parted = (Vec<PlannedStack>, Vec<(Scope, Error)>);

/// Parts what could be planned from what could not.
///
/// # Errors
/// At the first look what waiting does not mend: that is for who began it.
pub fn parted(planned: Vec<(Scope, Result<PlannedStack, Error>)>, is_first: bool) -> Result<Parted, Error> {
    let (mut read, mut unread) = (Vec::new(), Vec::new());
    for (scope, planned) in planned {
        match planned {
            Ok(planned) => read.push(planned),
            Err(error) if is_first && is_hopeless(&error) => return Err(error),
            Err(error) => unread.push((scope, error)),
        }
    }
    Ok((read, unread))
}

impl Watcher<'_> {
    /// Tells of stacks that cannot be read, and of those that can again. Returns what failed.
    pub(super) fn tell_unread(&mut self, read: &[PlannedStack], unread: &[(Scope, Error)]) -> Option<String> {
        if self.state.failure.take().is_some() {
            self.teller.tell(None, What::Recovered);
        }
        let mut before = std::mem::take(&mut self.state.unread);
        for (scope, error) in unread {
            let told = without_request_ids(&whole(error));
            let is_new = before.remove(&scope.stack).as_ref() != Some(&told);
            let next = self.rhythm.pause(self.state.failures, 0.5).as_secs();
            let what = What::Failed { error: error.to_string(), hint: error.hint(), findings: findings(error), next };
            self.teller.tell_as(Some(scope), what, is_new);
            self.state.unread.insert(scope.stack.clone(), told);
        }
        for stack in read.iter().filter(|stack| before.contains_key(&stack.loaded.scope.stack)) {
            self.teller.tell(Some(&stack.loaded.scope), What::Recovered);
        }
        if read.is_empty() || unread.iter().any(|(_, error)| matches!(error.exit_code(), exit::CREDENTIALS | exit::INVALID)) {
            self.files.expire();
        }
        let failed: Vec<String> = unread.iter().map(|(scope, error)| format!("{}: {error}", scope.stack)).collect();
        (!failed.is_empty()).then(|| failed.join("; "))
    }
}
