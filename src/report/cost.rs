//! What a month costs, for people and for programs.

use std::fmt::Write;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{escape, paint, style};
use crate::contract::cost::{TRAFFIC_DAYS, key};
use crate::cost::{Basis, Bill, Entry, Line, Month, ResourceCost, StackCost, Total, shown};
use crate::model::{counted, one_or_many};

/// Addresses that a line names.
const NAMED: usize = 2;
/// Decimal places of an amount for programs.
const PLACES: u32 = 10;

/// The lines below a plan. `details` tells each resource.
pub fn text(cost: &StackCost, details: bool) -> String {
    let mut text = String::new();
    let at_least = if cost.is_at_least() { "≥ " } else { "" };
    let amounts = sides(at_least, cost.before.amount(), cost.after.amount(), cost.bound.as_ref().map(Total::amount));
    let oldest = cost.oldest().map(|oldest| format!("; oldest price of {oldest}")).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{} {amounts} a month {} (before free tier{oldest})", paint(style::BOLD, "cost:"), traffic(cost));
    for line in below(cost) {
        let _ = writeln!(text, "  {}", paint(style::DIM, &escape::line(&line)));
    }
    if details {
        cost.resources.iter().for_each(|resource| write_resource(&mut text, resource));
        if cost.metrics_read > 0 {
            let read = format!(
                "{} {} read for it, which costs {}",
                counted(cost.metrics_read, "metric"),
                one_or_many(&cost.metrics_read, "was", "were"),
                shown(cost.reading)
            );
            let _ = writeln!(text, "  {}", paint(style::DIM, &read));
        }
    }
    text
}

/// `$12.40 → $4.10`, or one of them where they are equal; a range where a new size may change how long calls
/// take.
fn sides(at_least: &str, before: Decimal, after: Decimal, bound: Option<Decimal>) -> String {
    let one = |amount: Decimal| format!("{at_least}{}", shown(amount));
    let bound = bound.filter(|bound| shown(*bound) != shown(after));
    match bound {
        Some(bound) => format!("{} → {} … {}", one(before), one(after.min(bound)), shown(after.max(bound))),
        None if before == after => one(after),
        None => format!("{} → {}", one(before), one(after)),
    }
}

fn traffic(cost: &StackCost) -> String {
    let bases: Vec<String> = cost
        .bases()
        .into_iter()
        .map(|basis| match basis {
            Basis::Metrics => format!("the last {TRAFFIC_DAYS} days' traffic"),
            Basis::Assumed => "the calls that the file assumes".to_owned(),
        })
        .collect();
    if bases.is_empty() { "without traffic".to_owned() } else { format!("at {}", bases.join(" and ")) }
}

/// What has to be known to read the sum.
fn below(cost: &StackCost) -> Vec<String> {
    let mut lines = Vec::new();
    let StackCost { before, after, bound, unread, .. } = cost;
    let part = |of: fn(&Total) -> &Bill| {
        let bound = bound.as_ref().map(|bound| of(bound).amount());
        (sides("", of(before).amount(), of(after).amount(), bound), [before, after].iter().all(|total| of(total).lines.is_empty()))
    };
    let ((fixed, no_fixed), (by_traffic, no_traffic)) = (part(|total| &total.fixed), part(|total| &total.traffic));
    if !no_fixed && !no_traffic {
        lines.push(format!("without traffic {fixed}, by traffic {by_traffic}"));
    }
    if [before, after].iter().any(|total| total.beyond_free != total.amount()) {
        let free = sides("", before.beyond_free, after.beyond_free, bound.as_ref().map(|bound| bound.beyond_free));
        lines.push(format!("after free tier {free}, if nothing else in the account uses it"));
    }
    if bound.is_some() {
        lines.push("from calls that last as long as today to calls that compute on one thread".to_owned());
    }
    lines.extend(unread.clone());
    lines.extend(uncounted(cost));
    let missing: Vec<String> = cost.missing().into_iter().map(ToString::to_string).collect();
    if !missing.is_empty() {
        lines.push(format!("{}; --price-file can give it", missing.join(", ")));
    }
    lines
}

/// Calls that are not in the sum, with what they would cost.
fn uncounted(cost: &StackCost) -> Option<String> {
    let all: Vec<&ResourceCost> = cost.uncounted().collect();
    let first = all.first()?;
    let more = all.len().saturating_sub(NAMED);
    let names: Vec<String> = all.iter().take(NAMED).map(|resource| resource.id.to_string()).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let unit = first.per_million.as_ref().map(per_million).filter(|unit| !unit.is_empty());
    let unit = unit.map(|unit| format!("; {} takes {unit}", first.id)).unwrap_or_default();
    Some(format!("calls of {}{more} are not in it: nothing tells how many, `assume` in the file can{unit}", names.join(", ")))
}

