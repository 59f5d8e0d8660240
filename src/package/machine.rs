//! What kind of machine a package is made for: machine code among its files, and the tags of wheels.
//!
//! ELF files begin with 7F 45 4C 46 and hold their machine at offset 18 (System V ABI, "ELF Header";
//! numbers of the "e_machine" table). The ending of a name tells nothing: all files are looked at.

use std::io::Read;

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
}

/// Bytes of a file that tell.
const HEAD: u64 = 20;
/// The largest `WHEEL` file that is read.
const WHEEL: u64 = 64 * 1024;
/// `e_machine` of arm64.
const AARCH64: u16 = 183;

/// What stands against running the package of an artifact on arm64; none where nothing does.
///
/// # Errors
/// It cannot be read.
pub fn against_arm(artifact: &Artifact) -> Result<Option<Obstacle>, PackageError> {
    if ready::is_archive(&artifact.source) {
        let mut found = None;
        ready::each(&artifact.source, |name, content| {
            found = found.take().or_else(|| judged(name, content));
        })?;
        return Ok(found);
    }
    for file in files::collect(&artifact.source, &artifact.project)? {
        let mut content = std::fs::File::open(&file.path).map_err(|error| PackageError::Io { path: file.path.clone(), error })?;
        if let Some(found) = judged(&file.name, &mut content) {
            return Ok(Some(found));
        }
    }
    let installs = Installs::of(artifact).map(|installs| Given::of(&installs)?.inputs()).transpose()?;
    Ok(installs.filter(|inputs| !inputs.is_empty()).map(|_| Obstacle::Installed))
}

fn judged(name: &str, content: &mut dyn Read) -> Option<Obstacle> {
    let code = |machine: String| Some(Obstacle::Code { file: name.to_owned(), machine });
    if name.ends_with(".dist-info/WHEEL") {
        let mut text = String::new();
        // One that is no text has no tag.
        let _ = content.take(WHEEL).read_to_string(&mut text);
        return wheel(&text).and_then(code);
    }
    let mut head = Vec::new();
    content.take(HEAD).read_to_end(&mut head).ok()?;
    elf(&head).and_then(code)
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
        assert_eq!(against_arm(&artifact)?, None);
        fs::write(source.join("tool"), head(62))?;
        let of = |file: &str, machine: &str| Some(Obstacle::Code { file: file.into(), machine: machine.into() });
        assert_eq!(against_arm(&artifact)?, of("tool", "x86-64"));
        fs::remove_file(source.join("tool"))?;
        fs::write(source.join("pkg-1.dist-info/WHEEL"), "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_17_x86_64\n")?;
        assert_eq!(against_arm(&artifact)?, of("pkg-1.dist-info/WHEEL", "wheels of cp312-cp312-manylinux_2_17_x86_64"));
        fs::write(source.join("pkg-1.dist-info/WHEEL"), "Tag: py3-none-any\n")?;
        assert_eq!(against_arm(&artifact)?, None);
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
        assert!(matches!(against_arm(&artifact)?, Some(Obstacle::Code { file, .. }) if file == "lib/native.node"));
        Ok(())
    }
}
