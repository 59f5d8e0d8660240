//! Who changed something, from CloudTrail's own record: LookupEvents, which costs nothing, needs no trail,
//! and takes 2 requests a second. An event is in it some minutes after it happened.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudtrail::config::Region;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use jiff::{SignedDuration, Timestamp};

use super::planned::PlannedStack;
use crate::aws::{AwsError, Tokens, api};
use crate::contract::ReadCx;
use crate::model::who::{Changed, Who};
use crate::model::{Partition, ResourceId};

mod asked;
mod event;

pub use asked::{Asked, Own, Window};
use event::Change;

/// How much is asked, at 2 requests a second.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Pages of all changes of the time, of 50 events each.
    pages: usize,
    /// Resources that are asked for by their name where those do not show them.
    by_name: usize,
}

/// For a plan, which somebody waits for.
pub const PLANNING: Effort = Effort { pages: 6, by_name: 10 };
/// For a watcher, which asks about little, and about a short time.
pub const WATCHING: Effort = Effort { pages: 3, by_name: 3 };
/// Hours that the record keeps events: 90 days.
const KEPT: i64 = 90 * 24;
/// For this long an event may not be in the record yet.
pub const LATE: Duration = Duration::from_secs(20 * 60);

/// The last who changed each of these in its time, as far as the record has it.
///
/// # Errors
/// The record cannot be asked.
pub async fn find(read: &ReadCx, asked: &[Asked], effort: Effort) -> Result<BTreeMap<ResourceId, Who>, AwsError> {
    let mut found = BTreeMap::new();
    let home = Partition::of_region(&read.scope.region).iam_region;
    let (global, regional): (Vec<&Asked>, Vec<&Asked>) = asked.iter().partition(|one| one.is_global());
    for (all, region) in [(regional, None), (global, Some(home).filter(|home| *home != read.scope.region))] {
        let begin = all.iter().map(|one| one.window.since).min();
        let end = all.iter().map(|one| one.window.end()).max();
        let (Some(begin), Some(end)) = (begin, end) else { continue };
        let log = Log { read, region, begin, end };
        // Where all of the time was seen, no other question finds more.
        if log.scan(&all, effort, &mut found).await? {
            continue;
        }
        for one in all.iter().filter(|one| !found.contains_key(&one.id)).take(effort.by_name).collect::<Vec<_>>() {
            log.by_name(one, &mut found).await?;
        }
    }
    Ok(found)
}

/// Who changed what the plans change, stack by stack.
pub async fn of_plans(planned: &[PlannedStack]) -> Vec<Changed> {
    let since = Timestamp::now().checked_sub(SignedDuration::from_hours(KEPT)).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut all = Vec::new();
    for stack in planned {
        let asked = Asked::all(&stack.planned, &Window::until_now(since));
        let changed = match find(&stack.read, &asked, PLANNING).await {
            Ok(found) => {
                let unknown = asked.into_iter().map(|one| one.id).filter(|id| !found.contains_key(id)).collect();
                Changed::Known { found, unknown }
            }
            Err(error) => Changed::MayNotBeRead(error.to_string()),
        };
        all.push(changed);
    }
    all
}

struct Log<'a> {
    read: &'a ReadCx,
    /// Another region than the stack's.
    region: Option<&'static str>,
    begin: Timestamp,
    end: Timestamp,
}

impl Log<'_> {
    /// Looks through all changes, the newest first. Returns whether there is nothing more to see.
    async fn scan(&self, asked: &[&Asked], effort: Effort, found: &mut BTreeMap<ResourceId, Who>) -> Result<bool, AwsError> {
        let (mut token, mut tokens) = (None, Tokens::default());
        for _ in 0..effort.pages {
            if asked.iter().all(|one| found.contains_key(&one.id)) {
                return Ok(true);
            }
            let (events, next) = self.page("changes", LookupAttributeKey::ReadOnly, "false", token).await?;
            events.iter().for_each(|event| note(event, asked, found));
            token = tokens.next(&api::LOOKUP_EVENTS, "changes", next)?;
            if token.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks for one by its name.
    async fn by_name(&self, one: &Asked, found: &mut BTreeMap<ResourceId, Who>) -> Result<(), AwsError> {
        for name in [Some(&one.name), one.arn.as_ref()].into_iter().flatten() {
            let (events, _) = self.page(&one.name, LookupAttributeKey::ResourceName, name, None).await?;
            events.iter().for_each(|event| note(event, &[one], found));
            if found.contains_key(&one.id) {
                break;
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        target: &str,
        key: LookupAttributeKey,
        value: &str,
        token: Option<String>,
    ) -> Result<(Vec<Event>, Option<String>), AwsError> {
        let Self { read, region, begin, end } = self;
        let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build();
        // Both are set, so that it is one.
        let Ok(attribute) = attribute else { return Ok((Vec::new(), None)) };
        let ask = || {
            let call = read.aws.trail.lookup_events().start_time(DateTime::from_secs(begin.as_second()));
            let call = call.end_time(DateTime::from_secs(end.as_second()));
            let call = call.lookup_attributes(attribute.clone()).max_results(50).set_next_token(token.clone());
            let mut config = aws_sdk_cloudtrail::Config::builder();
            config.set_region(region.map(Region::new));
            async move {
                match region {
                    Some(_) => call.customize().config_override(config).send().await,
                    None => call.send().await,
                }
            }
        };
        let answer = read.call.send(&api::LOOKUP_EVENTS, target, ask).await?;
        Ok((answer.events.unwrap_or_default(), answer.next_token))
    }
}

/// Keeps a change for each that it is about and that no newer one was.
fn note(event: &Event, asked: &[&Asked], found: &mut BTreeMap<ResourceId, Who>) {
    let Some(change) = Change::of(event) else { return };
    for one in asked.iter().filter(|one| one.is_meant_by(&change)) {
        found.entry(one.id.clone()).or_insert_with(|| change.who.clone());
    }
}
