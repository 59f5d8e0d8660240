//! `--trace FILE`: what became of the run's calls in time.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::aws::Trace;
use crate::error::{Error, exit};
use crate::report;

/// There is one run a process.
static TRACE: OnceLock<Arc<Trace>> = OnceLock::new();

/// Where it is written, until it is.
static FILE: Mutex<Option<(PathBuf, File)>> = Mutex::new(None);

/// Keeps what follows, for a file that is there from now on: that it cannot be written is no news once
/// something is changed.
///
/// # Errors
/// The file cannot be written.
pub fn begin(path: &Path) -> Result<(), Error> {
    let file = File::create(path).map_err(|error| failed(path, &error))?;
    // What is in it is whole after each use.
    *FILE.lock().unwrap_or_else(PoisonError::into_inner) = Some((path.to_owned(), file));
    TRACE.get_or_init(|| Arc::new(Trace::begin()));
    Ok(())
}

/// Where calls are noted, if they are.
pub fn record() -> Option<Arc<Trace>> {
    TRACE.get().cloned()
}

/// Writes what was kept, once, and tells what a command comes to with that.
///
/// # Errors
/// Those of the command; of one that is done, that the file cannot be written.
pub fn ended(result: Result<u8, Error>) -> Result<u8, Error> {
    let file = FILE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (Some((path, mut file)), Some(trace)) = (file, TRACE.get()) else { return result };
    match file.write_all(report::trace::chrome(trace.spans()).as_bytes()) {
        Ok(()) => result,
        Err(error) if matches!(result, Ok(exit::DONE)) => Err(failed(&path, &error)),
        Err(error) => {
            report::diagnostics::error(&failed(&path, &error));
            result
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), message: format!("trace: {error}") }
}
