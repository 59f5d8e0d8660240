//! The normal form of a layer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Normal form of a layer: its newest version of ours. Its default is AWS's, but for the number of
/// versions that are kept: AWS itself keeps all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text, without the mark.
    pub description: String,
    /// First digits of the digest of the sources; none where live bytes have none on record.
    pub code: Option<String>,
    /// Runtimes that may use it.
    pub compatible_runtimes: BTreeSet<String>,
    /// Architectures that may use it; none stands for any.
    pub architectures: BTreeSet<String>,
    /// SPDX identifier, address or text.
    pub license: Option<String>,
    /// Versions of ours that are kept; in a live layer, those that there are.
    pub keep_versions: u32,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            description: String::new(),
            code: None,
            compatible_runtimes: BTreeSet::new(),
            architectures: BTreeSet::new(),
            license: None,
            keep_versions: 5,
        }
    }
}

impl Spec {
    /// Whether the other's newest version is what this asks for: nothing has to be published.
    pub(super) fn is_published_as(&self, other: &Self) -> bool {
        // How many versions are kept is no part of one.
        let Self { description, code, compatible_runtimes, architectures, license, keep_versions: _ } = self;
        *description == other.description
            && *code == other.code
            && *compatible_runtimes == other.compatible_runtimes
            && *architectures == other.architectures
            && *license == other.license
    }
}
