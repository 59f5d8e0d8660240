//! What a watcher tells: an event a line of JSON, or a few lines for people.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::progress::words;
use super::{entry, escape, paint, style};
use crate::contract::written::Line;
use crate::model::secret::redact_message;
use crate::model::watch::{Left, WHOLE};
use crate::model::who::Who;
use crate::model::{Action, Change, ResourceId, Scope};
use crate::model::{counted, one_or_many};
use crate::source::duration::show_seconds;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// When, in UTC.
    pub at: String,
    /// In which stack; none where it is about all.
    pub scope: Option<Scope>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// The watcher began.
    Started {
        /// Stacks that it looks at.
        stacks: Vec<String>,
        /// Seconds between two looks.
        every: u32,
        /// Whether it heals.
        heals: bool,
    },
    /// A resource is no longer as desired.
    Drift(Box<Drift>),
    /// It is again, and not by this watcher.
    Ended(ResourceId),
    /// It is again, by this watcher.
    Healed {
        /// The resource.
        id: ResourceId,
        /// What was done.
        action: Action,
        /// Fields that were set; none where it was made, replaced or deleted.
        fields: Vec<String>,
    },
    /// A heal failed.
    HealFailed {
        /// The resource; none where nothing was begun.
        id: Option<ResourceId>,
        /// What went wrong.
        error: String,
        /// What to do.
        hint: String,
    },
    /// Somebody keeps changing a field back, so it is left alone for a time.
    LeftAlone {
        /// The resource.
        id: ResourceId,
        /// The field.
        field: String,
        /// Seconds.
        seconds: u64,
    },
    /// The files changed what they want of these.
    FilesChanged {
        /// Resources.
        ids: Vec<ResourceId>,
        /// Whether that is carried out.
        heals: bool,
    },
    /// Somebody else holds the lease: no heal now.
    PutOff {
        /// Who.
        holder: String,
    },
    /// A look failed.
    Failed {
        /// What went wrong.
        error: String,
        /// What to do.
        hint: String,
        /// What is wrong with the files, where it is that.
        findings: Vec<String>,
        /// Seconds until the next look.
        next: u64,
    },
    /// Looks go well again.
    Recovered,
    /// AWS's record has who changed a resource.
    Who {
        /// The resource.
        id: ResourceId,
        /// Who did.
        who: Who,
    },
    /// AWS's record cannot be asked.
    NobodyKnows {
        /// Why.
        why: String,
    },
    /// A notification was not taken. It is sent again at the next look.
    Undelivered {
        /// To whom, without what is secret of it.
        to: String,
        /// Why.
        why: String,
        /// How many wait.
        waiting: usize,
        /// How many were given up, since too many wait.
        lost: u64,
    },
    /// The watcher ended.
    Stopped {
        /// Why.
        why: &'static str,
        /// Looks that it took.
        looks: u64,
        /// Resources that are not as desired.
        drift: u64,
    },
}

/// A resource that is not as desired.
#[derive(Debug, Clone)]
pub struct Drift {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// What an apply would do.
    pub action: Action,
    /// Fields that differ, as the JSON of a plan has them.
    pub fields: Vec<Change>,
    /// The same as its text has them.
    pub lines: Vec<Line>,
    /// What would go with it.
    pub holds: Option<String>,
    /// What is not healed, by field, and why.
    pub left: Vec<(String, Left)>,
    /// Whether anything of it is healed.
    pub heals: bool,
    /// Who changed it, where AWS's record has it already.
    pub who: Option<Who>,
}

impl What {
    /// Name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Drift(_) => "drift",
            Self::Ended(_) => "ended",
            Self::Healed { .. } => "healed",
            Self::HealFailed { .. } => "heal_failed",
            Self::LeftAlone { .. } => "left_alone",
            Self::FilesChanged { .. } => "files_changed",
            Self::PutOff { .. } => "put_off",
            Self::Failed { .. } => "look_failed",
            Self::Recovered => "recovered",
            Self::Who { .. } => "who",
            Self::NobodyKnows { .. } => "who_unknown",
            Self::Undelivered { .. } => "undelivered",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// Whether others are told of it, beside who reads the output.
    pub fn is_news(&self) -> bool {
        match self {
            Self::Drift(_)
            | Self::Ended(_)
            | Self::Healed { .. }
            | Self::HealFailed { .. }
            | Self::LeftAlone { .. }
            | Self::FilesChanged { .. }
            | Self::Failed { .. }
            | Self::Recovered
            | Self::Who { .. } => true,
            Self::Started { .. } | Self::PutOff { .. } | Self::NobodyKnows { .. } | Self::Undelivered { .. } | Self::Stopped { .. } => {
                false
            }
        }
    }

