//! A plan for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::worded::{Worded, Wording};
use super::{entry, escape, heading, notes, paint, same, style, wrap};
use crate::apply::Explained;
use crate::contract::PassedOver;
use crate::cost::StackCost;
use crate::evidence::Objection;
use crate::model::notes::Note;
use crate::model::secret::redact_message;
use crate::model::stake::Stakes;
use crate::model::{Action, Desired, Plan, ResourceId, Spent, Step};
use crate::model::{counted, one_or_many};
use crate::source::yaml;

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
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the files ask for.
    pub files: &'a Desired,
    /// The same in the words of its file.
    pub worded: &'a dyn Wording,
    /// Whether defaults and inherited tags of what is new are told too.
    pub all: bool,
    /// Columns that there are, where that is known.
    pub width: Option<usize>,
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
    let View {
        plan,
        files: _,
        worded,
        all,
        width,
        alias,
        notes,
        stakes,
        objections,
        missing,
        cost,
        details,
        explained,
        passed_over,
        spent,
    } = *view;
    let worded = worded.worded();
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", paint(style::BOLD, &heading::place(&plan.scope, alias)));
    for note in notes {
        let _ = writeln!(text, "  {} {}", paint(style::CHANGE, "!"), redact_message(&notes::text(note)));
    }
    if let Some(tags) = tags_on_all(worded).filter(|_| !all) {
        let _ = writeln!(text, "  {}", paint(style::DIM, &tags));
    }
    let steps: Vec<&Step> = ordered(plan).collect();
    let blocks = same::blocks(&steps, worded, objections);
    let is_told = |step: &&Step| !same::says_all(&blocks, step, worded);
    let told: Vec<&Step> = steps.iter().copied().filter(is_told).collect();
    let align = wrap::padded_to(told.iter().map(|step| wrap::columns_of(&step.id.to_string())), width);
    let layout = entry::Layout { align, width, all };
    let entry = |step: &Step| {
        let mut entry = String::new();
        let against = objections.get(&step.id).map(Vec::as_slice).unwrap_or_default();
        entry::write(&mut entry, step, worded, &blocks, stakes.get(&step.id), against, layout);
        entry
    };
    let (new, others): (Vec<&Step>, Vec<&Step>) = told.iter().partition(|step| step.action == Action::Create);
    let of_new = new.len();
    let entries = new.into_iter().map(entry);
    let entries = entries.chain(blocks.iter().map(|block| same::text(block, layout)));
    let entries: Vec<String> = entries.chain(others.into_iter().map(entry)).collect();
    for (at, entry) in entries.iter().enumerate() {
        // What is new stands together, and so do entries of one line each.
        let is_one = |entry: &String| entry.lines().count() == 1;
        let joins = (1..of_new).contains(&at) || (at != of_new && is_one(entry) && at > 0 && is_one(&entries[at - 1]));
        text.push_str(if joins { "" } else { "\n" });
        text.push_str(entry);
    }
    for missing in missing {
        let _ = writeln!(text, "\n  {}", paint(style::DIM, &escape::line(&format!("evidence: {}", redact_message(missing)))));
    }
    let _ = writeln!(text, "\n{}", paint(style::BOLD, &summary(plan, notes)));
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
    // Values are broken where YAML reads a blank: whoever takes one into a file takes the same.
    width.map_or_else(|| text.clone(), |width| wrap::softly(&text, width))
}

/// What new resources are tagged with since the stack is, said once.
pub(super) fn tags_on_all(worded: &Worded) -> Option<String> {
    let tags: Vec<String> = worded.inherited().iter().map(|(key, value)| format!("{}={}", yaml::text(key), yaml::flow(value))).collect();
    (!tags.is_empty()).then(|| escape::line(&redact_message(&format!("tags on all: {}", tags.join(", ")))))
}

/// What was not looked at, and what a look would take.
pub(super) fn not_looked_at(passed_over: &PassedOver) -> Option<String> {
    let (calls, resources) = (passed_over.calls(), passed_over.resources());
    let by_kind = passed_over.parts();
    let parts: Vec<&str> = by_kind.values().flatten().copied().collect();
    let kinds: Vec<&str> = by_kind.keys().copied().collect();
    let of = if resources == 1 { format!("1 {}", kinds.join(" or ")) } else { format!("{resources} {}s", kinds.join("s and ")) };
    let takes = passed_over.takes().as_secs_f64().ceil();
    let parts = parts.join(", ");
    (calls > 0).then(|| {
        format!(
            "Not looked at, since neither files nor marks tell of it: {parts} of {of}; --deep looks: {}, {takes} s or more",
            counted(calls, "call")
        )
    })
}

/// `Plan: 3 to create, …` or `No changes.`
pub fn summary(plan: &Plan, notes: &[Note]) -> String {
    if plan.steps.is_empty() && notes.iter().any(|note| matches!(note, Note::NotThere(_))) {
        return "No changes. Nothing that was named is there.".to_owned();
    }
    if plan.steps.is_empty() && notes.iter().any(|note| matches!(note, Note::NotOurs(_))) {
        return "No changes. Nothing of what is there is this stack's.".to_owned();
    }
    if plan.steps.is_empty() {
        return "No changes. Nothing of this stack is there, and nothing is asked for.".to_owned();
    }
    if !plan.has_changes() {
        let all = plan.steps.len();
        return format!("No changes. {} {} as desired.", counted(all, "resource"), one_or_many(&all, "is", "are"));
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
    let layout = entry::Layout { align: 0, width: None, all: view.all };
    entry::write(&mut text, step, view.worded.worded(), &[], view.stakes.get(&step.id), against, layout);
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
