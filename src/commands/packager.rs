//! Makes zips for the kinds, off the threads that wait for AWS.

use std::path::PathBuf;

use futures_util::future::BoxFuture;

use crate::contract::{Package, Packager, Unpackaged};
use crate::model::Artifact;
use crate::package::{self, PackageError};

/// A packager over the file system.
pub struct ZipPackager {
    /// What installers made is kept here.
    pub cache: PathBuf,
}

impl Packager for ZipPackager {
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, Unpackaged>> {
        let (artifact, cache) = (artifact.clone(), self.cache.clone());
        Box::pin(async move {
            let built = tokio::task::spawn_blocking(move || package::build(&artifact, &cache)).await;
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