/// `$0.20 a million calls and $8.33 for a million seconds of them`.
fn per_million(bill: &Bill) -> String {
    let (calls, seconds): (Vec<&Line>, Vec<&Line>) = bill.lines.iter().partition(|line| line.key == key::REQUEST);
    let sum = |lines: &[&Line]| lines.iter().map(|line| line.amount).sum::<Decimal>();
    let mut parts = Vec::new();
    if !calls.is_empty() {
        parts.push(format!("{} a million calls", shown(sum(&calls))));
    }
    if !seconds.is_empty() {
        parts.push(format!("{} for 1,000,000 s of them", shown(sum(&seconds))));
    }
    parts.join(" and ")
}

fn write_resource(text: &mut String, resource: &ResourceCost) {
    let ResourceCost { id, before, after, bound, per_million: unit, .. } = resource;
    let amounts = sides("", before.amount(), after.amount(), bound.as_ref().map(Month::amount));
    let _ = writeln!(text, "  {}  {amounts}", escape::line(&id.to_string()));
    let month = if after.fixed.is_empty() && after.traffic.is_empty() { before } else { after };
    for entry in month.fixed.iter().chain(&month.traffic) {
        let amount = entry.line.as_ref().map_or_else(|| "no price".to_owned(), |line| shown(line.amount));
        let _ = writeln!(text, "      {}", paint(style::DIM, &escape::line(&format!("{amount}  {}", entry.item.what))));
    }
    if let Some(unit) = unit.as_ref().map(self::per_million).filter(|unit| !unit.is_empty()) {
        let _ = writeln!(text, "      {}", paint(style::DIM, &unit));
    }
}

/// The same as JSON: amounts are texts, so that no reader makes binary fractions of them.
pub fn json(cost: &StackCost) -> Value {
    let basis = |basis: Basis| match basis {
        Basis::Metrics => "metrics",
        Basis::Assumed => "assumed",
    };
    let resources = cost.resources.iter().map(|resource| {
        let ResourceCost { id, basis: of, before, after, bound, per_million } = resource;
        let traffic = if per_million.is_some() { None } else { of.map(basis) };
        let mut shown = json!({
            "address": id,
            "traffic": traffic,
            "before": month(before),
            "after": month(after),
        });
        if let Some(bound) = bound {
            shown["after_on_one_thread"] = month(bound);
        }
        if let Some(bill) = per_million {
            shown["per_million_calls_of_a_second"] = Value::from(bill.lines.iter().map(line).collect::<Vec<_>>());
        }
        shown
    });
    json!({
        "currency": "USD",
        "per": "month",
        "traffic": cost.bases().into_iter().map(basis).collect::<Vec<_>>(),
        "traffic_days": TRAFFIC_DAYS,
        "before": total(&cost.before),
        "after": total(&cost.after),
        "after_on_one_thread": cost.bound.as_ref().map(total),
        "at_least": cost.is_at_least(),
        "oldest_price": cost.oldest().map(|oldest| oldest.to_string()),
        "notes": below(cost),
        "no_price": cost.missing().into_iter().map(|missing| json!({"key": missing.key, "region": missing.region})).collect::<Vec<_>>(),
        "metrics_read": cost.metrics_read,
        "resources": resources.collect::<Vec<_>>(),
    })
}

fn exact(amount: Decimal) -> String {
    amount.round_dp(PLACES).normalize().to_string()
}

fn total(total: &Total) -> Value {
    json!({
        "shown": shown(total.amount()),
        "amount": exact(total.amount()),
        "fixed": exact(total.fixed.amount()),
        "by_traffic": exact(total.traffic.amount()),
        "beyond_free_tier": exact(total.beyond_free),
    })
}

fn month(month: &Month) -> Value {
    let entries = |entries: &[Entry]| entries.iter().map(entry).collect::<Vec<_>>();
    json!({"amount": exact(month.amount()), "fixed": entries(&month.fixed), "by_traffic": entries(&month.traffic)})
}

fn entry(Entry { item, line: priced }: &Entry) -> Value {
    let mut shown = match priced {
        Some(priced) => line(priced),
        None => json!({"key": item.key, "quantity": exact(item.quantity), "amount": null}),
    };
    shown["what"] = Value::from(item.what.as_str());
    shown
}

fn line(Line { key, quantity, price, amount, source }: &Line) -> Value {
    json!({
        "key": key,
        "quantity": exact(*quantity),
        "price": price.normalize().to_string(),
        "amount": exact(*amount),
        "source": source.what,
        "as_of": source.as_of.map(|day| day.to_string()),
    })
}
