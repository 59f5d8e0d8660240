//! What installers made, kept by what it was made from and used only as it was made.
//!
//! An entry is a folder `<key>` with the tree that an installer filled and, beside the tree, its
//! digest. It is made in a work folder and renamed, so that a killed run leaves nothing that looks
//! done.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::stop::Running;
use super::tree;
use crate::package::PackageError;
use crate::package::framed::Framed;
use crate::package::kept;

/// Begins the name of a work folder.
const WORK: &str = "installing-";
/// File in a work folder that its process holds locked.
const LOCK: &str = "lock";
/// The tree of an entry, and of a work folder.
const TREE: &str = "tree";
/// The tree's digest.
const DIGEST: &str = "sha256";
/// A work folder that is younger may not be locked yet.
const YOUNG: Duration = Duration::from_secs(60);

/// What an entry is made from.
pub struct Key(Framed);

impl Key {
    /// The key of one installer. The layout of entries is part of it: older ones are not taken.
    pub fn new(installer: &str) -> Self {
        let mut key = Self(Framed::default());
        key.put(b"layout 2");
        key.put(installer.as_bytes());
        key
    }

    /// Adds a part.
    pub fn put(&mut self, bytes: &[u8]) {
        self.0.put(bytes);
    }

    fn name(self) -> String {
        self.0.hex()[..32].to_owned()
    }
}

/// What an installer made, for as long as it is looked at.
#[derive(Debug)]
pub struct Installed {
    /// The tree.
    pub tree: PathBuf,
    /// Removes a tree that is not kept, and until then says that it is in use.
    _work: Option<(TempDir, File)>,
}

/// The tree of `key`, or what `make` fills: the folder is the tree, the second one beside it for what
/// is needed while it is made. Without a key nothing is kept.
///
/// # Errors
/// What `make` fails with; the cache cannot be written.
pub fn get(cache: &Path, key: Option<Key>, make: impl FnOnce(&Path, &Path) -> Result<(), PackageError>) -> Result<Installed, PackageError> {
    let io = |path: &Path, error| PackageError::Io { path: path.to_owned(), error };
    let folder = kept::folder(cache, "layers").map_err(|(path, error)| PackageError::Io { path, error })?;
    remove_leftovers(&folder);
    let entry = key.map(|key| folder.join(key.name()));
    if let Some(entry) = &entry {
        if is_as_it_was_made(entry) {
            return Ok(Installed { tree: entry.join(TREE), _work: None });
        }
        if fs::symlink_metadata(entry).is_ok() {
            tracing::warn!(entry = %entry.display(), "not as it was made: installed anew");
            throw_away(entry).map_err(|error| io(entry, error))?;
        }
    }
    // Before the work folder, so that it is dropped after it.
    let _running = Running::new();
    let work = tempfile::Builder::new().prefix(WORK).tempdir_in(&folder).map_err(|error| io(&folder, error))?;
    let (made, run) = (work.path().join(TREE), work.path().join("run"));
    let lock = work.path().join(LOCK);
    let held = File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(|error| io(&lock, error))?;
    for path in [&made, &run] {
        fs::create_dir(path).map_err(|error| io(path, error))?;
    }
    make(&made, &run)?;
    let Some(entry) = entry else { return Ok(Installed { tree: made, _work: Some((work, held)) }) };
    // An entry is a folder of its own within the work folder until it is whole.
    let whole = work.path().join("entry");
    let kept = fs::create_dir(&whole)
        .and_then(|()| fs::rename(&made, whole.join(TREE)))
        .and_then(|()| fs::write(whole.join(DIGEST), tree::digest(&whole.join(TREE))?));
    kept.map_err(|error| io(&whole, error))?;
    match fs::rename(&whole, &entry) {
        Ok(()) => Ok(Installed { tree: entry.join(TREE), _work: None }),
        // Another run was quicker: ours is as good, and known.
        Err(_) => Ok(Installed { tree: whole.join(TREE), _work: Some((work, held)) }),
    }
}

fn is_as_it_was_made(entry: &Path) -> bool {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    let (tree, digest) = (entry.join(TREE), entry.join(DIGEST));
    is_folder(entry)
        && is_folder(&tree)
        && fs::read_to_string(digest).is_ok_and(|wanted| tree::digest(&tree).is_ok_and(|found| found == wanted))
}

fn throw_away(entry: &Path) -> std::io::Result<()> {
    if fs::symlink_metadata(entry)?.is_dir() { fs::remove_dir_all(entry) } else { fs::remove_file(entry) }
}

