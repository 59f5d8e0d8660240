//! One look: what is read, what is told of it, and what is mended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Ending;
use super::changes::Changes;
use super::files::{self, Files};
use super::notify::Notifiers;
use super::record::Looked;
use super::serve::Shared;
use super::state::State;
use super::tell::{Teller, findings, now};
use super::unread;
use crate::aws::without_request_ids;
use crate::cli::{Global, WatchArgs};
use crate::commands::planned::PlannedStack;
use crate::commands::worded;
use crate::error::{Error, exit};
use crate::model::plan::Options;
use crate::model::watch::{Chosen, Cx, Found, Held, Left, Policy, Rhythm, choose};
use crate::model::who::Who;
use crate::model::{ResourceId, Scope};
use crate::report;
use crate::report::watch::{Drift, End, What};
use crate::report::worded::Wording;
use crate::source::Loaded;
use crate::source::loaded::Protection;

/// A watcher.
pub struct Watcher<'a> {
    pub(super) global: &'a Global,
    pub(super) args: &'a WatchArgs,
    pub(super) rhythm: Rhythm,
    pub(super) start: Instant,
    pub(super) files: Files,
    pub(super) state: State,
    pub(super) teller: Teller,
    is_reloading: bool,
    last_deep: Instant,
    looks: u64,
    code: u8,
    is_told_to_have_begun: bool,
}

/// What a look saw.
pub struct Seen {
    planned: Vec<PlannedStack>,
    unread: Vec<(Scope, Error)>,
    looked: Looked,
    took: Duration,
    /// Whether the files were loaded for it.
    pub are_files_new: bool,
}

impl<'a> Watcher<'a> {
    /// One that has seen nothing yet.
    pub fn new(global: &'a Global, args: &'a WatchArgs, rhythm: Rhythm, notifiers: Notifiers, shared: Arc<Shared>, start: Instant) -> Self {
        let teller = Teller { format: args.format, notifiers, shared };
        let (files, state) = (Files::default(), State::default());
        let (is_reloading, looks, code, is_told_to_have_begun) = Default::default();
        Self { global, args, rhythm, start, files, state, teller, is_reloading, last_deep: start, looks, code, is_told_to_have_begun }
    }

    /// Looks so far.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// Loads the files anew at the next look.
    pub fn reload(&mut self) {
        self.is_reloading = true;
    }

    /// Hears of changed files from now on.
    pub fn listen_to_files(&self, changes: &mut Changes) {
        if let (Some(folder), Some(session)) = (files::folder(self.global), self.files.session()) {
            changes.watch(&folder, &session.loaded().collect::<Vec<_>>());
        }
    }

    /// Reads what is there and plans. Writes nothing, so that it may be left at any moment.
    ///
    /// # Errors
    /// The files are wrong, or AWS does not say who we are.
    pub async fn observe(&mut self) -> Result<Seen, Error> {
        let (begun, begin) = (Instant::now(), Timestamp::now());
        let (session, are_files_new) = self.files.look(self.global, self.is_reloading).await?;
        self.is_reloading = false;
        if are_files_new {
            self.state.is_record_closed = false;
        }
        let is_deep = self.rhythm.is_deep(self.last_deep.elapsed());
        session.forget();
        let options = Options { deep: is_deep, tells: true, ..Options::default() };
        let (planned, unread) = unread::parted(session.plan_each_again(&options).await, self.looks == 0)?;
        // What was not read was not looked at closely either.
        if is_deep && unread.is_empty() {
            self.last_deep = begun;
        }
        let looked = Looked { begin, end: Timestamp::now(), is_deep };
        Ok(Seen { planned, unread, looked, took: begun.elapsed(), are_files_new })
    }

