//! Sources with dependencies: the files as they are, and what npm or pip install for their lock file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{self, File};
use super::finding::Finding;
use super::install::{self, Installed, Target};
use super::links::Within;
use super::npm::{self, Manifests};
use super::requirements::{self, Requirements};
use super::{PackageError, ready};
use crate::model::Artifact;
use crate::model::desired::{ArtifactForm, Install, Installer};

/// Sources beside which dependencies are installed.
pub struct Installs<'a> {
    /// The sources.
    pub source: &'a Path,
    /// Folder of the project.
    pub project: &'a Path,
    /// For what.
    pub install: &'a Install,
    /// The one installer of a function; a layer has whichever finds a lock file.
    function: Option<Installer>,
}

impl<'a> Installs<'a> {
    /// The dependencies of an artifact, where any are installed.
    pub fn of(artifact: &'a Artifact) -> Option<Self> {
        let Artifact { source, project, form, digest: _, code_sha256: _ } = artifact;
        if ready::is_archive(source) {
            return None;
        }
        let (install, function) = match form {
            ArtifactForm::Function { build } => build.as_ref().map(|(installer, install)| (install, Some(*installer)))?,
            ArtifactForm::Layer(install) => (install, None),
        };
        Some(Self { source, project, install, function })
    }

    /// What tells packages of the same files apart.
    pub fn framed(&self) -> String {
        let Install { architectures, python, allow_build: _ } = self.install;
        match self.function {
            None => format!("layer {architectures:?} {python:?}"),
            Some(installer) => format!("{installer:?} {architectures:?} {python:?}"),
        }
    }

    /// Folders in which an installer's lock file is looked for, `own` being a layer's of its language.
    fn folders(&self, installer: Installer, own: &str) -> Vec<PathBuf> {
        match self.function {
            None => vec![self.source.to_owned(), self.source.join(own)],
            Some(is) if is == installer => vec![self.source.to_owned()],
            Some(_) => Vec::new(),
        }
    }

    /// Where Lambda looks for what is installed: a layer has a folder for each language.
    fn prefix(&self, installer: Installer) -> &'static str {
        match (installer, self.function.is_some()) {
            (Installer::Npm, true) => "node_modules/",
            (Installer::Npm, false) => "nodejs/node_modules/",
            (Installer::Pip, true) => "",
            (Installer::Pip, false) => "python/",
        }
    }

    /// Manifests stay out: what they name is in. Those of a layer are at its top or one folder down. A
    /// function's `package.json` says how its own files are read.
    fn is_manifest(&self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        match self.function {
            None => MANIFESTS.contains(&base) && name.matches('/').count() <= 1,
            Some(Installer::Pip) => name == "requirements.txt",
            Some(Installer::Npm) => name == LOCK,
        }
    }

    /// The installer's settings, and of a layer prose at the top, change nothing.
    pub fn is_no_content(&self, name: &str) -> bool {
        let is_prose = self.function.is_none() && name.ends_with(".md");
        !name.contains('/') && (is_prose || name == ".npmrc") || self.is_left_by_npm(name)
    }

    /// Modules that somebody installed beside a function's sources, perhaps for another machine.
    fn is_left_by_npm(&self, name: &str) -> bool {
        self.function == Some(Installer::Npm) && name.starts_with("node_modules/")
    }
}

/// Files of a layer that say what is installed, and so are no content.
const MANIFESTS: [&str; 4] = [PACKAGE_JSON, LOCK, "requirements.txt", ".npmrc"];
const PACKAGE_JSON: &str = "package.json";
const LOCK: &str = "package-lock.json";