/// Work folders of processes that were killed: nobody holds their lock any more.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let is_old = |path: &Path| {
        let modified = fs::symlink_metadata(path).and_then(|meta| meta.modified());
        modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age > YOUNG))
    };
    for path in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(WORK)).map(|entry| entry.path()) {
        let free = match File::open(path.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => true,
        };
        if free && is_old(&path) {
            // What cannot be removed is in nobody's way.
            let _ = throw_away(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn install(cache: &Path, count: &Cell<u32>) -> Result<Installed, PackageError> {
        let mut key = Key::new("test");
        key.put(b"x");
        get(cache, Some(key), |tree, _| {
            count.set(count.get() + 1);
            fs::create_dir(tree.join("a"))
                .and_then(|()| fs::write(tree.join("a/m.py"), "1"))
                .map_err(|error| PackageError::Io { path: tree.to_owned(), error })
        })
    }

    #[test]
    fn an_entry_is_used_only_as_it_was_made() -> Outcome {
        let cache = tempfile::tempdir()?;
        let count = Cell::new(0);
        let tree = install(cache.path(), &count)?.tree;
        assert_eq!((install(cache.path(), &count)?.tree, count.get()), (tree.clone(), 1));
        let entry = tree.parent().ok_or("no entry")?.to_owned();
        type Change<'a> = (&'a str, Box<dyn Fn() -> std::io::Result<()> + 'a>);
        let changes: Vec<Change<'_>> = vec![
            ("a file more", Box::new(|| fs::write(tree.join("a/evil.py"), "1"))),
            ("a file less", Box::new(|| fs::remove_file(tree.join("a/m.py")))),
            ("a file changed", Box::new(|| fs::write(tree.join("a/m.py"), "2"))),
            ("a mode", Box::new(|| fs::set_permissions(tree.join("a/m.py"), fs::Permissions::from_mode(0o755)))),
            ("a folder more", Box::new(|| fs::create_dir(tree.join("b")))),
            (
                "a file made a link",
                Box::new(|| fs::remove_file(tree.join("a/m.py")).and_then(|()| symlink("/etc/hostname", tree.join("a/m.py")))),
            ),
            ("the tree made a link", Box::new(|| fs::rename(&tree, entry.join("b")).and_then(|()| symlink("b", &tree)))),
            ("no digest", Box::new(|| fs::remove_file(entry.join(DIGEST)))),
            ("another digest", Box::new(|| fs::write(entry.join(DIGEST), "aa"))),
            ("the entry a file", Box::new(|| fs::remove_dir_all(&entry).and_then(|()| fs::write(&entry, "")))),
        ];
        for (number, (what, change)) in changes.iter().enumerate() {
            change()?;
            let again = install(cache.path(), &count)?.tree;
            assert_eq!(count.get() as usize, number + 2, "{what}");
            assert_eq!(fs::read_to_string(again.join("a/m.py"))?, "1", "{what}");
            assert!(!again.join("a/evil.py").exists() && !again.join("b").exists(), "{what}");
        }
        Ok(())
    }

    #[test]
    fn parts_of_a_key_do_not_run_together() {
        let key = |parts: &[&str]| {
            let mut key = Key::new("test");
            parts.iter().for_each(|part| key.put(part.as_bytes()));
            key.name()
        };
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a", ""]), key(&["a"]));
    }

    #[test]
    fn a_failure_leaves_nothing_and_leftovers_go() -> Outcome {
        let cache = tempfile::tempdir()?;
        let failing = get(cache.path(), Some(Key::new("x")), |tree, _| Err(PackageError::Empty(tree.to_owned())));
        assert!(failing.is_err());
        let folder = cache.path().join("layers");
        assert_eq!(fs::read_dir(&folder)?.count(), 0);

        let (dead, held, young) = (folder.join("installing-dead"), folder.join("installing-held"), folder.join("installing-young"));
        for path in [&dead, &held, &young] {
            fs::create_dir(path)?;
        }
        let lock = File::create(held.join(LOCK))?;
        lock.lock()?;
        File::create(dead.join(LOCK))?;
        for path in [&dead, &held] {
            File::open(path)?.set_modified(SystemTime::now() - 2 * YOUNG)?;
        }
        install(cache.path(), &Cell::new(0))?;
        assert_eq!([dead.exists(), held.exists(), young.exists()], [false, true, true]);
        Ok(())
    }

    #[test]
    fn what_is_not_kept_is_gone_after_its_use() -> Outcome {
        let cache = tempfile::tempdir()?;
        let installed = get(cache.path(), None, |_, _| Ok(()))?;
        assert!(installed.tree.is_dir());
        drop(installed);
        assert_eq!(fs::read_dir(cache.path().join("layers"))?.count(), 0);
        Ok(())
    }
}
