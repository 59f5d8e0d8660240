//! `etlctl logs`: what functions have logged, and what they log from now on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use fancy_regex::Regex;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use self::since::Since;
use super::deployed::{self, Deployed, What};
use super::hidden;
use super::session::Session;
use super::stacks;
use crate::aws::{AwsError, Page, api, pages};
use crate::cli::{Global, LogsArgs};
use crate::contract::ReadCx;
use crate::error::{Error, exit};
use crate::evidence;
use crate::report;
use crate::report::logs::Line;
use crate::source::duration::show_seconds;

mod since;

/// Between two looks: searches are few a second in most regions (CloudWatch Logs quotas).
const PAUSE: Duration = Duration::from_secs(2);

/// A log group, and who of the stack logs there.
struct Group {
    name: String,
    of: Vec<Logging>,
    read: ReadCx,
    since: Since,
    /// What was shown and may come again, with its time.
    shown: BTreeMap<String, i64>,
}

/// Who logs in a group.
struct Logging {
    /// What its lines are headed with.
    label: String,
    /// Physical name.
    name: String,
}

pub async fn run(global: &Global, args: &LogsArgs) -> Result<u8, Error> {
    let pattern = args.grep.as_deref().map(pattern).transpose()?;
    let session = Session::open(global, stacks::load(global)?).await?;
    let asked = asked(&session, args)?;
    // A state machine logs what passes between its states, whosever functions those call.
    let machines = asked.iter().filter(|one| matches!(one.what, What::StateMachine { .. }));
    let whole: BTreeSet<&str> = machines.map(|machine| machine.read.scope.stack.as_str()).collect();
    let is_whole = |one: &Deployed| whole.contains(one.read.scope.stack.as_str());
    let all = deployed::all(&session);
    hidden::hide(asked.iter().filter(|one| !is_whole(one)).chain(all.iter().filter(|one| is_whole(one)))).await;
    let since = Timestamp::now() - SignedDuration::from_secs(i64::from(args.since));
    let is_one = asked.len() == 1;
    let mut groups = groups(asked, since.as_millisecond(), is_one)?;
    let width = groups.iter().flat_map(|group| &group.of).map(|function| function.label.chars().count()).max().unwrap_or(0);
    let keys: Vec<String> = groups.iter().flat_map(|group| group.of.iter().map(|function| function.label.clone())).collect();
    let mut is_first = true;
    loop {
        let lines = new_lines(&mut groups, pattern.as_ref(), is_one, is_first).await?;
        for (at, key, message) in &lines {
            let place = keys.iter().position(|known| known == key).unwrap_or(keys.len());
            let of = (!is_one).then_some((key.as_str(), place, width));
            report::data(&report::logs::line(&Line { of, at: *at, message }));
        }
        if is_first && lines.is_empty() && !(global.quiet && args.follow) {
            report::tell(&nothing(args, since));
        }
        if !args.follow {
            return Ok(exit::DONE);
        }
        is_first = false;
        tokio::time::sleep(PAUSE).await;
    }
}

fn pattern(text: &str) -> Result<Regex, Error> {
    Regex::new(text).map_err(|error| Error::Usage {
        message: format!("--grep is no regular expression: {error}"),
        hint: "write a backslash before a character that is meant as it is, such as \\(".into(),
    })
}

/// What is said where nothing is shown.
fn nothing(args: &LogsArgs, since: Timestamp) -> String {
    let which = if args.grep.is_some() { "no lines with that pattern" } else { "no lines" };
    let going_on = if args.follow { " yet; those to come are shown" } else { "" };
    format!("{which} since {} ({}){going_on}", since.strftime("%Y-%m-%dT%H:%M:%SZ"), show_seconds(args.since.into()))
}

/// Those that are named, each once; all where none is.
fn asked(session: &Session, args: &LogsArgs) -> Result<Vec<Deployed>, Error> {
    if args.of.is_empty() {
        let all = deployed::all(session);
        if all.is_empty() {
            let hint = "choose another stack with --stack".to_owned();
            return Err(Error::Usage { message: "no selected stack has a function or state machine".into(), hint });
        }
        return Ok(all);
    }
    let mut found: Vec<Deployed> = Vec::new();
    for word in &args.of {
        let one = deployed::find(session, word)?;
        if found.iter().all(|known| known.id != one.id || known.read.scope.stack != one.read.scope.stack) {
            found.push(one);
        }
    }
    Ok(found)
}

/// What each is called: its key, and where another has the same, all that tells them apart.
fn labels(asked: &[Deployed]) -> Vec<String> {
    let alike = |one: &Deployed| asked.iter().filter(|other| other.id.name == one.id.name).count() > 1;
    let label = |one: &Deployed| if alike(one) { format!("{} {}", one.read.scope.stack, one.id) } else { one.id.name.clone() };
    asked.iter().map(label).collect()
}