/// What installers would be given. A layer's lock file is looked for at the top of the folder and in
/// `nodejs/` or `python/`.
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
    pub fn of(installs: &Installs<'_>) -> Result<Self, PackageError> {
        let within = Within::of(installs.source, installs.project)?;
        let allow_build = installs.install.allow_build;
        let (mut npm, mut pip) = (Vec::new(), Vec::new());
        for folder in installs.folders(Installer::Npm, "nodejs") {
            if folder.join(LOCK).is_file() {
                npm.push((folder.clone(), npm::read(&folder, &within, allow_build)?));
            }
        }
        for folder in installs.folders(Installer::Pip, "python") {
            let top = folder.join("requirements.txt");
            if top.is_file() {
                pip.push((folder, requirements::read(&top, &within, allow_build)?));
            }
        }
        Ok(Self { npm, pip, allow_build })
    }

    /// What pip is not given.
    pub fn refused_of_pip(&self) -> impl Iterator<Item = &Finding> {
        self.pip.iter().flat_map(|(_, wanted)| &wanted.refused)
    }

    /// What npm is not given.
    pub fn refused_of_npm(&self) -> impl Iterator<Item = &Finding> {
        self.npm.iter().flat_map(|(_, wanted)| &wanted.refused)
    }

    /// Lock files of npm beside which there is no `package.json`.
    pub fn without_package_json(&self) -> impl Iterator<Item = PathBuf> {
        let folders = self.npm.iter().map(|(folder, _)| folder).filter(|folder| !folder.join(PACKAGE_JSON).is_file());
        folders.map(|folder| folder.join(LOCK))
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
    pub fn inputs(&self) -> Result<Vec<(PathBuf, Input)>, PackageError> {
        let mut inputs: Vec<(PathBuf, Input)> = Vec::new();
        for (folder, wanted) in &self.npm {
            // Settings that change nothing publish no version.
            let counts = |name: &str| name != ".npmrc" || self.allow_build;
            let files = wanted.files.iter().filter(|(name, _)| counts(name));
            inputs.extend(files.map(|(name, text)| (folder.join(name), Input::Held(text.clone()))));
        }
        for (_, wanted) in &self.pip {
            inputs.extend(wanted.files.iter().map(|(path, text)| (path.clone(), Input::Held(text.clone()))));
        }
        for named in self.named() {
            inputs.extend(requirements::below(&named)?.into_iter().map(|file| (file.path.clone(), Input::Lies(file))));
        }
        Ok(inputs)
    }

    /// Folders and files that a build takes.
    fn named(&self) -> Vec<PathBuf> {
        let folders = self.npm.iter().flat_map(|(folder, wanted)| wanted.folders.iter().map(|inside| folder.join(inside)));
        folders.chain(self.pip.iter().flat_map(|(_, wanted)| wanted.local.iter().cloned())).collect()
    }

    /// Tells what builds left in folders that they were given: it is not what the user wrote.
    pub fn leftovers(&self) -> impl Fn(&File) -> bool + use<> {
        let named: Vec<PathBuf> = self.named().iter().map(|path| path.components().collect()).collect();
        move |file| named.iter().any(|folder| requirements::is_left_by_a_build(folder, &file.path))
    }
}

/// What stands in a file that an installer is given.
pub enum Input {
    /// It was read, and looked at.
    Held(Vec<u8>),
    /// It counts, whatever it is.
    Lies(File),
}

/// The files of a package, and what has to stay for as long as they are read.
pub struct Collected {
    /// In order.
    pub files: Vec<File>,
    _installed: Vec<Installed>,
}

/// The files of a package, in order. `own` are those of its sources.
///
/// # Errors
/// A file cannot be read, an installer is asked for what it is not given, fails or is stopped.
pub fn collect(installs: &Installs<'_>, own: &[File], cache: &Path) -> Result<Collected, PackageError> {
    let given = Given::of(installs)?;
    if let Some(refused) = given.refused_of_npm().chain(given.refused_of_pip()).next() {
        return Err(PackageError::Refused(Box::new(refused.clone())));
    }
    let is_leftover = given.leftovers();
    let is_packaged = |file: &&File| !installs.is_manifest(&file.name) && !installs.is_no_content(&file.name) && !is_leftover(file);
    let mut all: Vec<File> = own.iter().filter(is_packaged).cloned().collect();
    let Install { architectures, python, allow_build } = installs.install;
    let target = Target {
        architecture: architectures.first().map_or("x86_64", String::as_str),
        python: python.as_deref().unwrap_or("3.13"),
        allow_build: *allow_build,
        cache,
    };
    let mut installed = Vec::new();
    for (folder, wanted) in &given.npm {
        let made = install::npm(folder, wanted, &target)?;
        merge(&mut all, installs.prefix(Installer::Npm), &made.tree.join("node_modules"), &made.tree)?;
        installed.push(made);
    }
    for (folder, wanted) in &given.pip {
        let made = install::pip(folder, wanted, &target)?;
        merge(&mut all, installs.prefix(Installer::Pip), &made.tree, &made.tree)?;
        installed.push(made);
    }
    if all.is_empty() {
        return Err(PackageError::Empty(installs.source.to_owned()));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Collected { files: all, _installed: installed })
}

/// Files of the source win over installed ones of the same name.
fn merge(all: &mut Vec<File>, prefix: &str, installed: &Path, tree: &Path) -> Result<(), PackageError> {
    // A lock file without a package leaves no folder.
    if !installed.is_dir() {
        return Ok(());
    }
    let own: BTreeSet<String> = all.iter().map(|file| file.name.clone()).collect();
    for mut file in files::collect_all(installed, &Within::only(tree)?)? {
        let is_local = is_local_to_the_machine(prefix, &file.name);
        file.name = format!("{prefix}{}", file.name);
        if !is_local && !own.contains(&file.name) {
            all.push(file);
        }
    }
    Ok(())
}

/// npm's own record of the tree and links to programs; scripts that pip wrote with the path of its
/// interpreter.
fn is_local_to_the_machine(prefix: &str, name: &str) -> bool {
    let of_npm = || name == ".package-lock.json" || name.starts_with(".bin/") || name.contains("/node_modules/.bin/");
    if prefix.ends_with("node_modules/") { of_npm() } else { name.starts_with("bin/") }
}