    fn id(&self) -> Option<&ResourceId> {
        match self {
            Self::Drift(drift) => Some(&drift.id),
            Self::Ended(id) | Self::Healed { id, .. } | Self::LeftAlone { id, .. } | Self::Who { id, .. } => Some(id),
            Self::HealFailed { id, .. } => id.as_ref(),
            _ => None,
        }
    }
}

fn seen(text: &str) -> String {
    escape::line(&redact_message(text))
}

/// What stands for a field; all of the resource has none.
fn field(path: &str) -> Option<&str> {
    Some(path).filter(|path| *path != WHOLE)
}

/// An event for programs. The form is stable: `docs/watch.md`.
pub fn json(event: &Event) -> Value {
    let Event { at, scope, what } = event;
    let mut line = Map::new();
    line.insert("time".into(), json!(at));
    line.insert("event".into(), json!(what.name()));
    if let Some(Scope { partition: _, account, region, stack, env, instance }) = scope {
        for (name, value) in [("stack", stack), ("env", env), ("instance", instance), ("account", &account.to_string()), ("region", region)]
        {
            line.insert(name.into(), json!(value));
        }
    }
    if let Some(id) = what.id() {
        line.insert("address".into(), json!(id));
        line.insert("kind".into(), json!(id.kind));
    }
    let more = match what {
        What::Started { stacks, every, heals } => json!({"stacks": stacks, "every_seconds": every, "heals": heals}),
        What::Drift(drift) => of_drift(drift),
        What::Ended(_) | What::Recovered => json!({}),
        What::Healed { id: _, action, fields } => json!({"action": action, "fields": fields}),
        What::HealFailed { id: _, error, hint } => json!({"error": redact_message(error), "hint": redact_message(hint)}),
        What::LeftAlone { id: _, field: path, seconds } => json!({"field": field(path), "seconds": seconds}),
        What::FilesChanged { ids, heals } => json!({"addresses": ids, "heals": heals}),
        What::PutOff { holder } => json!({"holder": redact_message(holder)}),
        What::Failed { error, hint, findings, next } => {
            let findings: Vec<String> = findings.iter().map(|finding| redact_message(finding)).collect();
            json!({"error": redact_message(error), "hint": redact_message(hint), "findings": findings, "next_look_seconds": next})
        }
        What::Who { id: _, who } => json!({"who": who}),
        What::NobodyKnows { why } => json!({"why": redact_message(why)}),
        What::Undelivered { to, why, waiting, lost } => json!({"to": to, "why": redact_message(why), "waiting": waiting, "lost": lost}),
        What::Stopped { why, looks, drift } => json!({"why": why, "looks": looks, "drift": drift}),
    };
    line.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(line)
}

fn of_drift(drift: &Drift) -> Value {
    let Drift { id: _, name, action, fields, lines: _, holds, left, heals, who } = drift;
    let fields: Vec<Value> = fields.iter().filter(|_| *action != Action::Create).map(super::json::field).collect();
    let left: Vec<Value> = left.iter().map(|(path, why)| json!({"field": field(path), "why": redact_message(&why.to_string())})).collect();
    json!({
        "name": redact_message(name), "action": action, "fields": fields, "holds": holds, "heals": heals, "left": left, "who": who,
    })
}

