//! What `--format json` of apply and destroy tells: each event as it happens, and one document at the end,
//! however it ends. It is the process's, since a signal may end that anywhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::outputs;
use super::planned::PlannedStack;
use crate::apply::{Event, Report};
use crate::cli::Format;
use crate::error::Error;
use crate::model::Scope;
use crate::report;
use crate::report::applied::{self, Last, Whose};

/// What is told so far.
#[derive(Default)]
struct Journal {
    stacks: Vec<Value>,
    /// By stack and address.
    outcomes: BTreeMap<(Whose, String), Value>,
    outputs: BTreeMap<Whose, Value>,
    /// The first failure that did not end the command.
    error: Option<Value>,
}

static JOURNAL: Mutex<Option<Journal>> = Mutex::new(None);

fn journal() -> MutexGuard<'static, Option<Journal>> {
    // What is told is whole after each step.
    JOURNAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work`, with a document at its end where that is wanted.
///
/// # Errors
/// Those of `work`.
pub async fn told(format: Format, work: impl Future<Output = Result<u8, Error>>) -> Result<u8, Error> {
    if format == Format::Json {
        *journal() = Some(Journal::default());
    }
    let result = work.await;
    match &result {
        Ok(code) => end(*code, None),
        Err(error) => end(error.exit_code(), Some(error)),
    }
    result
}

/// Whether events are told.
pub fn is_kept() -> bool {
    journal().is_some()
}

/// What is planned.
pub fn planned(planned: &[PlannedStack]) {
    if let Some(journal) = journal().as_mut() {
        journal.stacks.extend(planned.iter().map(|stack| report::json::stack(&stack.view(true))));
    }
}

/// A failure that does not end the command.
pub fn failed(error: &Error) {
    if let Some(journal) = journal().as_mut() {
        journal.error.get_or_insert_with(|| applied::error(error));
    }
}

/// Tells events of a stack, and passes them on.
pub async fn pass_on(scope: &Scope, mut events: UnboundedReceiver<Event>, on: UnboundedSender<Event>) {
    while let Some(event) = events.recv().await {
        if let Some(journal) = journal().as_mut() {
            let key = (Whose::of(scope), event.id.to_string());
            if let Some(outcome) = applied::outcome_of(&event) {
                journal.outcomes.insert(key, outcome);
            }
            report::json_line(&applied::event(scope, &event, Timestamp::now()));
        }
        // Nobody listens where nothing is shown.
        let _ = on.send(event);
    }
}

/// What became of a stack, and its outputs where it is as the files say.
pub fn ended(stack: &PlannedStack, result: &Report, is_done: bool) {
    let Some(journal) = &mut *journal() else { return };
    let whose = Whose::of(&stack.loaded.scope);
    for (id, (_, outcome)) in &result.outcomes {
        let told = journal.outcomes.entry((whose.clone(), id.to_string())).or_default();
        applied::complete(told, outcome);
    }
    if is_done {
        let mut values = outputs::of(&stack.loaded, &result.attributes);
        values.hide(crate::cli::OutputFormat::Json);
        journal.outputs.insert(whose, values.values.into_iter().map(|(name, value)| (name, Value::from(value))).collect());
    }
}

/// The document, once.
pub fn end(code: u8, error: Option<&Error>) {
    let Some(Journal { stacks, outcomes, outputs, error: earlier }) = journal().take() else { return };
    let error = error.map(applied::error).or(earlier);
    report::json_line(&applied::document(Last { stacks, outcomes, outputs, code, error }));
}
