//! Makes zips for the kinds, off the threads that wait for AWS.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::contract::{Package, Packager, Unpackaged};
use crate::model::Artifact;
use crate::package::{self, PackageError, Sources};

/// A packager over the file system.
pub struct ZipPackager {
    /// The run's.
    pub sources: Arc<Sources>,
}

impl Packager for ZipPackager {
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, Unpackaged>> {
        let (artifact, sources) = (artifact.clone(), Arc::clone(&self.sources));
        Box::pin(async move {
            let built = tokio::task::spawn_blocking(move || sources.build(&artifact)).await;
            let broken = |message: String| Unpackaged::Failed { message, hint: "run the command again".to_owned() };
            let zip = built.map_err(|error| broken(error.to_string()))?.map_err(|error| unpackaged(&error))?;
            Ok(Package { code_sha256: package::code_sha256(&zip), zip })
        })
    }
}

fn unpackaged(error: &PackageError) -> Unpackaged {
    match error {
        PackageError::Interrupted => Unpackaged::Interrupted,
        other => Unpackaged::Failed { message: other.to_string(), hint: other.hint().to_owned() },
    }
}
