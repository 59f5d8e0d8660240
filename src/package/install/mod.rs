//! Running pip and npm for a layer: what they are given, what they see, and what is kept of it.

mod cache;
mod child;
pub mod said;
pub mod stop;
mod surroundings;
mod tree;

use std::fs;
use std::path::Path;
use std::process::Command;

pub use self::cache::Installed;
use self::cache::Key;
use super::PackageError;
use super::npm::{Manifests, settings};
use super::requirements::{self, Requirements};

/// What a layer is installed for.
pub struct Target<'a> {
    /// `x86_64`, `arm64`.
    pub architecture: &'a str,
    /// Version of Python, `3.13`.
    pub python: &'a str,
    /// Whether installing may run code.
    pub allow_build: bool,
    /// Folder of the cache.
    pub cache: &'a Path,
}

const NPM: &str = "npm ci";
const PIP: &str = "pip install";

fn write(path: &Path, content: &[u8]) -> Result<(), PackageError> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, content));
    written.map_err(|error| PackageError::Io { path: path.to_owned(), error })
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), PackageError> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, mode).map_err(|error| PackageError::Io { path: path.to_owned(), error })
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<(), PackageError> {
    Ok(())
}

/// A folder in which an installer can be asked about itself: nothing in it is read.
fn nowhere() -> Result<tempfile::TempDir, PackageError> {
    tempfile::tempdir().map_err(|error| PackageError::Io { path: std::env::temp_dir(), error })
}

/// Installs the modules of a lock file. They are in `node_modules` of the tree.
///
/// # Errors
/// npm fails, is not there, or is stopped.
pub fn npm(folder: &Path, manifests: &Manifests, target: &Target<'_>) -> Result<Installed, PackageError> {
    let cpu = if target.architecture == "arm64" { "arm64" } else { "x64" };
    let about = {
        let nowhere = nowhere()?;
        let mut command = Command::new("npm");
        command.args(["config", "get", "npm-version", "user-agent", "userconfig", "globalconfig"]).current_dir(nowhere.path());
        surroundings::clean(&mut command);
        // Only here, to learn where the settings are.
        for name in ["npm_config_userconfig", "npm_config_globalconfig", "npm_config_prefix"] {
            for name in [name.to_owned(), name.to_ascii_uppercase()] {
                if let Some(value) = std::env::var_os(&name) {
                    command.env(name, value);
                }
            }
        }
        child::run(command, NPM, folder)?
    };
    let is_version = |line: &&str| line.starts_with("npm-version") || line.starts_with("user-agent");
    let version = about.lines().filter(is_version).collect::<Vec<_>>().join("\n");
    let folders = manifests.folders.iter().map(|inside| (inside, folder.join(inside)));
    let mut local = Vec::new();
    for (inside, path) in folders.filter(|_| target.allow_build) {
        for file in requirements::below(&path)? {
            local.push((inside.join(&file.name), file.executable, file.read()?));
        }
    }
    let mut key = Key::new("npm");
    for part in [version.as_str(), cpu, if target.allow_build { "builds" } else { "" }] {
        key.put(part.as_bytes());
    }
    for (name, content) in &manifests.files {
        key.put(name.as_bytes());
        key.put(content);
    }
    for (name, executable, content) in &local {
        key.put(name.as_os_str().as_encoded_bytes());
        key.put(&[u8::from(*executable)]);
        key.put(content);
    }
    let key = (!(target.allow_build && manifests.open)).then_some(key);
    cache::get(target.cache, key, |tree, run| {
        for (name, content) in &manifests.files {
            write(&tree.join(name), content)?;
        }
        for (name, executable, content) in &local {
            write(&tree.join(name), content)?;
            if *executable {
                make_executable(&tree.join(name))?;
            }
        }
        // The settings of user and machine, as far as they say where a registry is.
        let mut command = Command::new("npm");
        for option in ["userconfig", "globalconfig"] {
            let text = surroundings::of_npm(&about, option).and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
            let kept = std::path::absolute(run.join(option)).map_err(|error| PackageError::Io { path: run.to_owned(), error })?;
            write(&kept, settings::kept(&text).as_bytes())?;
            command.arg(format!("--{option}={}", kept.display()));
        }
        command.args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--no-global", "--loglevel=error", "--os=linux", "--libc=glibc"]);
        if !target.allow_build {
            // The last three also hold what a package's own lock file would bring along; older versions
            // of npm do not know them.
            command.args(["--ignore-scripts", "--no-workspaces"]);
            command.args(["--allow-git=none", "--allow-file=none", "--allow-directory=none"]);
        }
        command.arg(format!("--cpu={cpu}")).current_dir(tree);
        surroundings::clean(&mut command);
        child::run(command, NPM, folder).map(drop)
    })
}

