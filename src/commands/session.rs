//! From loaded stacks to planned ones: who we are, what is there, what is to be done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join};
use tokio::sync::{Mutex, OnceCell};

use super::beside::Beside;
use super::claimed::Folder;
use super::cost::Costing;
use super::digests;
use super::expiry::{self, Expiring};
use super::marks;
use super::moved;
use super::notified;
use super::over;
use super::packager::ZipPackager;
use super::planned::PlannedStack;
use super::stacks::{self, Stacks};
use super::stored::Values;
use super::targets;
use super::trace;
use super::unrecorded;
use super::waits::Waits;
use crate::aws::account;
use crate::aws::pace::Pace;
use crate::aws::{Caller, Clients, Readers, connect};
use crate::cli::{EvidenceArgs, Global};
use crate::contract::{Batches, Locks, Look, ReadCx, Shared, WriteCx};
use crate::error::Error;
use crate::kinds;
use crate::live::{self, Reading};
use crate::model::notes::{Note, notes};
use crate::model::plan::{Context, Obstacle, Options, Rules};
use crate::model::planner::plan;
use crate::model::{Account, Desired, EndpointKind, Reads, Spent, Wait, rekeyed};
use crate::package::Sources;
use crate::report;
use crate::source::{Diagnostic, Loaded};

mod again;
mod attributes;
mod connection;
mod settled;

pub use attributes::attributes;
pub use connection::connection;
pub(super) use connection::{identity, quotas};

/// Within this time after a resource was made its mark is there too.
const MARKED_WITHIN: Duration = Duration::from_secs(2);

/// A connection to AWS and the stacks that are worked on.
pub struct Session {
    /// The stacks, in file order.
    pub connected: Vec<Connected>,
    /// What is refused only where a resource is new.
    pub refused_if_new: Vec<Diagnostic>,
    /// How plans are priced; not at all where a command wants no costs.
    costing: Option<Costing>,
    /// Whose credentials these are, `user/ci` for one.
    pub caller: String,
    /// Whether plans are made to be carried out.
    pub carries: bool,
    /// What is asked of the time at which instances expire.
    pub expiring: Expiring,
    sources: Arc<Sources>,
    /// Whether plans are held against what ran.
    evidence: EvidenceArgs,
    values: Mutex<Values>,
    /// Shared by all stacks: two of them may write to one bucket.
    locks: Locks,
    alias: OnceCell<Option<String>>,
    /// Where other stacks' files are.
    folder: Folder,
}

/// What is to be planned, and whether somebody will read the plan.
#[derive(Clone, Copy)]
struct Ask<'a> {
    options: &'a Options,
    destroy: bool,
    is_shown: bool,
}

/// A stack with what reads where it goes.
pub struct Connected {
    /// The stack.
    pub loaded: Loaded,
    /// Read-only access in its scope.
    pub read: ReadCx,
    clients: Clients,
    /// What its plans should tell of what has moved.
    moved: Vec<Note>,
    /// Whether a plan has told the calls so far.
    is_told: AtomicBool,
    /// Whether the files say nothing of the account: what hangs on it was not looked at yet.
    was_late: bool,
}

impl Connected {
    /// What answers where it goes.
    pub fn kind(&self) -> EndpointKind {
        self.clients.kind
    }
}

impl Session {
    /// Finds out whose credentials these are: the first call of all.
    ///
    /// # Errors
    /// No credentials, or those of an account that an environment does not name.
    pub async fn open(global: &Global, stacks: Stacks) -> Result<Self, Error> {
        Self::open_at(global, stacks, |pace| pace).await
    }

    /// The same for who works all day beside others, and takes a part of the quotas alone.
    ///
    /// # Errors
    /// See [`Session::open`].
    pub async fn open_modestly(global: &Global, stacks: Stacks) -> Result<Self, Error> {
        Self::open_at(global, stacks, Pace::modest).await
    }

