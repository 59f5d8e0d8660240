//! What the account, as it is, would refuse of a plan: asked only where the plan needs the answer,
//! before anything is written. Who will carry the plan out asks beside its reads, where the files may need
//! the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join;

use super::planned::PlannedStack;
use super::session::Session;
use super::{foreign, notified};
use crate::aws::{AwsError, api};
use crate::contract::Kind;
use crate::error::Error;
use crate::kinds::function::Function;
use crate::kinds::role::{self, Role};
use crate::model::counted;
use crate::model::{Action, Desired, ResourceId, Step};
use crate::source::Diagnostic;

/// Minimum that Lambda keeps unreserved in an account of normal size (docs/aws-facts.md §3: the refusal's
/// own text says 100, and 10 where the account's limit is 10).
const MINIMUM_UNRESERVED: i64 = 100;

/// Checks the plans of all stacks, which share an account.
///
/// # Errors
/// What would be refused, or a read that failed.
pub async fn check(session: &Session, planned: &[PlannedStack]) -> Result<(), Error> {
    let mut findings: Vec<Diagnostic> = session.refused_if_new.iter().filter(|finding| is_new(finding, planned)).cloned().collect();
    // Stacks of one region share its concurrency, and all share the account's roles: what one plan
    // takes is gone for the next.
    let mut regions: BTreeMap<String, Settings> = BTreeMap::new();
    let mut summary: Option<RoleQuota> = None;
    findings.extend(notified::between(planned));
    for stack in planned {
        findings.extend(foreign::missing(stack).await?);
        findings.extend(notified::refused(stack).await?);
        let region = &stack.loaded.scope.region;
        let (wanted, uploads) = (reserved(stack), uploads(stack));
        let new: Vec<&Step> =
            stack.planned.plan.steps.iter().filter(|step| step.id.kind == Role::NAME && step.action == Action::Create).collect();
        let asks = wanted.iter().any(|(_, more)| *more > 0) || !uploads.is_empty();
        let told = async { if asks { settings(session, region).await } else { Ok(None) } };
        let (told, quota) = try_join(told, async { if new.is_empty() { Ok(None) } else { role_quota(session).await } }).await?;
        if let Some(told) = told {
            let settings = regions.entry(region.clone()).or_insert(*told);
            findings.extend(concurrency(stack, &wanted, settings.concurrency, settings.unreserved));
            findings.extend(storage(stack, settings.storage, settings.stored, &uploads));
            settings.unreserved -= wanted.iter().map(|(_, more)| more).sum::<i64>();
        }
        if let Some(quota) = quota {
            let quota = summary.get_or_insert(quota);
            findings.extend(roles(stack, &new, quota));
            quota.used += new.len() as i64;
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::Preflight(findings)) }
}

/// Asks what the plan of these files may need. Who needs an answer that could not be had asks once more.
pub async fn early(session: &Session, region: &str, files: &Desired) {
    let reserves = |spec: &serde_json::Value| spec["reserved_concurrency"].is_i64();
    let has_code = files.nodes.values().any(|node| node.artifact.is_some() || (node.id.kind == Function::NAME && reserves(&node.spec)));
    let has_roles = files.nodes.keys().any(|id| id.kind == Role::NAME);
    let told = async { if has_code { settings(session, region).await.map(drop) } else { Ok(()) } };
    let quota = async { if has_roles { role_quota(session).await.map(drop) } else { Ok(()) } };
    // Denied is none: whether that matters the plan decides.
    let _ = tokio::join!(told, quota);
}

/// Whether the plan makes what a finding refuses to see made.
fn is_new(finding: &Diagnostic, planned: &[PlannedStack]) -> bool {
    let of_file = planned.iter().filter(|stack| stack.loaded.source.path == finding.source.path);
    let mut steps = of_file.flat_map(|stack| &stack.planned.plan.steps).filter(|step| step.id.to_string() == finding.address);
    steps.any(|step| match step.action {
        Action::Create | Action::Replace => true,
        Action::Update | Action::Adopt => step.changes.iter().any(|change| change.is_in("runtime")),
        Action::Delete | Action::Release | Action::Keep => false,
    })
}

/// Functions whose reservation the plan changes, and by how much.
fn reserved(stack: &PlannedStack) -> Vec<(ResourceId, i64)> {
    let steps = stack.planned.plan.steps.iter().filter(|step| step.id.kind == Function::NAME);
    let changed = steps.filter_map(|step| {
        let sides = stack.planned.sides.get(&step.id)?;
        let of = |spec: Option<&serde_json::Value>| spec.and_then(|spec| spec["reserved_concurrency"].as_i64()).unwrap_or(0);
        let more = of(sides.want.as_ref().map(|node| &node.spec)) - of(sides.have.as_ref().map(|seen| &seen.spec));
        (more != 0).then(|| (step.id.clone(), more))
    });
    changed.collect()
}