/// Installs the packages of a requirements file. They are the tree.
///
/// # Errors
/// pip fails, is not there, or is stopped.
pub fn pip(folder: &Path, wanted: &Requirements, target: &Target<'_>) -> Result<Installed, PackageError> {
    let machine = if target.architecture == "arm64" { "aarch64" } else { "x86_64" };
    let version = python(&["--version"], folder)?;
    let mut key = Key::new("pip");
    for part in [version.trim(), machine, target.python, if target.allow_build { "builds" } else { "" }] {
        key.put(part.as_bytes());
    }
    for (path, content) in &wanted.files {
        key.put(path.strip_prefix(folder).unwrap_or(path).as_os_str().as_encoded_bytes());
        key.put(content);
    }
    for named in &wanted.local {
        key.put(named.as_os_str().as_encoded_bytes());
        for file in requirements::below(named)? {
            key.put(file.name.as_bytes());
            key.put(&[u8::from(file.executable)]);
            key.put(&file.read()?);
        }
    }
    let key = (!(target.allow_build && wanted.open)).then_some(key);
    cache::get(target.cache, key, |tree, run| {
        let absolute = |path: &Path| std::path::absolute(path).map_err(|error| PackageError::Io { path: path.to_owned(), error });
        let mut command = Command::new("python3");
        // `-I`: neither the working directory nor PYTHONPATH says what pip is.
        command.args(["-I", "-m", "pip", "install", "--quiet", "--no-compile", "--no-input", "--disable-pip-version-check"]);
        command.args(["--only-binary=:all:", "--implementation=cp"]);
        command.arg(format!("--python-version={}", target.python));
        command.arg(format!("--platform=manylinux2014_{machine}")).arg(format!("--platform=manylinux_2_28_{machine}"));
        command.args(if wanted.hashed { ["--no-deps", "--require-hashes"].as_slice() } else { &[] });
        command.arg("--target").arg(absolute(tree)?);
        match wanted.files.first().filter(|_| target.allow_build) {
            Some((top, _)) => {
                // Local paths are relative to where pip is called.
                command.arg("--requirement").arg(absolute(top)?).current_dir(folder);
            }
            None => {
                for (option, lines) in [("--requirement", &wanted.packages), ("--constraint", &wanted.constraints)] {
                    let file = absolute(&run.join(format!("{}.txt", &option[2..])))?;
                    write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())?;
                    command.arg(option).arg(file);
                }
                command.current_dir(run);
            }
        }
        surroundings::clean(&mut command);
        command.envs(surroundings::of_pip(&python(&["config", "list", "-vvv"], folder)?));
        child::run(command, PIP, folder).map(drop)
    })
}

/// What pip says of itself; `-vvv` outweighs a `quiet` in its settings.
fn python(args: &[&str], folder: &Path) -> Result<String, PackageError> {
    let nowhere = nowhere()?;
    let mut command = Command::new("python3");
    command.args(["-I", "-m", "pip", "--disable-pip-version-check"]).args(args).current_dir(nowhere.path());
    surroundings::clean(&mut command);
    if let Some(value) = std::env::var_os("PIP_CONFIG_FILE") {
        command.env("PIP_CONFIG_FILE", std::path::absolute(&value).map_or(value, Into::into));
    }
    child::run(command, PIP, folder)
}
