//! What is wrong with a file, where, and how to mend it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::shown::Shown;
use crate::model::secret::{HIDDEN, Mask, Secrets, redact_message};

/// Line and column, both from one, and the length in characters of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Characters.
    pub length: usize,
}

impl Place {
    /// Where a file begins.
    pub const START: Self = Self { line: 1, column: 1, length: 1 };
}

/// A file that diagnostics point into.
#[derive(Debug)]
pub struct Source {
    /// As the user would name it.
    pub path: PathBuf,
    /// Its text; empty where it could not be read.
    pub text: String,
    /// What must not be shown of it; set once it is known which variables are sensitive.
    secrets: OnceLock<Secrets>,
    shown: OnceLock<Shown>,
    mask: OnceLock<Mask>,
}

impl Source {
    /// A file with its text.
    pub fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), text, secrets: OnceLock::new(), shown: OnceLock::new(), mask: OnceLock::new() }
    }

    /// A source for which only the path is known.
    pub fn unread(path: &Path) -> Arc<Self> {
        Arc::new(Self::new(path, String::new()))
    }

    /// Tells what must not be shown of it. The first telling counts.
    pub(crate) fn keep(&self, secrets: Secrets) {
        let _ = self.secrets.set(secrets);
    }

    /// What must not be shown of it, as far as it is known.
    pub fn secrets(&self) -> &Secrets {
        static NONE: OnceLock<Secrets> = OnceLock::new();
        self.secrets.get().unwrap_or_else(|| NONE.get_or_init(Secrets::default))
    }

    /// Its text with stars for secrets; lines and columns are those of the text.
    pub fn shown(&self) -> &str {
        &self.as_shown().text
    }

    fn as_shown(&self) -> &Shown {
        self.shown.get_or_init(|| Shown::of(&self.text, self.secrets()))
    }

    /// What hides its secrets in a text.
    fn mask(&self) -> &Mask {
        self.mask.get_or_init(|| {
            let mut secrets = self.secrets().clone();
            secrets.extend(&self.as_shown().secrets);
            secrets.mask()
        })
    }
}

/// Whether a finding refuses or warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Where in it; none where the whole file is meant.
    pub place: Option<Place>,
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
    pub fn new(source: &Arc<Source>, place: impl Into<Option<Place>>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            source: Arc::clone(source),
            place: place.into(),
            message: message.into(),
            fix: fix.into(),
            code: FORM,
            level: Level::Error,
            fact: "",
            address: String::new(),
            only_new: false,
        }
    }

    /// What is wrong, without secrets: a message may quote the value that it is about.
    pub fn shown_message(&self) -> String {
        self.without_secrets(&self.message)
    }

    /// What to do, without secrets.
    pub fn shown_fix(&self) -> String {
        self.without_secrets(&self.fix)
    }

    fn without_secrets(&self, text: &str) -> String {
        let here = self.place.map(|place| self.source.as_shown().hidden_at(place)).unwrap_or_default();
        let quoted = here.iter().flat_map(|value| ['`', '"', '\''].map(|quote| format!("{quote}{value}{quote}")));
        let text = quoted.fold(text.to_owned(), |text, quoted| text.replace(&quoted, &format!("`{HIDDEN}`")));
        redact_message(&self.source.mask().text(&text))
    }
}

/// `did you mean …` for the candidate nearest to `word`, the list of all where none is near.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let mut near: Vec<(usize, &str)> =
        candidates.iter().map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate)).collect();
    near.sort_unstable();
    match near.first() {
        Some((distance, candidate)) if *distance <= 2.max(word.len() / 3) => format!("did you mean `{candidate}`?"),
        _ if candidates.is_empty() => "none is declared here".to_owned(),
        _ if candidates.len() <= LISTED => format!("one of: {}", candidates.join(", ")),
        _ => {
            let near: Vec<&str> = near.iter().take(NEAREST).map(|(_, candidate)| *candidate).collect();
            format!("there are {}; the nearest: {}", candidates.len(), near.join(", "))
        }
    }
}

/// Words that are listed whole; of more, those that are [`NEAREST`] to what was written.
const LISTED: usize = 40;
/// Words that are named of a long list.
const NEAREST: usize = 5;
