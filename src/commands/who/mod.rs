//! Who changed something, from CloudTrail's own record: LookupEvents, which costs nothing, needs no trail,
//! and takes 2 requests a second. An event is in it some minutes after it happened.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudtrail::config::Region;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::planned::PlannedStack;
use crate::aws::{AwsError, api};
use crate::contract::ReadCx;
use crate::kinds;
use crate::model::plan::Planned;
use crate::model::who::{Changed, Who};
use crate::model::{Action, Reach, ResourceId, Step};

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

/// A resource about which it is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Address.
    pub id: ResourceId,
    name: String,
    arn: Option<String>,
}

impl Asked {
    /// About the resource of a step.
    pub fn of(planned: &Planned, step: &Step) -> Self {
        let live = planned.sides.get(&step.id).and_then(|sides| sides.have.as_ref()).and_then(|have| have.attributes.get("arn"));
        let arn = live.or_else(|| planned.known.get(&step.id)?.get("arn")).filter(|arn| arn.starts_with("arn:"));
        Self { id: step.id.clone(), name: step.name.clone(), arn: arn.cloned() }
    }

    /// About all that a plan changes.
    pub fn all(planned: &Planned) -> Vec<Self> {
        planned.plan.steps.iter().filter(|step| step.action != Action::Keep).map(|step| Self::of(planned, step)).collect()
    }

    /// Whether an event is of the service that the resource is one of.
    fn is_of_service(&self, source: &str) -> bool {
        let service = self.arn.as_ref().and_then(|arn| arn.split(':').nth(2));
        service.is_none_or(|service| source.starts_with(if service == "cloudwatch" { "monitoring." } else { service }))
    }

    /// Whether a text names it: alone, or at the end or in the middle of an ARN or URL.
    fn is_named_by(&self, text: &str) -> bool {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let whole = |at: usize| !is_part(text[..at].chars().next_back()) && !is_part(text[at + self.name.len()..].chars().next());
        !self.name.is_empty() && text.match_indices(&self.name).any(|(at, _)| whole(at))
    }

    fn is_meant_by(&self, event: &Event) -> bool {
        if !self.is_of_service(event.event_source().unwrap_or_default()) {
            return false;
        }
        let resources = event.resources().iter().filter_map(|resource| resource.resource_name());
        let mut named = resources.map(str::to_owned).collect();
        let whole: Value = event.cloud_trail_event().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        texts(&whole["requestParameters"], &mut named);
        named.iter().any(|text| self.is_named_by(text))
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// The last who changed each of these since then, as far as the record has it.
///
/// # Errors
/// The record cannot be asked.
pub async fn find(read: &ReadCx, asked: &[Asked], since: Timestamp, effort: Effort) -> Result<BTreeMap<ResourceId, Who>, AwsError> {
    let mut found = BTreeMap::new();
    if asked.is_empty() {
        return Ok(found);
    }
    let is_global = |one: &Asked| kinds::driver(&one.id.kind).is_some_and(|driver| driver.reach() == Reach::Account);
    let home = home_of(&read.scope.partition);
    let (global, regional): (Vec<&Asked>, Vec<&Asked>) = asked.iter().partition(|one| is_global(one));
    for (all, region) in [(regional, None), (global, Some(home).filter(|home| *home != read.scope.region))] {
        let log = Log { read, region, since };
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
        let asked = Asked::all(&stack.planned);
        let changed = match find(&stack.read, &asked, since, PLANNING).await {
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

/// The region in whose record IAM's events stand.
fn home_of(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

struct Log<'a> {
    read: &'a ReadCx,
    /// Another region than the stack's.
    region: Option<&'static str>,
    since: Timestamp,
}

impl Log<'_> {
    /// Looks through all changes, the newest first. Returns whether there is nothing more to see.
    async fn scan(&self, asked: &[&Asked], effort: Effort, found: &mut BTreeMap<ResourceId, Who>) -> Result<bool, AwsError> {
        let mut token = None;
        for _ in 0..effort.pages {
            if asked.iter().all(|one| found.contains_key(&one.id)) {
                return Ok(true);
            }
            let (events, next) = self.page("changes", LookupAttributeKey::ReadOnly, "false", token).await?;
            events.iter().for_each(|event| note(event, asked, found));
            token = next;
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
        let Self { read, region, since } = self;
        let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build();
        // Both are set, so that it is one.
        let Ok(attribute) = attribute else { return Ok((Vec::new(), None)) };
        let ask = || {
            let call = read.aws.trail.lookup_events().start_time(DateTime::from_secs(since.as_second()));
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

/// Keeps an event for each that it is about and that no newer one was.
fn note(event: &Event, asked: &[&Asked], found: &mut BTreeMap<ResourceId, Who>) {
    if event.read_only() == Some("true") {
        return;
    }
    for one in asked.iter().filter(|one| one.is_meant_by(event)) {
        found.entry(one.id.clone()).or_insert_with(|| who(event));
    }
}

fn who(event: &Event) -> Who {
    let whole: Value = event.cloud_trail_event().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let identity = &whole["userIdentity"];
    let by_arn = identity["arn"].as_str().and_then(|arn| arn.splitn(6, ':').nth(5));
    let by = by_arn.or(event.username()).or(identity["invokedBy"].as_str()).unwrap_or("somebody").to_owned();
    let at = event.event_time().and_then(|time| Timestamp::from_second(time.secs()).ok());
    Who {
        who: by,
        event: event.event_name().unwrap_or("a change").to_owned(),
        at: at.map(|at| at.to_string()).unwrap_or_default(),
        from: whole["sourceIPAddress"].as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, arn: Option<&str>) -> Asked {
        Asked { id: ResourceId::new("queue", name), name: name.into(), arn: arn.map(str::to_owned) }
    }

    #[test]
    fn a_name_is_found_whole_and_nowhere_else() {
        let dlq = asked("tiny-dlq", None);
        for text in
            ["tiny-dlq", "https://sqs.us-east-1.amazonaws.com/1/tiny-dlq", "arn:aws:sqs:us-east-1:1:tiny-dlq", "function:tiny-dlq:live"]
        {
            assert!(dlq.is_named_by(text), "{text}");
        }
        for text in ["tiny-dlq2", "my-tiny-dlq", "tiny-dlq.fifo", "tiny", ""] {
            assert!(!dlq.is_named_by(text), "{text}");
        }
        assert!(asked("/aws/lambda/x", None).is_named_by("/aws/lambda/x"));
    }

    #[test]
    fn an_event_is_of_the_service_of_the_resource() {
        assert!(asked("x", Some("arn:aws:sqs:us-east-1:1:x")).is_of_service("sqs.amazonaws.com"));
        assert!(!asked("x", Some("arn:aws:sqs:us-east-1:1:x")).is_of_service("lambda.amazonaws.com"));
        assert!(asked("x", Some("arn:aws:cloudwatch:us-east-1:1:alarm:x")).is_of_service("monitoring.amazonaws.com"));
        assert!(asked("x", None).is_of_service("lambda.amazonaws.com"));
    }
}
