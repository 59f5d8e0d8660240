//! Layers: the folders of the source as they are, and what npm or pip install for its lock file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::files::{self, File};
use super::{PackageError, hex};

/// Files that say what is installed, and so are no content.
const MANIFESTS: [&str; 4] = ["package.json", "package-lock.json", "requirements.txt", ".npmrc"];

/// The files of a layer, in order. A lock file is looked for at the top of the folder and in
/// `nodejs/` or `python/`.
///
/// # Errors
/// A file cannot be read, or an installer fails.
pub fn collect(folder: &Path, architectures: &[String], python: Option<&str>, cache: &Path) -> Result<Vec<File>, PackageError> {
    let mut all: Vec<File> =
        files::collect(folder)?.into_iter().filter(|file| !is_manifest(&file.name) && !is_no_content(&file.name)).collect();
    let architecture = architectures.first().map_or("x86_64", String::as_str);
    for place in [folder.to_owned(), folder.join("nodejs")] {
        if place.join("package-lock.json").is_file() {
            let installed = npm(&place, architecture, cache)?;
            merge(&mut all, "nodejs/node_modules", &installed)?;
        }
    }
    for place in [folder.to_owned(), folder.join("python")] {
        if place.join("requirements.txt").is_file() {
            let installed = pip(&place, architecture, python, cache)?;
            merge(&mut all, "python", &installed)?;
        }
    }
    if all.is_empty() {
        return Err(PackageError::Empty(folder.to_owned()));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Manifests at the top or one folder down stay out: what they name is in.
fn is_manifest(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    MANIFESTS.contains(&base) && name.matches('/').count() <= 1
}

/// Prose and the installer's settings at the top change nothing about a layer.
pub fn is_no_content(name: &str) -> bool {
    !name.contains('/') && (name.ends_with(".md") || name == ".npmrc")
}

/// Files of the source win over installed ones of the same name.
fn merge(all: &mut Vec<File>, prefix: &str, installed: &Path) -> Result<(), PackageError> {
    for mut file in files::collect_all(installed)? {
        file.name = format!("{prefix}/{}", file.name);
        if !is_local_to_the_machine(&file.name) && all.iter().all(|own| own.name != file.name) {
            all.push(file);
        }
    }
    Ok(())
}

/// npm's own record of the tree and links to programs; scripts that pip wrote with the path of its
/// interpreter.
fn is_local_to_the_machine(name: &str) -> bool {
    name.ends_with("node_modules/.package-lock.json")
        || name.contains("/node_modules/.bin/")
        || name.contains("node_modules/.bin/")
        || name.starts_with("python/bin/")
}

fn npm(folder: &Path, architecture: &str, cache: &Path) -> Result<PathBuf, PackageError> {
    let inputs = [folder.join("package.json"), folder.join("package-lock.json")];
    let cpu = if architecture == "arm64" { "arm64" } else { "x64" };
    let done = cached(cache, &inputs, &format!("npm {cpu}"), |work| {
        for input in inputs.iter().chain([&folder.join(".npmrc")]).filter(|path| path.is_file()) {
            let to = work.join(input.file_name().unwrap_or_default());
            fs::copy(input, &to).map_err(|error| PackageError::Io { path: input.clone(), error })?;
        }
        let mut command = Command::new("npm");
        command
            .args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--os=linux", "--libc=glibc"])
            .arg(format!("--cpu={cpu}"))
            .current_dir(work);
        run(command, "npm ci", folder)
    })?;
    Ok(done.join("node_modules"))
}

fn pip(folder: &Path, architecture: &str, python: Option<&str>, cache: &Path) -> Result<PathBuf, PackageError> {
    let requirements = folder.join("requirements.txt");
    // With hashes the file is a lock: it lists all that is to be there.
    let locked = fs::read_to_string(&requirements).is_ok_and(|text| text.contains("--hash="));
    let machine = if architecture == "arm64" { "aarch64" } else { "x86_64" };
    let version = python.unwrap_or("3.13");
    cached(cache, std::slice::from_ref(&requirements), &format!("pip {machine} {version}"), |work| {
        let mut command = Command::new("python3");
        command
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-compile",
                "--no-input",
                "--disable-pip-version-check",
                "--only-binary=:all:",
                "--implementation=cp",
            ])
            .arg(format!("--python-version={version}"))
            .arg(format!("--platform=manylinux2014_{machine}"))
            .arg(format!("--platform=manylinux_2_28_{machine}"))
            .args(if locked { ["--no-deps", "--require-hashes"].as_slice() } else { &[] })
            .arg("--target")
            .arg(work)
            .arg("--requirement")
            .arg(std::path::absolute(&requirements).unwrap_or_else(|_| requirements.clone()));
        run(command, "pip install", folder)
    })
}

/// The folder in the cache that `make` filled for these inputs. It is filled beside its place and
/// then renamed, so a killed run leaves nothing half-made.
fn cached(
    cache: &Path,
    inputs: &[PathBuf],
    salt: &str,
    make: impl FnOnce(&Path) -> Result<(), PackageError>,
) -> Result<PathBuf, PackageError> {
    let io = |path: &Path, error| PackageError::Io { path: path.to_owned(), error };
    let mut hash = Sha256::new();
    hash.update(salt);
    for input in inputs {
        let content = fs::read(input).map_err(|error| io(input, error))?;
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    let folder = cache.join("layers");
    let done = folder.join(&hex(&hash.finalize())[..32]);
    if done.is_dir() {
        return Ok(done);
    }
    fs::create_dir_all(&folder).map_err(|error| io(&folder, error))?;
    let ignore = cache.join(".gitignore");
    fs::write(&ignore, "*\n").map_err(|error| io(&ignore, error))?;
    let work = tempfile::Builder::new().prefix("installing-").tempdir_in(&folder).map_err(|error| io(&folder, error))?;
    make(work.path())?;
    let made = work.keep();
    if let Err(error) = fs::rename(&made, &done) {
        // Another run was quicker.
        fs::remove_dir_all(&made).map_err(|error| io(&made, error))?;
        if !done.is_dir() {
            return Err(io(&done, error));
        }
    }
    Ok(done)
}

fn run(mut command: Command, tool: &'static str, folder: &Path) -> Result<(), PackageError> {
    let failed = |output: String| PackageError::Install { tool, path: folder.to_owned(), output };
    let output = command.output().map_err(|error| failed(format!("{error}; is it installed and on the PATH?")))?;
    if output.status.success() {
        return Ok(());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    let tail: Vec<&str> = text.trim().lines().rev().take(12).collect();
    Err(failed(tail.into_iter().rev().collect::<Vec<_>>().join("\n")))
}
