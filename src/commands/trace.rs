//! `--trace FILE`: what became of the run's calls in time.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::aws::Trace;
use crate::error::Error;
use crate::report;

/// There is one run a process.
static TRACE: OnceLock<Arc<Trace>> = OnceLock::new();

/// Keeps what follows.
pub fn begin() {
    TRACE.get_or_init(|| Arc::new(Trace::begin()));
}

/// Where calls are noted, if they are.
pub fn record() -> Option<Arc<Trace>> {
    TRACE.get().cloned()
}

/// Writes what was kept.
///
/// # Errors
/// The file cannot be written.
pub fn end(path: &Path) -> Result<(), Error> {
    let Some(trace) = TRACE.get() else { return Ok(()) };
    let written = std::fs::write(path, report::trace::chrome(trace.spans()));
    written.map_err(|error| Error::File { path: path.display().to_string(), message: format!("trace: {error}") })
}