    async fn open_at(global: &Global, stacks: Stacks, at: fn(Pace) -> Pace) -> Result<Self, Error> {
        let Stacks { loaded, sources, refused_if_new, warnings: _ } = stacks;
        let mut all: Vec<(Loaded, Clients)> = Vec::new();
        for stack in loaded {
            let known = all.iter().find(|(_, known)| known.region == stack.scope.region).map(|(_, known)| known.clone());
            let region = Some(stack.scope.region.clone());
            let options = connection(global, region);
            let clients = match known {
                Some(known) => known,
                None => connect(&options).await?,
            };
            all.push((stack, clients));
        }
        let pace = Arc::new(at(Pace::new(quotas(global, all.iter().map(|(_, clients)| clients.kind))?)));
        let call = Caller::new(Arc::clone(&pace)).with_progress(Arc::new(Waits { quiet: global.quiet })).noted(trace::record());
        let (account, caller) = match all.first() {
            Some((_, first)) => identity(first, &call).await?,
            None => Default::default(),
        };
        for (stack, _) in &all {
            if let Some(wanted) = stack.account.as_ref().filter(|wanted| **wanted != account) {
                let (stack, env) = (stack.scope.stack.clone(), stack.scope.env.clone());
                return Err(Error::WrongAccount { stack, env, wanted: wanted.clone(), found: account });
            }
        }
        let connected = all.into_iter().enumerate().map(|(place, (mut loaded, clients))| {
            let was_late = loaded.scope.account == Account::Late;
            stacks::settle_account(&mut loaded, &account)?;
            // The call that told the account is the first stack's.
            let call = if place == 0 { call.clone() } else { call.apart() };
            let reads = global.reads.unwrap_or(clients.kind.reads());
            let read = ReadCx::new(loaded.scope.clone(), Readers::of(&clients), call, reads == Reads::List);
            Ok(Connected { loaded, read, clients, moved: Vec::new(), is_told: AtomicBool::default(), was_late })
        });
        let mut connected: Vec<Connected> = connected.collect::<Result<_, Error>>()?;
        for stack in &mut connected {
            stack.moved = moved::settle(global, stack).await?;
        }
        let evidence = EvidenceArgs { no_evidence: true, ..EvidenceArgs::default() };
        let (values, locks, alias, folder) = (Mutex::default(), Locks::default(), OnceCell::new(), Folder::of(global));
        let expiring = Expiring::now();
        Ok(Self {
            connected,
            refused_if_new,
            costing: None,
            caller,
            carries: false,
            expiring,
            sources,
            evidence,
            values,
            locks,
            alias,
            folder,
        })
    }

    /// Forgets what was asked so far: stored values, and what belongs to the account.
    pub fn forget(&mut self) {
        self.expiring.at = Expiring::now().at;
        self.values = Mutex::default();
        self.connected.iter_mut().for_each(|stack| stack.read = stack.read.fresh());
    }

    /// The same with plans that are held against what ran.
    pub fn arguing(self, evidence: EvidenceArgs) -> Self {
        Self { evidence, ..self }
    }

    /// Refuses plans that what ran speaks against, where that is asked for.
    ///
    /// # Errors
    /// Something speaks against a change.
    pub fn heed(&self, planned: &[PlannedStack]) -> Result<(), Error> {
        let all = planned.iter().flat_map(|stack| &stack.argued.objections);
        let told =
            all.flat_map(|(id, objections)| objections.iter().map(move |objection| format!("{id}: {}: {objection}", objection.field)));
        let told: Vec<String> = told.filter(|_| self.evidence.strict_evidence).collect();
        if told.is_empty() { Ok(()) } else { Err(Error::Evidence(told)) }
    }

    /// Endpoint of all services, where one is said.
    pub fn endpoint(&self) -> Option<&str> {
        self.connected.first()?.clients.endpoint.as_deref()
    }

    /// The stacks.
    pub fn loaded(&self) -> impl Iterator<Item = &Loaded> + Clone {
        self.connected.iter().map(|connected| &connected.loaded)
    }

    /// Variables whose values are not shown.
    pub fn sensitive(&self) -> BTreeSet<String> {
        self.loaded().flat_map(|stack| stack.sensitive.iter().cloned()).collect()
    }

    /// What writes where a stack goes: for who was told to.
    pub fn write(&self, stack: &Connected) -> WriteCx {
        let Connected { loaded, read, clients, moved: _, is_told: _, was_late: _ } = stack;
        let packager = Arc::new(ZipPackager::new(Arc::clone(&self.sources)));
        let store = loaded.desired.store.clone();
        let (call, locks, empties) = (read.call.clone(), self.locks.clone(), Arc::default());
        WriteCx { scope: loaded.scope.clone(), aws: clients.clone(), call, packager, store, locks, empties, batches: Batches::default() }
    }

