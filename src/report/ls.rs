//! What stands in an account and region.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::diagnostics::hint;
use super::{escape, paint, style, tell};
use crate::model::inventory::{Instance, Inventory, Narrowed, Standing, Unsearched};
use crate::model::secret::redact_message;
use crate::model::{ResourceId, Scope};
use crate::model::{counted, one_or_many};
use crate::source::expiry::Lifespan;

/// Version of the form in JSON.
const FORMAT_VERSION: &str = "1";

fn of_narrowed(Narrowed { stacks, env }: &Narrowed<'_>) -> String {
    let stacks = stacks.iter().map(|stack| format!("stack {stack}"));
    let env = env.map(|env| format!("environment {env}"));
    stacks.chain(env).map(|part| format!(" · {part}")).collect()
}

/// The file of a stack, and its environments.
pub type Files<'a> = BTreeMap<&'a str, (&'a Path, &'a [String])>;

/// What is shown.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Account and region.
    pub scope: &'a Scope,
    /// Alias of the account, where it may be read.
    pub alias: Option<&'a str>,
    /// What of it was asked for.
    pub narrowed: Narrowed<'a>,
    /// Stack files that are here, by the name of the stack.
    pub files: &'a Files<'a>,
    /// What was found.
    pub found: &'a Inventory,
    /// When.
    pub now: Timestamp,
}

/// The listing for people. Where one stack is asked for, every resource is named.
pub fn text(view: &View<'_>) -> String {
    let View { scope, alias, narrowed, files, found, now } = view;
    let alias = alias.map(|alias| format!(" ({alias})")).unwrap_or_default();
    let mut text = escape::line(&format!("account {}{alias} · {}{}", scope.account, scope.region, of_narrowed(narrowed)));
    text.push('\n');
    for (instance, standing) in &found.instances {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{}", paint(style::BOLD, &escape::line(&name(instance))));
        let kinds: Vec<String> = standing.kinds().into_iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let _ = writeln!(text, "  {}: {}", counted(standing.resources.len(), "resource"), kinds.join(", "));
        if !narrowed.stacks.is_empty() {
            text.extend(standing.resources.iter().map(|id| format!("    {}\n", shown(id))));
        }
        text.extend(told(standing, *now).iter().map(|line| format!("  {line}\n")));
        let _ = writeln!(text, "  {}", escape::line(&whether_here(files, instance)));
    }
    if found.instances.is_empty() {
        let what = if found.unread.is_empty() { "Nothing" } else { "Nothing of what could be searched" };
        let mark = if narrowed.is_all() { "a mark" } else { "such a mark" };
        let _ = writeln!(text, "\n{what} carries {mark}.");
    }
    for (region, instances) in &found.elsewhere {
        let names: Vec<String> = instances.iter().map(ToString::to_string).collect();
        let line = format!("In {region}, as what reaches over the account tells: {}", names.join(", "));
        let _ = writeln!(text, "\n{}", escape::line(&line));
    }
    if !found.nobodys.is_empty() {
        let ids: Vec<String> = found.nobodys.keys().map(shown).collect();
        let _ = writeln!(text, "\nA stack is named and no environment, so that it is nobody's: {}", ids.join(", "));
    }
    text
}

fn name(instance: &Instance) -> String {
    let Instance { stack, env, instance } = instance;
    format!("{stack} · {env} · instance {instance}")
}

fn shown(id: &ResourceId) -> String {
    escape::line(&redact_message(&id.to_string()))
}

fn told(standing: &Standing, now: Timestamp) -> Vec<String> {
    let Standing { resources: _, protected, changed, expires: _, lasting } = standing;
    let changed = changed.and_then(moment).map(|at| format!("last change {}", at.strftime("%Y-%m-%d %H:%M UTC")));
    let ids: Vec<String> = protected.iter().map(shown).collect();
    let protected = (!ids.is_empty()).then(|| format!("protected: {}", ids.join(", ")));
    let expires = match Lifespan::of(standing) {
        Lifespan::Endless => None,
        Lifespan::Until(at) => Some(until(at, now)),
        Lifespan::Partly(at) => {
            let without = lasting.len();
            let carry = one_or_many(&without, "carries", "carry");
            Some(format!("{}, as some of it says; {without} of its resources {carry} no time, and so it stays", until(at, now)))
        }
        Lifespan::Unreadable(text) => Some(escape::line(&format!("expires at no time that can be read: `{text}`"))),
    };
    changed.into_iter().chain(expires).chain(protected).collect()
}