fn concurrency(stack: &PlannedStack, wanted: &[(ResourceId, i64)], total: i64, free: i64) -> Option<Diagnostic> {
    let more: i64 = wanted.iter().map(|(_, more)| more).sum();
    let minimum = MINIMUM_UNRESERVED.min(total);
    let id = wanted.iter().find(|(_, more)| *more > 0).map(|(id, _)| id)?;
    (more > 0 && free - more < minimum).then(|| {
        let message = format!(
            "the plan reserves {}; the account has {free} of {total} unreserved, and Lambda keeps {minimum} of them",
            counted(more, "more execution")
        );
        let fix = format!("reserve at most {} more in all, or ask for a higher quota", (free - minimum).max(0));
        finding(stack, "E801", id, "reserved_concurrency", message, fix)
    })
}

/// Resources whose code the plan sends.
fn uploads(stack: &PlannedStack) -> Vec<&ResourceId> {
    let sends = |step: &&Step| step.action != Action::Keep && step.changes.iter().any(|change| change.is_in("code"));
    let packaged =
        |id: &&ResourceId| stack.planned.sides.get(*id).and_then(|s| s.want.as_ref()).is_some_and(|node| node.artifact.is_some());
    stack.planned.plan.steps.iter().filter(sends).map(|step| &step.id).filter(packaged).collect()
}

fn storage(stack: &PlannedStack, limit: i64, used: i64, uploads: &[&ResourceId]) -> Option<Diagnostic> {
    let first = uploads.first().filter(|_| limit > 0 && used >= limit)?;
    let gigabytes = |bytes: i64| bytes as f64 / 1_073_741_824.0;
    let message = format!("the account's code storage is full: {:.1} of {:.1} GB are used", gigabytes(used), gigabytes(limit));
    let fix = "delete old versions of functions and layers, or ask for a higher quota".to_owned();
    Some(finding(stack, "E802", first, "source", message, fix))
}

/// Settings of an account in a region.
#[derive(Clone, Copy)]
struct Settings {
    concurrency: i64,
    unreserved: i64,
    storage: i64,
    stored: i64,
}

/// Asked for once; none without a stack in the region.
async fn settings(session: &Session, region: &str) -> Result<Option<Arc<Settings>>, AwsError> {
    let Some(stack) = session.connected.iter().find(|stack| stack.loaded.scope.region == region) else { return Ok(None) };
    let read = &stack.read;
    let ask = || async {
        let answer =
            read.call.send(&api::GET_ACCOUNT_SETTINGS, "account settings", || read.aws.lambda.get_account_settings().send()).await?;
        let limit = answer.account_limit.as_ref();
        let concurrency = limit.map_or(i64::MAX, |limit| i64::from(limit.concurrent_executions()));
        Ok(Settings {
            concurrency,
            unreserved: limit.and_then(|limit| limit.unreserved_concurrent_executions()).map_or(concurrency, i64::from),
            storage: limit.map_or(0, |limit| limit.total_code_size()),
            stored: answer.account_usage.as_ref().map_or(0, |usage| usage.total_code_size()),
        })
    };
    read.once(ask).await.map(Some)
}

/// Roles of an account, and how many it may have.
#[derive(Clone, Copy)]
struct RoleQuota {
    used: i64,
    quota: i64,
}

/// Asked for once; none where the account does not tell.
async fn role_quota(session: &Session) -> Result<Option<RoleQuota>, AwsError> {
    let Some(stack) = session.connected.first() else { return Ok(None) };
    let read = &stack.read;
    let ask = || async {
        let answer =
            read.call.send(&role::api::GET_ACCOUNT_SUMMARY, "account summary", || read.aws.iam.get_account_summary().send()).await?;
        let number = |name: &str| {
            let map = answer.summary_map.as_ref()?;
            map.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| i64::from(*value))
        };
        Ok(number("Roles").zip(number("RolesQuota")).map(|(used, quota)| RoleQuota { used, quota }))
    };
    Ok(*read.once(ask).await?)
}

fn roles(stack: &PlannedStack, new: &[&Step], RoleQuota { used, quota }: &RoleQuota) -> Option<Diagnostic> {
    let first = new.first().filter(|_| used + new.len() as i64 > *quota)?;
    let message = format!("the plan makes {}; the account has {used} of {quota}", counted(new.len(), "role"));
    let fix = "let functions share a role, delete roles that nobody uses, or ask for a higher quota";
    Some(finding(stack, "E803", &first.id, "name", message, fix.into()))
}

pub(super) fn finding(stack: &PlannedStack, code: &'static str, id: &ResourceId, field: &str, message: String, fix: String) -> Diagnostic {
    let home = stack.loaded.desired.nodes.get(id).map(|node| node.home.as_slice()).unwrap_or_default();
    let path: Vec<&str> = home.iter().map(String::as_str).chain([field]).collect();
    let mut diagnostic = Diagnostic::new(&stack.loaded.source, stack.loaded.tree.place_along(&path), message, fix);
    diagnostic.code = code;
    diagnostic
}
