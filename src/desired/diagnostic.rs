//! What is wrong with a file, where, and how to mend it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Line and column, both from one, and the length in characters of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Line; 0 where the whole file is meant.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Characters.
    pub length: usize,
}

/// A file that diagnostics point into.
#[derive(Debug)]
pub struct Source {
    /// As the user would name it.
    pub path: PathBuf,
    /// Its text; empty where it could not be read.
    pub text: String,
}

impl Source {
    /// A source for which only the path is known.
    pub fn unread(path: &Path) -> Arc<Self> {
        Arc::new(Self { path: path.to_owned(), text: String::new() })
    }
}

/// Whether a finding refuses or warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing goes on.
    Error,
    /// Told, and gone on.
    Warning,
}

/// Code of what is wrong with a file's form, before any rule looks at what it says.
pub const FORM: &str = "E001";

/// One finding in one file.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// The file.
    pub source: Arc<Source>,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
    /// Code of the rule; [`FORM`] for the file's form.
    pub code: &'static str,
    /// Whether it refuses.
    pub level: Level,
    /// Source of the fact behind the rule; empty for the file's form.
    pub fact: &'static str,
    /// Resource that it is about; empty for the whole file.
    pub address: String,
    /// Whether it refuses only a resource that is not there yet: a plan, which knows, decides.
    pub only_new: bool,
}

impl Diagnostic {
    /// A finding at a place.
    pub fn new(source: &Arc<Source>, place: Place, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            source: Arc::clone(source),
            place,
            message: message.into(),
            fix: fix.into(),
            code: FORM,
            level: Level::Error,
            fact: "",
            address: String::new(),
            only_new: false,
        }
    }
}

/// `did you mean …` for the candidate nearest to `word`, the list of all where none is near.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates.iter().map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate)).min();
    match near {
        Some((distance, candidate)) if distance <= 2.max(word.len() / 3) => format!("did you mean `{candidate}`?"),
        _ if candidates.is_empty() => "none is declared here".to_owned(),
        _ => format!("one of: {}", candidates.join(", ")),
    }
}
