//! Files that change while nobody looks: told by the system, where it does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::EventKind;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::report;
use crate::source::Loaded;

/// So long nothing more may come before it is looked.
const QUIET: Duration = Duration::from_millis(500);
/// However much comes, it is looked after this time.
const LONGEST: Duration = Duration::from_secs(5);
/// What tells of another commit, in a folder of git.
const COMMIT: [&str; 4] = ["HEAD", "ORIG_HEAD", "FETCH_HEAD", "packed-refs"];

/// Watches the files of stacks, their sources, and the commit.
pub struct Changes {
    told: UnboundedReceiver<()>,
    tell: UnboundedSender<()>,
    watcher: Option<RecommendedWatcher>,
}

impl Changes {
    /// Watches nothing yet.
    pub fn new() -> Self {
        let (tell, told) = unbounded_channel();
        Self { told, tell, watcher: None }
    }

    /// Watches these from now on. Where the system cannot tell, changes are seen at the next look.
    pub fn watch(&mut self, folder: &Path, stacks: &[&Loaded]) {
        self.watcher = None;
        let tell = self.tell.clone();
        let heard = move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, counts) {
                // Nobody listens any more when the watcher ends.
                let _ = tell.send(());
            }
        };
        let told = notify::recommended_watcher(heard).and_then(|mut watcher| {
            for (path, mode) in places(folder, stacks) {
                watcher.watch(&path, mode)?;
            }
            Ok(watcher)
        });
        match told {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => report::note(&format!("note: the system does not tell of changed files ({error}): they are seen at each look")),
        }
    }

    /// Returns once something has changed and it has become quiet.
    pub async fn next(&mut self) {
        if self.told.recv().await.is_none() {
            return std::future::pending().await;
        }
        let end = Instant::now() + LONGEST;
        while Instant::now() < end {
            if tokio::time::timeout(QUIET, self.told.recv()).await.is_err() {
                return;
            }
        }
    }

    /// Forgets what was told so far: it is about to be looked at.
    pub fn forget(&mut self) {
        while self.told.try_recv().is_ok() {}
    }
}

/// Whether an event may change what is wanted.
fn counts(event: &Event) -> bool {
    !matches!(event.kind, EventKind::Access(_)) && (event.paths.is_empty() || event.paths.iter().any(|path| is_meant(path)))
}

fn is_meant(path: &Path) -> bool {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str()).collect();
    if parts.iter().any(|part| *part == ".etlctl") {
        return false;
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    !parts.iter().any(|part| *part == ".git") || COMMIT.contains(&name)
}

/// Folders of files, documents and sources, each once, and the folder of git.
fn places(folder: &Path, stacks: &[&Loaded]) -> Vec<(PathBuf, RecursiveMode)> {
    let artifacts = stacks.iter().flat_map(|stack| stack.desired.nodes.values()).filter_map(|node| node.artifact.as_ref());
    let documents = stacks.iter().flat_map(|stack| stack.documents.values()).filter_map(|document| document.source.path.parent());
    let all = artifacts.map(|artifact| artifact.source.as_path()).chain(documents).chain([folder]);
    let mut folders: Vec<PathBuf> = all.filter_map(|path| path.canonicalize().ok()).collect();
    folders.sort();
    // What lies in one that is watched is watched.
    folders.dedup_by(|path, before| path.starts_with(&*before));
    let mut places: Vec<_> = folders.into_iter().map(|path| (path, RecursiveMode::Recursive)).collect();
    let git = folder.canonicalize().ok().and_then(|folder| folder.ancestors().map(|above| above.join(".git")).find(|git| git.exists()));
    places.extend(git.and_then(|git| folder_of(&git)).map(|git| (git, RecursiveMode::NonRecursive)));
    let logs = places.last().map(|(git, _)| git.join("logs")).filter(|logs| logs.is_dir());
    places.extend(logs.map(|logs| (logs, RecursiveMode::NonRecursive)));
    places
}

/// The folder itself; of a worktree the one that its file names.
fn folder_of(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git.to_owned());
    }
    let text = std::fs::read_to_string(git).ok()?;
    let named = git.parent()?.join(text.strip_prefix("gitdir:")?.trim());
    named.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_program_writes_and_what_git_does_inside_is_no_change() {
        for path in ["/p/desired-state/jobs.yaml", "/p/handlers/load/index.js", "/p/.git/HEAD", "/p/.git/logs/HEAD"] {
            assert!(is_meant(Path::new(path)), "{path}");
        }
        for path in ["/p/.etlctl/digests/x", "/p/.git/index.lock", "/p/.git/objects/ab/cd", "/p/.git/index"] {
            assert!(!is_meant(Path::new(path)), "{path}");
        }
    }
}
