//! The buckets that a plan's triggers name and the stack does not make: whether they are there, this
//! account's and of this region, and whether somebody else's notifications leave room, asked before
//! anything is written.

use std::collections::{BTreeMap, BTreeSet};

use super::planned::PlannedStack;
use super::preflight::finding;
use crate::aws::AwsError;
use crate::aws::api::GET_BUCKET_LOCATION;
use crate::contract::notifications::document::{self, Document, Edit, Filtered, shown_filters};
use crate::contract::notifications::{self, Notification, Notifications, Sort};
use crate::contract::{ReadCx, none_if_missing};
use crate::model::notes::Note;
use crate::model::plan::Planned;
use crate::model::reference::opens_variable;
use crate::model::{Action, ResourceId, Step};
use crate::source::{Diagnostic, Loaded};

/// A notification that a plan writes.
struct Wanted<'a> {
    id: &'a ResourceId,
    /// Physical name of what it starts.
    name: &'a str,
    key: String,
    says: Notification,
}

/// The notifications that a plan writes, by their buckets, without what only AWS can name and what the plan
/// makes: these S3 looks at itself.
fn by_bucket<'a>(loaded: &'a Loaded, planned: &'a Planned) -> BTreeMap<String, Vec<Wanted<'a>>> {
    let mut by_bucket: BTreeMap<String, Vec<Wanted<'_>>> = BTreeMap::new();
    for step in &planned.plan.steps {
        for (key, says) in written(planned, step) {
            by_bucket.entry(says.bucket.clone()).or_default().push(Wanted { id: &step.id, name: &step.name, key, says });
        }
    }
    let made = made(loaded, planned, by_bucket.values().flatten().map(|wanted| wanted.id));
    by_bucket.retain(|bucket, _| !opens_variable(bucket) && !made.contains(bucket.as_str()));
    by_bucket
}

/// Entries of this instance that give way to those of a plan which has no word for it: their resource is no
/// part of it, or the stack let it go.
///
/// Nothing is told where a bucket cannot be read: what comes of that is said before anything is written.
pub(super) async fn displaced(loaded: &Loaded, planned: &Planned, read: &ReadCx) -> Vec<Note> {
    let own = notifications::mark(&loaded.scope);
    let mut notes = Vec::new();
    for (bucket, wanted) in by_bucket(loaded, planned) {
        let Ok(Some(found)) = notifications::document(read, &bucket).await else { continue };
        for (one, entry) in wanted.iter().flat_map(|one| found.document.said().into_iter().map(move |entry| (one, entry))) {
            let Some((kind, rest)) = entry.id.strip_prefix(&own).and_then(|rest| rest.split_once('/')) else { continue };
            let name = rest.split_once(':').map_or(rest, |(name, _)| name);
            let gives_way = Filtered::from(&one.says).overlap(&(&entry).into()).is_some();
            let is_of = |id: &ResourceId, named: &str| id.kind == kind && named == name;
            let is_told = planned.plan.steps.iter().any(|step| step.action != Action::Keep && is_of(&step.id, &step.name));
            if gives_way && !is_told && !is_of(one.id, one.name) {
                let of = loaded.desired.nodes.values().find(|node| is_of(&node.id, &node.name)).map(|node| node.id.clone());
                notes.push(Note::Displaces { by: one.id.clone(), entry: entry.shown(), of });
            }
        }
    }
    notes
}

/// What S3 would refuse of the notifications that a plan writes.
pub(super) async fn refused(stack: &PlannedStack) -> Result<Vec<Diagnostic>, AwsError> {
    let mut findings = Vec::new();
    for (bucket, wanted) in by_bucket(&stack.loaded, &stack.planned) {
        match look(&stack.read, &bucket).await? {
            Bucket::There(document) => {
                for one in &wanted {
                    findings.extend(
                        overlapped(stack, one, &document).map(|(message, fix)| finding(stack, "E643", one.id, "triggers", message, fix)),
                    );
                }
            }
            Bucket::Refused(code, message, fix) => {
                let first = wanted.first().map(|wanted| finding(stack, code, wanted.id, "triggers", message, fix));
                findings.extend(first);
            }
        }
    }
    Ok(findings)
}

