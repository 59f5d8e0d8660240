//! Layers as files write them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Layer, Spec};
use crate::contract::{Expand, Kind};
use crate::model::Artifact;
use crate::model::desired::{ArtifactForm, Install, is_package};
use crate::source::scalar::{Flag, Int};

/// A layer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text, up to 150 characters: the mark stands behind it.
    pub description: Option<String>,
    /// Folder, or a zip that is built already, relative to this file.
    pub source: Option<String>,
    /// Runtimes that may use it.
    #[serde(default)]
    pub compatible_runtimes: Vec<String>,
    /// `x86_64`, `arm64`; none stands for any.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// SPDX identifier, address or text.
    pub license: Option<String>,
    /// Versions that are kept, 5 where nothing is said.
    pub keep_versions: Option<Int>,
    /// Whether installing its dependencies may run code and take more than packages of a registry:
    /// options, local folders and addresses in `requirements.txt`, scripts of npm packages.
    #[serde(default)]
    pub allow_build: Flag,
    /// Refused, with a reason: a layer takes no tags.
    #[schemars(skip)]
    pub protect: Option<Value>,
    /// Refused, with a reason: a layer takes no tags.
    #[schemars(skip)]
    pub on_remove: Option<Value>,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &LayerFile) {
    let LayerFile {
        name,
        description,
        source,
        compatible_runtimes,
        architectures,
        license,
        keep_versions,
        allow_build,
        protect,
        on_remove,
    } = file;
    for (word, given) in [("protect", protect), ("on_remove", on_remove)] {
        if given.is_some() {
            let place = cx.place(Layer::SECTION, key, word);
            let message = format!("layers.{key}: a layer version takes no tags, so nothing would remember `{word}`");
            cx.problem(place, message, "take it out; raise `keep_versions` to keep older versions");
        }
    }
    // The defaults of a layer may leave it out, and so its type does.
    let Some(source) = source else {
        let place = cx.place(Layer::SECTION, key, "");
        cx.problem(place, "`source` is missing", "add `source:` here");
        return;
    };
    let source = cx.source_of(Layer::SECTION, key, source, is_package);
    let aws = Spec::default();
    let spec = Spec {
        description: description.clone().unwrap_or(aws.description),
        // Filled in once the sources were read.
        code: None,
        compatible_runtimes: compatible_runtimes.iter().cloned().collect(),
        architectures: architectures.iter().cloned().collect(),
        license: license.clone(),
        keep_versions: keep_versions.map_or(aws.keep_versions, |Int(number)| number.max(1).unsigned_abs()),
    };
    let form = ArtifactForm::Layer(Install {
        architectures: architectures.clone(),
        python: newest_python(compatible_runtimes),
        allow_build: allow_build.0,
    });
    let artifact = Artifact { source, project: cx.project(), form, digest: String::new(), code_sha256: None };
    let name = cx.physical(Layer::SECTION, name.as_ref(), key);
    if let Some(node) = cx.add::<Layer>(key, name, &spec) {
        node.artifact = Some(artifact);
    }
}

fn newest_python(runtimes: &[String]) -> Option<String> {
    let version = |runtime: &String| {
        let version = runtime.strip_prefix("python")?;
        let (major, minor) = version.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?, version.to_owned()))
    };
    runtimes.iter().filter_map(version).max().map(|(_, _, version)| version)
}
