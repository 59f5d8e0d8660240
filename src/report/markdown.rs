//! A plan as Markdown: what people read, fenced, and its costs as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::plan::View;
use super::{escape, heading, plain, plan};
use crate::cost::{Entry, Month, ResourceCost, StackCost, shown};

/// The plan of one stack.
pub fn text(view: &View<'_>) -> String {
    let place = plain(&heading::place(&view.plan.scope, view.alias));
    let summary = plan::summary(view.plan);
    let all = plain(&plan::text(&View { cost: None, details: false, ..*view }));
    // The first line is the heading.
    let steps = all.split_once('\n').map_or("", |(_, steps)| steps).trim_matches('\n');
    let fence = fence(steps);
    let mut text = format!("### {}\n\n{summary}\n\n", cell(&place));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{fence}\n{steps}\n{fence}");
    if let Some(cost) = view.cost {
        write_cost(&mut text, cost);
    }
    text
}

/// A fence that nothing in the text ends.
fn fence(text: &str) -> String {
    let longest = text.lines().map(|line| line.trim_start().chars().take_while(|c| *c == '`').count()).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// What stands in a cell: nothing of it is markup, and it ends no cell.
pub(super) fn cell(text: &str) -> String {
    let mut shown = String::new();
    for c in escape::line(text).chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '<' | '[' | ']' | '\\') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

fn write_cost(text: &mut String, cost: &StackCost) {
    let lines = plain(&super::cost::text(cost, false));
    let (sum, below) = lines.split_once('\n').unwrap_or((&lines, ""));
    let _ = writeln!(text, "\n**{}**", cell(sum));
    let _ = writeln!(text, "\n| resource | a month of | before | after | price of |\n| --- | --- | ---: | ---: | --- |");
    cost.resources.iter().for_each(|resource| write_resource(text, resource));
    if !below.trim().is_empty() {
        text.push('\n');
        for line in below.lines() {
            let _ = writeln!(text, "- {}", cell(line.trim()));
        }
    }
}

fn write_resource(text: &mut String, ResourceCost { id, before, after, .. }: &ResourceCost) {
    let entries = |month: &Month| -> BTreeMap<&'static str, Entry> {
        let mut by_key: BTreeMap<&'static str, Entry> = BTreeMap::new();
        for entry in month.fixed.iter().chain(&month.traffic) {
            match (by_key.get_mut(entry.item.key), &entry.line) {
                (Some(Entry { line: Some(sum), .. }), Some(line)) => sum.amount += line.amount,
                (Some(_), _) => {}
                (None, _) => drop(by_key.insert(entry.item.key, entry.clone())),
            }
        }
        by_key
    };
    let (before, after) = (entries(before), entries(after));
    let mut keys: Vec<&&str> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let sides = [before.get(*key), after.get(*key)];
        let amount = |entry: Option<&Entry>| match entry.map(|entry| entry.line.as_ref()) {
            None => "–".to_owned(),
            Some(None) => "no price".to_owned(),
            Some(Some(line)) => cell(&shown(line.amount)),
        };
        let told = sides[1].or(sides[0]);
        let what = told.map(|entry| entry.item.what.clone()).unwrap_or_default();
        let day = told.and_then(|entry| entry.line.as_ref()?.source.as_of).map_or_else(|| "–".to_owned(), |day| day.to_string());
        let id = cell(&id.to_string());
        let _ = writeln!(text, "| {id} | {} | {} | {} | {day} |", cell(&what), amount(sides[0]), amount(sides[1]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_plan_is_markup() {
        assert_eq!(cell("a|b `c` <d> [e](f)"), "a\\|b \\`c\\` \\<d> \\[e\\](f)");
        assert_eq!(fence("  ```` inside\nend"), "`````");
        assert_eq!(fence("plain"), "```");
    }
}
