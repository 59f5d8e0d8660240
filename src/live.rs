//! Reading live AWS: one wave of concurrent reads, all kinds and all names at once, and with it the
//! search for what carries the stack's mark; then one more for what that search alone found.

pub mod survey;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join_all, try_join, try_join_all};

use crate::aws::AwsError;
use crate::contract::{Driver, PassedOver, ReadCx};
use crate::kinds;
use crate::model::live::{Neighbour, Neighbours};
use crate::model::plan::Planned;
use crate::model::stake::{Holding, Stakes};
use crate::model::{Action, Live, Node, Owner, Reach, ResourceId, Scope, Seen};

/// What a read found.
#[derive(Debug, Default)]
pub struct Reading {
    /// Resources that the files name, and ours.
    pub live: Live,
    /// Other instances of the same stack and environment, as the search for ours met them.
    pub neighbours: Neighbours,
    /// What was not looked at.
    pub passed_over: PassedOver,
    /// What ours hold, where all of it is to go.
    pub held: Held,
    /// What may be ours, and no file names: a mark of version 0.1 does not tell the region of what reaches
    /// over the account.
    pub unclaimed: Vec<ResourceId>,
}

/// What AWS told of what is about to go, by its address.
pub type Held = BTreeMap<ResourceId, Result<Vec<Holding>, AwsError>>;

/// Reads what `nodes` name and what carries this instance's mark. Where all of it `goes`, each is asked what
/// it holds as soon as it is read.
///
/// # Errors
/// The first call that failed, but of what is held: there the plan decides whether it matters.
pub async fn read(cx: &ReadCx, nodes: &BTreeMap<ResourceId, Node>, goes: bool) -> Result<Reading, AwsError> {
    let cx = &cx.believing();
    let kinds = kinds::registry().iter().map(|driver| read_kind(cx, *driver, nodes, goes));
    let mut reading = Reading::default();
    for OfKind { seen, held, neighbours, unclaimed } in try_join_all(kinds).await? {
        reading.live.extend(seen);
        reading.held.extend(held);
        reading.unclaimed.extend(unclaimed);
        for (neighbour, resources) in neighbours {
            *reading.neighbours.entry(neighbour).or_default() += resources;
        }
    }
    reading.passed_over = cx.passed_over();
    Ok(reading)
}

struct OfKind {
    seen: Vec<(ResourceId, Seen)>,
    held: Held,
    neighbours: Neighbours,
    unclaimed: Vec<ResourceId>,
}

/// A resource with what it holds, where that was asked.
type Asked = (Seen, Option<Result<Vec<Holding>, AwsError>>);

async fn read_and_ask(cx: &ReadCx, driver: &dyn Driver, names: &[String], goes: bool) -> Result<Vec<Asked>, AwsError> {
    let asked = driver.read(cx, names).await?.into_iter().map(|seen| async move {
        let held = if goes && seen.owner.is_ours() { Some(driver.holds(cx, &seen).await) } else { None };
        (seen, held)
    });
    Ok(join_all(asked).await)
}

async fn read_kind(cx: &ReadCx, driver: &'static dyn Driver, nodes: &BTreeMap<ResourceId, Node>, goes: bool) -> Result<OfKind, AwsError> {
    let logical: BTreeMap<&str, &ResourceId> =
        nodes.values().filter(|node| node.id.kind == driver.name()).map(|node| (node.name.as_str(), &node.id)).collect();
    let wanted: Vec<String> = logical.keys().map(|name| (*name).to_owned()).collect();
    let (mut asked, claims) = try_join(read_and_ask(cx, driver, &wanted, goes), driver.owned(cx)).await?;
    let mut neighbours = Neighbours::new();
    let (mut others, mut unclaimed) = (BTreeSet::new(), Vec::new());
    for claim in claims {
        if let Some(neighbour) = neighbour(&cx.scope, &claim.owner) {
            *neighbours.entry(neighbour).or_default() += 1;
        }
        // What reaches over the account and does not tell its region may be another region's.
        let ours = claim.owner == Owner::Ours || (claim.owner == Owner::Incomplete && driver.reach() == Reach::Region);
        if logical.contains_key(claim.name.as_str()) {
            continue;
        }
        if ours || claim.hides {
            others.insert(claim.name);
        } else if claim.owner == Owner::Incomplete {
            unclaimed.push(ResourceId::new(driver.name(), claim.name));
        }
    }
    let others: Vec<String> = others.into_iter().collect();
    asked.extend(read_and_ask(cx, driver, &others, goes).await?.into_iter().filter(|(seen, _)| seen.owner.is_ours()));
    let (mut seen, mut held) = (Vec::new(), Held::new());
    for (one, told) in asked {
        let id = logical.get(one.name.as_str()).map_or_else(|| ResourceId::new(driver.name(), &one.name), |id| (*id).clone());
        held.extend(told.map(|told| (id.clone(), told)));
        seen.push((id, one));
    }
    Ok(OfKind { seen, held, neighbours, unclaimed })
}

/// The instance that a mark names, where it is another one of the same stack and environment.
fn neighbour(scope: &Scope, owner: &Owner) -> Option<Neighbour> {
    let Owner::Foreign(mark) = owner else { return None };
    let env = mark.env.as_ref().filter(|env| mark.stack == scope.stack && **env == scope.env)?;
    let instance = mark.instance.as_ref().unwrap_or(env).clone();
    let region = mark.region.as_ref().unwrap_or(&scope.region).clone();
    Some(Neighbour { instance, region })
}

/// What would be lost by a plan: asked of what it deletes or replaces, where the reading has not told it
/// already. What cannot be read may be anything, and is told so.
///
/// # Errors
/// The credentials failed.
pub async fn stakes(cx: &ReadCx, planned: &Planned, held: &Held) -> Result<Stakes, AwsError> {
    let going = planned.plan.steps.iter().filter(|step| matches!(step.action, Action::Delete | Action::Replace));
    let asked = going.filter_map(|step| {
        let (driver, have) = (kinds::driver(&step.id.kind)?, planned.sides.get(&step.id)?.have.as_ref()?);
        Some(async move {
            let told = match held.get(&step.id) {
                Some(told) => told.clone(),
                None => driver.holds(cx, have).await,
            };
            (step.id.clone(), told)
        })
    });
    let mut stakes = Stakes::new();
    for (id, holdings) in join_all(asked).await {
        let holdings = match holdings {
            Ok(holdings) => holdings,
            Err(error) if error.is_credentials() => return Err(error),
            Err(error) => vec![Holding::Unreadable { why: error.to_string() }],
        };
        if !holdings.is_empty() {
            stakes.insert(id, holdings);
        }
    }
    Ok(stakes)
}
