//! Makes zips for the kinds, off the threads that wait for AWS: as many at a time as there are cores, and
//! those that an apply will need from its begin on, beside the steps that come before them.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::contract::{Package, Packager, Unpackaged};
use crate::model::plan::Planned;
use crate::model::{Action, Artifact, ResourceId, Step};
use crate::package::{self, PackageError, Sources};

/// Bytes of zips that are made ahead of their steps; of those that steps hold as much again.
const AT_HAND: usize = 128 * 1024 * 1024;

static CORES: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))));

/// A packager over the file system.
pub struct ZipPackager {
    /// The run's.
    sources: Arc<Sources>,
    /// Bytes of zips that steps hold.
    room: Arc<Semaphore>,
    ahead: Arc<Ahead>,
    making: Mutex<JoinSet<()>>,
}

/// A zip that is made ahead: locked while it is made.
type Made = Arc<tokio::sync::Mutex<Option<Result<Package, Unpackaged>>>>;

/// Zips that no step has asked for yet.
#[derive(Default)]
struct Ahead {
    made: Mutex<HashMap<String, Made>>,
    bytes: AtomicUsize,
    taken: Notify,
}

impl ZipPackager {
    /// A packager of these sources.
    pub fn new(sources: Arc<Sources>) -> Self {
        Self { sources, room: Arc::new(Semaphore::new(AT_HAND)), ahead: Arc::default(), making: Mutex::default() }
    }
}

impl Packager for ZipPackager {
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, Unpackaged>> {
        Box::pin(async move {
            let made = self.ahead.take(artifact).await;
            // Who holds a core waits for room, so that few zips wait for it in memory. Who has room waits
            // for no other zip.
            let core = if made.is_none() { Arc::clone(&CORES).acquire_owned().await.ok() } else { None };
            let package = match made {
                Some(made) => made?,
                None => make(artifact.clone(), Arc::clone(&self.sources)).await?,
            };
            let bytes = u32::try_from(package.zip.len().min(AT_HAND)).unwrap_or(u32::MAX);
            let room = Arc::clone(&self.room).acquire_many_owned(bytes).await.ok().map(Arc::new);
            drop(core);
            Ok(Package { room, ..package })
        })
    }

    fn ahead(&self, artifacts: Vec<Artifact>) {
        let (ahead, sources) = (Arc::clone(&self.ahead), Arc::clone(&self.sources));
        for artifact in &artifacts {
            ahead.lock().insert(key(artifact), Made::default());
        }
        let making = async move {
            let mut builds = JoinSet::new();
            for artifact in artifacts {
                ahead.has_room().await;
                let Ok(core) = Arc::clone(&CORES).acquire_owned().await else { return };
                let (ahead, sources) = (Arc::clone(&ahead), Arc::clone(&sources));
                builds.spawn(async move {
                    ahead.make(artifact, sources).await;
                    drop(core);
                });
            }
            builds.join_all().await;
        };
        self.making.lock().unwrap_or_else(PoisonError::into_inner).spawn(making);
    }
}

impl Ahead {
    /// A zip that is made, or is being made.
    async fn take(&self, artifact: &Artifact) -> Option<Result<Package, Unpackaged>> {
        let made = self.lock().remove(&key(artifact))?;
        let made = made.lock().await.take()?;
        if let Ok(package) = &made {
            self.bytes.fetch_sub(package.zip.len(), Ordering::Relaxed);
            self.taken.notify_one();
        }
        Some(made)
    }

    /// Makes a zip, unless a step that needs it does so itself.
    async fn make(&self, artifact: Artifact, sources: Arc<Sources>) {
        let Some(made) = self.lock().get(&key(&artifact)).cloned() else { return };
        let mut made = made.lock().await;
        // Functions may share their sources: they are asked for once ahead.
        if made.is_some() || !self.lock().contains_key(&key(&artifact)) {
            return;
        }
        let package = make(artifact, sources).await;
        if let Ok(package) = &package {
            self.bytes.fetch_add(package.zip.len(), Ordering::Relaxed);
        }
        *made = Some(package);
    }

