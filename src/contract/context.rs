//! What reads and writes have at hand.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::memo::Memo;
use super::{KindError, Locks, Unpackaged};
use crate::aws::{AwsError, Caller, Clients, Readers};
use crate::model::desired::Store;
use crate::model::plan::NotNormal;
use crate::model::{Artifact, Cause, Node, Scope, Wait};

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
    memo: Arc<Memo>,
}

impl ReadCx {
    /// A context for one stack.
    pub fn new(scope: Scope, aws: Readers, call: Caller, lists_everything: bool) -> Self {
        Self { scope, aws, call, lists_everything, memo: Arc::default() }
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

    /// The same through another caller, without the answers that the reads of one run share.
    pub fn through(&self, call: Caller) -> Self {
        Self { call, ..self.fresh() }
    }

    /// The same without the answers that the reads of one run share.
    pub fn fresh(&self) -> Self {
        Self::new(self.scope.clone(), self.aws.clone(), self.call.clone(), self.lists_everything)
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
    /// Physical names of what is emptied before it is deleted: somebody was told what it holds, and agreed.
    pub empties: Arc<BTreeSet<String>>,
    /// What one step of the run writes at a time.
    pub locks: Locks,
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