/// What S3 would refuse of the notifications that the plans of two stacks write, which none of them sees
/// alone.
pub(super) fn between(planned: &[PlannedStack]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(&str, String), Vec<(&PlannedStack, Wanted<'_>)>> = BTreeMap::new();
    let mut findings = Vec::new();
    for stack in planned {
        let region = stack.loaded.scope.region.as_str();
        for step in &stack.planned.plan.steps {
            for (key, says) in written(&stack.planned, step) {
                let others = seen.entry((region, says.bucket.clone())).or_default();
                let others_of_run = others.iter().filter(|(other, _)| other.loaded.scope.stack != stack.loaded.scope.stack);
                let met = others_of_run.filter_map(|(other, one)| Some((other, one, Filtered::from(&says).overlap(&(&one.says).into())?)));
                findings.extend(met.map(|(other, one, event)| {
                    let (bucket, theirs) = (&says.bucket, &other.loaded.scope.stack);
                    let filters = shown_filters(&one.says.prefix, &one.says.suffix);
                    let message = format!(
                        "`{key}` is to tell {event} of keys of the bucket {bucket} that {} of {theirs} is to be told of{filters}",
                        one.id
                    );
                    let fix = "make prefix or suffix of one exclude the other".to_owned();
                    finding(stack, "E643", &step.id, "triggers", message, fix)
                }));
                others.push((stack, Wanted { id: &step.id, name: &step.name, key, says }));
            }
        }
    }
    findings
}

/// Notifications that a step writes.
fn written(planned: &Planned, step: &Step) -> Notifications {
    let writes = match step.action {
        Action::Create | Action::Replace => true,
        Action::Update | Action::Adopt => step.changes.iter().any(|change| change.is_in("notifications")),
        Action::Delete | Action::Release | Action::Keep => false,
    };
    let node = planned.sides.get(&step.id).and_then(|sides| sides.want.as_ref()).filter(|_| writes);
    let entries = node.and_then(|node| node.spec.get("notifications"));
    // A kind whose field of that name is something else writes none.
    entries.and_then(|entries| serde_json::from_value(entries.clone()).ok()).unwrap_or_default()
}

/// Names of what these need and the plan itself makes.
fn made<'a>(loaded: &'a Loaded, planned: &'a Planned, wanted: impl Iterator<Item = &'a ResourceId>) -> BTreeSet<&'a str> {
    let nodes = &loaded.desired.nodes;
    let needed: BTreeSet<&ResourceId> = wanted.filter_map(|id| nodes.get(id)).flat_map(|node| &node.needs).collect();
    let new = planned.plan.steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Replace));
    new.filter(|step| needed.contains(&step.id)).map(|step| step.name.as_str()).collect()
}

/// A bucket as it was found.
enum Bucket {
    /// It is there, with these notifications.
    There(Document),
    /// S3 would refuse a notification: code, message, fix.
    Refused(&'static str, String, String),
}

async fn look(read: &ReadCx, bucket: &str) -> Result<Bucket, AwsError> {
    let elsewhere = || {
        let message = format!("the bucket {bucket} is not in {}, and S3 tells what is in its own region alone", read.scope.region);
        Bucket::Refused("E642", message, "name a bucket of the stack's region, or deploy the stack to the bucket's".to_owned())
    };
    let absent = || {
        let fix = "create it first, or name one that is there";
        Bucket::Refused("E640", format!("there is no bucket {bucket}"), fix.to_owned())
    };
    let document = match notifications::document(read, bucket).await {
        Ok(Some(read)) => read.document.clone(),
        Ok(None) => return Ok(absent()),
        Err(error) if error.is_denied() => {
            let message = format!("the notifications of the bucket {bucket} cannot be read as account {}'s: {error}", read.scope.account);
            let fix = "name a bucket of this account, or allow s3:GetBucketNotification on it";
            return Ok(Bucket::Refused("E641", message, fix.to_owned()));
        }
        Err(error) if is_elsewhere(&error) => return Ok(elsewhere()),
        Err(error) => return Err(error),
    };
    let owner = read.scope.account.to_string();
    let asked = || read.aws.s3.get_bucket_location().bucket(bucket).expected_bucket_owner(&owner).send();
    match none_if_missing(read.call.send(&GET_BUCKET_LOCATION, bucket, asked).await) {
        Ok(None) => Ok(absent()),
        Ok(Some(answer)) => {
            let word = answer.location_constraint.as_ref().map(|constraint| constraint.as_str()).unwrap_or_default();
            Ok(if region_of(word) == read.scope.region { Bucket::There(document) } else { elsewhere() })
        }
        Err(error) if is_elsewhere(&error) => Ok(elsewhere()),
        // Where it may not be asked, S3 says so itself.
        Err(error) if error.is_denied() => Ok(Bucket::There(document)),
        Err(error) => Err(error),
    }
}

/// Answers of S3 where another region's endpoint is asked.
fn is_elsewhere(error: &AwsError) -> bool {
    ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"].contains(&error.code.as_str())
}

/// The region of a location, which says nothing for the first one and `EU` for buckets of old.
fn region_of(word: &str) -> &str {
    match word {
        "" | "US" => "us-east-1",
        "EU" => "eu-west-1",
        region => region,
    }
}

/// Somebody else's notification that stands in the way. Those of this instance give way.
fn overlapped(stack: &PlannedStack, wanted: &Wanted<'_>, document: &Document) -> Option<(String, String)> {
    let own = notifications::mark(&stack.loaded.scope);
    let arn = stack.loaded.desired.known.get(wanted.id).and_then(|known| known.get("arn")).map(String::as_str).unwrap_or_default();
    let starts = notifications::arn_of(arn, &wanted.says);
    let target = Some(notifications::target(&wanted.id.kind, wanted.name));
    let mut edit = Edit { own: Some(own), target, ..Edit::default() };
    // Its id and its list say nothing of what stands in the way.
    edit.wanted.push(document::Wanted { id: String::new(), arn: starts.clone(), sort: Sort::Function, says: wanted.says.clone() });
    let (_, entry, event) = edit.overlapped(document)?;
    let Wanted { id: _, name: _, key, says } = wanted;
    let message = format!("`{key}` is to tell {event} of keys that the bucket {} tells of already: {}", says.bucket, entry.shown());
    let fix = match entry.arn == starts && !entry.id.starts_with(notifications::MARK) {
        true => "write events, prefix and suffix as they stand there to take it over, or have its owner take it away",
        false => "make prefix or suffix exclude it, or have its owner take it away",
    };
    Some((message, fix.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_says_its_region() {
        assert_eq!(["", "EU", "eu-central-1"].map(region_of), ["us-east-1", "eu-west-1", "eu-central-1"]);
    }
}
