//! What a layer's `requirements.txt` asks pip for, read before pip sees it. pip is then given what was
//! read, in a file of our own, and not the file itself: where the two understand a text differently,
//! nothing hangs on it.

mod form;
mod line;
mod lines;
mod local;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use self::line::{Entry, Refusal};
use self::lines::{Line, Word};
use super::PackageError;
use super::finding::Finding;
use super::links::Within;

pub use self::local::{below, is_left_by_a_build};

/// More files than this is a circle, or nobody's requirements.
const MOST_FILES: usize = 64;
/// Bytes of a file.
const LARGEST: u64 = 1024 * 1024;

/// What a requirements file and all that it names ask for.
#[derive(Debug, Clone, Default)]
pub struct Requirements {
    /// The files with their contents, in the order in which they were followed.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What pip is to install, a line each.
    pub packages: Vec<String>,
    /// What pip is to keep to, a line each.
    pub constraints: Vec<String>,
    /// Whether a package has a hash: then the file is a lock, and lists all that is to be there.
    pub hashed: bool,
    /// The first package without a hash, and how many there are.
    pub unhashed: Option<(Finding, usize)>,
    /// What is refused.
    pub refused: Vec<Finding>,
    /// Folders and files of this machine that are named; known only where builds are allowed.
    pub local: Vec<PathBuf>,
    /// Whether something is named whose content cannot be known here: an address, a variable.
    pub open: bool,
}

/// Reads `top` and the files that it names. With `allow_build` nothing is refused, and what is named
/// beside packages is looked for instead.
///
/// # Errors
/// `top` cannot be read.
pub fn read(top: &Path, within: &Within, allow_build: bool) -> Result<Requirements, PackageError> {
    let mut reader = Reader { within, allow_build, base: top.parent().unwrap_or(top), found: Requirements::default() };
    let bytes = bytes(top).map_err(|error| PackageError::Io { path: top.to_owned(), error })?;
    // A link may take the file itself elsewhere.
    if !allow_build {
        within.allows(top)?;
    }
    reader.file(top, bytes, false);
    Ok(reader.found)
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    if meta.len() > LARGEST {
        return Err(std::io::Error::other("it is larger than 1 MB"));
    }
    fs::read(path)
}

