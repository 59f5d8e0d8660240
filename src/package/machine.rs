//! What kind of machine a package is made for: machine code among its files, and the tags of wheels.
//!
//! ELF files begin with 7F 45 4C 46 and hold their machine at offset 18 (System V ABI, "ELF Header";
//! numbers of the "e_machine" table). The ending of a name tells nothing: all files are looked at, and those
//! in archives within, such as jars. Mach-O (Apple's `mach-o/loader.h` and `fat.h`) and PE (Microsoft's
//! "PE Format") run on no Linux, so they speak for no machine of Lambda's: they are told.

use std::io::{Cursor, Read};

use super::installed::{Given, Installs};
use super::{PackageError, files, ready};
use crate::model::Artifact;

/// What stands against running on arm64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A file for another machine, and which machine.
    Code {
        /// Path within the package.
        file: String,
        /// `x86-64` for one.
        machine: String,
    },
    /// Packages are installed beside the files, for the machine that the stack file names.
    Installed,
    /// An archive that was not looked into: it is too large, too deep within others, or broken.
    Unseen {
        /// Path within the package.
        file: String,
    },
}

/// What the files of a package are made for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// What stands against arm64.
    pub obstacle: Option<Obstacle>,
    /// A file that runs on no Linux, and its format.
    pub foreign: Option<(String, &'static str)>,
}

/// Bytes of a file that tell.
const HEAD: u64 = 1024;
/// The largest `WHEEL` file that is read.
const WHEEL: u64 = 64 * 1024;
/// `e_machine` of arm64.
const AARCH64: u16 = 183;
/// Archives within archives that are looked into.
const DEPTH: usize = 3;
/// Bytes of archives within a package that are looked into, all together: as much as Lambda unpacks.
const BYTES: u64 = 250 * 1024 * 1024;
/// Endings of archives that programs load code from.
const ARCHIVES: [&str; 6] = [".jar", ".war", ".ear", ".zip", ".whl", ".egg"];

/// What the package of an artifact is made for.
///
/// # Errors
/// It cannot be read.
pub fn made_for(artifact: &Artifact) -> Result<Made, PackageError> {
    let mut look = Look { made: Made::default(), left: BYTES };
    if ready::is_archive(&artifact.source) {
        ready::each(&artifact.source, |name, content| look.at(name, content, 0))?;
        return Ok(look.made);
    }
    for file in files::collect(&artifact.source, &artifact.project)? {
        let mut content = std::fs::File::open(&file.path).map_err(|error| PackageError::Io { path: file.path.clone(), error })?;
        look.at(&file.name, &mut content, 0);
    }
    let installs = Installs::of(artifact).map(|installs| Given::of(&installs)?.inputs()).transpose()?;
    if installs.is_some_and(|inputs| !inputs.is_empty()) {
        look.against(Obstacle::Installed);
    }
    Ok(look.made)
}

/// What was seen, and how many bytes of archives may still be.
struct Look {
    made: Made,
    left: u64,
}

impl Look {
    fn against(&mut self, obstacle: Obstacle) {
        self.made.obstacle.get_or_insert(obstacle);
    }

    fn at(&mut self, name: &str, content: &mut dyn Read, depth: usize) {
        if self.made.obstacle.is_some() {
            return;
        }
        if name.ends_with(".dist-info/WHEEL") {
            let mut text = String::new();
            // One that is no text has no tag.
            let _ = (&mut *content).take(WHEEL).read_to_string(&mut text);
            if let Some(machine) = wheel(&text) {
                self.against(Obstacle::Code { file: name.to_owned(), machine });
            }
            return;
        }
        let mut head = Vec::new();
        if (&mut *content).take(HEAD).read_to_end(&mut head).is_err() {
            return self.against(Obstacle::Unseen { file: name.to_owned() });
        }
        if let Some(machine) = elf(&head) {
            self.against(Obstacle::Code { file: name.to_owned(), machine });
        } else if let Some(format) = foreign(&head) {
            self.made.foreign.get_or_insert((name.to_owned(), format));
        } else if head.starts_with(b"PK\x03\x04") {
            self.within(name, head, content, depth + 1);
        }
    }

    /// Looks at the files of an archive.
    fn within(&mut self, name: &str, head: Vec<u8>, content: &mut dyn Read, depth: usize) {
        let unseen = || Obstacle::Unseen { file: name.to_owned() };
        let mut bytes = head;
        let read = (&mut *content).take(self.left).read_to_end(&mut bytes);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        if read.is_err() || self.left == 0 || depth > DEPTH {
            return self.against(unseen());
        }
        let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(bytes)) else {
            // What only begins like an archive, and is none by its name, is data.
            if ARCHIVES.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending)) {
                self.against(unseen());
            }
            return;
        };
        for at in 0..zip.len() {
            let Ok(mut file) = zip.by_index(at) else { return self.against(unseen()) };
            if file.is_file() {
                let inner = format!("{name}!{}", file.name().map(std::borrow::Cow::into_owned).unwrap_or_default());
                self.at(&inner, &mut file, depth);
            }
        }
    }
}

/// The format of a file that Linux does not run.
fn foreign(head: &[u8]) -> Option<&'static str> {
    let word = |at: usize, big: bool| {
        let bytes: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    match word(0, true)? {
        0xfeed_face | 0xfeed_facf | 0xcefa_edfe | 0xcffa_edfe => return Some("Mach-O"),
        // A class of Java begins alike, and goes on with its version, which is 45 or more.
        0xcafe_babe if (1..45).contains(&word(4, true)?) => return Some("Mach-O"),
        _ => {}
    }
    let begins = usize::try_from(word(0x3c, false)?).ok()?;
    (head.starts_with(b"MZ") && head.get(begins..begins.checked_add(4)?) == Some(b"PE\0\0".as_slice())).then_some("PE")
}

