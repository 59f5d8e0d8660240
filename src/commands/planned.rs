//! A stack with its plan, and what was found beside it.

use std::sync::OnceLock;

use super::evidence::Argued;
use super::worded;
use crate::contract::{PassedOver, ReadCx};
use crate::cost::StackCost;
use crate::model::Spent;
use crate::model::notes::Note;
use crate::model::plan::Planned;
use crate::model::stake::Stakes;
use crate::report;
use crate::report::plan::View;
use crate::report::worded::{Worded, Wording};
use crate::source::Loaded;

/// A stack with its plan.
pub struct PlannedStack {
    /// The stack.
    pub loaded: Loaded,
    /// Its plan.
    pub planned: Planned,
    /// The same in the words of its file, once they are wanted: see [`Wording`].
    pub words: OnceLock<Worded>,
    /// Alias of the account.
    pub alias: Option<String>,
    /// What to look at before its steps.
    pub notes: Vec<Note>,
    /// What goes with what it deletes or replaces.
    pub stakes: Stakes,
    /// What ran says against it.
    pub argued: Argued,
    /// What a month of it costs, where that is wanted.
    pub cost: Option<StackCost>,
    /// Whether costs are told resource by resource.
    pub details: bool,
    /// Read-only access in its scope.
    pub read: ReadCx,
    /// What its reads did not look at.
    pub passed_over: PassedOver,
    /// What the plan took.
    pub spent: Spent,
}

impl Wording for PlannedStack {
    fn worded(&self) -> &Worded {
        self.words.get_or_init(|| worded::of(&self.loaded, &self.planned))
    }
}

impl PlannedStack {
    /// What is shown of it; `all` with what a file need not say of what is new.
    pub fn view(&self, all: bool) -> View<'_> {
        let Self { loaded, planned, alias, notes, stakes, argued, cost, details, passed_over, spent, .. } = self;
        let (alias, cost, Argued { objections, missing }) = (alias.as_deref(), cost.as_ref(), argued);
        let (plan, details, spent) = (&planned.plan, *details, *spent);
        let files = &loaded.desired;
        let width = report::wrap::stdout_width();
        View {
            plan,
            files,
            worded: self,
            all,
            width,
            alias,
            notes,
            stakes,
            objections,
            missing,
            cost,
            details,
            explained: None,
            passed_over,
            spent,
        }
    }
}
