//! What pip and npm would be given for a layer or a function.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::given::given;
use crate::contract::{Findings, Rule, View};
use crate::kinds;
use crate::package::finding::Finding;
use crate::source::diagnostic::{Place, Source};

const FORMAT: &str = "docs/file-format.md";

/// Rules about installers.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E220",
        title: "requirement that is no package of a registry",
        why: "pip takes options of a requirements file before those of its command line, and runs the `setup.py` or the build of every folder, \
              archive and address that the file names: on the machine that deploys, with its credentials. So the requirements, and the \
              files that they name with `-r` and `-c`, hold packages of a registry with extras, versions, markers and `--hash`.",
        fix: "name packages of a registry; `allow_build: true` beside the source allows the rest",
        source: FORMAT,
        run: pip,
    },
    Rule {
        code: "E221",
        title: "npm dependency that is no package of a registry",
        why: "Folders, links, git addresses and archives elsewhere are not what a lock file's hashes hold, and may run code while they are \
              prepared. A `.npmrc` beside the lock file could let scripts run, or have npm call another program.",
        fix: "name packages of a registry, and keep `.npmrc` to settings that change nothing; `allow_build: true` beside the source allows the rest",
        source: FORMAT,
        run: npm,
    },
    Rule {
        code: "E222",
        title: "a lock file of npm without its package.json",
        why: "`npm ci` installs what the lock file holds for the `package.json` beside it, and does nothing where there is none.",
        fix: "put the `package.json` that the lock file was made from beside it",
        source: "https://docs.npmjs.com/cli/commands/npm-ci",
        run: alone,
    },
    Rule {
        code: "W222",
        title: "dependency without a hash",
        why: "Without a hash, what is installed is what the registry gives on that day: another file of the same version, or another version. \
              What comes along with it is not listed either. With hashes pip and npm take the very files that were looked at, or fail.",
        fix: "for Python write the file with `pip-compile --generate-hashes` or `uv export`; for Node.js write the lock file anew with \
              `npm install --package-lock-only`",
        source: "https://pip.pypa.io/en/stable/topics/secure-installs/",
        run: hashes,
    },
];

/// The files that findings point into, each read once.
#[derive(Default)]
struct Sources(BTreeMap<PathBuf, Arc<Source>>);

impl Sources {
    fn of(&mut self, path: &Path) -> &Arc<Source> {
        self.0.entry(path.to_owned()).or_insert_with(|| {
            let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            Arc::new(Source::new(path, text))
        })
    }

    fn add(&mut self, found: &mut Findings<'_>, address: &str, finding: &Finding, message: String) {
        let Finding { file, line, column, length, fix, .. } = finding;
        let place = Place { line: *line, column: *column, length: *length };
        found.add_in(self.of(file), place, address, message, fix.clone());
    }
}

fn pip(cx: &View<'_>, found: &mut Findings<'_>) {
    let mut sources = Sources::default();
    for (address, given) in given(cx) {
        given.refused_of_pip().for_each(|one| sources.add(found, address, one, one.message.clone()));
    }
}

fn npm(cx: &View<'_>, found: &mut Findings<'_>) {
    let mut sources = Sources::default();
    for (address, given) in given(cx) {
        given.refused_of_npm().for_each(|one| sources.add(found, address, one, one.message.clone()));
    }
}

fn alone(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, given) in given(cx) {
        for lock in given.without_package_json() {
            let (kind, key) = address.split_once('/').unwrap_or_default();
            let section = kinds::registry().iter().find(|driver| driver.name() == kind).map_or("", |driver| driver.section());
            let place = cx.place(section, key, &["source"]);
            found.add(place, address, format!("there is no `package.json` beside {}", lock.display()));
        }
    }
}

fn hashes(cx: &View<'_>, found: &mut Findings<'_>) {
    let mut sources = Sources::default();
    for (address, given) in given(cx) {
        for (first, count) in given.unhashed() {
            let more = if *count > 1 { format!(", nor have {} more", count - 1) } else { String::new() };
            sources.add(found, address, first, format!("`{}` has no hash{more}", first.message));
        }
    }
}