/// The machine of an ELF file that is not arm64.
fn elf(head: &[u8]) -> Option<String> {
    let head = head.strip_prefix(b"\x7fELF")?;
    // Byte 5 of the file says in which order the bytes stand.
    let (first, second) = (*head.get(14)?, *head.get(15)?);
    let machine = if head.get(1) == Some(&2) { u16::from_be_bytes([first, second]) } else { u16::from_le_bytes([first, second]) };
    match machine {
        AARCH64 => None,
        3 => Some("x86".to_owned()),
        40 => Some("32-bit ARM".to_owned()),
        62 => Some("x86-64".to_owned()),
        other => Some(format!("machine {other}")),
    }
}

/// The tag of a wheel of which none is for arm64 or for any machine.
fn wheel(text: &str) -> Option<String> {
    let tags: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Tag:")).map(str::trim).collect();
    let runs = |tag: &&str| tag.ends_with("-any") || tag.ends_with("aarch64") || tag.ends_with("arm64");
    if tags.iter().any(runs) { None } else { tags.first().map(|tag| format!("wheels of {tag}")) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::desired::ArtifactForm;

    fn head(machine: u8) -> Vec<u8> {
        let mut head = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, machine, 0];
        head.extend([0; 44]);
        head
    }

    #[test]
    fn every_file_is_looked_at() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let source = place.path().join("code");
        fs::create_dir_all(source.join("pkg-1.dist-info"))?;
        let artifact = Artifact {
            source: source.clone(),
            project: place.path().to_owned(),
            form: ArtifactForm::Function { build: None },
            digest: String::new(),
            code_sha256: None,
        };
        fs::write(source.join("index.js"), "x")?;
        fs::write(source.join("short"), b"\x7fELF")?;
        fs::write(source.join("arm.so"), head(183))?;
        assert_eq!(made_for(&artifact)?.obstacle, None);
        fs::write(source.join("tool"), head(62))?;
        let of = |file: &str, machine: &str| Some(Obstacle::Code { file: file.into(), machine: machine.into() });
        assert_eq!(made_for(&artifact)?.obstacle, of("tool", "x86-64"));
        fs::remove_file(source.join("tool"))?;
        fs::write(source.join("pkg-1.dist-info/WHEEL"), "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_17_x86_64\n")?;
        assert_eq!(made_for(&artifact)?.obstacle, of("pkg-1.dist-info/WHEEL", "wheels of cp312-cp312-manylinux_2_17_x86_64"));
        fs::write(source.join("pkg-1.dist-info/WHEEL"), "Tag: py3-none-any\n")?;
        assert_eq!(made_for(&artifact)?.obstacle, None);
        Ok(())
    }

    #[test]
    fn a_zip_is_looked_into() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let source = place.path().join("code.zip");
        let mut zip = zip::ZipWriter::new(fs::File::create(&source)?);
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in [("index.js", b"x".to_vec()), ("lib/native.node", head(62))] {
            zip.start_file(name, options)?;
            std::io::Write::write_all(&mut zip, &content)?;
        }
        zip.finish()?;
        let form = ArtifactForm::Function { build: None };
        let artifact = Artifact { source, project: place.path().to_owned(), form, digest: String::new(), code_sha256: None };
        assert!(matches!(made_for(&artifact)?.obstacle, Some(Obstacle::Code { file, .. }) if file == "lib/native.node"));
        Ok(())
    }

    fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, content).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn archives_within_are_looked_into_and_bounded() {
        let look = |name: &str, content: &[u8], left: u64| {
            let mut look = Look { made: Made::default(), left };
            look.at(name, &mut &content[..], 0);
            look.made
        };
        let jar = zipped("lib/native.so", &head(62));
        let code = |file: &str| Some(Obstacle::Code { file: file.into(), machine: "x86-64".into() });
        assert_eq!(look("a.jar", &jar, BYTES).obstacle, code("a.jar!lib/native.so"));
        let (two, three) = (zipped("a.jar", &jar), zipped("b.zip", &zipped("a.jar", &jar)));
        assert_eq!(look("b.zip", &two, BYTES).obstacle, code("b.zip!a.jar!lib/native.so"));
        assert_eq!(look("c", &three, BYTES).obstacle, code("c!b.zip!a.jar!lib/native.so"));
        let unseen = |made: Made| matches!(made.obstacle, Some(Obstacle::Unseen { .. }));
        assert!(unseen(look("d.zip", &zipped("c.zip", &three), BYTES)), "too deep");
        assert!(unseen(look("a.jar", &jar, 20)), "too large");
        assert!(unseen(look("a.jar", &jar[..jar.len() - 30], BYTES)), "broken");
        assert_eq!(look("data.bin", b"PK\x03\x04 and more", BYTES), Made::default());
        assert_eq!(look("arm.jar", &zipped("lib/native.so", &head(183)), BYTES), Made::default());
    }

    #[test]
    fn formats_of_other_systems_are_told() {
        let mut pe = b"MZ".to_vec();
        pe.resize(0x80, 0);
        pe[0x3c] = 0x80;
        pe.extend(b"PE\0\0");
        assert_eq!(foreign(&pe), Some("PE"));
        assert_eq!(foreign(b"MZ is how this text begins, which is long enough to hold an offset at its end...."), None);
        assert_eq!([0xfeed_facfu32, 0xcffa_edfe].map(|magic| foreign(&[magic.to_be_bytes(), [0; 4]].concat())), [Some("Mach-O"); 2]);
        assert_eq!(foreign(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]), Some("Mach-O"));
        assert_eq!(foreign(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65]), None, "a class of Java 21");
    }
}
