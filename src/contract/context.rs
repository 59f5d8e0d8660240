//! What reads and writes have at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::look::{Look, PassedOver};
use super::memo::Memo;
use super::{Batches, KindError, Locks, Unpackaged};
use crate::aws::{AwsError, Caller, Clients, Op, Readers};
use crate::model::desired::Store;
use crate::model::plan::NotNormal;
use crate::model::stake::Listed;
use crate::model::{Artifact, Cause, Node, ResourceId, Scope, Wait};

/// Builds the zip of an artifact; apply gives it to the kinds, which know no file system.
pub trait Packager: Send + Sync {
    /// The zip's bytes and its SHA-256 in base64, as AWS reports it.
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, Unpackaged>>;
    /// Begins with what will be asked for.
    fn ahead(&self, _artifacts: Vec<Artifact>) {}
}

/// A built zip.
#[derive(Debug, Clone)]
pub struct Package {
    /// The archive.
    pub zip: Vec<u8>,
    /// Base64 SHA-256 of the archive.
    pub code_sha256: String,
    /// The room in memory that it takes, given back once nobody holds the archive any more.
    pub room: Option<Room>,
}

/// Specs of nodes by kind and physical name.
type Wanted = BTreeMap<String, BTreeMap<String, Value>>;

/// Room for an archive among those that are held at a time.
pub type Room = Arc<OwnedSemaphorePermit>;

/// What a read has at hand: nothing that writes.
#[derive(Clone)]
pub struct ReadCx {
    /// Where.
    pub scope: Scope,
    /// Read-only clients.
    pub aws: Readers,
    /// How calls go out.
    pub call: Caller,
    /// Whether orphans are looked for by listing everything: the tagging API of a local AWS knows
    /// few services, so there it cannot be relied on.
    pub lists_everything: bool,
    /// Which parts of a resource are read that have calls of their own.
    pub look: Look,
    /// Whether everybody's marks are looked for, not one stack's: what is found is listed, and no more.
    pub surveys: bool,
    /// Whether the tags that the search for marks tells may stand for a read of their own.
    pub(super) believes_search: bool,
    wanted: Arc<Wanted>,
    passed_over: Arc<Mutex<PassedOver>>,
    memo: Arc<Memo>,
    pub(super) shared: Shared,
}

/// Answers about the whole of a region, which the stacks that are planned at once share.
#[derive(Clone, Default)]
pub struct Shared {
    memo: Arc<Memo>,
    /// The stacks.
    pub(super) stacks: Arc<BTreeSet<String>>,
    /// What all of them name, by kind.
    names: Arc<BTreeMap<String, BTreeSet<String>>>,
}

impl Shared {
    /// Nothing asked yet, for these stacks of one region.
    pub fn of<'a>(stacks: impl Iterator<Item = (&'a str, &'a BTreeMap<ResourceId, Node>)>) -> Self {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for (stack, nodes) in stacks {
            told.insert(stack.to_owned());
            for node in nodes.values() {
                names.entry(node.id.kind.clone()).or_default().insert(node.name.clone());
            }
        }
        Self { memo: Arc::default(), stacks: Arc::new(told), names: Arc::new(names) }
    }

    /// The same with nothing asked.
    pub fn anew(&self) -> Self {
        Self { memo: Arc::default(), ..self.clone() }
    }
}

impl ReadCx {
    /// A context for one stack, whose reads look at everything.
    pub fn new(scope: Scope, aws: Readers, call: Caller, lists_everything: bool) -> Self {
        let (look, wanted, passed_over, memo) = (Look::All, Arc::default(), Arc::default(), Arc::default());
        let shared = Shared::of([(scope.stack.as_str(), &BTreeMap::new())].into_iter());
        let (surveys, believes_search) = (false, false);
        Self { scope, aws, call, lists_everything, look, surveys, believes_search, wanted, passed_over, memo, shared }
    }

    /// The same for a survey of all that carries any mark. Who looks at another time asks anew.
    pub fn surveying(&self) -> Self {
        Self { surveys: true, ..self.fresh() }
    }

    /// The same with answers that other stacks share.
    pub fn sharing(&self, shared: &Shared) -> Self {
        Self { shared: shared.clone(), ..self.clone() }
    }

