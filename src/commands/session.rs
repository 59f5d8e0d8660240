//! From loaded stacks to planned ones: who we are, what is there, what is to be done.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::try_join;
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::stacks::Stacks;
use super::stored::Values;
use super::workshop::Workshop;
use crate::aws::account;
use crate::aws::api;
use crate::aws::pace::Pace;
use crate::aws::{AwsError, Caller, Clients, ConnectOptions, Counter, Readers, connect};
use crate::cli::Global;
use crate::contract::{ReadCx, WriteCx};
use crate::error::Error;
use crate::kinds;
use crate::live::{self, Reading};
use crate::model::notes::{Note, notes};
use crate::model::plan::{Context, Options, Planned, Rules};
use crate::model::planner::plan;
use crate::model::stake::Stakes;
use crate::model::{self, Desired, Live, ResourceId};
use crate::package::{self, PackageError};
use crate::report::plan::View;
use crate::source::Loaded;

/// A connection to AWS and the stacks that are worked on.
pub struct Session {
    /// The stacks.
    pub stacks: Stacks,
    /// Requests so far.
    pub counter: Counter,
    pace: Arc<Pace>,
    clients: Vec<Clients>,
    values: Mutex<Values>,
    alias: OnceCell<Option<String>>,
}

/// A stack with its plan.
pub struct PlannedStack {
    /// The stack.
    pub loaded: Loaded,
    /// Its plan.
    pub planned: Planned,
    /// Alias of the account.
    pub alias: Option<String>,
    /// What to look at before its steps.
    pub notes: Vec<Note>,
    /// What goes with what it deletes or replaces.
    pub stakes: Stakes,
    /// Read-only access in its scope.
    pub read: ReadCx,
    /// Access in its scope.
    pub write: WriteCx,
    /// Requests that the plan took.
    pub calls: u64,
    /// Time that the plan took.
    pub elapsed_ms: u128,
}

impl PlannedStack {
    /// What is shown of it.
    pub fn view(&self) -> View<'_> {
        let Self { planned, alias, notes, stakes, calls, elapsed_ms, .. } = self;
        View { plan: &planned.plan, alias: alias.as_deref(), notes, stakes, calls: *calls, elapsed_ms: *elapsed_ms }
    }
}

impl Session {
    /// Finds out whose credentials these are: the first call of all.
    ///
    /// # Errors
    /// No credentials, or those of an account that an environment does not name.
    pub async fn open(global: &Global, mut stacks: Stacks) -> Result<Self, Error> {
        let counter = Counter::default();
        let mut clients: Vec<Clients> = Vec::new();
        for stack in &stacks.loaded {
            let region = Some(stack.scope.region.clone());
            let known = clients.iter().find(|known| Some(&known.region) == region.as_ref()).cloned();
            let options = ConnectOptions { region, profile: global.profile.clone(), endpoint_url: global.endpoint_url.clone() };
            clients.push(match known {
                Some(known) => known,
                None => connect(&options, &counter).await?,
            });
        }
        let pace = Arc::new(if clients.iter().any(|clients| clients.local) { Pace::unlimited() } else { Pace::default() });
        let account = match clients.first() {
            Some(first) => identity(first, &pace).await?,
            None => String::new(),
        };
        for stack in &stacks.loaded {
            if let Some(wanted) = stack.account.as_ref().filter(|wanted| **wanted != account) {
                let (stack, env) = (stack.scope.stack.clone(), stack.scope.env.clone());
                return Err(Error::WrongAccount { stack, env, wanted: wanted.clone(), found: account });
            }
        }
        stacks.with_account(&account)?;
        Ok(Self { stacks, counter, pace, clients, values: Mutex::default(), alias: OnceCell::new() })
    }

    /// Endpoint of all services, where one is said.
    pub fn endpoint(&self) -> Option<&str> {
        self.clients.first()?.endpoint.as_deref()
    }

    /// Plans every stack, one after the other.
    ///
    /// # Errors
    /// Sources cannot be read, a call failed, or something is in the way.
    pub async fn plan(&self, options: &Options, destroy: bool) -> Result<Vec<PlannedStack>, Error> {
        let (planned, alias) = tokio::join!(self.plan_all(options, destroy), self.alias());
        let mut planned = planned?;
        planned.iter_mut().for_each(|stack| stack.alias = alias.clone());
        check_targets(options, &planned, destroy)?;
        Ok(planned)
    }

    async fn plan_all(&self, options: &Options, destroy: bool) -> Result<Vec<PlannedStack>, Error> {
        let mut planned = Vec::new();
        for index in 0..self.stacks.loaded.len() {
            planned.push(self.plan_one(index, options, destroy).await?);
        }
        Ok(planned)
    }

    /// The account's alias, asked for once.
    async fn alias(&self) -> Option<String> {
        if self.stacks.loaded.is_empty() {
            return None;
        }
        let (read, _) = self.contexts(0);
        self.alias.get_or_init(|| async { account::alias(&read.call, &read.aws).await }).await.clone()
    }

