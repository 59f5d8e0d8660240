//! Times that come next.

use jiff::Zoned;

use crate::source::times::{Times, Timing};

/// How many are shown.
pub const SHOWN: usize = 5;

/// A line for a resource that acts by the clock, under the line of its stack.
pub fn line(address: &str, timing: &Timing, next: &[Zoned]) -> String {
    let Timing { expression, zone, enabled, .. } = timing;
    let state = if *enabled { "" } else { " (not enabled)" };
    // A rate begins when AWS is told of it.
    let from = if matches!(timing.times, Times::Rate(_)) && timing.bounds.start.is_none() { ", were it made now," } else { "" };
    format!("  {address}: {expression} {zone}{state}: {}\n", list(from, next))
}

/// One below the other, for who asked about an expression.
pub fn column(expression: &str, zone: &str, next: &[Zoned]) -> String {
    if next.is_empty() {
        return format!("{expression} ({zone}) does not come any more\n");
    }
    let times: String = next.iter().map(|at| format!("  {}\n", shown(at))).collect();
    format!("{expression} ({zone}) comes next\n{times}")
}

fn list(from: &str, next: &[Zoned]) -> String {
    if next.is_empty() {
        return "does not come any more".to_owned();
    }
    format!("next{from} {}", next.iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// With the day of the week and the offset, by which a change of the clock is seen.
fn shown(at: &Zoned) -> String {
    at.strftime("%a %Y-%m-%d %H:%M %:z").to_string()
}
