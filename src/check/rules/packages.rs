//! Sources: whether there is something to package, and whether it fits.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::layers;
use crate::check::data::limits::{UNZIPPED_BYTES, ZIPPED_BYTES};
use crate::check::given::walk;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::layer::Layer;
use crate::model::Artifact;
use crate::model::desired::ArtifactForm;
use crate::package::in_order::threads;
use crate::package::{PackageError, archive, ready};
use crate::source::diagnostic::Place;

const QUOTAS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";

/// Rules about packages.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E210",
        title: "nothing that can be packaged",
        why: "The source folder holds no file, or `.gitignore` and `.etlctlignore` in it leave every file out: Lambda refuses an empty zip. Or \
              the name of a file is not UTF-8: a zip says nothing of other encodings, so nobody knows under which name Lambda would unpack it.",
        fix: "put the code there, mend the ignore files, or rename the file",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
        run: empty,
    },
    Rule {
        code: "E211",
        title: "code and layers too large",
        why: "The files of a function and of all its layers have at most 250 MB (262,144,000 bytes) together once they are unpacked, also \
              where the zip lies in S3. A container image may have 10 GB.",
        fix: "leave files out with `.etlctlignore`, or deploy a container image",
        source: QUOTAS,
        run: unzipped,
    },
    Rule {
        code: "E212",
        title: "zip too large for a call",
        why: "A call carries a zip of at most 50 MB (52,428,800 bytes). A larger one has to go through S3, from where Lambda takes up to \
              250 MB unpacked: `artifacts` at the top of the file names a bucket for that.",
        fix: "leave files out with `.etlctlignore`, move dependencies to a layer, or name a bucket under `artifacts`",
        source: QUOTAS,
        run: zipped,
    },
    Rule {
        code: "E213",
        title: "link out of the project, in a circle or nowhere",
        why: "A zip holds what links lead to, and whoever may read the function's code or the layer reads it too. A link out of the project \
              would put files of the machine that runs etlctl there, and on another machine it leads to others, or to none. The project is the \
              folder that holds `desired-state`. What a link leads to that is not there, or that holds the link itself, no zip holds.",
        fix: "copy what it leads to into the project, or take the link out",
        source: "docs/security.md",
        run: leaving,
    },
    Rule {
        code: "E214",
        title: "package that is no zip",
        why: "A source that ends in `.zip` or `.jar` is sent as it is, and Lambda refuses what it cannot unpack: \"Could not unzip uploaded \
              file\". A file that was cut off, or another archive under that name, is none.",
        fix: "build the package anew",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html",
        run: no_zip,
    },
    Rule {
        code: "E216",
        title: "sources that cannot be read whole",
        why: "A folder or an ignore file that cannot be read, and an ignore file with a line that is not UTF-8 or no pattern: what is left out \
              is not known then, and what was to stay here, such as a file of secrets, would be in the zip.",
        fix: "mend the ignore file, with a backslash before a `{` that is meant as it is; or give whoever runs etlctl the right to read",
        source: "docs/file-format.md",
        run: unreadable,
    },
    Rule {
        code: "W210",
        title: "layer without the folder of its language",
        why: "Lambda unpacks a layer into /opt and looks for modules in the folders of the languages alone: `python/` for Python, \
              `nodejs/node_modules/` for Node.js. What lies at the top of the layer is there, but no import finds it.",
        fix: "move the modules into `python/` or `nodejs/node_modules/`",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html",
        run: layout,
    },
];

/// Functions and layers with sources, and where their `source` is written.
fn sources<'a>(cx: &'a View<'_>) -> impl Iterator<Item = (&'a str, &'a Artifact, Place)> {
    let functions = cx.all::<Function>().iter().map(|one| ("functions", &one.key, &one.address, one.artifact.as_ref()));
    let layers = cx.all::<Layer>().iter().map(|one| ("layers", &one.key, &one.address, one.artifact.as_ref()));
    functions
        .chain(layers)
        .filter_map(|(section, key, address, artifact)| Some((address.as_str(), artifact?, cx.place(section, key, &["source"]))))
}

fn empty(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, artifact, place) in sources(cx) {
        let is_empty = match ready::is_archive(&artifact.source) {
            true => ready::entries(&artifact.source).is_ok_and(|entries| entries.is_empty()),
            false => match walk(cx, artifact) {
                Err(error @ PackageError::Name { .. }) => {
                    found.add(place, address, error.to_string());
                    false
                }
                walked => matches!(walked, Err(PackageError::Empty(_))),
            },
        };
        if is_empty {
            found.add(place, address, format!("{} holds no file to package", artifact.source.display()));
        }
    }
}

fn no_zip(cx: &View<'_>, found: &mut Findings<'_>) {
    for (address, artifact, place) in sources(cx) {
        if ready::is_archive(&artifact.source)
            && let Err(PackageError::NoZip { path, error }) = ready::entries(&artifact.source)
        {
            found.add(place, address, format!("{} is no zip: {error}", path.display()));
        }
    }
}

fn leaving(cx: &View<'_>, found: &mut Findings<'_>) {
    unpackaged(cx, found, |error| match error {
        PackageError::Leaves { path, target } => Some(format!("{} leads to {}, outside the project", path.display(), target.display())),
        PackageError::Circle { .. } | PackageError::Nowhere { .. } => Some(error.to_string()),
        _ => None,
    });
}