/// An event for people, with a line's end.
pub fn text(event: &Event) -> String {
    let Event { at, scope, what } = event;
    let place = scope.as_ref().map(|scope| format!(" ({} · {})", scope.stack, scope.env)).unwrap_or_default();
    let mut text = paint(style::DIM, at);
    let mut line = |color, word: &str, rest: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, " {} {}", paint(color, word), seen(rest));
    };
    match what {
        What::Started { stacks, every, heals } => {
            let does = if *heals { "and heals" } else { "and writes nothing" };
            line(style::BOLD, "watch", &format!("looks every {}, {does}: {}", show_seconds(u64::from(*every)), stacks.join(", ")));
        }
        What::Drift(drift) => {
            line(style::CHANGE, "drift", &format!("{}{place}: {}", drift.id, found(drift.action)));
            text.push_str(&details(drift));
        }
        What::Ended(id) => line(style::ADD, "ended", &format!("{id}{place} is as desired again")),
        What::Healed { id, action, fields } => {
            let fields = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
            line(style::ADD, "healed", &format!("{id}{place} {}{fields}", words(*action).1));
        }
        What::HealFailed { id, error, hint } => {
            let id = id.as_ref().map(|id| format!("{id}{place}: ")).unwrap_or_else(|| format!("{}: ", place.trim()));
            line(style::REMOVE, "not healed", &format!("{id}{error}"));
            let _ = writeln!(text, "      {} {}", paint(style::ADOPT, "hint:"), seen(hint));
        }
        What::LeftAlone { id, field: path, seconds } => {
            let what = field(path).map(|path| format!(" {path}")).unwrap_or_default();
            let rest = format!("{id}{what}{place} for {}: somebody keeps changing it back", show_seconds(*seconds));
            line(style::CHANGE, "left alone", &rest);
        }
        What::FilesChanged { ids, heals } => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let then = if *heals { "which is applied" } else { "which waits for an apply" };
            line(style::CHANGE, "files", &format!("changed{place}, {then}: {}", ids.join(", ")));
        }
        What::PutOff { holder } => line(style::CHANGE, "put off", &format!("no heal now{place}: {holder} holds the lease")),
        What::Failed { error, hint, findings, next } => {
            line(style::REMOVE, "failed", &format!("no look{place}: {error}; the next one in {}", show_seconds(*next)));
            findings.iter().for_each(|finding| {
                let _ = writeln!(text, "      {}", seen(finding));
            });
            let _ = writeln!(text, "      {} {}", paint(style::ADOPT, "hint:"), seen(hint));
        }
        What::Recovered => line(style::ADD, "recovered", "looks go well again"),
        What::Who { id, who } => line(style::BOLD, "who", &format!("{id}{place} was changed by {}", told(who))),
        What::NobodyKnows { why } => line(style::CHANGE, "who", &format!("may not be read: {why}")),
        What::Undelivered { to, why, waiting, lost } => {
            let lost = if *lost > 0 {
                format!("; {lost} {} given up, since too many wait", one_or_many(lost, "was", "were"))
            } else {
                String::new()
            };
            line(
                style::REMOVE,
                "not told",
                &format!("{to}: {why}; {waiting} {} for the next look{lost}", one_or_many(waiting, "waits", "wait")),
            );
        }
        What::Stopped { why, looks, drift } => line(
            style::BOLD,
            "stopped",
            &format!("{why}, after {}; {} not as desired", counted(*looks, "look"), counted(*drift, "resource")),
        ),
    }
    text
}

fn found(action: Action) -> &'static str {
    match action {
        Action::Create => "it is gone",
        Action::Update => "it differs",
        Action::Replace => "it differs in what AWS does not change in place",
        Action::Delete | Action::Release => "it is this stack's, and in no file",
        Action::Adopt => "it stands there without this stack's mark",
        Action::Keep => "it is as desired",
    }
}

/// Who changed something, in a few words.
pub fn told(who: &Who) -> String {
    let Who { who, event, at, from } = who;
    let from = from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    seen(&format!("{who} ({event}, {at}{from})"))
}

fn details(drift: &Drift) -> String {
    let mut text = String::new();
    if drift.action != Action::Create {
        drift.lines.iter().for_each(|line| entry::write_line(&mut text, line));
    }
    let mut line = |head: &str, rest: String| {
        let _ = writeln!(text, "      {} {rest}", paint(style::DIM, head));
    };
    if let Some(holds) = &drift.holds {
        line("holds:", seen(holds));
    }
    if let Some(who) = &drift.who {
        line("by:", told(who));
    }
    for (path, why) in drift.left.iter().filter(|(_, why)| *why != Left::NotAsked) {
        line("left:", seen(&field(path).map_or_else(|| why.to_string(), |path| format!("{path}: {why}"))));
    }
    text
}

/// An event in so few words that they stand in the subject of a mail: ASCII, at most 100 characters.
pub fn subject(event: &Event) -> String {
    let about = event.what.id().map(|id| format!(" {id}")).unwrap_or_default();
    let place = event.scope.as_ref().map(|scope| format!(" in {}/{}", scope.stack, scope.env)).unwrap_or_default();
    let text = format!("etlctl: {}{about}{place}", event.what.name());
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(100).collect()
}