    /// The same for what these nodes want.
    pub fn wanting<'a>(&self, nodes: impl IntoIterator<Item = &'a Node>, look: Look) -> Self {
        let mut wanted = Wanted::new();
        for node in nodes {
            wanted.entry(node.id.kind.clone()).or_default().insert(node.name.clone(), node.spec.clone());
        }
        Self { look, wanted: Arc::new(wanted), passed_over: Arc::default(), ..self.fresh() }
    }

    /// The same for the reads of a plan, which believe the search for marks where it tells what is wanted.
    pub fn believing(&self) -> Self {
        Self { believes_search: !self.lists_everything, ..self.clone() }
    }

    /// The wanted spec of a resource by its physical name.
    pub fn wanted(&self, kind: &str, name: &str) -> Option<&Value> {
        self.wanted.get(kind)?.get(name)
    }

    /// What is asked for with these names of a kind: with the first question all that the stacks that are
    /// planned at once name.
    pub fn together(&self, kind: &str, names: &[String]) -> Vec<String> {
        match self.shared.names.get(kind) {
            Some(all) if names.iter().all(|name| all.contains(name)) => all.iter().cloned().collect(),
            _ => names.to_vec(),
        }
    }

    /// Whether other stacks of the region are planned at the same time.
    pub fn is_beside_others(&self) -> bool {
        self.shared.stacks.len() > 1
    }

    /// Notes that a part of a resource was not looked at, and which call would have read it.
    pub fn pass_over(&self, of: (&'static str, &str), part: &'static str, op: &'static Op) {
        // A tally is whole, whatever happened to who held it.
        let mut passed_over = self.passed_over.lock().unwrap_or_else(PoisonError::into_inner);
        passed_over.add(of, part, op);
    }

    /// What was not looked at so far.
    pub fn passed_over(&self) -> PassedOver {
        self.passed_over.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ReadCx {
    /// The answer that several reads of a run share, asked for once. It is known by its type.
    ///
    /// # Errors
    /// The call failed; the next one asks again.
    pub async fn once<T, F>(&self, ask: impl FnOnce() -> F + Send) -> Result<Arc<T>, AwsError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, AwsError>> + Send,
    {
        self.memo.get_or_ask("", ask).await
    }

    /// The same of one of many: known by its type and this word.
    ///
    /// # Errors
    /// The call failed; the next one asks again.
    pub async fn once_of<T, F>(&self, word: &str, ask: impl FnOnce() -> F + Send) -> Result<Arc<T>, AwsError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, AwsError>> + Send,
    {
        self.memo.get_or_ask(word, ask).await
    }

    /// What is listed of a whole region, the same for all stacks that are planned at once.
    ///
    /// # Errors
    /// The call failed; the next one asks again.
    pub async fn once_for_all<T, F>(&self, word: &str, ask: impl FnOnce() -> F + Send) -> Result<Arc<T>, AwsError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, AwsError>> + Send,
    {
        self.shared.memo.get_or_ask(word, ask).await
    }

    /// The same through another caller, without the answers that the reads of one run share.
    pub fn through(&self, call: Caller) -> Self {
        Self { call, ..self.fresh() }
    }

    /// The same without the answers that the reads of one run share.
    pub fn fresh(&self) -> Self {
        let shared = Shared::of([(self.scope.stack.as_str(), &BTreeMap::new())].into_iter());
        Self { memo: Arc::default(), shared, believes_search: false, passed_over: Arc::default(), ..self.clone() }
    }
}

/// What a write has at hand.
#[derive(Clone)]
pub struct WriteCx {
    /// Where.
    pub scope: Scope,
    /// Clients.
    pub aws: Clients,
    /// How calls go out; reports pauses of the step that writes.
    pub call: Caller,
    /// Makes zips.
    pub packager: Arc<dyn Packager>,
    /// Where zips lie on their way that no call carries.
    pub store: Option<Store>,
    /// What is emptied before it is deleted, by its physical name: somebody was told that it holds this, and agreed.
    /// What came later stays.
    pub empties: Arc<BTreeMap<String, Listed>>,
    /// What one step of the run writes at a time.
    pub locks: Locks,
    /// What several steps write with one call.
    pub batches: Batches,
}

impl WriteCx {
    /// Pauses, and tells what for.
    ///
    /// # Errors
    /// The run is to stop.
    pub async fn wait(&self, pause: Duration, wait: &Wait) -> Result<(), KindError> {
        match self.call.pause(pause, wait).await {
            Some(why) => Err(KindError::Stopped { why, wait: wait.to_string() }),
            None => Ok(()),
        }
    }

    /// The zip of a node's artifact.
    ///
    /// # Errors
    /// The sources cannot be packaged, or the node has none.
    pub async fn package(&self, node: &Node) -> Result<Package, KindError> {
        let artifact = node
            .artifact
            .as_ref()
            .ok_or_else(|| NotNormal { kind: "resource with code", reason: format!("{} has no sources to package", node.id) })?;
        let since = Instant::now();
        self.call.begin();
        let package = self.packager.build(artifact).await;
        self.call.waited(since, Cause::Packaging);
        Ok(package?)
    }
}
