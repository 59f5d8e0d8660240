//! A plan for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use super::value::{pretty_document, show_document, show_field};
use super::{escape, heading, notes, paint, stakes, style};
use crate::apply::Explained;
use crate::contract::PassedOver;
use crate::cost::StackCost;
use crate::evidence::Objection;
use crate::model::notes::Note;
use crate::model::secret::redact_message;
use crate::model::stake::{Holding, Stakes};
use crate::model::{Action, Change, Desired, Plan, ResourceId, Spent, Step};

/// Symbol and colour of an action.
pub fn symbol(action: Action) -> (&'static str, anstyle::Style) {
    match action {
        Action::Create => ("+", style::ADD),
        Action::Update => ("~", style::CHANGE),
        Action::Replace => ("-/+", style::REMOVE),
        Action::Delete => ("-", style::REMOVE),
        Action::Release => (">", style::CHANGE),
        Action::Adopt => ("=", style::ADOPT),
        Action::Keep => (" ", style::DIM),
    }
}

/// All that is shown of the plan of one stack.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the files ask for.
    pub files: &'a Desired,
    /// Alias of the account, where it may be read.
    pub alias: Option<&'a str>,
    /// What to look at before its steps.
    pub notes: &'a [Note],
    /// What goes with what it deletes or replaces.
    pub stakes: &'a Stakes,
    /// What ran says against its changes.
    pub objections: &'a BTreeMap<ResourceId, Vec<Objection>>,
    /// What of what ran could not be had.
    pub missing: &'a BTreeSet<String>,
    /// What a month costs, where somebody wants to know.
    pub cost: Option<&'a StackCost>,
    /// Whether costs are told resource by resource.
    pub details: bool,
    /// Where the time of its apply is thought to go, where somebody wants to know.
    pub explained: Option<&'a Explained>,
    /// What its reads did not look at.
    pub passed_over: &'a PassedOver,
    /// What it took.
    pub spent: Spent,
}

/// The plan of one stack with its header and summary.
pub fn text(view: &View<'_>) -> String {
    let View { plan, files: _, alias, notes, stakes, objections, missing, cost, details, explained, passed_over, spent } = *view;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", paint(style::BOLD, &heading::place(&plan.scope, alias)));
    for note in notes {
        let _ = writeln!(text, "  {} {}", paint(style::CHANGE, "!"), redact_message(&notes::text(note)));
    }
    let width = plan.steps.iter().filter(|step| step.action != Action::Keep).map(|step| step.id.to_string().len()).max().unwrap_or(0);
    for step in plan.steps.iter().filter(|step| step.action != Action::Keep) {
        text.push('\n');
        let against = objections.get(&step.id).map(Vec::as_slice).unwrap_or_default();
        write_step(&mut text, step, width, stakes.get(&step.id), against);
    }
    for missing in missing {
        let _ = writeln!(text, "\n  {}", paint(style::DIM, &escape::line(&format!("evidence: {}", redact_message(missing)))));
    }
    let _ = writeln!(text, "\n{}", paint(style::BOLD, &summary(plan)));
    if let Some(cost) = cost {
        text.push_str(&super::cost::text(cost, details));
    }
    if let Some(explained) = explained {
        text.push_str(&super::explain::text(explained, "Critical path, as AWS's quotas and the table of times foretell it"));
    }
    if let Some(told) = not_looked_at(passed_over) {
        let _ = writeln!(text, "{}", paint(style::DIM, &told));
    }
    let _ = writeln!(text, "{}", paint(style::DIM, &spent.to_string()));
    text
}

/// What was not looked at, and what a look would take.
pub(super) fn not_looked_at(passed_over: &PassedOver) -> Option<String> {
    let (calls, resources) = (passed_over.calls(), passed_over.resources());
    let parts: Vec<String> = passed_over.parts().flat_map(|(_, parts)| parts.iter().map(|part| (*part).to_owned())).collect();
    let kinds: Vec<&str> = passed_over.parts().map(|(kind, _)| kind).collect();
    let of = if resources == 1 { format!("1 {}", kinds.join(" or ")) } else { format!("{resources} {}s", kinds.join("s and ")) };
    let takes = passed_over.takes().as_secs_f64().ceil();
    let parts = parts.join(", ");
    (calls > 0).then(|| {
        format!("Not looked at, since neither files nor marks tell of it: {parts} of {of}; --deep looks: {calls} calls, {takes} s or more")
    })
}

