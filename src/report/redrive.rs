//! Dead letters as people see them, and how far sending them back has come.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::Value;

use super::status::age;
use super::wrap::{hung, stdout_columns};
use super::{escape, net, note, paint, progress, style};
use crate::model::secret::{HIDDEN, looks_secret, name_in_list, name_in_map, name_of_pair, redact_message};
use crate::model::{Stop, counted, one_or_many};

/// Characters that are shown of a body.
const BODY: usize = 200;

/// What is shown of a letter.
pub struct Shown<'a> {
    /// What it says.
    pub body: &'a str,
    /// When it was sent first, in milliseconds since 1970.
    pub sent: Option<i64>,
    /// How often it was received.
    pub receives: Option<u64>,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// Where it goes.
    pub goes: Option<String>,
    /// Why it goes nowhere.
    pub why_not: Option<&'a str>,
}

/// What lies in a queue. `counts` are those that wait, those that somebody holds, and the delayed ones;
/// `bound` is the option by which no more of them were looked at.
pub fn look(key: &str, name: &str, counts: [u64; 3], letters: &[Shown<'_>], bound: &str, now: Timestamp) -> String {
    let width = stdout_columns();
    let [waiting, held, delayed] = counts;
    let mut text = String::new();
    let more: String =
        [(held, "in flight"), (delayed, "delayed")].iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}")).collect();
    let head = format!("{key} ({name}): {}{more}", counted(waiting, "message"));
    for line in hung(&escape::line(&redact_message(&head)), width, 2) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", paint(style::BOLD, &line));
    }
    for (at, letter) in letters.iter().enumerate() {
        let Shown { body, sent, receives, error, goes, why_not } = letter;
        let old = sent.map(|sent| age((now.as_millisecond() - sent).max(0).unsigned_abs() / 1000));
        let told = [
            Some(format!("sent {} ago", old.unwrap_or_else(|| "?".to_owned()))),
            receives.map(|receives| if receives == 1 { "received once".to_owned() } else { format!("received {receives} times") }),
            // A line is wrapped: what is hidden is hidden before.
            error.map(|error| net::data(&format!("failed with {error}"))),
            goes.as_ref().map(|goes| format!("goes to {goes}")),
            why_not.map(|why| format!("goes nowhere: {why}")),
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        let line = escape::line(&redact_message(&format!("{:>3}  {}", at + 1, told.join(", "))));
        let color = if why_not.is_some() { style::CHANGE } else { style::ADD };
        hung(&line, width, 5).iter().for_each(|line| {
            let _ = writeln!(text, "{}", paint(color, line));
        });
        hung(&format!("     {}", masked(body)), width, 5).iter().for_each(|line| {
            let _ = writeln!(text, "{line}");
        });
    }
    let unseen = waiting.saturating_sub(letters.len() as u64);
    if unseen > 0 && !letters.is_empty() {
        let _ = writeln!(text, "{}", paint(style::DIM, &format!("{} more not looked at ({bound})", counted(unseen, "message"))));
    }
    text
}

/// The question before they go.
pub fn question(most: u64, key: &str, to: Option<&str>) -> String {
    let whereto = to.map_or_else(|| "back to where they came from".to_owned(), |to| format!("to {to}"));
    format!("Send {} of {key} {whereto}?", counted(most, "message"))
}

/// A body on one line, without secrets, and no longer than is looked at. What is hidden is hidden before it
/// is cut.
fn masked(body: &str) -> String {
    let shown = match serde_json::from_str::<Value>(body) {
        Ok(document) => hidden("", document).to_string(),
        Err(_) if looks_secret("", body) => HIDDEN.to_owned(),
        Err(_) => body.to_owned(),
    };
    let shown = escape::line(&redact_message(&net::data(&format!(" {shown}")))).trim().to_owned();
    match shown.char_indices().nth(BODY) {
        Some((at, _)) => format!("{}… ({} characters)", &shown[..at], body.chars().count()),
        None => shown,
    }
}

