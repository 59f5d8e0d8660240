//! What a watcher remembers from look to look: of each drift a little, of the rest nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::expired::Expirations;
use super::record::Past;
use crate::aws::without_request_ids;
use crate::commands::lease;
use crate::commands::who::Asked;
use crate::model::watch::{Drifts, Fights, Pending};
use crate::model::{ResourceId, Scope};

/// Questions to AWS's record that are open at most.
const QUESTIONS: usize = 100;

/// What a watcher remembers.
#[derive(Default)]
pub struct State {
    /// Where the files of each stack led.
    scopes: BTreeMap<String, Scope>,
    /// Drift that was told.
    pub drifts: Drifts,
    /// What was healed lately.
    pub fights: Fights,
    /// What the files changed.
    pub pending: Pending,
    /// Leases of others, by stack.
    pub leases: BTreeMap<String, lease::Seen>,
    /// Who was told to hold the lease of a stack.
    pub put_off: BTreeMap<String, String>,
    /// Heals that failed, by what was told of them.
    pub failed: BTreeMap<(String, Option<ResourceId>), String>,
    /// Instances that have a time.
    pub expirations: Expirations,
    /// Drift that AWS's record does not tell of yet.
    pub questions: Vec<Question>,
    /// What looks before saw and heals wrote, as far as it says when a drift happened.
    pub past: Past,
    /// What was told of the last look, where it failed.
    pub failure: Option<String>,
    /// What was told of stacks that the last look could not read, by the stack.
    pub unread: BTreeMap<String, String>,
    /// Looks that failed in a row.
    pub failures: u32,
    /// Whether AWS's record may not be asked.
    pub is_record_closed: bool,
    /// Why it did not answer last, as far as that was told.
    pub record_failure: Option<String>,
}

/// A drift of which it is not known yet who made it.
pub struct Question {
    /// The stack.
    pub stack: String,
    /// What it is about, and when that happened.
    pub asked: Asked,
    /// Until then it is worth to ask.
    pub until: Duration,
}

impl State {
    /// Forgets what it knows of stacks whose files lead elsewhere by now: to another environment, instance or region.
    pub fn settle(&mut self, scopes: BTreeMap<String, Scope>) {
        let leads_elsewhere = |stack: &String| self.scopes.get(stack).zip(scopes.get(stack)).is_some_and(|(known, now)| known != now);
        let (elsewhere, same): (BTreeSet<String>, BTreeSet<String>) = scopes.keys().cloned().partition(leads_elsewhere);
        for stack in &elsewhere {
            self.fights.forget_stack(stack);
            self.pending.forget(stack);
            self.past.forget(stack);
        }
        if !elsewhere.is_empty() {
            self.keep(&same);
        }
        self.scopes.extend(scopes);
    }

    /// Forgets all that is of other stacks and has no time.
    fn keep(&mut self, stacks: &BTreeSet<String>) {
        self.drifts.keep_stacks(stacks);
        self.leases.retain(|stack, _| stacks.contains(stack));
        self.put_off.retain(|stack, _| stacks.contains(stack));
        self.unread.retain(|stack, _| stacks.contains(stack));
        self.failed.retain(|(stack, _), _| stacks.contains(stack));
        self.questions.retain(|question| stacks.contains(&question.stack));
    }

    /// Forgets what is over: stacks that are gone, and what was quiet for long.
    pub fn tidy(&mut self, stacks: &BTreeSet<String>, now: Duration) {
        self.keep(stacks);
        self.pending.keep_stacks(stacks);
        self.fights.forget(now);
        self.questions.retain(|question| now < question.until);
        let too_many = self.questions.len().saturating_sub(QUESTIONS);
        self.questions.drain(..too_many);
    }

    /// Whether a failure of a heal is another one than was told, and notes it.
    pub fn is_another_failure(&mut self, stack: &str, id: Option<&ResourceId>, told: &str) -> bool {
        let told = without_request_ids(told);
        self.failed.insert((stack.to_owned(), id.cloned()), told.clone()).as_ref() != Some(&told)
    }
}
