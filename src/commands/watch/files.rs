//! The files of a watcher: loaded once, and again where one has changed. What is invalid is not worked with,
//! and neither is what stood there before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::Global;
use crate::commands::session::Session;
use crate::commands::stacks;
use crate::error::Error;
use crate::report;
use crate::stack::find;

/// When a file was written, and how long it is; none where it cannot be seen.
type Stamp = Option<(SystemTime, u64)>;

/// Files with the session that they were opened with.
#[derive(Default)]
pub struct Files {
    stamps: BTreeMap<PathBuf, Stamp>,
    session: Option<Session>,
    /// Calls of the session that were told, and those of them that were throttled.
    told: (u64, u64),
}

impl Files {
    /// Looks at the files, and opens them where they changed or `anew`. Returns whether it did.
    ///
    /// # Errors
    /// They are wrong, or AWS does not say who we are.
    pub async fn look(&mut self, global: &Global, anew: bool) -> Result<bool, Error> {
        if self.session.is_some() && !anew && stamps(global, self.stamps.keys()) == self.stamps {
            return Ok(false);
        }
        // Whatever goes wrong from here on, the next look comes here again. The session that was open is kept
        // to tell others that something is wrong.
        self.expire();
        let before = stamps(global, std::iter::empty());
        let stacks = stacks::checked_for_plan(global, None)?;
        let documents: Vec<PathBuf> =
            stacks.loaded.iter().flat_map(|stack| stack.documents.values()).map(|document| document.source.path.clone()).collect();
        report::diagnostics::counted(&stacks.warnings, global.env.as_deref(), global.quiet);
        let session = Session::open_modestly(global, stacks).await?;
        // A file that changed while it was read is read again.
        self.stamps = before.into_iter().chain(documents.into_iter().map(|path| (path.clone(), stamp(&path)))).collect();
        self.session = Some(session);
        self.told = (0, 0);
        Ok(true)
    }

    /// The session that was opened last.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The same to change it.
    pub fn session_mut(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// Opens all anew at the next look: credentials may be others by then.
    pub fn expire(&mut self) {
        self.stamps.clear();
    }

    /// Calls since this was last asked, and those of them that were throttled.
    pub fn spent(&mut self) -> (u64, u64) {
        let spent = self.session.as_ref().map_or((0, 0), |session| {
            let spent = session.connected.iter().map(|connected| connected.read.call.spent());
            spent.fold((0, 0), |(calls, throttled), spent| (calls + spent.calls, throttled + spent.throttled))
        });
        let (calls, throttled) = std::mem::replace(&mut self.told, spent);
        (spent.0.saturating_sub(calls), spent.1.saturating_sub(throttled))
    }
}

/// Folder of the stack files.
pub fn folder(global: &Global) -> Option<PathBuf> {
    let first = find::stack_files(global.dir.as_deref()).ok()?.into_iter().next()?;
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.to_owned())
}

/// The stamps of the stack files that are there now, and of these.
fn stamps<'a>(global: &Global, more: impl Iterator<Item = &'a PathBuf>) -> BTreeMap<PathBuf, Stamp> {
    let files = find::stack_files(global.dir.as_deref()).unwrap_or_default();
    files.into_iter().chain(more.cloned()).map(|path| (path.clone(), stamp(&path))).collect()
}

fn stamp(path: &Path) -> Stamp {
    let data = std::fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}