/// `Plan: 3 to create, …` or `No changes.`
pub fn summary(plan: &Plan) -> String {
    if plan.steps.is_empty() {
        return "No changes. Nothing of this stack is there, and nothing is asked for.".to_owned();
    }
    if !plan.has_changes() {
        return format!("No changes. {} resources are as desired.", plan.steps.len());
    }
    let count = |action| plan.count(action);
    let mut text = format!("Plan: {} to create, {} to update", count(Action::Create), count(Action::Update));
    for (action, word) in [(Action::Replace, "to replace"), (Action::Adopt, "to adopt"), (Action::Release, "to release")] {
        if count(action) > 0 {
            let _ = write!(text, ", {} {word}", count(action));
        }
    }
    let _ = write!(text, ", {} to delete, {} unchanged.", count(Action::Delete), count(Action::Keep));
    text
}

/// One step with its fields.
pub fn step(view: &View<'_>, step: &Step) -> String {
    let mut text = String::new();
    let against = view.objections.get(&step.id).map(Vec::as_slice).unwrap_or_default();
    write_step(&mut text, step, 0, view.stakes.get(&step.id), against);
    text
}

/// Actions that a plan shows, in the order in which it does: nearest the question is what goes.
pub const ACTIONS: [Action; 6] = [Action::Create, Action::Update, Action::Adopt, Action::Release, Action::Replace, Action::Delete];

/// Steps that change something, what goes last.
pub fn ordered(plan: &Plan) -> impl Iterator<Item = &Step> {
    ACTIONS.into_iter().flat_map(|action| plan.steps.iter().filter(move |step| step.action == action))
}

/// The word of an action.
pub fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Release => "release",
        Action::Adopt => "adopt",
        Action::Keep => "keep",
    }
}

fn write_step(text: &mut String, step: &Step, width: usize, holdings: Option<&Vec<Holding>>, against: &[Objection]) {
    let (symbol, color) = symbol(step.action);
    let address = format!("{:width$}", escape::line(&step.id.to_string()));
    let name = escape::line(&redact_message(&step.name));
    let _ = writeln!(text, "  {} {}  {}", paint(color, symbol), paint(style::BOLD, &address), paint(style::DIM, &name));
    if let Some(holdings) = holdings {
        let style = if holdings.iter().any(Holding::is_data) { style::REMOVE } else { style::DIM };
        let _ = writeln!(text, "      {}", paint(style, &format!("holds: {}", stakes::text(holdings))));
    }
    if step.action == Action::Release {
        let _ = writeln!(text, "      {}", paint(style::DIM, "loses its mark and stays (on_remove: retain)"));
    }
    for change in &step.changes {
        write_change(text, step.action, change);
        for objection in against.iter().filter(|objection| objection.field == change.path) {
            let told = escape::line(&redact_message(&objection.to_string()));
            let _ = writeln!(text, "      {} {told}", paint(style::CHANGE, "!"));
        }
    }
}

fn write_change(text: &mut String, action: Action, change: &Change) {
    let path = &escape::line(change.shown_path());
    let (before, after) = (change.before.shown(), change.after.shown());
    let sides = (change.before.is_null(), change.after.is_null());
    match sides {
        _ if action == Action::Create && change.document => {
            let _ = writeln!(text, "      {path}: {}", show_document(after));
        }
        _ if action == Action::Create => {
            let _ = writeln!(text, "      {path}: {}", show_field(path, after));
        }
        (false, false) if change.is_sensitive() => {
            let _ = writeln!(text, "      {} {path}: (sensitive value changes)", paint(style::CHANGE, "~"));
        }
        (false, false) if change.document => {
            let _ = writeln!(text, "      {} {path}:", paint(style::CHANGE, "~"));
            write_document(text, change);
        }
        (true, _) => {
            let shown = if change.document { show_document(after) } else { show_field(path, after) };
            let _ = writeln!(text, "      {} {path}: {shown}", paint(style::ADD, "+"));
        }
        (_, true) => {
            let shown = if change.document { show_document(before) } else { show_field(path, before) };
            let _ = writeln!(text, "      {} {path}: {shown}", paint(style::REMOVE, "-"));
        }
        _ => {
            let _ =
                writeln!(text, "      {} {path}: {} → {}", paint(style::CHANGE, "~"), show_field(path, before), show_field(path, after));
        }
    }
}

fn write_document(text: &mut String, change: &Change) {
    let (before, after) = (pretty_document(change.before.shown()), pretty_document(change.after.shown()));
    let diff = TextDiff::from_lines(&before, &after);
    for group in diff.grouped_ops(2) {
        for line in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, color) = match line.tag() {
                ChangeTag::Delete => ("-", style::REMOVE),
                ChangeTag::Insert => ("+", style::ADD),
                ChangeTag::Equal => (" ", style::DIM),
            };
            let _ = writeln!(text, "          {}", paint(color, &format!("{sign} {}", line.value().trim_end())));
        }
    }
}
