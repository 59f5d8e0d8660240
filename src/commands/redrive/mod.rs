//! `etlctl redrive`: what lies in a dead-letter queue, and back with it.

use jiff::Timestamp;

use super::deployed;
use super::hidden;
use super::interrupt;
use super::session::{Connected, Session};
use super::stacks;
use super::whose;
use crate::aws::{AwsError, Failure};
use crate::cli::{Global, RedriveArgs};
use crate::contract::{Fails, FailsTo, Kind, ReadCx, WriteCx};
use crate::error::{Error, exit};
use crate::kinds;
use crate::kinds::function::Function;
use crate::kinds::queue::{self, Queue};
use crate::model::{Node, ResourceId, Stop};
use crate::report;
use crate::report::redrive::{Progress, Shown, Sum};
use crate::source::diagnostic::suggest;

mod letters;
mod send;
mod way;

use letters::Held;
use send::{Moved, Sent};
use way::{Letter, Sender, To, Way};

/// The queue, and access to where it is.
pub struct Place {
    key: String,
    name: String,
    arn: String,
    url: String,
    read: ReadCx,
    write: WriteCx,
}

impl Place {
    /// Where a queue of this account and region answers, asked for once.
    async fn url_of(&self, name: &str) -> Result<String, AwsError> {
        let ask = || async {
            let url = queue::url(&self.read, name).await?;
            url.ok_or_else(|| AwsError::told(Failure::Refused, &queue::api::GET_QUEUE_URL, name, "there is no such queue"))
        };
        Ok(self.read.once_of(name, ask).await?.as_ref().clone())
    }
}

pub async fn run(global: &Global, args: &RedriveArgs) -> Result<u8, Error> {
    let session = Session::open(global, stacks::load(global)?).await?;
    let (stack, node) = find(&session, &args.queue)?;
    let named = args.to.as_deref().map(|to| named(stack, to)).transpose()?;
    let to = named.map(|node| destination(stack, node));
    let senders = senders(stack, node)?;
    let place = place(&session, stack, node).await?;
    // Both ends: what the files name may be somebody else's, to be read as little as to be written to.
    let goes_to =
        |id: &ResourceId| named.map_or_else(|| senders.iter().any(|sender| sender.address == id.to_string()), |node| node.id == *id);
    let others = stack.loaded.desired.nodes.values().filter(|other| other.id != node.id && goes_to(&other.id));
    whose::check(&place.read, std::iter::once(node).chain(others).map(|node| (&node.id, node.name.as_str()))).await?;
    hidden::hide(&deployed::functions(&session, &stack.loaded.scope)).await;
    if matches!(&to, Some(To::Queue(arn)) if *arn == place.arn) {
        let hint = "name another queue, or leave --to out".to_owned();
        return Err(Error::Usage { message: format!("--to names {} itself", place.key), hint });
    }
    let counts = queue::counts(&place.read, &place.name, &place.url).await?.unwrap_or_default();
    let show = args.max.map_or(u64::from(args.show), |max| max.min(args.show.into()));
    let bound = if show < args.show.into() { "--max" } else { "--show" };
    let (seen, held) = letters::look(&place, show).await?;
    let ways: Vec<Way> = seen.iter().map(|letter| way::way(letter, to.as_ref(), &senders)).collect();
    let shown: Vec<Shown<'_>> = seen.iter().zip(&ways).map(|(letter, way)| shown(letter, way)).collect();
    report::data(&report::redrive::look(&place.key, &place.name, counts, &shown, bound, Timestamp::now()));
    if args.dry_run || (counts.iter().sum::<u64>() == 0 && seen.is_empty()) {
        let Some(held) = &held else { return Ok(exit::DONE) };
        report::note(&held_line(held));
        return Ok(exit::FAILED);
    }
    let (beyond, task) = (counts[1] + counts[2], task(to.as_ref(), &senders, args.max));
    // What a task of SQS moves is in flight, too: who comes later follows it.
    if seen.is_empty() && counts[0] == 0 && task.is_none() {
        report::note(&report::redrive::none_to_receive(&place.key, counts));
        return Ok(exit::FAILED);
    }
    let there = counts[0].max(seen.len() as u64);
    let most = args.max.unwrap_or(u64::MAX).min(there);
    if !args.yes {
        if !report::prompt::can_ask() {
            let message = "nothing was sent: there is no terminal to ask on".to_owned();
            return Err(Error::Usage { message, hint: "pass --yes to send them, or --dry-run only to look".to_owned() });
        }
        if !report::prompt::confirm(&report::redrive::question(most, &place.key, args.to.as_deref())) {
            report::note("Nothing was sent.");
            return Ok(exit::FAILED);
        }
    }
    let mut sent = carry_out(&place, to.as_ref(), &senders, args.max, most, global.quiet).await?;
    sent.held = Held::and(held, sent.held);
    let Sent { sent: went, failed, twice, held, stopped, ended } = &sent;
    if *went == 0 && beyond > 0 && code(&sent) == exit::DONE {
        report::note(&report::redrive::none_to_receive(&place.key, counts));
        return Ok(exit::FAILED);
    }
    let of = Some(there).filter(|_| args.max.is_some() || !failed.is_empty() || held.is_some());
    let held = held.as_ref().map(held_line);
    let (held, ended) = (held.as_deref(), ended.as_deref());
    let sum = Sum { key: &place.key, sent: *went, failed, twice: *twice, of, held, stopped: *stopped, ended, beyond };
    report::note(report::redrive::sum(&sum).trim_end());
    Ok(code(&sent))
}

