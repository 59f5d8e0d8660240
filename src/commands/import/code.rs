//! The code of what is imported: fetched from where AWS keeps it, and unpacked into a folder of sources
//! where those come to the same zip again. What does not is kept as the zip that it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use super::gather::{Gathered, Left, Name, Taken};
use crate::aws::download::download;
use crate::contract::{Code, ReadCx};
use crate::error::Error;
use crate::model::EndpointKind;
use crate::package::unpacked::UnpackError;
use crate::package::{self, unpacked};

/// Zips that are fetched at a time.
const AT_ONCE: usize = 4;

/// Code that was fetched: the zip as it lies on AWS.
pub type Fetched = BTreeMap<Name, Vec<u8>>;

/// Fetches the code of all that has some.
///
/// # Errors
/// A call or a download failed, or what came is not what AWS says that runs.
pub async fn fetch(cx: &ReadCx, from: EndpointKind, gathered: &mut Gathered) -> Result<Fetched, Error> {
    let mut fetched = Fetched::new();
    let with_code: Vec<(Name, String)> = gathered.taken.iter().map(|(name, taken)| (name.clone(), arn_of(gathered, name, taken))).collect();
    let mut without = Vec::new();
    for part in with_code.chunks(AT_ONCE) {
        let asked = part.iter().map(|(name, arn)| async move { (name, one(cx, from, name, arn).await) });
        for (name, code) in join_all(asked).await {
            match code? {
                Got::Zip(zip) => drop(fetched.insert(name.clone(), zip)),
                Got::Image => {
                    let what = format!("the code of {} ({})", name.0, name.1);
                    let why = "it is a container image, and stays in its registry; the file names it".to_owned();
                    gathered.left.insert(Left { what, why });
                }
                Got::Nothing => without.push(name.clone()),
            }
        }
    }
    // A file cannot say what is nothing but its code without that.
    for name in without {
        if gathered.taken.get(&name).is_some_and(|taken| taken.driver.publishes()) {
            gathered.taken.remove(&name);
            let what = format!("{} ({})", name.0, name.1);
            gathered.left.insert(Left { what, why: "no version of it is there whose code can be fetched".to_owned() });
        }
    }
    Ok(fetched)
}

/// The ARN by which something names it, which may be that of a version; of several the newest. What nothing
/// names has one without a version.
fn arn_of(gathered: &Gathered, name: &Name, taken: &Taken) -> String {
    let told = |attribute: &str| taken.seen.attributes.get(attribute);
    gathered.newest(name).or_else(|| told("arn")).or_else(|| told("layer_arn")).cloned().unwrap_or_default()
}

enum Got {
    Zip(Vec<u8>),
    Image,
    Nothing,
}

async fn one(cx: &ReadCx, from: EndpointKind, (kind, name): &Name, arn: &str) -> Result<Got, Error> {
    let Some(driver) = crate::kinds::driver(kind) else { return Ok(Got::Nothing) };
    match driver.code_at(cx, arn).await? {
        None => Ok(Got::Nothing),
        Some(Code::Image) => Ok(Got::Image),
        Some(Code::Zip { location, sha256 }) => {
            let failed = |message: String| Error::File { path: format!("the code of {kind} ({name})"), message };
            let zip = download(&location, package::LARGEST_UNZIPPED, from).await.map_err(|error| failed(error.to_string()))?;
            if !sha256.is_empty() && package::code_sha256(&zip) != sha256 {
                return Err(failed("what was fetched is not what AWS says that runs: it was changed meanwhile; run it again".to_owned()));
            }
            Ok(Got::Zip(zip))
        }
    }
}

/// Where code is put, and what the file calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder, or the zip beside it.
    pub path: PathBuf,
    /// How many files it has; none of a zip.
    pub files: Option<usize>,
}

/// Manifests that installers read: beside one of these a folder is no longer only what it holds.
const MANIFESTS: [&str; 3] = ["requirements.txt", "package-lock.json", "package.json"];

/// Where code is to be put: into `folder`, or beside it as a zip where the folder would not come to the same again: where
/// it `installs`, what its manifests name would be installed once more. Nothing is written there yet.
///
/// # Errors
/// No folder can be made to try it in.
pub fn place(zip: &[u8], folder: &Path, installs: bool) -> Result<Place, Error> {
    let failed = |message: String| Error::File { path: std::env::temp_dir().display().to_string(), message };
    let trial = tempfile::Builder::new().prefix("etlctl-import-").tempdir().map_err(|error| failed(error.to_string()))?;
    match unpacked::unpack(zip, trial.path()) {
        Err(UnpackError::Io { path, error }) => Err(failed(format!("{}: {error}", path.display()))),
        Ok(files) if comes_to_the_same(zip, trial.path(), installs) => Ok(Place { path: folder.to_owned(), files: Some(files) }),
        // Lambda runs what no folder can be made of, such as a zip with links.
        Ok(_) | Err(_) => Ok(Place { path: folder.with_extension("zip"), files: None }),
    }
}

/// Puts code where it is to be.
///
/// # Errors
/// It is there already, or cannot be written.
pub fn put(zip: &[u8], Place { path, files }: &Place, force: bool) -> Result<(), Error> {
    let failed = |path: &Path, message: String| Error::File { path: path.display().to_string(), message };
    let parent = path.parent().unwrap_or(path);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| failed(&path, error.to_string())
    };
    if path.exists() && !force {
        return Err(code_there(path));
    }
    fs::create_dir_all(parent).map_err(io(parent))?;
    if files.is_none() {
        return fs::write(path, zip).map_err(io(path));
    }
    // Whole, or not there.
    let new = tempfile::Builder::new().prefix(".import-").tempdir_in(parent).map_err(io(parent))?;
    unpacked::unpack(zip, new.path()).map_err(|error| failed(path, format!("its zip is not unpacked: {error}")))?;
    if path.exists() {
        fs::remove_dir_all(path).map_err(io(path))?;
    }
    let new = new.keep();
    readable(&new).map_err(io(&new))?;
    fs::rename(&new, path).map_err(io(path))
}

/// What is said of what stands in the way.
pub fn there(path: &Path) -> Error {
    Error::Usage {
        message: format!("{} is there already", path.display()),
        hint: "nothing was written over; move it away, name another --out, or write over it with --force".to_owned(),
    }
}

/// The same of code.
pub fn code_there(path: &Path) -> Error {
    Error::Usage {
        message: format!("{} is there already", path.display()),
        hint: "nothing was written over; move it away, or have it replaced with --force, which leaves alone what another stack file names"
            .to_owned(),
    }
}

/// Whether the sources come to what runs: files that no package takes, and installers, would change it.
fn comes_to_the_same(zip: &[u8], folder: &Path, installs: bool) -> bool {
    let has_manifest = |folder: &Path| MANIFESTS.iter().any(|name| folder.join(name).exists());
    let below = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    if installs && (has_manifest(folder) || below.filter(|path| path.is_dir()).any(|path| has_manifest(&path))) {
        return false;
    }
    package::zipped(folder).is_ok_and(|ours| unpacked::same(&ours, zip).unwrap_or(false))
}

/// A folder of one's own is for oneself alone; sources are for all who read the project.
#[cfg(unix)]
fn readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