    async fn has_room(&self) {
        while self.bytes.load(Ordering::Relaxed) >= AT_HAND {
            self.taken.notified().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Made>> {
        // A map of zips is whole, whatever happened to who held it.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a zip is made of: artifacts of one key have one zip.
fn key(artifact: &Artifact) -> String {
    format!("{} {} {:?}", artifact.digest, artifact.source.display(), artifact.form)
}

async fn make(artifact: Artifact, sources: Arc<Sources>) -> Result<Package, Unpackaged> {
    let built = tokio::task::spawn_blocking(move || sources.build(&artifact)).await;
    let broken = |message: String| Unpackaged::Failed { message, hint: "run the command again".to_owned() };
    let zip = built.map_err(|error| broken(error.to_string()))?.map_err(|error| unpackaged(&error))?;
    Ok(Package { code_sha256: package::code_sha256(&zip), zip, room: None })
}

fn unpackaged(error: &PackageError) -> Unpackaged {
    match error {
        PackageError::Interrupted => Unpackaged::Interrupted,
        other => Unpackaged::Failed { message: other.to_string(), hint: other.hint().to_owned() },
    }
}

/// What the steps of a plan will send, first what other steps wait for.
pub fn to_come(planned: &Planned) -> Vec<Artifact> {
    let sends = |step: &Step| match step.action {
        Action::Create | Action::Replace => true,
        Action::Update | Action::Adopt => step.changes.iter().any(|change| change.is_in("code")),
        Action::Delete | Action::Release | Action::Keep => false,
    };
    let needed: BTreeSet<&ResourceId> = planned.plan.steps.iter().flat_map(|step| &step.needs).collect();
    let mut steps: Vec<&Step> = planned.plan.steps.iter().filter(|step| sends(step)).collect();
    steps.sort_by_key(|step| !needed.contains(&step.id));
    steps.iter().filter_map(|step| planned.sides.get(&step.id)?.want.as_ref()?.artifact.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::desired::ArtifactForm;
    use crate::package::Memory;

    fn sources(folder: &std::path::Path, text: &str) -> Artifact {
        std::fs::write(folder.join("index.js"), text).unwrap();
        Artifact {
            source: folder.to_owned(),
            project: folder.to_owned(),
            form: ArtifactForm::Function { build: None },
            digest: text.into(),
            code_sha256: None,
        }
    }

    #[tokio::test]
    async fn a_zip_is_made_ahead_and_given_to_the_step_that_asks_for_it() {
        let (place, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let packager = ZipPackager::new(Arc::new(Sources::new(cache.path(), Memory::Unused)));
        let artifact = sources(place.path(), "ahead");
        packager.ahead(vec![artifact.clone()]);
        while packager.ahead.bytes.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        // It was made of what stood there then.
        let ahead = packager.build(&artifact).await.unwrap();
        assert_eq!((packager.ahead.bytes.load(Ordering::Relaxed), packager.ahead.lock().len()), (0, 0));
        assert_eq!(AT_HAND - packager.room.available_permits(), ahead.zip.len());
        sources(place.path(), "later");
        let later = packager.build(&artifact).await.unwrap();
        assert_ne!(ahead.code_sha256, later.code_sha256);
        drop((ahead, later));
        assert_eq!(packager.room.available_permits(), AT_HAND);
    }

    #[tokio::test]
    async fn a_zip_that_its_step_makes_is_not_made_twice() {
        let (place, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let packager = ZipPackager::new(Arc::new(Sources::new(cache.path(), Memory::Unused)));
        let artifact = sources(place.path(), "once");
        packager.ahead.lock().insert(key(&artifact), Made::default());
        assert!(packager.build(&artifact).await.is_ok());
        packager.ahead.make(artifact, Arc::clone(&packager.sources)).await;
        assert_eq!(packager.ahead.bytes.load(Ordering::Relaxed), 0);
    }
}
