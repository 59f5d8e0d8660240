//! Layers: the folders of the source as they are, and what npm or pip install for its lock file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{self, File};
use super::finding::Finding;
use super::install::{self, Installed, Target};
use super::links::Within;
use super::npm::{self, Manifests};
use super::requirements::{self, Requirements};
use super::{Layer, PackageError};

/// Files that say what is installed, and so are no content.
const MANIFESTS: [&str; 4] = ["package.json", "package-lock.json", "requirements.txt", ".npmrc"];

/// What installers would be given for a layer. A lock file is looked for at the top of the folder and
/// in `nodejs/` or `python/`.
pub struct Given {
    npm: Vec<(PathBuf, Manifests)>,
    pip: Vec<(PathBuf, Requirements)>,
    allow_build: bool,
}

impl Given {
    /// Reads it; no installer runs.
    ///
    /// # Errors
    /// A file cannot be read, or a link leads it out of the project.
    pub fn of(layer: &Layer<'_>) -> Result<Self, PackageError> {
        let within = Within::of(layer.source, layer.project)?;
        let (mut npm, mut pip) = (Vec::new(), Vec::new());
        for folder in [layer.source.to_owned(), layer.source.join("nodejs")] {
            if folder.join("package-lock.json").is_file() {
                npm.push((folder.clone(), npm::read(&folder, &within, layer.allow_build)?));
            }
        }
        for folder in [layer.source.to_owned(), layer.source.join("python")] {
            let top = folder.join("requirements.txt");
            if top.is_file() {
                pip.push((folder, requirements::read(&top, &within, layer.allow_build)?));
            }
        }
        Ok(Self { npm, pip, allow_build: layer.allow_build })
    }

    /// What pip is not given.
    pub fn refused_of_pip(&self) -> impl Iterator<Item = &Finding> {
        self.pip.iter().flat_map(|(_, wanted)| &wanted.refused)
    }

    /// What npm is not given.
    pub fn refused_of_npm(&self) -> impl Iterator<Item = &Finding> {
        self.npm.iter().flat_map(|(_, wanted)| &wanted.refused)
    }

    /// Of each file that lists packages without hashes the first, and how many.
    pub fn unhashed(&self) -> impl Iterator<Item = &(Finding, usize)> {
        let npm = self.npm.iter().filter_map(|(_, wanted)| wanted.unhashed.as_ref());
        npm.chain(self.pip.iter().filter_map(|(_, wanted)| wanted.unhashed.as_ref()))
    }

    /// Files that count beside those of the layer's folder: what the installers are given from
    /// elsewhere, or in spite of an ignore file.
    ///
    /// # Errors
    /// A folder that is named cannot be read.
    pub fn inputs(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, PackageError> {
        let mut inputs: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        for (folder, wanted) in &self.npm {
            // Settings that change nothing publish no version.
            let counts = |name: &str| name != ".npmrc" || self.allow_build;
            inputs.extend(wanted.files.iter().filter(|(name, _)| counts(name)).map(|(name, text)| (folder.join(name), text.clone())));
        }
        for (_, wanted) in &self.pip {
            inputs.extend(wanted.files.iter().cloned());
        }
        for named in self.named() {
            for file in requirements::below(&named)? {
                inputs.push((file.path.clone(), file.read()?));
            }
        }
        Ok(inputs)
    }

    /// Folders and files that a build takes.
    fn named(&self) -> Vec<PathBuf> {
        let folders = self.npm.iter().flat_map(|(folder, wanted)| wanted.folders.iter().map(|inside| folder.join(inside)));
        folders.chain(self.pip.iter().flat_map(|(_, wanted)| wanted.local.iter().cloned())).collect()
    }

    /// Takes out what builds left in folders that they were given: it is not what the user wrote.
    pub fn without_leftovers(&self, files: &mut Vec<File>) {
        let named: Vec<PathBuf> = self.named().iter().map(|path| path.components().collect()).collect();
        files.retain(|file| !named.iter().any(|folder| requirements::is_left_by_a_build(folder, &file.path)));
    }
}

/// The files of a layer, and what has to stay for as long as they are read.
pub struct Collected {
    /// In order.
    pub files: Vec<File>,
    _installed: Vec<Installed>,
}

/// The files of a layer.
///
/// # Errors
/// A file cannot be read, an installer is asked for what it is not given, fails or is stopped.
pub fn collect(layer: &Layer<'_>, cache: &Path) -> Result<Collected, PackageError> {
    let given = Given::of(layer)?;
    if let Some(refused) = given.refused_of_npm().chain(given.refused_of_pip()).next() {
        return Err(PackageError::Refused(Box::new(refused.clone())));
    }
    let mut all: Vec<File> = files::collect(layer.source, layer.project)?;
    all.retain(|file| !is_manifest(&file.name) && !is_no_content(&file.name));
    given.without_leftovers(&mut all);
    let target = Target {
        architecture: layer.architectures.first().map_or("x86_64", String::as_str),
        python: layer.python.unwrap_or("3.13"),
        allow_build: layer.allow_build,
        cache,
    };
    let mut installed = Vec::new();
    for (folder, wanted) in &given.npm {
        let made = install::npm(folder, wanted, &target)?;
        merge(&mut all, "nodejs/node_modules", &made.tree.join("node_modules"), &made.tree)?;
        installed.push(made);
    }
    for (folder, wanted) in &given.pip {
        let made = install::pip(folder, wanted, &target)?;
        merge(&mut all, "python", &made.tree, &made.tree)?;
        installed.push(made);
    }
    if all.is_empty() {
        return Err(PackageError::Empty(layer.source.to_owned()));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Collected { files: all, _installed: installed })
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
fn merge(all: &mut Vec<File>, prefix: &str, installed: &Path, tree: &Path) -> Result<(), PackageError> {
    // A lock file without a package leaves no folder.
    if !installed.is_dir() {
        return Ok(());
    }
    let own: BTreeSet<String> = all.iter().map(|file| file.name.clone()).collect();
    for mut file in files::collect_all(installed, &Within::only(tree)?)? {
        file.name = format!("{prefix}/{}", file.name);
        if !is_local_to_the_machine(&file.name) && !own.contains(&file.name) {
            all.push(file);
        }
    }
    Ok(())
}

/// npm's own record of the tree and links to programs; scripts that pip wrote with the path of its
/// interpreter.
fn is_local_to_the_machine(name: &str) -> bool {
    name.ends_with("node_modules/.package-lock.json") || name.contains("node_modules/.bin/") || name.starts_with("python/bin/")
}
