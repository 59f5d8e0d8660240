//! A plan as Markdown, for a comment on a pull request: what changes as a table, each resource folded
//! below it, and what a month costs. It never becomes longer than GitHub takes; what had to go is told.

mod budget;
mod cost;

use std::fmt::Write;

use self::budget::{Left, Part, within};
use super::plan::{View, symbol};
use super::{escape, heading, markup, net, notes, plain, plan, stakes};
use crate::model::secret::redact_message;
use crate::model::stake::Holding;
use crate::model::{Action, Step};

/// Characters that GitHub takes in the body of a comment: 65,536, less what somebody puts around it.
const LIMIT: usize = 62_000;

/// Fields that a row of the table names.
const FIELDS: usize = 6;

/// The plans of all stacks.
pub fn text(views: &[View<'_>]) -> String {
    let mut parts = Vec::new();
    for (number, view) in views.iter().enumerate() {
        if number > 0 {
            parts.push(Part::always("\n".to_owned()));
        }
        stack(&mut parts, view);
    }
    let (mut text, left) = within(parts, LIMIT);
    if let Some(left) = told(&left) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n**Cut to fit in a comment:** {left}. `etlctl plan` shows all.");
    }
    text
}

fn told(left: &Left) -> Option<String> {
    let Left { rows, details, tables, lines } = *left;
    let parts = [(details, "fields of resources"), (tables, "tables of costs"), (rows, "resources altogether"), (lines, "lines of stacks")];
    let told: Vec<String> = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn stack(parts: &mut Vec<Part>, view: &View<'_>) {
    let View { plan, alias, notes, missing, cost, explained, passed_over, spent, .. } = *view;
    let place = plain(&heading::place(&plan.scope, alias));
    let mut head = format!("### {}\n\n**{}**\n", cell(&place), plan::summary(plan, notes));
    // Writing to a String cannot fail.
    for note in notes {
        let _ = writeln!(head, "\n> {}", sentence(&redact_message(&notes::text(note))));
    }
    if let Some(tags) = plan::tags_on_all(view.worded.worded()).filter(|_| !view.all) {
        let _ = writeln!(head, "\n{}", cell(&tags));
    }
    let steps: Vec<&Step> = plan::ordered(plan).collect();
    if !steps.is_empty() {
        head.push_str("\n| | resource | what changes |\n| --- | --- | --- |\n");
    }
    parts.push(Part::always(head));
    for step in &steps {
        let (sign, _) = symbol(step.action);
        let word = plan::word(step.action);
        let holdings = view.stakes.get(&step.id).map(Vec::as_slice).unwrap_or_default();
        let row = format!("| `{sign}` {word} | {} | {} |\n", cell(&step.id.to_string()), what(view, step, holdings));
        parts.push(Part::row(step.action, row));
    }
    for step in &steps {
        if let Some(text) = folded(view, step) {
            parts.push(Part::detail(step.action, text));
        }
    }
    if let Some(cost) = cost {
        let (sum, table) = cost::text(cost);
        parts.push(Part::always(sum));
        parts.extend((!table.is_empty()).then(|| Part::table(table)));
    }
    let mut tail = String::new();
    if let Some(explained) = explained {
        let head = "Critical path, as AWS's quotas and the table of times foretell it";
        fenced(&mut tail, "", &plain(&super::explain::text(explained, head)));
    }
    for missing in missing {
        let _ = writeln!(tail, "\n> evidence: {}", sentence(&redact_message(missing)));
    }
    for told in plan::not_looked_at(passed_over).into_iter().chain([spent.to_string()]) {
        let _ = writeln!(tail, "\n<sub>{}</sub>", sentence(&told));
    }
    parts.push(Part::always(tail));
}

/// What a step is about: what it loses, which fields it changes, and what ran says against them.
fn what(view: &View<'_>, step: &Step, holdings: &[Holding]) -> String {
    let mut told = Vec::new();
    if holdings.iter().any(Holding::is_data) {
        told.push(format!("**holds: {}**", cell(&stakes::text(holdings))));
    } else if !holdings.is_empty() {
        told.push(format!("holds: {}", cell(&stakes::text(holdings))));
    }
    match step.action {
        Action::Create => told.push(cell(&redact_message(&step.name))),
        Action::Release => told.push("loses its mark and stays".to_owned()),
        Action::Update | Action::Replace | Action::Adopt | Action::Delete | Action::Keep => {
            let lines = view.worded.worded().of(&step.id, true);
            let fields: Vec<String> = lines.iter().take(FIELDS).map(|line| cell(&line.path.to_string())).collect();
            let more = lines.len().saturating_sub(FIELDS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            told.extend((!fields.is_empty()).then(|| format!("{}{more}", fields.join(", "))));
            // What goes whole has no fields to tell, but a name.
            told.extend((fields.is_empty() && holdings.is_empty()).then(|| cell(&redact_message(&step.name))));
        }
    }
    let against = view.objections.get(&step.id).into_iter().flatten();
    told.extend(against.map(|objection| format!("⚠ {}: {}", cell(objection.field), sentence(&redact_message(&objection.to_string())))));
    told.join("<br>")
}

/// The fields of a step, folded.
fn folded(view: &View<'_>, step: &Step) -> Option<String> {
    let all = plain(&plan::step(&View { width: None, ..*view }, step));
    let fields: Vec<&str> = all.lines().skip(1).map(|line| line.strip_prefix("      ").unwrap_or(line)).collect();
    if fields.is_empty() {
        return None;
    }
    let summary = markup::text(&format!("{} {}", symbol(step.action).0, step.id));
    let mut text = format!("\n<details><summary><code>{summary}</code></summary>\n");
    fenced(&mut text, "diff", &fields.join("\n"));
    text.push_str("\n</details>\n");
    Some(text)
}

fn fenced(text: &mut String, language: &str, inner: &str) {
    let inner = inner.trim_matches('\n');
    let fence = fence(inner);
    let _ = writeln!(text, "\n{fence}{language}\n{inner}\n{fence}");
}

/// A fence that nothing in the text ends.
fn fence(text: &str) -> String {
    let longest = text.lines().map(|line| line.trim_start().chars().take_while(|c| *c == '`').count()).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// What stands in a cell: nothing of it is markup, and it ends no cell. Known secrets go first: as
/// Markdown writes them they would be others.
pub(super) fn cell(text: &str) -> String {
    let mut shown = String::new();
    for c in escape::line(&net::message(text)).chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '<' | '[' | ']' | '\\' | '~') {
            shown.push('\\');
        }
        shown.push(c);
        // A name of a user or team would be told of every plan.
        if c == '@' || c == '#' {
            shown.push_str("<!-- -->");
        }
    }
    shown
}

/// The same of a sentence of ours, in which words between backquotes are those of a file or a command line.
pub(super) fn sentence(text: &str) -> String {
    // A secret may hold a backquote, so it goes before the text is parted.
    let text = net::message(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return cell(&text);
    }
    let quoted = |(at, part): (usize, &&str)| if at % 2 == 1 { format!("<code>{}</code>", cell(part)) } else { cell(part) };
    parts.iter().enumerate().map(quoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_plan_is_markup() {
        assert_eq!(cell("a|b `c` <d> [e](f) ~g~ @h"), "a\\|b \\`c\\` \\<d> \\[e\\](f) \\~g\\~ @<!-- -->h");
        assert_eq!(sentence("`a_b` in <c>, `d`"), "<code>a\\_b</code> in \\<c>, <code>d</code>");
        assert_eq!(sentence("one ` alone"), "one \\` alone");
        assert_eq!(fence("  ```` inside\nend"), "`````");
        assert_eq!(fence("plain"), "```");
    }
}
