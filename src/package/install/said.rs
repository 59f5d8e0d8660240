//! What an installer says while it runs: its last line, for whoever waits for it. Installers are the
//! process's, and so is this.

use std::fs::File;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often is looked what it has said.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes in which its last line is looked for.
const TAIL: u64 = 512;

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// The last line of an installer that runs now, with the installer's name.
pub fn last() -> Option<String> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Looks at what one installer writes.
pub(super) struct Listening<'a> {
    tool: &'static str,
    files: [(&'a File, u64); 2],
    looked: Instant,
}

impl<'a> Listening<'a> {
    /// To stdout and stderr of one.
    pub fn to(tool: &'static str, files: [&'a File; 2]) -> Self {
        say(Some(tool.to_owned()));
        Self { tool, files: files.map(|file| (file, 0)), looked: Instant::now() }
    }

    /// Looks again, where it is time.
    pub fn look(&mut self) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        for (file, seen) in &mut self.files {
            let length = file.metadata().map_or(0, |about| about.len());
            if length > *seen
                && let Some(line) = last_line(file, length)
            {
                say(Some(format!("{}: {line}", self.tool)));
            }
            *seen = length;
        }
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        say(None);
    }
}

fn say(line: Option<String>) {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = line;
}

/// The last line that says something. The installer writes where the file's offset is, so it stays there.
#[cfg(unix)]
fn last_line(file: &File, length: u64) -> Option<String> {
    let mut bytes = vec![0; usize::try_from(TAIL.min(length)).ok()?];
    let read = std::os::unix::fs::FileExt::read_at(file, &mut bytes, length.saturating_sub(TAIL)).ok()?;
    let text = String::from_utf8_lossy(bytes.get(..read)?).into_owned();
    text.split(['\n', '\r']).map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
}

#[cfg(not(unix))]
fn last_line(_: &File, _: u64) -> Option<String> {
    None
}
