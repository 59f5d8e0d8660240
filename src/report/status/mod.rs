//! How what is deployed does, for people: a table a kind, what is wrong marked, and why below.

use std::fmt::Write;

use jiff::Timestamp;

use super::diagnostics::hint;
use super::wrap::{hung, stdout_columns};
use super::{escape, heading, paint, plan, style, tell};
use crate::model::health::{Drift, Figure, Group, Level, Presence, Row, Sign, StackHealth};
use crate::model::secret::redact_message;
use crate::model::stake::size;

pub mod json;
mod table;

/// All stacks. `is_watched` says when it was.
pub fn text(all: &[StackHealth], now: Timestamp, is_watched: bool) -> String {
    let texts: Vec<String> = all.iter().map(|stack| of_stack(stack, now, stdout_columns())).collect();
    let at =
        if is_watched { format!("{}\n", paint(style::DIM, &now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())) } else { String::new() };
    at + &texts.join("\n")
}

fn of_stack(stack: &StackHealth, now: Timestamp, width: usize) -> String {
    let mut text = String::new();
    for line in hung(&heading::place(&stack.scope, stack.alias.as_deref()), width, 2) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", paint(style::BOLD, &line));
    }
    let (drift, color) = match &stack.drift {
        Drift::Told(changes) if changes.is_empty() => ("drift: none".to_owned(), style::ADD),
        Drift::Told(changes) => {
            let counts: Vec<String> = changes.iter().map(|(action, count)| format!("{count} to {}", plan::word(*action))).collect();
            (format!("drift: yes, {} (etlctl plan shows it)", counts.join(", ")), style::CHANGE)
        }
        Drift::Unknown(_) => ("drift: ?".to_owned(), style::CHANGE),
    };
    painted(&mut text, color, &drift, width, 2);
    for group in &stack.groups {
        text.push('\n');
        table::group(&mut text, group, now, width);
    }
    let unread = unread(stack);
    if !unread.is_empty() {
        text.push('\n');
        painted(&mut text, style::BOLD, "could not be read (?)", width, 2);
        unread.iter().for_each(|line| painted(&mut text, style::REMOVE, &format!("  {line}"), width, 4));
    }
    let count = |level: Level| stack.rows().filter(|row| row.level() == level).count();
    let (wrong, unsure) = (count(Level::Wrong), count(Level::Unsure));
    let (said, color) = match (wrong, unsure) {
        (0, 0) if !unread.is_empty() => ("Nothing that could be read is wrong.".to_owned(), style::CHANGE),
        (0, unsure) if !stack.is_read() => (format!("Nothing that could be read is wrong, {unsure} to look at (~)."), style::CHANGE),
        (0, 0) => ("Nothing is wrong.".to_owned(), style::ADD),
        (0, unsure) => (format!("Nothing is wrong, {unsure} to look at (~)."), style::CHANGE),
        (wrong, 0) => (format!("{wrong} wrong (!)."), style::REMOVE),
        (wrong, unsure) => (format!("{wrong} wrong (!), {unsure} to look at (~)."), style::REMOVE),
    };
    text.push('\n');
    painted(&mut text, color, &said, width, 2);
    text
}

/// What could not be read, and why, each once.
fn unread(stack: &StackHealth) -> Vec<String> {
    let of_rows = stack.rows().flat_map(|row| row.health.unread.iter().map(move |why| format!("{}: {why}", row.id)));
    let drift = if let Drift::Unknown(why) = &stack.drift { Some(format!("drift: {why}")) } else { None };
    drift.into_iter().chain(stack.unread.iter().cloned()).chain(of_rows).map(|line| safe(&line)).collect()
}

/// Tells that the status is not whole, and what could not be read.
pub fn tell_unread(all: &[StackHealth]) {
    let unread: Vec<(&StackHealth, Vec<String>)> =
        all.iter().map(|stack| (stack, unread(stack))).filter(|(_, lines)| !lines.is_empty()).collect();
    if unread.is_empty() {
        return;
    }
    tell(&format!("{} the status is not whole: what follows could not be read", paint(style::REMOVE, "error:")));
    for (stack, lines) in unread {
        lines.iter().for_each(|line| tell(&format!("  {}: {line}", safe(&stack.scope.stack))));
    }
    hint(Some("mend what is named, and run the command again; `etlctl permissions --for status` prints what it may be allowed"));
}

/// A text of AWS on one line, without secrets.
fn safe(text: &str) -> String {
    escape::line(&redact_message(text))
}

/// Lines of one colour.
fn painted(text: &mut String, color: anstyle::Style, line: &str, width: usize, indent: usize) {
    for line in hung(line, width, indent) {
        let _ = writeln!(text, "{}", paint(color, &line));
    }
}

/// A value as people read it.
fn figure(figure: &Figure, now: Timestamp) -> String {
    match figure {
        Figure::Word(word) => safe(word),
        Figure::Count(count) => count.to_string(),
        Figure::Bytes(bytes) => size(*bytes),
        Figure::Seconds(seconds) => age(*seconds),
        Figure::At(millis) => at(*millis, now),
        Figure::Nothing => "–".to_owned(),
        Figure::Unread => "?".to_owned(),
    }
}