    /// The same with plans that are priced.
    pub fn priced(self, costing: Option<Costing>) -> Self {
        Self { costing, ..self }
    }

    /// Tells, once, how old the prices of these plans are.
    pub fn tell_prices(&self, planned: &[PlannedStack], quiet: bool) {
        if let Some(costing) = &self.costing {
            costing.tell_age(planned, quiet);
        }
    }

    /// Plans every stack, all at once.
    ///
    /// # Errors
    /// Sources cannot be read, a call failed, or something is in the way.
    pub async fn plan(&self, options: &Options, destroy: bool) -> Result<Vec<PlannedStack>, Error> {
        self.plan_as(Ask { options, destroy, is_shown: true }).await
    }

    async fn plan_as(&self, ask: Ask<'_>) -> Result<Vec<PlannedStack>, Error> {
        let planned: Vec<PlannedStack> = self.plan_each_as(ask).await.into_iter().collect::<Result<_, _>>()?;
        // What is ejected is a word of its own on the command line, which tells in its own words what it does not find.
        if !ask.options.ejects {
            targets::check(ask.options, &planned, ask.destroy)?;
        }
        Ok(planned)
    }

    /// Each stack, in the order of [`Session::loaded`]: one that cannot be planned says why, and the others are.
    async fn plan_each_as(&self, ask: Ask<'_>) -> Vec<Result<PlannedStack, Error>> {
        let (mut planned, alias) = tokio::join!(self.plan_each(ask), self.alias());
        planned.iter_mut().flatten().for_each(|stack| stack.alias = alias.clone());
        planned
    }

    /// What the stacks of a region read together.
    fn shared(&self) -> BTreeMap<&str, Shared> {
        let mut regions: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for stack in self.loaded() {
            regions.entry(&stack.scope.region).or_default().push((stack.scope.stack.as_str(), &stack.desired.nodes));
        }
        regions.into_iter().map(|(region, stacks)| (region, Shared::of(stacks.into_iter()))).collect()
    }

    async fn plan_each(&self, ask: Ask<'_>) -> Vec<Result<PlannedStack, Error>> {
        let shared = self.shared();
        let planned = self.connected.iter().map(|stack| {
            let shared = shared.get(stack.loaded.scope.region.as_str()).cloned().unwrap_or_default();
            async move { self.plan_one(stack, &shared, ask).await }
        });
        join_all(planned).await
    }

    /// The account's alias, asked for once.
    pub async fn alias(&self) -> Option<String> {
        let read = &self.connected.first()?.read;
        self.alias.get_or_init(|| async { account::alias(&read.call, &read.aws).await }).await.clone()
    }

    async fn plan_one(&self, stack: &Connected, shared: &Shared, ask: Ask<'_>) -> Result<PlannedStack, Error> {
        let start = Instant::now();
        // What told the account is of the first plan.
        let before = if stack.is_told.swap(true, Ordering::Relaxed) { stack.read.call.spent() } else { Spent::default() };
        match self.plan_once(stack, before, shared, ask, start).await {
            // Somebody may be making it this very moment: marks are searched and tags are read a little
            // later than what they are on.
            Err(Error::Conflicts(conflicts)) if conflicts.iter().any(|conflict| conflict.obstacle == Obstacle::Unmarked) => {
                let what = conflicts.first().map(|conflict| conflict.name.clone()).unwrap_or_default();
                let why = "it carries no mark; reading again".to_owned();
                let wait = Wait { why, what, so_far: Duration::ZERO, bound: Some(MARKED_WITHIN), is_retry: false };
                stack.read.call.pause(MARKED_WITHIN, &wait).await;
                self.plan_once(stack, before, &shared.anew(), ask, start).await
            }
            planned => planned,
        }
    }

