//! Why sources could not be packaged, and what to do about it.

use std::path::PathBuf;

use super::LARGEST_UNZIPPED;
use super::finding::Finding;

/// Why sources could not be packaged.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is nothing to package.
    #[error("{}: the folder holds no file to package; check .gitignore and .etlctlignore", .0.display())]
    Empty(PathBuf),
    /// The files are larger than Lambda unpacks.
    #[error("{}: the files have {size} bytes unzipped; Lambda takes {LARGEST_UNZIPPED} with all layers: leave files out with .etlctlignore", path.display())]
    UnzippedTooLarge {
        /// The folder.
        path: PathBuf,
        /// Bytes.
        size: u64,
    },
    /// An installer failed.
    #[error("{tool} failed for {}: {output}", path.display())]
    Install {
        /// The tool and its verb.
        tool: &'static str,
        /// The folder with the lock file.
        path: PathBuf,
        /// What it printed, or why it did not start.
        output: String,
    },
    /// A link takes something from outside the project.
    #[error("{}: it leads to {}, outside the project", path.display(), target.display())]
    Leaves {
        /// The link, or the source that is one.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link that leads to a folder in which it lies.
    #[error("{}: the link leads in a circle, to {}", path.display(), target.display())]
    Circle {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link to what is not there.
    #[error("{}: the link leads to {}, which is not there", path.display(), target.display())]
    Nowhere {
        /// The link.
        path: PathBuf,
        /// What it says.
        target: PathBuf,
    },
    /// An ignore file that is not understood whole.
    #[error("{}{}: {why}; what the ignore file leaves out would be packaged", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Ignores {
        /// The ignore file.
        path: PathBuf,
        /// Line, from one; none where the file as a whole cannot be read.
        line: Option<u64>,
        /// What is wrong.
        why: String,
    },
    /// A name that is no text: as which bytes Lambda unpacks it, nobody says.
    #[error("{}: the name is not UTF-8, and a zip keeps no other", path.as_os_str().as_encoded_bytes().escape_ascii())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// An installer is asked for what it is not given.
    #[error("{0}")]
    Refused(Box<Finding>),
    /// An installer was ended by a signal that did not come from here.
    #[error("{tool} for {} was ended by signal {signal}", path.display())]
    Killed {
        /// The tool and its verb.
        tool: &'static str,
        /// The folder with the lock file.
        path: PathBuf,
        /// The signal's number.
        signal: i32,
    },
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
    /// What is called a zip or a jar is none.
    #[error("{}: no zip: {error}", path.display())]
    NoZip {
        /// The file.
        path: PathBuf,
        /// What the library says.
        error: zip::result::ZipError,
    },
    /// The zip could not be written.
    #[error("{}: the zip could not be written: {error}", path.display())]
    Zip {
        /// The folder.
        path: PathBuf,
        /// What the library says.
        error: zip::result::ZipError,
    },
}

impl PackageError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } | Self::Empty(_) | Self::UnzippedTooLarge { .. } | Self::Zip { .. } => {
                "mend the folder, then run the command again"
            }
            Self::Name { .. } => "rename it, or leave it out with .etlctlignore, then run the command again",
            Self::NoZip { .. } => "build the package anew, then run the command again",
            Self::Circle { .. } | Self::Nowhere { .. } => "take the link out, or let it lead to what is there, then run the command again",
            Self::Ignores { .. } => {
                "mend the ignore file: patterns in UTF-8, with a backslash before a `{` that is meant as it is; then run the command again"
            }
            Self::Leaves { .. } => "copy what it leads to into the project, or take the link out",
            Self::Refused(_) => "mend the place, then run the command again; `etlctl validate` tells all of them",
            Self::Install { .. } => "what the installer said stands above: mend the lock file, or how the installer is set up here",
            Self::Killed { .. } => {
                "nobody stopped it from here: the system does so where memory is short (signal 9), and so does whoever may; run the command again"
            }
            Self::Interrupted => "run the command again",
        }
    }
}