/// When it expires, and how long that is from now.
fn until(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let (word, around) = if seconds <= 0 { ("expired", "ago") } else { ("expires", "from now") };
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (number, unit) =
        units.iter().map(|(size, unit)| (seconds.abs() / size, *unit)).find(|(number, _)| *number > 1).unwrap_or((seconds.abs(), "second"));
    format!("{word} {} ({} {around})", at.strftime("%Y-%m-%d %H:%M UTC"), counted(number, unit))
}

fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

fn whether_here(files: &Files<'_>, instance: &Instance) -> String {
    match files.get(instance.stack.as_str()) {
        None => "no file here".to_owned(),
        Some((path, environments)) if environments.contains(&instance.env) => format!("file {}", path.display()),
        Some((path, _)) => format!("file {}, which has no environment {}", path.display(), instance.env),
    }
}

/// The listing for programs.
pub fn json(view: &View<'_>) -> String {
    let View { scope, alias, narrowed: _, files, found, now } = view;
    let instances: Vec<Value> = found
        .instances
        .iter()
        .map(|(instance, standing)| {
            let Standing { resources, protected, changed, expires: _, lasting: _ } = standing;
            let lifespan = Lifespan::of(standing);
            let at = match &lifespan {
                Lifespan::Until(at) | Lifespan::Partly(at) => Some(at.to_string()),
                Lifespan::Endless | Lifespan::Unreadable(_) => None,
            };
            let mut by_kind: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            resources.iter().for_each(|id| by_kind.entry(&id.kind).or_default().push(redact_message(&id.name)));
            let file = files.get(instance.stack.as_str());
            json!({
                "stack": instance.stack,
                "env": instance.env,
                "instance": instance.instance,
                "resources": by_kind,
                "protected": protected.iter().map(|id| redact_message(&id.to_string())).collect::<Vec<_>>(),
                "last_change": changed.and_then(moment).map(|at| at.to_string()),
                "expires": at,
                "is_expired": lifespan.is_over(*now),
                "file": file.map(|(path, _)| path.display().to_string()),
                "file_has_env": file.map(|(_, environments)| environments.contains(&instance.env)),
            })
        })
        .collect();
    let elsewhere = |(region, instances): (&String, &BTreeSet<Instance>)| {
        let of = |one: &Instance| json!({"stack": one.stack, "env": one.env, "instance": one.instance, "region": region});
        instances.iter().map(of).collect::<Vec<_>>()
    };
    let unread = found.unread.iter().map(|(why, kinds)| json!({"kinds": kinds, "why": redact_message(why)}));
    let document = json!({
        "format_version": FORMAT_VERSION,
        "account": scope.account.to_string(),
        "account_alias": alias,
        "region": scope.region,
        "instances": instances,
        "elsewhere": found.elsewhere.iter().flat_map(elsewhere).collect::<Vec<_>>(),
        "nobodys": found.nobodys.keys().map(|id| redact_message(&id.to_string())).collect::<Vec<_>>(),
        "is_whole": found.unread.is_empty(),
        "unread": unread.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// Tells that the list is not whole, and what could not be searched.
pub fn tell_unread(found: &Inventory) {
    if found.unread.is_empty() {
        return;
    }
    tell(&format!("{} the list is not whole: what follows could not be searched", paint(style::REMOVE, "error:")));
    unread(&found.unread).iter().for_each(|line| tell(&format!("  {line}")));
    let is_bare = found.instances.is_empty() && found.elsewhere.is_empty() && found.nobodys.is_empty();
    let listed = if is_bare { "" } else { "; what is listed above is there" };
    hint(Some(&format!("`etlctl permissions --for ls` prints what it may be allowed{listed}")));
}

/// Kinds that could not be searched, a line for each reason.
pub fn unread(unread: &Unsearched) -> Vec<String> {
    let line = |(why, kinds): (&String, &BTreeSet<String>)| {
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        escape::lines(&format!("{}: {why}", kinds.join(", ")))
    };
    unread.iter().map(line).collect()
}