    async fn plan_once(
        &self,
        stack: &Connected,
        before: Spent,
        shared: &Shared,
        ask: Ask<'_>,
        start: Instant,
    ) -> Result<PlannedStack, Error> {
        let Ask { options, destroy, is_shown } = ask;
        if !destroy {
            settled::check(stack)?;
        }
        let mut loaded = stack.loaded.clone();
        // A plan after another one sees what has changed since.
        let look = if options.deep {
            Look::All
        } else if destroy {
            Look::Marked
        } else {
            Look::Wanted
        };
        let read = stack.read.wanting(loaded.desired.nodes.values(), look).sharing(shared);
        let beside = Beside {
            read: &read,
            kind: stack.clients.kind,
            costing: self.costing.as_ref().filter(|_| is_shown),
            is_argued: !destroy && is_shown && !self.evidence.no_evidence,
            carries: Some(self).filter(|session| session.carries && !destroy && is_shown),
        };
        let reading = async {
            if destroy {
                return Ok::<Reading, Error>(live::read(&read, &loaded.desired.nodes, options.targets.is_empty()).await?);
            }
            let reading = async { Ok(live::read(&read, &loaded.desired.nodes, false).await?) };
            let values = async { self.values.lock().await.read(&read, &loaded, options).await };
            let (reading, ()) = try_join(reading, values).await?;
            self.values.lock().await.give(&mut loaded, options)?;
            Ok(reading)
        };
        // Nothing of a read hangs on what the sources are.
        let digests = async { if destroy { Ok(Vec::new()) } else { digests::of(&stack.loaded.desired, &self.sources).await } };
        let (reading, early, digests) = tokio::join!(reading, beside.early(&stack.loaded.desired), digests);
        digests::record(&mut loaded.desired, digests?);
        let Reading { mut live, neighbours, mut passed_over, held, unclaimed } = reading?;
        let left = self.folder.leave_out(&mut live, &loaded)?;
        if !destroy {
            unrecorded::build(&read, stack.clients.kind, &mut loaded.desired, &live, (&self.sources, options.adopt)).await?;
            over::leave_out(&mut loaded.desired, &live, jiff::Timestamp::now())?;
        }
        let expired = if destroy { None } else { expiry::settle(&mut loaded, &live, self.expiring) };
        let nothing = Desired::default();
        let desired = if destroy { &nothing } else { &loaded.desired };
        let rules = |kind: &str| kinds::driver(kind).map(|driver| driver as &dyn Rules);
        let context = Context { scope: &loaded.scope, rules: &rules, options, files: &loaded.desired };
        let planned = plan(&context, desired, &live)?;
        report::hide(&planned.learned);
        // What goes is not looked at any closer, and of what is not asked for nothing is told.
        let is_asked = |kind: &str, name: &str| planned.plan.steps.iter().any(|step| step.id.kind == kind && step.name == name);
        passed_over.retain(|kind, name| !destroy && (options.targets.is_empty() || is_asked(kind, name)));
        // Both are asked about what the plan says, and none waits for the other.
        let beside = beside.of(early, &planned, &live, &loaded.desired);
        let (stakes, (argued, cost)) = tokio::join!(live::stakes(&read, &planned, &held), beside);
        let stakes = stakes?;
        let details = self.costing.as_ref().is_some_and(|costing| costing.details);
        let strays = |kind: &str| kinds::driver(kind)?.strays();
        let mut notes = notes(&planned, &neighbours, |step| loaded.could_have_named(&step.name, kinds::own_name(step)), strays);
        let key_of = |kind: &str, name: &str| loaded.naming.key_of(kinds::driver(kind)?.section(), name);
        let rekeyed = rekeyed(&planned, key_of);
        // It says better why nothing would be kept, where it says it of all.
        notes.retain(|note| !matches!(note, Note::AllAnew { created, .. } if *created == rekeyed.len()));
        notes.extend(rekeyed);
        if destroy {
            notes.extend(targets::not_there(options, &loaded.desired, &live, &planned.plan));
            notes.extend(targets::not_ours(options, &loaded.scope, &loaded.desired, &live));
        }
        notes.extend(marks::unclaimed(&loaded, unclaimed).into_iter().chain(expired));
        notes.extend(left);
        if !destroy && is_shown {
            notes.extend(notified::displaced(&loaded, &planned, &read).await);
        }
        notes.extend(stack.moved.iter().filter(|_| !destroy).cloned());
        let spent = Spent { elapsed: start.elapsed(), ..read.call.spent() }.since(before);
        let words = OnceLock::new();
        Ok(PlannedStack { loaded, planned, words, alias: None, notes, stakes, argued, cost, details, read, passed_over, spent })
    }
}