fn unreadable(cx: &View<'_>, found: &mut Findings<'_>) {
    unpackaged(cx, found, |error| matches!(error, PackageError::Ignores { .. } | PackageError::Io { .. }).then(|| error.to_string()));
}

/// Folders that cannot be walked, and what is said of that.
fn unpackaged(cx: &View<'_>, found: &mut Findings<'_>, told: impl Fn(&PackageError) -> Option<String>) {
    // Many functions may share a source.
    let mut seen: BTreeMap<&Path, Option<String>> = BTreeMap::new();
    for (address, artifact, place) in sources(cx) {
        let told = seen.entry(&artifact.source).or_insert_with(|| walk(cx, artifact).err().as_ref().and_then(&told));
        if let Some(message) = told {
            found.add(place, address, message.clone());
        }
    }
}

/// Bytes of the files of sources, each measured once.
#[derive(Default)]
struct Sizes(BTreeMap<PathBuf, u64>);

impl Sizes {
    fn of(&mut self, cx: &View<'_>, artifact: &Artifact) -> u64 {
        let source = &artifact.source;
        if let Some(known) = self.0.get(source) {
            return *known;
        }
        let size = match ready::is_archive(source) {
            true => ready::entries(source).unwrap_or_default().iter().map(|entry| entry.size).sum(),
            // What cannot be walked is told by others.
            false => walk(cx, artifact).map_or(0, |walk| walk.files.iter().map(|file| file.stamp.size).sum()),
        };
        self.0.insert(source.clone(), size);
        size
    }
}

/// What npm or pip install for a layer is not there yet: the sizes are the least that they can be.
fn unzipped(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = UNZIPPED_BYTES;
    let mut sizes = Sizes::default();
    for function in cx.all::<Function>() {
        let code = function.artifact.as_ref().map_or(0, |artifact| sizes.of(cx, artifact));
        let own = function.spec.config.layers.iter().filter_map(|arn| layers::own(cx, arn)?.artifact.as_ref());
        let in_layers: u64 = own.map(|artifact| sizes.of(cx, artifact)).sum();
        let sum = i64::try_from(code + in_layers).unwrap_or(i64::MAX);
        if sum > most {
            let field = if code >= in_layers { "source" } else { "layers" };
            let place = cx.place("functions", &function.key, &[field]);
            let message = format!("{sum} bytes unpacked ({code} code, {in_layers} layers); AWS takes at most {most}");
            found.add(place, &function.address, message);
        }
    }
}

/// Only a folder that is larger than the limit is zipped to see how small it gets.
fn zipped(cx: &View<'_>, found: &mut Findings<'_>) {
    if cx.loaded.desired.store.is_some() {
        return;
    }
    let most = ZIPPED_BYTES;
    let unpacked = UNZIPPED_BYTES;
    let mut sizes = Sizes::default();
    let mut zips: BTreeMap<&Path, Option<usize>> = BTreeMap::new();
    for (address, artifact, place) in sources(cx) {
        let size = i64::try_from(sizes.of(cx, artifact)).unwrap_or(i64::MAX);
        // Beyond that the folder is refused anyway.
        if size <= most || size > unpacked {
            continue;
        }
        let zip = *zips.entry(&artifact.source).or_insert_with(|| {
            if ready::is_archive(&artifact.source) {
                return fs::metadata(&artifact.source).ok().and_then(|meta| usize::try_from(meta.len()).ok());
            }
            let walk = walk(cx, artifact).ok()?;
            archive::write(&artifact.source, &walk.files, threads(), |_, _| {}).ok().map(|zip| zip.len())
        });
        if let Some(bytes) = zip.filter(|bytes| i64::try_from(*bytes).unwrap_or(i64::MAX) > most) {
            found.add(place, address, format!("the zip has {bytes} bytes; AWS takes {most} in a call"));
        }
    }
}

fn layout(cx: &View<'_>, found: &mut Findings<'_>) {
    for layer in cx.all::<Layer>() {
        let Some(artifact) = layer.artifact.as_ref().filter(|artifact| matches!(artifact.form, ArtifactForm::Layer(_))) else {
            continue;
        };
        let family = |prefix: &str| layer.spec.compatible_runtimes.iter().all(|runtime| runtime.starts_with(prefix));
        let (folder, manifest, ending) = match layer.spec.compatible_runtimes.is_empty() {
            false if family("python") => ("python", "requirements.txt", &["py"][..]),
            false if family("nodejs") => ("nodejs", "package-lock.json", &["js", "mjs", "cjs"][..]),
            _ => continue,
        };
        let Ok(entries) = fs::read_dir(&artifact.source) else { continue };
        let names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let is_module = |name: &String| ending.iter().any(|ending| Path::new(name).extension().is_some_and(|is| is == *ending));
        let finds_it = names.iter().any(|name| name == folder || name == manifest || (folder == "python" && name == "lib"));
        if let Some(module) = names.iter().find(|name| is_module(name)).filter(|_| !finds_it) {
            let place = cx.place("layers", &layer.key, &["source"]);
            let message = format!("`{module}` lies at the top of the layer, where no import finds it; there is no `{folder}/`");
            found.add(place, &layer.address, message);
        }
    }
}