    /// Tells what a look saw, and mends what it may.
    pub async fn act(&mut self, seen: Seen, stop: &Ending) {
        let Seen { planned, unread, looked, took, are_files_new: _ } = seen;
        self.looks += 1;
        self.tell_begin(planned.iter().map(|stack| &stack.loaded.scope).chain(unread.iter().map(|(scope, _)| scope)));
        self.state.failures = if planned.is_empty() { self.state.failures + 1 } else { 0 };
        if let Some(session) = self.files.session() {
            self.state.settle(session.loaded().map(|stack| (stack.scope.stack.clone(), stack.scope.clone())).collect());
            self.state.pending.begin(session.loaded().map(|stack| (stack.scope.stack.as_str(), stack.source.text.as_str())));
        }
        let failed = self.tell_unread(&planned, &unread);
        let over = self.take_expired(&planned, &unread, stop).await;
        let planned: Vec<PlannedStack> = planned.into_iter().filter(|stack| !over.gone.contains(&stack.loaded.scope.stack)).collect();
        let read = planned.iter().map(|stack| stack.loaded.scope.stack.clone());
        let stacks: BTreeSet<String> = read.chain(unread.iter().map(|(scope, _)| scope.stack.clone())).collect();
        for stack in planned {
            let heals = self.args.heal && !over.unknown.contains(&stack.loaded.scope.stack);
            self.act_on(stack, looked, heals, stop).await;
        }
        let now_is = self.start.elapsed();
        self.state.tidy(&stacks, now_is);
        // Of a stack that was not read, what stands now may be older than this look.
        if unread.is_empty() {
            self.state.past.looked(looked);
        }
        self.code = unread.first().map_or(exit::DONE, |(_, error)| code_of(error));
        self.count(took, failed);
    }

    fn tell_begin<'s>(&mut self, stacks: impl Iterator<Item = &'s Scope>) {
        if std::mem::replace(&mut self.is_told_to_have_begun, true) {
            return;
        }
        let stacks = stacks.map(|scope| format!("{} ({})", scope.stack, scope.env)).collect();
        self.teller.tell(None, What::Started { stacks, every: self.args.every, heals: self.args.heal });
    }

    async fn act_on(&mut self, stack: PlannedStack, looked: Looked, heals: bool, stop: &Ending) {
        let scope = stack.loaded.scope.clone();
        let Loaded { source, desired, .. } = &stack.loaded;
        let Found { all: pending, moved } = self.state.pending.look(&stack.planned, &source.text, &desired.nodes);
        let applies = self.args.heal && self.args.on_change;
        if !moved.is_empty() {
            self.teller.tell(Some(&scope), What::FilesChanged { ids: moved, heals: applies });
        }
        let news = self.state.drifts.look(&stack.planned, &pending, looked.is_deep);
        // A rule has refused what is none.
        let policy = Policy::of(stack.loaded.heal.only.as_deref(), &stack.loaded.heal.never).unwrap_or_default();
        let left_out = if applies { BTreeSet::new() } else { pending };
        let (is_protected, stakes, now_is) = (stack.loaded.protection != Protection::Open, &stack.stakes, self.start.elapsed());
        let words = worded::called(&stack.loaded, &stack.planned);
        let cx = Cx { heals, policy: &policy, words: &words, is_protected, stakes, pending: &left_out, now: now_is };
        let chosen = choose(&stack.planned, &cx, &mut self.state.fights);
        let who = self.who(&stack, &news.drifted, looked, stop).await;
        for id in &news.drifted {
            if let Some(drift) = drift_of(&stack, id, &chosen, who.get(id).cloned()) {
                self.teller.tell(Some(&scope), What::Drift(Box::new(drift)));
            }
        }
        for id in news.ended {
            self.teller.tell(Some(&scope), What::Ended(id));
        }
        for (id, field, held) in fights_of(&chosen) {
            let seconds = held.until.saturating_sub(now_is).as_secs();
            self.teller.tell(Some(&scope), What::LeftAlone { id, field, seconds });
        }
        if !chosen.heals.is_empty() {
            self.heal(stack, chosen, looked.is_deep, stop).await;
        }
    }

    /// Notes that a look failed: what stands is not known.
    pub fn failed(&mut self, error: Error) {
        self.looks += 1;
        self.code = code_of(&error);
        let is_of_files = error.exit_code() == exit::INVALID;
        self.state.failures = if is_of_files { 0 } else { self.state.failures + 1 };
        let (told, places) = (error.to_string(), findings(&error));
        self.count(Duration::ZERO, Some(told.clone()));
        self.files.expire();
        let whole = without_request_ids(&format!("{told}\n{}", places.join("\n")));
        let is_new = self.state.failure.as_ref() != Some(&whole);
        self.state.failure = Some(whole);
        if is_new && is_of_files {
            report::diagnostics::error(&error);
        }
        // Files that are wrong in the same way were told.
        if is_new || !is_of_files {
            let next = self.rhythm.pause(self.state.failures, 0.5).as_secs();
            self.teller.tell_as(None, What::Failed { error: told, hint: error.hint(), findings: places, next }, is_new);
        }
    }

    /// Brings the figures up to date.
    fn count(&mut self, took: Duration, failed: Option<String>) {
        let (calls, throttled) = self.files.spent();
        let (looks, now_is) = (self.looks, self.start.elapsed());
        let (by_kind, pending, fights) = (self.state.drifts.by_kind(), self.state.pending.count(), self.state.fights.held(now_is));
        let due = now_is + self.rhythm.pause(self.state.failures, 1.0);
        self.teller.shared.set(|figures, health| {
            let end = Some(now().as_second() as f64);
            figures.looks = looks;
            figures.last_look = end;
            figures.calls += calls;
            figures.throttled += throttled;
            match failed {
                Some(_) => figures.failed_looks += 1,
                None => (figures.last_success, figures.took) = (end, took),
            }
            figures.drift.values_mut().for_each(|resources| *resources = 0);
            figures.drift.extend(by_kind);
            figures.pending = pending as u64;
            figures.fights = fights as u64;
            (health.last, health.due, health.failed) = (Some(now_is), Some(due), failed);
        });
    }

    /// Delivers what waits to be delivered, for no longer than this, and only until it is told to end.
    pub async fn deliver(&mut self, patience: Duration, stop: Option<&Ending>) {
        let (taken, wrong) = self.teller.notifiers.deliver(self.files.session(), patience, stop).await;
        for what in wrong {
            self.teller.tell(None, what);
        }
        let waiting = self.teller.notifiers.waiting() as u64;
        self.teller.shared.set(|figures, _| {
            figures.notified += taken;
            figures.undelivered = waiting;
        });
    }

    /// The pause until the next look.
    pub fn pause(&self) -> Duration {
        self.rhythm.pause(self.state.failures, fastrand::f64())
    }

    /// Tells how much was not delivered and is lost now.
    pub fn tell_loss(&self) {
        let waiting = self.teller.notifiers.waiting();
        if waiting > 0 {
            report::note(&format!("note: {waiting} notifications were not delivered, and are lost"));
        }
    }

    /// Tells that it ends.
    pub fn tell_end(&mut self, why: End) {
        // Where the last look failed, or there was none, nobody knows what stands.
        let is_known = self.looks > 0 && self.code == exit::DONE;
        let stands = is_known.then(|| (self.state.drifts.by_kind().values().sum(), self.state.pending.count()));
        let (drift, pending) = stands.unzip();
        self.teller.tell(None, What::Stopped { why, looks: self.looks, drift, pending });
    }

    /// The exit code, as that of a plan: of the last look.
    pub fn code(&self) -> u8 {
        let is_drift = self.state.drifts.is_any() || self.state.pending.count() > 0;
        match self.code {
            exit::DONE if self.teller.notifiers.waiting() > 0 => exit::FAILED,
            exit::DONE if is_drift && self.args.detailed_exitcode => exit::CHANGES,
            code => code,
        }
    }
}

