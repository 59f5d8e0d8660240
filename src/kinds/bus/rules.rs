//! What EventBridge refuses of an event bus.

use super::Bus;
use crate::contract::{Findings, Kind, Rule, View, names};

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E664",
        title: "bus name that AWS refuses",
        why: "An event bus has a name of 1 to 256 letters, digits, `.`, `-` and `_`; `/` stands in names of partners' buses alone.",
        fix: "use letters, digits, `.`, `-` and `_`",
        source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html, Name",
        run: name,
    },
    Rule {
        code: "E665",
        title: "the default bus as a bus of the stack",
        why: "Every account has a bus `default` in each region. It cannot be made or deleted: \"Cannot delete event bus default.\"",
        fix: "take it out, and let rules stand on it by naming no `bus`",
        source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html",
        run: default_bus,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Bus>(cx, out, "bus", |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
}

fn default_bus(cx: &View<'_>, out: &mut Findings<'_>) {
    for bus in cx.all::<Bus>().iter().filter(|bus| bus.name == "default") {
        out.add(cx.place(Bus::SECTION, &bus.key, &["name"]), &bus.address, "`default` is the bus that every account has");
    }
}