/// The same document with what looks like a secret hidden, by its name or its own form, also in documents
/// that stand in it as text.
fn hidden(name: &str, value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let named = name_of_pair(|key| map.get(key)?.as_str()).map(str::to_owned);
            let of = |(key, item): (String, Value)| {
                let under = name_in_map(&key, named.as_deref()).to_owned();
                (key, hidden(&under, item))
            };
            Value::Object(map.into_iter().map(of).collect())
        }
        Value::Array(items) => {
            let before: Vec<Option<String>> =
                std::iter::once(None).chain(items.iter().map(|item| item.as_str().map(str::to_owned))).collect();
            let of = |(item, before): (Value, &Option<String>)| {
                let under = name_in_list(name, before.as_deref(), item.as_str()).to_owned();
                hidden(&under, item)
            };
            Value::Array(items.into_iter().zip(&before).map(of).collect())
        }
        Value::String(text) => match serde_json::from_str::<Value>(&text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => Value::from(hidden(name, inner).to_string()),
            _ if looks_secret(name, &text) => Value::from(HIDDEN),
            _ => Value::from(text),
        },
        Value::Number(_) | Value::Bool(_) if looks_secret(name, &value.to_string()) => Value::from(HIDDEN),
        other => other,
    }
}

/// What became of them.
pub struct Sum<'a> {
    /// Key of the queue.
    pub key: &'a str,
    /// So many went.
    pub sent: u64,
    /// What did not, and why.
    pub failed: &'a BTreeMap<String, u64>,
    /// So many of those that went are there still.
    pub twice: u64,
    /// So many were there before, as far as SQS counted them, where not all of them were to go or went.
    pub of: Option<u64>,
    /// What is told of those that nobody gets for a while.
    pub held: Option<&'a str>,
    /// Why it was ended early.
    pub stopped: Option<Stop>,
    /// What ended it before there was none left.
    pub ended: Option<&'a str>,
    /// So many somebody else held before, or are delayed: nobody could receive them.
    pub beyond: u64,
}

/// Told where there is nothing that could be received, though there are messages.
pub fn none_to_receive(key: &str, [_, held, delayed]: [u64; 3]) -> String {
    let key = escape::line(key);
    let (all, of) = (held + delayed, [(held, "in flight"), (delayed, "delayed")]);
    let of: Vec<&str> = of.into_iter().filter(|(count, _)| *count > 0).map(|(_, what)| what).collect();
    let (are, come) = (one_or_many(&all, "is", "are"), one_or_many(&all, "it is", "they are"));
    let head = paint(style::REMOVE, "Nothing was sent:");
    format!("{head} {} in {key} {are} {}. Run it again when {come} back.", counted(all, "message"), of.join(" or "))
}

/// Told at the end.
pub fn sum(Sum { key, sent, failed, twice, of, held, stopped, ended, beyond }: &Sum<'_>) -> String {
    let mut text = String::new();
    for (why, count) in *failed {
        let _ =
            writeln!(text, "{} {}: {}", paint(style::REMOVE, "not sent:"), counted(*count, "message"), escape::line(&redact_message(why)));
    }
    if let Some(why) = ended {
        let _ = writeln!(text, "{} {}", paint(style::REMOVE, "ended early:"), escape::line(&redact_message(why)));
    }
    if let Some(held) = held {
        let _ = writeln!(text, "{held}");
    }
    let is_done = failed.is_empty() && ended.is_none() && held.is_none() && stopped.is_none();
    let head = if is_done { paint(style::ADD, "Done:") } else { paint(style::REMOVE, "Not finished:") };
    let left = failed.values().sum::<u64>().max(of.map_or(0, |of| of.saturating_sub(*sent)));
    let _ = write!(text, "{head} {} sent from {}", counted(*sent, "message"), escape::line(key));
    if *twice > 0 {
        let _ = write!(text, ", {twice} of them not deleted here");
    }
    if left > 0 {
        let _ = write!(text, ", {left} {}", one_or_many(&left, "stays there", "stay there"));
    }
    text.push('.');
    if *beyond > 0 {
        let _ = write!(text, " Not received: {beyond} in flight or delayed.");
    }
    if let Some(why) = stopped {
        let why = match why {
            Stop::Interrupted => "It was interrupted",
            Stop::TimeIsUp => "Its time was up (--timeout)",
        };
        let _ = write!(text, " {why}; run it again for the rest.");
    } else if *twice > 0 {
        text.push_str(" What was sent and not deleted goes once more with the next run: mend that first, or delete it by hand.");
    } else if ended.is_some() {
        text.push_str(" Run it again for the rest.");
    }
    text.push('\n');
    text
}

/// What is told of those that giving back failed for.
pub fn held(count: u64, until: Timestamp, why: &str) -> String {
    let (are, come) = (one_or_many(&count, "is", "are"), one_or_many(&count, "comes", "come"));
    let line = format!("{} {are} in flight until {}, and {come} back then: {why}", counted(count, "message"), until.strftime("%H:%M:%SZ"));
    format!("{} {}", paint(style::REMOVE, "not given back:"), escape::line(&redact_message(&line)))
}