/// Their log groups, each once: functions may share one.
fn groups(asked: Vec<Deployed>, since: i64, is_one: bool) -> Result<Vec<Group>, Error> {
    let mut groups: Vec<Group> = Vec::new();
    for (label, function) in labels(&asked).into_iter().zip(asked) {
        let Some(name) = function.log_group.clone() else {
            if is_one {
                let hint = format!("set `logging: {{ level: error }}` under `{}`, and apply", function.id.name);
                return Err(Error::Usage { message: format!("{} logs nothing", function.name), hint });
            }
            report::tell(&format!("{label} logs nothing"));
            continue;
        };
        let (account, region) = (&function.read.scope.account, &function.read.scope.region);
        let is_same = |group: &&mut Group| group.name == name && group.read.scope.account == *account && group.read.scope.region == *region;
        match groups.iter_mut().find(is_same) {
            Some(group) => group.of.push(Logging { label, name: function.name }),
            None => {
                let read = function.read.clone();
                groups.push(Group {
                    name,
                    of: vec![Logging { label, name: function.name }],
                    read,
                    since: Since::new(since),
                    shown: BTreeMap::new(),
                });
            }
        }
    }
    Ok(groups)
}

/// What was not shown yet, of all groups, in the order of its times.
async fn new_lines(
    groups: &mut [Group],
    pattern: Option<&Regex>,
    is_one: bool,
    is_first: bool,
) -> Result<Vec<(i64, String, String)>, Error> {
    let from: Vec<i64> = groups.iter_mut().map(|group| group.since.next()).collect();
    let answers = join_all(groups.iter().zip(from).map(|(group, from)| events(group, from))).await;
    let now = Timestamp::now().as_millisecond();
    let mut lines = Vec::new();
    for (group, answer) in groups.iter_mut().zip(answers) {
        let found = match answer {
            Ok(found) => found,
            Err(error) if error.is_missing() && is_one => return Err(deployed::not_deployed(&group.name)),
            Err(error) if error.is_missing() => {
                if is_first {
                    report::tell(&format!("{} is not deployed, or has logged nothing: there is no {}", label(group), group.name));
                }
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut alike = BTreeMap::new();
        for event in found {
            let at = event.timestamp().unwrap_or(now);
            if group.shown.insert(identity(&event, &mut alike), at).is_none() {
                group.since.saw(at, now);
                let message = event.message().unwrap_or_default().trim_end();
                // What cannot be decided is shown.
                if pattern.is_none_or(|pattern| pattern.is_match(message).unwrap_or(true)) {
                    lines.push((at, key_of(group, &event), message.to_owned()));
                }
            }
        }
    }
    for Group { since, shown, .. } in groups.iter_mut() {
        shown.retain(|_, at| since.may_come_again(*at));
    }
    // Those of one time stay in the order in which they came.
    lines.sort_by_key(|(at, _, _)| *at);
    Ok(lines)
}

fn label(group: &Group) -> String {
    group.of.iter().map(|function| function.label.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whose line it is: in a group that functions share, the log stream says it.
fn key_of(group: &Group, event: &FilteredLogEvent) -> String {
    if let [one] = &group.of[..] {
        return one.label.clone();
    }
    let stream = event.log_stream_name().and_then(evidence::stream).and_then(|stream| stream.function);
    let of = stream.and_then(|name| group.of.iter().find(|function| function.name == name));
    of.map_or_else(|| label(group), |function| function.label.clone())
}

/// The event's id; where an endpoint gives none, what it says and which of those that say it this is.
fn identity(event: &FilteredLogEvent, alike: &mut BTreeMap<String, usize>) -> String {
    if let Some(id) = event.event_id() {
        return id.to_owned();
    }
    let said = format!("{:?} {:?} {:?}", event.log_stream_name(), event.timestamp(), event.message());
    let nth = alike.entry(said.clone()).and_modify(|n| *n += 1).or_insert(0);
    format!("{said} {nth}")
}

async fn events(group: &Group, from: i64) -> Result<Vec<FilteredLogEvent>, AwsError> {
    let Group { name, read, .. } = group;
    let all = pages(api::filter_log_events(&read.scope.region), name, |token| async move {
        let asked = || read.aws.logs.filter_log_events().log_group_name(name).start_time(from).set_next_token(token.clone()).send();
        let page = read.call.send(api::filter_log_events(&read.scope.region), name, asked).await?;
        Ok(Page::new(page.events, page.next_token))
    });
    let mut all: Vec<FilteredLogEvent> = all.await?;
    all.sort_by_key(|event| event.timestamp());
    Ok(all)
}
