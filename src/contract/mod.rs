//! What a kind is and what it is given: the trait, the view of it without types, what reads and writes
//! have at hand, what a kind says its permissions with. Names no kind.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::aws::{AwsError, Caller, Clients, Op, Readers};
use crate::model::plan::NotNormal;
use crate::model::stake::Holding;
use crate::model::{Artifact, Change, Handle, Node, Reach, Scope, Seen};

mod driver;
mod grants;
mod marks;
mod memo;
mod missing;
mod needs;
mod rule;
pub mod tags;
mod view;

pub use driver::{Driver, Erased};
pub use grants::Grants;
pub use marks::Claim;
use memo::Memo;
pub use missing::{done_if_missing, none_if_missing};
pub use needs::{Needs, Purpose};
pub use rule::{Findings, Rule};
use tags::TagEdit;
pub use view::{Resource, Resources, View};

/// One kind of resource. `Spec` is the normal form of both sides: AWS's defaults filled in, sets
/// sorted, documents parsed.
pub trait Kind: Send + Sync + 'static {
    /// Name in addresses, `function` for one.
    const NAME: &'static str;
    /// Section of the stack file, `functions` for one.
    const SECTION: &'static str;
    /// The operations of AWS that it uses.
    const API: &'static [&'static Op];
    /// Attributes that a reference can name.
    const ATTRIBUTES: &'static [&'static str];
    /// Paths of the spec whose values are documents.
    const DOCUMENTS: &'static [&'static str] = &[];
    /// Fields that are etlctl's own bookkeeping, not shown of what is new.
    const INTERNAL: &'static [&'static str] = &[];
    /// Fields that AWS cannot change in place.
    const IMMUTABLE: &'static [&'static str] = &[];
    /// Kinds that a resource of this kind can refer to.
    const REFERS_TO: &'static [&'static str] = &[];
    /// Whether a resource without any mark is taken over without being asked for.
    const ADOPTS_UNMARKED: bool = false;
    /// How far names of this kind reach.
    const REACH: Reach = Reach::Region;

    /// The normal form.
    type Spec: Serialize + DeserializeOwned + Clone + Send + Sync;

    /// Attributes that follow from scope, name and spec alone.
    fn computed(scope: &Scope, name: &str, spec: &Self::Spec) -> Handle;

    /// Why a resource of this spec has no such attribute, none where it has it.
    fn lacks(_spec: &Self::Spec, _attribute: &str) -> Option<&'static str> {
        None
    }

    /// Paths whose values nobody may see, as a live resource says of itself.
    fn sensitive(_spec: &Self::Spec) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Brings the two sides to the form in which they compare.
    fn align(_want: &mut Self::Spec, _have: &mut Self::Spec, _artifact: Option<&Artifact>) {}

    /// Attributes that these changes will give a new value.
    fn unsettled(_changes: &[Change]) -> &'static [&'static str] {
        &[]
    }

    /// Allows what reading and writing these takes, and what finding marked ones takes where there is
    /// none.
    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Self::Spec)], grants: &mut Grants);

    /// Reads those of `names` that exist, all of them together.
    fn read(cx: &ReadCx, names: &[String]) -> impl Future<Output = Result<Vec<Seen<Self::Spec>>, AwsError>> + Send;

    /// What carries a mark of this stack and environment, whichever instance's.
    fn owned(cx: &ReadCx) -> impl Future<Output = Result<Vec<Claim>, AwsError>> + Send;

    /// Creates the resource with its mark in the create call itself.
    fn create(cx: &WriteCx, node: &Node, want: &Self::Spec) -> impl Future<Output = Result<(), KindError>> + Send;

    /// Makes the writes that `changes` need, and no other. Where `have` is not ours yet, marks it.
    fn update(
        cx: &WriteCx,
        node: &Node,
        have: &Seen<Self::Spec>,
        want: &Self::Spec,
        changes: &[Change],
    ) -> impl Future<Output = Result<(), KindError>> + Send;

    /// Sets and removes tags, and nothing else.
    fn retag(cx: &WriteCx, have: &Seen<Self::Spec>, edit: &TagEdit) -> impl Future<Output = Result<(), KindError>> + Send;

    /// What would be lost with the resource. Asked only of what is about to go.
    fn holds(_cx: &ReadCx, _seen: &Seen<Self::Spec>) -> impl Future<Output = Result<Vec<Holding>, AwsError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Deletes the resource; one that is gone already is deleted.
    fn delete(cx: &WriteCx, have: &Seen<Self::Spec>) -> impl Future<Output = Result<(), KindError>> + Send;
}

/// Why a kind could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KindError {
    /// An AWS call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// What it is to hold, or what is there, is no spec of its kind.
    #[error(transparent)]
    NotNormal(#[from] NotNormal),
    /// A value that the resource is to hold is not known when it is written.
    #[error("`{what}` has no value even now; nothing was written to {name}")]
    Unknown {
        /// The reference, or the stored value.
        what: String,
        /// Physical name of the resource.
        name: String,
    },
    /// The code could not be packaged.
    #[error(transparent)]
    Unpackaged(#[from] Unpackaged),
}

/// Why a packager made no zip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpackaged {
    /// The user stopped it: nothing is wrong.
    #[error("interrupted")]
    Interrupted,
    /// It failed.
    #[error("{message}")]
    Failed {
        /// What went wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl KindError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Aws(error) => error.hint(),
            Self::NotNormal(error) => error.hint(),
            Self::Unknown { .. } | Self::Unpackaged(Unpackaged::Interrupted) => "run the command again".to_owned(),
            Self::Unpackaged(Unpackaged::Failed { hint, .. }) => hint.clone(),
        }
    }

    /// The same with its message passed through `hide`.
    pub(crate) fn without(self, hide: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Aws(error) => Self::Aws(AwsError { message: hide(&error.message), ..error }),
            Self::NotNormal(NotNormal { kind, reason }) => Self::NotNormal(NotNormal { kind, reason: hide(&reason) }),
            Self::Unknown { .. } => self,
            Self::Unpackaged(Unpackaged::Failed { message, hint }) => {
                Self::Unpackaged(Unpackaged::Failed { message: hide(&message), hint })
            }
            Self::Unpackaged(Unpackaged::Interrupted) => self,
        }
    }
}

/// Builds the zip of an artifact; apply gives it to the kinds, which know no file system.
pub trait Packager: Send + Sync {
    /// The zip's bytes and its SHA-256 in base64, as AWS reports it.
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, Unpackaged>>;
}

/// A built zip.
#[derive(Debug, Clone)]
pub struct Package {
    /// The archive.
    pub zip: Vec<u8>,
    /// Base64 SHA-256 of the archive.
    pub code_sha256: String,
}

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
        self.memo.get_or_ask(ask).await
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
}

impl WriteCx {
    /// The zip of a node's artifact.
    ///
    /// # Errors
    /// The sources cannot be packaged, or the node has none.
    pub async fn package(&self, node: &Node) -> Result<Package, KindError> {
        let artifact = node
            .artifact
            .as_ref()
            .ok_or_else(|| NotNormal { kind: "resource with code", reason: format!("{} has no sources to package", node.id) })?;
        Ok(self.packager.build(artifact).await?)
    }
}
