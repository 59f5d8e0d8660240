//! The files of a watcher: loaded once, and again where one has changed. What is invalid is not worked with,
//! and neither is what stood there before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::Global;
use crate::commands::session::Session;
use crate::commands::stacks;
use crate::contract::read_document;
use crate::error::Error;
use crate::report;
use crate::source::diagnostic::Source;
use crate::stack::find;

/// When a file was written, and how long it is; none where it cannot be seen.
type Stamp = Option<(SystemTime, u64)>;

/// The stamp of no file.
const ANOTHER: Stamp = Some((SystemTime::UNIX_EPOCH, u64::MAX));

/// Files with the session that they were opened with.
#[derive(Default)]
pub struct Files {
    stamps: BTreeMap<PathBuf, Stamp>,
    session: Option<Session>,
    /// Calls of the session that were told, and those of them that were throttled.
    told: (u64, u64),
}

impl Files {
    /// Looks at the files, and opens them where they changed or `anew`. Returns the session, and whether it is new.
    ///
    /// # Errors
    /// They are wrong, or AWS does not say who we are.
    pub async fn look(&mut self, global: &Global, anew: bool) -> Result<(&mut Session, bool), Error> {
        // Without any nothing is known: the files were gone, and may still be.
        let is_known = !anew && !self.stamps.is_empty() && stamps(global, self.stamps.keys()) == self.stamps;
        if let Some(session) = self.session.take_if(|_| is_known) {
            return Ok((self.session.insert(session), false));
        }
        // Whatever goes wrong from here on, the next look comes here again. The session that was open is kept
        // to tell others that something is wrong.
        self.expire();
        // A file that changes while it is read is read again.
        let files = stamps(global, std::iter::empty());
        let stacks = stacks::checked_for_plan(global, None)?;
        let documents = stacks.loaded.iter().flat_map(|stack| stack.documents.values());
        let documents = documents.map(|document| (document.source.path.clone(), stamp_of_read(&document.source)));
        let known: BTreeMap<PathBuf, Stamp> = files.into_iter().chain(documents).collect();
        report::diagnostics::counted(&stacks.warnings, global.env.as_deref(), global.quiet);
        let session = Session::open_modestly(global, stacks).await?;
        self.stamps = known;
        self.told = (0, 0);
        Ok((self.session.insert(session), true))
    }

    /// The session that was opened last.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
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

/// The stamp of a document that was read before anybody knew its name: one that no file has, where it says
/// something else by now.
fn stamp_of_read(read: &Source) -> Stamp {
    let stamp = stamp(&read.path);
    let is_same = read_document(&read.path).is_ok_and(|text| text == read.text);
    if is_same { stamp } else { ANOTHER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_changed_while_it_was_read_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flow.json");
        std::fs::write(&path, "{\t}").unwrap();
        let read = Source::new(&path, read_document(&path).unwrap());
        assert!(stamp(&path).is_some() && stamp_of_read(&read) == stamp(&path));
        std::fs::write(&path, "{\t\"StartAt\": \"b\"}").unwrap();
        assert_ne!(stamp_of_read(&read), stamp(&path));
        std::fs::remove_file(&path).unwrap();
        assert_ne!(stamp_of_read(&read), stamp(&path), "it was there, and is gone");
    }
}