/// How many of them went: a bar on a terminal, lines elsewhere.
pub struct Progress {
    bar: Option<ProgressBar>,
    most: u64,
    quiet: bool,
    told: std::sync::Mutex<Option<(std::time::Instant, u64)>>,
}

/// Lines no oftener than this.
const EVERY: Duration = Duration::from_secs(2);

impl Progress {
    /// Of so many.
    pub fn new(most: u64, quiet: bool) -> Self {
        let bar = (!quiet && progress::is_animated()).then(|| {
            let bar = ProgressBar::new(most);
            if let Ok(template) = ProgressStyle::with_template("  {bar:30} {pos} of {len} sent, {elapsed}") {
                bar.set_style(template);
            }
            bar
        });
        Self { bar, most, quiet, told: std::sync::Mutex::default() }
    }

    /// So many went.
    pub fn at(&self, sent: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(sent),
            None => {
                let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let is_due = told.is_none_or(|(at, count)| count != sent && at.elapsed() >= EVERY);
                if is_due && !self.quiet && sent > 0 {
                    *told = Some((std::time::Instant::now(), sent));
                    note(&format!("{sent} of {} sent", self.most));
                }
            }
        }
    }

    /// Something that is worth telling.
    pub fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(net::message(text)),
            None if !self.quiet => note(text),
            None => {}
        }
    }

    /// Nothing more goes.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_shows_no_secret() {
        for body in [
            r#"{"user": "x", "password": "hunter2hunter2"}"#,
            r#"{"env": [{"name": "DB_PASSWORD", "value": "hunter2hunter2"}]}"#,
            r#"{"Message": "{\"db_password\": \"hunter2hunter2\"}"}"#,
            r#"["--password", "hunter2hunter2"]"#,
            "postgres://u:hunter2hunter2@db/x",
            "password=hunter2hunter2 and more",
        ] {
            let shown = masked(body);
            assert!(!shown.contains("hunter2") && shown.contains(HIDDEN), "{body} → {shown}");
        }
        assert_eq!(masked(r#"{"id": 7, "key": "in/a.csv"}"#), r#"{"id":7,"key":"in/a.csv"}"#);
        assert_eq!(masked("a\x1b[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
    }

    #[test]
    fn what_ended_it_is_no_message_that_stays() {
        let told = sum(&Sum {
            key: "dlq",
            sent: 7,
            failed: &BTreeMap::new(),
            twice: 0,
            of: None,
            held: None,
            stopped: None,
            ended: Some("SQS ended its task: no right"),
            beyond: 0,
        });
        for part in
            ["ended early:", "SQS ended its task: no right\n", "Not finished:", "7 messages sent from dlq. Run it again for the rest.\n"]
        {
            assert!(told.contains(part), "{told}");
        }
        assert!(!told.contains("stay there"), "of how many nobody knows: {told}");
    }

    #[test]
    fn what_a_bound_left_stays_there_too() {
        let of = |sent: u64, failed: &[(&str, u64)], of: Option<u64>| {
            let failed = failed.iter().map(|(why, count)| ((*why).to_owned(), *count)).collect();
            sum(&Sum { key: "dlq", sent, failed: &failed, twice: 0, of, held: None, stopped: None, ended: None, beyond: 0 })
        };
        assert!(of(0, &[("no", 1)], Some(3)).contains("0 messages sent from dlq, 3 stay there."));
        assert!(of(1, &[], Some(3)).contains("1 message sent from dlq, 2 stay there."));
        assert!(of(1, &[("no", 1)], None).contains("1 message sent from dlq, 1 stays there."));
        assert!(of(3, &[], Some(3)).contains("3 messages sent from dlq."));
        let letter = Shown { body: "x", sent: None, receives: None, error: None, goes: None, why_not: None };
        assert!(look("dlq", "n", [3, 0, 0], &[letter], "--max", Timestamp::UNIX_EPOCH).contains("2 messages more not looked at (--max)"));
    }

    #[test]
    fn a_body_is_cut_after_its_secrets_are_hidden() {
        let long = format!(r#"{{"a": "{}", "password": "hunter2hunter2"}}"#, "x".repeat(BODY - 25));
        let shown = masked(&long);
        assert!(!shown.contains("hunt") && shown.contains("characters)"), "{shown}");
        assert_eq!(masked(&"ü ".repeat(150)).chars().filter(|c| *c == 'ü').count(), 100);
    }
}
