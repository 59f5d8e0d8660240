//! What the system says of a file without reading it: as long as none of it changes, neither did the
//! content.

use std::fs::Metadata;

/// A moment in nanoseconds since 1970.
pub type Nanos = i128;

/// What the system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Kind and permissions.
    pub mode: u32,
    /// When its content changed; whoever may write the file can set it.
    pub modified: Nanos,
    /// When content, mode or name changed, by the system's clock; nobody can set it.
    pub changed: Nanos,
    /// Its number within the file system: another file under the same name has another one.
    pub inode: u64,
}

impl Stamp {
    /// The stamp of a file.
    #[cfg(unix)]
    pub fn of(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let at = |seconds: i64, nanos: i64| Nanos::from(seconds) * 1_000_000_000 + Nanos::from(nanos);
        Self {
            size: meta.size(),
            mode: meta.mode(),
            modified: at(meta.mtime(), meta.mtime_nsec()),
            changed: at(meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
        }
    }

    /// Elsewhere too little is known to go by it, so each file is as if it had changed just now.
    #[cfg(not(unix))]
    pub fn of(meta: &Metadata) -> Self {
        Self { size: meta.len(), mode: 0, modified: Nanos::MAX, changed: Nanos::MAX, inode: 0 }
    }

    /// When anything of it changed last.
    pub fn newest(&self) -> Nanos {
        self.modified.max(self.changed)
    }
}