struct Reader<'a> {
    within: &'a Within,
    allow_build: bool,
    /// Folder that local paths are relative to.
    base: &'a Path,
    found: Requirements,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, bytes: Vec<u8>, constraints: bool) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let is_text = std::str::from_utf8(&bytes).is_ok();
        self.found.files.push((path.to_owned(), bytes));
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if !is_text {
            self.refuse(path, 1, 1, 1, words::NOT_UTF8);
            return;
        }
        if let Some(lines::Unseen { character, line, column }) = lines::unseen(text) {
            let message = format!("a character that nobody sees, U+{:04X}: pip may end a line there", u32::from(character));
            self.refuse(path, line, column, 1, (message.as_str(), "take it out"));
            return;
        }
        for line in lines::of(text) {
            match line::read(&line) {
                Ok(Entry::Package { requirement, hashes }) => self.package(path, &line, requirement, &hashes, constraints),
                Ok(Entry::Requirements(named)) => self.follow(path, &line, &named, false),
                Ok(Entry::Constraints(named)) => self.follow(path, &line, &named, true),
                Err(refusal) if self.allow_build => self.look(path, &line, &refusal),
                Err(refusal) => {
                    let (word, message, fix) = words::of(&refusal);
                    self.refuse(path, word.line, word.column, word.text.chars().count(), (&message, fix));
                }
            }
        }
    }

    fn refuse(&mut self, path: &Path, line: usize, column: usize, length: usize, (message, fix): (&str, &str)) {
        if self.allow_build {
            self.found.open = true;
            return;
        }
        let finding = Finding { file: path.to_owned(), line, column, length, message: message.to_owned(), fix: Some(fix.to_owned()) };
        self.found.refused.push(finding);
    }

    fn package(&mut self, path: &Path, line: &Line, requirement: String, hashes: &[String], constraints: bool) {
        let with_hashes = hashes.iter().fold(requirement, |text, hash| format!("{text} --hash={hash}"));
        if constraints {
            self.found.constraints.push(with_hashes);
            return;
        }
        self.found.packages.push(with_hashes);
        self.found.hashed |= !hashes.is_empty();
        if !hashes.is_empty() {
            return;
        }
        match (&mut self.found.unhashed, line.words.first()) {
            (Some((_, count)), _) => *count += 1,
            (unhashed, Some(Word { text, line, column })) => {
                let finding = Finding {
                    file: path.to_owned(),
                    line: *line,
                    column: *column,
                    length: text.chars().count(),
                    message: text.clone(),
                    fix: None,
                };
                *unhashed = Some((finding, 1));
            }
            (_, None) => {}
        }
    }

    /// Reads a file that another names, relative to that one, as pip does.
    fn follow(&mut self, from: &Path, line: &Line, named: &str, constraints: bool) {
        let Some(word) = line.words.first() else { return };
        let refuse = |reader: &mut Self, message: String, fix: &str| {
            reader.refuse(from, word.line, word.column, word.text.chars().count(), (&message, fix));
        };
        if self.found.files.len() >= MOST_FILES {
            let message =
                format!("`{named}` is file {} of these requirements: {MOST_FILES} are followed, and a circle never ends", MOST_FILES + 1);
            return refuse(self, message, "let no file name one that names it");
        }
        if Path::new(named).is_absolute() && !self.allow_build {
            let message = format!("`{named}` is a path of this machine: elsewhere it is another file, or none");
            return refuse(self, message, "name a file of the project, relative to this one");
        }
        let path = from.parent().unwrap_or(from).join(named);
        let inside = if self.allow_build { Ok(()) } else { self.within.allows(&path) };
        if let Err(PackageError::Leaves { target, .. }) = &inside {
            let message = format!("`{named}` leads out of the project, to {}", target.display());
            return refuse(self, message, "name a file of the project");
        }
        match bytes(&path) {
            Ok(bytes) => self.file(&path, bytes, constraints),
            Err(error) => {
                refuse(self, format!("`{named}` cannot be read: {error}"), "mend the name: it is relative to the file that names it")
            }
        }
    }

    /// What a line names that only a build takes.
    fn look(&mut self, path: &Path, line: &Line, refusal: &Refusal) {
        match local::target(line, refusal, self.base) {
            Some(target) => self.found.local.push(target),
            None => self.found.open |= !line::names_nothing(refusal),
        }
        // A list of hashes makes it a lock all the same.
        self.found.hashed |= line.words.iter().any(|word| word.text.starts_with("--hash"));
        if let Some(named) = local::followed(line) {
            self.follow(path, line, &named, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    struct Layer {
        place: tempfile::TempDir,
    }

    impl Layer {
        fn new(files: &[(&str, &str)]) -> std::io::Result<Self> {
            let place = tempfile::tempdir()?;
            for (name, text) in files {
                let path = place.path().join("project").join(name);
                fs::create_dir_all(path.parent().unwrap_or(place.path()))?;
                fs::write(path, text)?;
            }
            Ok(Self { place })
        }

        fn read(&self, allow_build: bool) -> Result<Requirements, PackageError> {
            let project = self.place.path().join("project");
            read(&project.join("layer/requirements.txt"), &Within::of(&project.join("layer"), &project)?, allow_build)
        }
    }

    fn names(found: &Requirements) -> Vec<String> {
        found.files.iter().map(|(path, _)| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn files_that_are_named_are_read_where_they_are_named() -> Outcome {
        let layer = Layer::new(&[
            ("layer/requirements.txt", "\u{feff}-r sub/a.txt\r\nx==1\r\n-c ../limits.txt\r\n"),
            ("layer/sub/a.txt", "-r b.txt\ny==1\n"),
            ("layer/sub/b.txt", "z==1\n"),
            ("limits.txt", "z<2\n"),
        ])?;
        let found = layer.read(false)?;
        assert_eq!(names(&found), ["requirements.txt", "a.txt", "b.txt", "limits.txt"]);
        assert_eq!(found.packages, ["z==1", "y==1", "x==1"]);
        assert_eq!(found.constraints, ["z<2"]);
        assert!(found.refused.is_empty() && !found.hashed);
        assert_eq!(found.unhashed.map(|(first, count)| (first.message, first.line, count)), Some(("z==1".into(), 1, 3)));
        Ok(())
    }

    #[test]
    fn a_place_and_a_reason_stand_with_each_refusal() -> Outcome {
        let layer = Layer::new(&[
            ("layer/requirements.txt", "x==1 \\\n    --no-binary :all:\n-r base.txt\n./lib\n"),
            ("layer/base.txt", "\n# c\n-e .\n"),
        ])?;
        let found = layer.read(false)?;
        let said: Vec<String> = found.refused.iter().map(|one| format!("{}:{}:{}", one.line, one.column, one.length)).collect();
        assert_eq!(said, ["2:5:11", "3:1:2", "4:1:5"]);
        assert!(found.refused.iter().all(|one| one.fix.as_ref().is_some_and(|fix| fix.contains("allow_build"))), "{:?}", found.refused);
        assert!(found.refused[1].file.ends_with("layer/base.txt"));
        // With leave to build, the same is taken, and the folder counts.
        let found = layer.read(true)?;
        assert!(found.refused.is_empty() && found.open);
        Ok(())
    }

    #[test]
    fn circles_and_ways_out_of_the_project_end() -> Outcome {
        let layer = Layer::new(&[("layer/requirements.txt", "-r requirements.txt\n")])?;
        let found = layer.read(false)?;
        assert_eq!((found.files.len(), found.refused.len()), (MOST_FILES, 1));

        for (line, word) in [
            ("-r /etc/hostname", "this machine"),
            ("-r ../../secret.txt", "out of the project"),
            ("-r link.txt", "out of the project"),
            ("-r none.txt", "cannot be read"),
        ] {
            let layer = Layer::new(&[("layer/requirements.txt", line)])?;
            fs::write(layer.place.path().join("secret.txt"), "x==1")?;
            symlink("../../secret.txt", layer.place.path().join("project/layer/link.txt"))?;
            let found = layer.read(false)?;
            assert!(found.refused.len() == 1 && found.refused[0].message.contains(word), "{line}: {:?}", found.refused);
            assert_eq!(found.files.len(), 1, "{line}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_plain_text_is_refused() -> Outcome {
        for text in ["x==1\u{85}--pre\n", "# c\u{2028}--no-binary :all:\n", "# c\r--pre\n"] {
            let found = Layer::new(&[("layer/requirements.txt", text)])?.read(false)?;
            assert_eq!(found.refused.len(), 1, "{text:?}");
            assert!(found.packages.is_empty());
        }
        let layer = Layer::new(&[("layer/requirements.txt", "")])?;
        fs::write(layer.place.path().join("project/layer/requirements.txt"), b"\xff\xfex\0=\0=\0x\0")?;
        assert_eq!(layer.read(false)?.refused[0].message, words::NOT_UTF8.0);
        Ok(())
    }

    #[test]
    fn local_folders_count_where_builds_are_allowed() -> Outcome {
        for line in ["./lib", "lib/", "-e ./lib", "--editable=lib/", "lib @ file:lib", "./lib[x]; python_version > '3'"] {
            let layer = Layer::new(&[("layer/requirements.txt", line), ("layer/lib/setup.py", "1"), ("layer/lib/build/x", "1")])?;
            let found = layer.read(true)?;
            assert_eq!(found.local.len(), 1, "{line}");
            assert!(!found.open, "{line}");
            let files: Vec<String> = below(&found.local[0])?.into_iter().map(|file| file.name).collect();
            assert_eq!(files, ["setup.py"], "{line}");
        }
        for line in ["https://h/x.whl", "x @ git+https://h/x", "x==${V}", "-f ./wheels", "./none"] {
            let found = Layer::new(&[("layer/requirements.txt", line)])?.read(true)?;
            assert!(found.open && found.refused.is_empty(), "{line}");
        }
        Ok(())
    }
}
