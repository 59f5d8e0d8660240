//! Makes zips for the kinds, off the threads that wait for AWS.

use std::path::PathBuf;

use futures_util::future::BoxFuture;

use crate::kinds::{Package, Packager};
use crate::model::Artifact;
use crate::package;

/// A packager over the file system.
pub struct Workshop {
    /// What installers made is kept here.
    pub cache: PathBuf,
}

impl Packager for Workshop {
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, String>> {
        let (artifact, cache) = (artifact.clone(), self.cache.clone());
        Box::pin(async move {
            let built = tokio::task::spawn_blocking(move || package::build(&artifact, &cache)).await;
            let zip = built.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
            Ok(Package { code_sha256: package::code_sha256(&zip), zip })
        })
    }
}