/// Where a task of SQS moves all of what lies there: to one queue, or to where each came from. None where it has to
/// go one by one: what goes to functions, or only in part.
fn task<'a>(to: Option<&'a To>, senders: &[Sender], max: Option<u64>) -> Option<Option<&'a str>> {
    let of_queues = !senders.is_empty() && senders.iter().all(|sender| sender.by == Fails::Receives);
    match to {
        _ if !of_queues || max.is_some() => None,
        None => Some(None),
        Some(To::Queue(arn)) => Some(Some(arn.as_str())),
        Some(To::Function { .. }) => None,
    }
}

async fn carry_out(place: &Place, to: Option<&To>, senders: &[Sender], max: Option<u64>, most: u64, quiet: bool) -> Result<Sent, Error> {
    let stop = interrupt::carrying();
    let progress = Progress::new(most, quiet);
    if let Some(queue) = task(to, senders, max) {
        match send::by_a_task(place, queue, &stop, &progress).await? {
            Moved::All(sent) => {
                progress.end();
                return Ok(sent);
            }
            Moved::Not(why) => progress.note(&format!("SQS does not move them by itself, so they go one by one: {why}")),
        }
    }
    let sent = send::one_by_one(place, (to, senders), max, &stop, &progress).await;
    progress.end();
    Ok(sent?)
}

/// Says how many are held, and until when.
fn held_line(Held { count, until, why }: &Held) -> String {
    report::redrive::held(*count, *until, why)
}

fn code(sent: &Sent) -> u8 {
    match (sent.sent, sent.failed.is_empty() && sent.ended.is_none() && sent.held.is_none(), sent.stopped) {
        (_, _, Some(Stop::Interrupted)) => exit::INTERRUPTED,
        (_, true, None) => exit::DONE,
        (0, _, _) => exit::FAILED,
        _ => exit::PARTLY,
    }
}