    /// Plans the stack at `index` of the loaded ones.
    ///
    /// # Errors
    /// See [`Session::plan`].
    async fn plan_one(&self, index: usize, options: &Options, destroy: bool) -> Result<PlannedStack, Error> {
        let start = Instant::now();
        // The call that told the account is the first stack's.
        let before = if index == 0 { 0 } else { self.counter.calls() };
        let mut loaded = self.stacks.loaded[index].clone();
        if !destroy {
            digest_sources(&mut loaded.desired).await?;
        }
        let (read, write) = self.contexts(index);
        let Reading { live, neighbours } = if destroy {
            live::read(&read, &loaded.desired.nodes).await?
        } else {
            let mut values = self.values.lock().await;
            let reading = async { Ok(live::read(&read, &loaded.desired.nodes).await?) };
            let (reading, ()) = try_join(reading, values.read(&read, &loaded, options)).await?;
            values.give(&mut loaded, options)?;
            reading
        };
        if !destroy {
            build_unrecorded(&mut loaded.desired, &live, &self.stacks.cache).await?;
        }
        let nothing = Desired::default();
        let desired = if destroy { &nothing } else { &loaded.desired };
        let rules = |kind: &str| kinds::driver(kind).map(|driver| driver as &dyn Rules);
        let context = Context { scope: &loaded.scope, rules: &rules, options, files: &loaded.desired };
        let planned = plan(&context, desired, &live)?;
        let stakes = live::stakes(&read, &planned).await?;
        let notes = notes(&planned, &neighbours, |name| loaded.naming.could_have_made(name));
        let calls = self.counter.calls() - before;
        Ok(PlannedStack { loaded, planned, alias: None, notes, stakes, read, write, calls, elapsed_ms: start.elapsed().as_millis() })
    }

    /// Access in the scope of the stack at `index`.
    pub fn contexts(&self, index: usize) -> (ReadCx, WriteCx) {
        let (scope, clients) = (&self.stacks.loaded[index].scope, &self.clients[index]);
        let call = Caller::new(Arc::clone(&self.pace));
        let read = ReadCx::new(scope.clone(), Readers::of(clients), call.clone(), clients.local);
        let packager = Arc::new(Workshop { cache: self.stacks.cache.clone() });
        let write = WriteCx { scope: scope.clone(), aws: clients.clone(), call, packager };
        (read, write)
    }
}

async fn identity(clients: &Clients, pace: &Arc<Pace>) -> Result<String, AwsError> {
    let call = Caller::new(Arc::clone(pace));
    let answer = call.send(&api::GET_CALLER_IDENTITY, "the caller", || clients.sts.get_caller_identity().send()).await?;
    answer.account.ok_or_else(|| AwsError::unexpected(&api::GET_CALLER_IDENTITY, "the caller", "the answer holds no account"))
}

/// A target that no plan has a step for is a mistake: told once all stacks are planned, since orphans
/// are addresses too.
fn check_targets(options: &Options, planned: &[PlannedStack], destroy: bool) -> Result<(), Error> {
    // What the files name and a destroy does not find is gone already.
    let has = |id: &ResourceId| {
        planned.iter().any(|stack| {
            stack.planned.plan.steps.iter().any(|step| step.id == *id) || (destroy && stack.loaded.desired.nodes.contains_key(id))
        })
    };
    let Some(wrong) = options.targets.iter().find(|id| !has(id)) else { return Ok(()) };
    let known: Vec<String> = planned.iter().flat_map(|stack| stack.loaded.desired.nodes.keys().map(ToString::to_string)).collect();
    let hint = crate::source::diagnostic::suggest(&wrong.to_string(), known.iter().map(String::as_str));
    Err(Error::Usage { message: format!("--target {wrong}: no selected stack has such a resource"), hint })
}

/// Fills in the digests of all sources: whether code has changed is decided without a zip.
async fn digest_sources(desired: &mut Desired) -> Result<(), Error> {
    let artifacts: Vec<_> = desired.nodes.values().filter_map(|node| Some((node.id.clone(), node.artifact.clone()?))).collect();
    let digests = tokio::task::spawn_blocking(move || {
        artifacts.into_iter().map(|(id, artifact)| Ok((id, package::digest(&artifact)?))).collect::<Result<Vec<_>, PackageError>>()
    });
    for (id, digest) in joined(digests.await)? {
        let Some(node) = desired.nodes.get_mut(&id) else { continue };
        node.spec["code"] = Value::from(kinds::driver(&id.kind).map_or(digest.as_str(), |driver| driver.code(&digest)));
        if let Some(artifact) = &mut node.artifact {
            artifact.digest = digest;
        }
    }
    Ok(())
}

/// Builds the zips of functions whose live code carries no record of its sources: there only the
/// hash can tell.
async fn build_unrecorded(desired: &mut Desired, live: &Live, cache: &std::path::Path) -> Result<(), Error> {
    for (id, seen) in live {
        let Some(driver) = kinds::driver(&id.kind) else { continue };
        let unrecorded = driver.is_unrecorded(seen).map_err(|reason| Error::NotNormal { id: id.clone(), reason })?;
        let Some(artifact) = desired.nodes.get_mut(id).and_then(|node| node.artifact.as_mut()).filter(|_| unrecorded) else { continue };
        let (sources, cache) = (artifact.clone(), cache.to_owned());
        let built = tokio::task::spawn_blocking(move || package::build(&sources, &cache).map(|zip| package::code_sha256(&zip)));
        artifact.code_sha256 = Some(joined(built.await)?);
    }
    Ok(())
}

fn joined<T>(result: Result<Result<T, PackageError>, tokio::task::JoinError>) -> Result<T, Error> {
    match result {
        Ok(result) => Ok(result?),
        Err(error) => Err(Error::File { path: "packaging".into(), message: error.to_string() }),
    }
}

/// Attributes of live resources with those that follow from their names.
pub fn attributes(loaded: &Loaded, live: &Live) -> std::collections::BTreeMap<ResourceId, model::Attributes> {
    let known = loaded.desired.nodes.values().filter_map(|node| {
        let seen = live.get(&node.id)?;
        let mut attributes = loaded.desired.known.get(&node.id)?.clone();
        attributes.extend(seen.attributes.clone());
        Some((node.id.clone(), attributes))
    });
    known.collect()
}