/// The exit code of a look that failed so.
fn code_of(error: &Error) -> u8 {
    match error.exit_code() {
        code @ (exit::INVALID | exit::CREDENTIALS) => code,
        _ => exit::FAILED,
    }
}

fn drift_of(stack: &PlannedStack, id: &ResourceId, chosen: &Chosen, who: Option<Who>) -> Option<Drift> {
    let step = stack.planned.plan.steps.iter().find(|step| step.id == *id)?;
    let left = chosen.left.get(id).into_iter().flatten().map(|(path, why)| (path.clone(), why.clone())).collect();
    Some(Drift {
        id: id.clone(),
        name: step.name.clone(),
        action: step.action,
        fields: step.changes.clone(),
        lines: stack.worded().of(id, true).into_iter().cloned().collect(),
        holds: stack.stakes.get(id).map(|holdings| report::stakes::text(holdings)),
        left,
        heals: chosen.heals.contains_key(id),
        who,
    })
}

/// Fights that begin: with which field of what.
fn fights_of(chosen: &Chosen) -> Vec<(ResourceId, String, Held)> {
    let all = chosen.left.iter().flat_map(|(id, left)| left.iter().map(move |(path, why)| (id, path, why)));
    all.filter_map(|(id, path, why)| match why {
        Left::Fight(held) if held.begins => Some((id.clone(), path.clone(), *held)),
        _ => None,
    })
    .collect()
}
