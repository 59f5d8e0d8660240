//! Costs of a comment.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::plain;
use super::{cell, sentence};
use crate::cost::{Entry, Month, ResourceCost, StackCost, shown};

/// What a month costs: its sum with what it does not know, and a folded table of what it comes from.
pub fn text(cost: &StackCost) -> (String, String) {
    let lines = plain(&super::super::cost::text(cost, false));
    let (sum, below) = lines.split_once('\n').unwrap_or((&lines, ""));
    let mut text = format!("\n**{}**\n", sentence(sum));
    // Writing to a String cannot fail.
    if !below.trim().is_empty() {
        text.push('\n');
        for line in below.lines() {
            let _ = writeln!(text, "- {}", sentence(line.trim()));
        }
    }
    let mut table = String::new();
    cost.resources.iter().for_each(|resource| write_resource(&mut table, resource));
    if table.is_empty() {
        return (text, table);
    }
    let head = "| resource | a month of | before | after | price of |\n| --- | --- | ---: | ---: | --- |\n";
    (text, format!("\n<details><summary>What the cost comes from</summary>\n\n{head}{table}\n</details>\n"))
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