/// The queue of this key, physical name or address.
fn find<'a>(session: &'a Session, word: &str) -> Result<(&'a Connected, &'a Node), Error> {
    let key = word.strip_prefix(Queue::NAME).and_then(|rest| rest.strip_prefix('/')).unwrap_or(word);
    let all = session.connected.iter().flat_map(|stack| stack.loaded.desired.nodes.values().map(move |node| (stack, node)));
    let queues: Vec<_> = all.filter(|(_, node)| node.id.kind == Queue::NAME).collect();
    let found: Vec<_> = queues.iter().filter(|(_, node)| node.id.name == key || node.name == key).collect();
    match found[..] {
        [one] => Ok(*one),
        [] => {
            let hint = suggest(key, queues.iter().map(|(_, node)| node.id.name.as_str()));
            Err(Error::Usage { message: format!("no selected stack has a queue `{key}`"), hint })
        }
        _ => {
            let message = format!("more than one stack has a queue `{key}`");
            Err(Error::Usage { message, hint: "choose one with --stack".into() })
        }
    }
}

fn arn(stack: &Connected, node: &Node) -> String {
    stack.loaded.desired.known.get(&node.id).and_then(|known| known.get("arn").cloned()).unwrap_or_default()
}

/// What `--to` names: a queue or a function of the same stack.
fn named<'a>(stack: &'a Connected, word: &str) -> Result<&'a Node, Error> {
    let (kind, key) = match word.split_once('/') {
        Some((kind, key)) => (Some(kind), key),
        None => (None, word),
    };
    let nodes = stack.loaded.desired.nodes.values().filter(|node| [Queue::NAME, Function::NAME].contains(&node.id.kind.as_str()));
    let all: Vec<&Node> = nodes.filter(|node| kind.is_none_or(|kind| node.id.kind == kind)).collect();
    let found: Vec<&Node> = all.iter().copied().filter(|node| node.id.name == key || node.name == key).collect();
    match found[..] {
        [node] => Ok(node),
        [] => {
            let hint = suggest(key, all.iter().map(|node| node.id.name.as_str()));
            Err(Error::Usage { message: format!("--to {word}: the stack has no such queue or function"), hint })
        }
        [first, second, ..] => {
            let message = format!("--to {word}: there is a queue and a function of that key");
            Err(Error::Usage { message, hint: format!("write {} or {}", first.id, second.id) })
        }
    }
}

fn destination(stack: &Connected, node: &Node) -> To {
    if node.id.kind == Queue::NAME {
        return To::Queue(arn(stack, node));
    }
    To::Function { name: node.name.clone(), alias: deployed::alias(&stack.loaded.desired.resolved(node)) }
}

/// Who of the stack sends to this queue what failed.
fn senders(stack: &Connected, queue: &Node) -> Result<Vec<Sender>, Error> {
    let (desired, own) = (&stack.loaded.desired, arn(stack, queue));
    let all = kinds::failing(desired).map_err(|(id, reason)| Error::NotNormal { id, reason })?;
    let here = all.into_iter().filter(|(_, to)| to.arn == own);
    let sender = |(node, to): (&Node, FailsTo)| Sender {
        address: node.id.to_string(),
        name: node.name.clone(),
        arn: arn(stack, node),
        alias: deployed::alias(&desired.resolved(node)),
        by: to.by,
    };
    Ok(here.map(sender).collect())
}

async fn place(session: &Session, stack: &Connected, node: &Node) -> Result<Place, Error> {
    let (read, write) = (stack.read.clone(), session.write(stack));
    let Some(url) = queue::url(&read, &node.name).await? else { return Err(deployed::not_deployed(&node.name)) };
    Ok(Place { key: node.id.name.clone(), name: node.name.clone(), arn: arn(stack, node), url, read, write })
}

fn shown<'a>(letter: &'a Letter, way: &'a Way) -> Shown<'a> {
    let Letter { id: _, receipt: _, body, source: _, group: _, deduplication: _, sent, receives, error } = letter;
    let (goes, why_not) = match way {
        Way::Queue(arn) => (Some(format!("queue {}", arn.rsplit(':').next().unwrap_or(arn))), None),
        Way::Function { name, .. } => (Some(format!("function {name}")), None),
        Way::None(why) => (None, Some(why.as_str())),
    };
    Shown { body, sent: *sent, receives: *receives, error: error.as_deref(), goes, why_not }
}
