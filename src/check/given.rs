//! What rules see of sources: the files of a folder, and what installers would be given, read once for
//! all rules.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use crate::contract::View;
use crate::model::Artifact;
use crate::package::{self, Installs, Memory, PackageError, Sources, Walk};

type OfResource = (String, package::Given);

/// Read when the first rule asks.
pub(super) struct Given {
    sources: Arc<Sources>,
    installs: OnceCell<Vec<OfResource>>,
}

impl Given {
    /// Of a run's sources.
    pub fn of(sources: &Arc<Sources>) -> Self {
        Self { sources: Arc::clone(sources), installs: OnceCell::new() }
    }
}

/// Sources of a check that nobody else looks at.
pub(super) fn unshared() -> Arc<Sources> {
    Arc::new(Sources::new(Path::new(""), Memory::Unused))
}

/// The files of an artifact's folder.
///
/// # Errors
/// See [`Sources::walk`].
pub(super) fn walk(cx: &View<'_>, artifact: &Artifact) -> Result<Arc<Walk>, PackageError> {
    cx.sources::<Given>().map_or_else(unshared, |given| Arc::clone(&given.sources)).walk(artifact)
}

/// Addresses of layers and functions with what their installers would be given. What cannot be read is
/// told where it is digested.
pub(super) fn given<'a>(cx: &View<'a>) -> &'a [OfResource] {
    let Some(Given { installs: given, .. }) = cx.sources() else { return &[] };
    given.get_or_init(|| {
        let nodes = cx.loaded.desired.nodes.values();
        let installs = nodes.filter_map(|node| Some((node.id.to_string(), Installs::of(node.artifact.as_ref()?)?)));
        installs.filter_map(|(address, installs)| Some((address, package::Given::of(&installs).ok()?))).collect()
    })
}