/// In the two largest units.
pub(in crate::report) fn age(seconds: u64) -> String {
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let from = parts.iter().position(|(count, _)| *count > 0).unwrap_or(parts.len() - 1);
    let some = parts.iter().skip(from).take(2).enumerate().filter(|(place, (count, _))| *place == 0 || *count > 0);
    some.map(|(_, (count, unit))| format!("{count}{unit}")).collect::<Vec<_>>().join(" ")
}

/// The time of a day that is today, else with its date; in UTC, as all of AWS's times.
fn at(millis: i64, now: Timestamp) -> String {
    let Ok(at) = Timestamp::from_millisecond(millis) else { return "?".to_owned() };
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    at.strftime(if day(at) == day(now) { "%H:%MZ" } else { "%m-%d %H:%MZ" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::health::Health;
    use crate::model::{Account, Action, ResourceId, Scope};

    fn stack() -> StackHealth {
        let scope = Scope {
            partition: "aws".into(),
            account: Account::Known("123456789012".into()),
            region: "eu-west-1".into(),
            stack: "jobs".into(),
            env: "dev".into(),
            instance: "dev".into(),
        };
        let row = |kind: &str, name: &str, signs: Vec<Sign>| Row {
            id: ResourceId::new(kind, name),
            name: name.into(),
            presence: Presence::There,
            health: Health { signs, unread: vec![] },
        };
        let word = |word: &str| Figure::Word(word.into());
        let functions = vec![
            row(
                "function",
                "import",
                vec![
                    Sign::new("state", word("Active")),
                    Sign::new("calls/h", Figure::Count(12)),
                    Sign::new("errors/h", Figure::Count(2)).level(Level::Wrong),
                    Sign::new("event source", word("Disabled"))
                        .of("event source orders".into())
                        .level(Level::Wrong)
                        .because(Some("a\x1b[2Jb")),
                ],
            ),
            Row { presence: Presence::Missing, ..row("function", "later", vec![]) },
            Row {
                presence: Presence::Unread,
                health: Health {
                    signs: vec![Sign::new("calls/h", Figure::Unread).level(Level::Unsure)],
                    unread: vec!["denied AKIAIOSFODNN7EXAMPLE".into()],
                },
                ..row("function", "other", vec![])
            },
        ];
        let alarm = |name: &str, state: &str, level: Level| {
            row("alarm", name, vec![Sign::new("state", word(state)).level(level).because(Some("3 of 3 points"))])
        };
        let alarms =
            vec![alarm("fine", "OK", Level::Fine), alarm("loud", "ALARM", Level::Wrong), alarm("new", "INSUFFICIENT_DATA", Level::Unsure)];
        StackHealth {
            scope,
            alias: None,
            drift: Drift::Told(vec![(Action::Create, 1)]),
            groups: vec![Group { section: "functions", rows: functions }, Group { section: "alarms", rows: alarms }],
            unread: vec![],
        }
    }

    #[test]
    fn what_is_wrong_is_marked_and_says_why() {
        let text = super::super::plain(&of_stack(&stack(), Timestamp::UNIX_EPOCH, 80));
        for said in [
            "drift: yes, 1 to create",
            "! import",
            "~ later",
            "not deployed",
            "event source orders: Disabled",
            "! loud",
            "ALARM",
            "~ new",
            "INSUFFICIENT_DATA",
            "could not be read",
            "function/other: denied",
            "2 wrong (!), 3 to look at (~).",
        ] {
            assert!(text.contains(said), "no `{said}` in\n{text}");
        }
        assert!(!text.contains('\x1b') && text.contains("a\\u{1b}[2Jb"), "{text}");
    }

    /// Also of a kind of which one thing is told, which is a list.
    #[test]
    fn what_is_somebody_elses_says_whose_it_is() {
        let mut stack = stack();
        let owner = Sign::new("owner", Figure::Word("not this stack's".into())).of("owner".into()).level(Level::Wrong);
        for row in stack.groups.iter_mut().flat_map(|group| &mut group.rows) {
            row.health.signs.push(owner.clone().because(Some("it belongs to other/prod/prod")));
        }
        let text = super::super::plain(&of_stack(&stack, Timestamp::UNIX_EPOCH, 80));
        assert_eq!(text.matches("owner: not this stack's (it belongs to other/prod/prod)").count(), 6, "{text}");
    }

    #[test]
    fn what_was_not_read_is_not_said_to_be_fine() {
        let mut stack = stack();
        stack.groups.clear();
        stack.drift = Drift::Unknown("no plan: E811 x".into());
        let text = super::super::plain(&of_stack(&stack, Timestamp::UNIX_EPOCH, 80));
        assert!(text.contains("Nothing that could be read is wrong.") && !text.contains("Nothing is wrong"), "{text}");
        stack.drift = Drift::Told(Vec::new());
        assert!(super::super::plain(&of_stack(&stack, Timestamp::UNIX_EPOCH, 80)).contains("Nothing is wrong."));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [20, 40, 60, 80, 120] {
            let text = super::super::plain(&of_stack(&stack(), Timestamp::UNIX_EPOCH, width));
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{width}: {line:?}\n{text}");
            }
            assert!(text.contains("import"));
        }
    }

    #[test]
    fn ages_have_two_units() {
        assert_eq!([0, 59, 61, 3_600, 7_500, 90_000].map(age), ["0s", "59s", "1m 1s", "1h", "2h 5m", "1d 1h"]);
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(at(1_699_999_000_000, now), "21:56Z");
        assert_eq!(at(1_699_900_000_000, now), "11-13 18:26Z");
    }
}
