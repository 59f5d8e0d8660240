//! What the files ask for, after every variable and default is filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::account;
use super::reference::{self, Reference};
use super::secret::Secrets;
use super::stored::{self, Values};
use super::{Attributes, ResourceId, Stored};

/// One resource as the files ask for it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Logical address.
    pub id: ResourceId,
    /// Physical name on AWS.
    pub name: String,
    /// The kind's spec in normal form.
    pub spec: Value,
    /// Path in the file of what asks for it: section and key, and below them where another resource
    /// brings it along.
    pub home: Vec<String>,
    /// What it names, and what must be there before it for another reason.
    pub needs: BTreeSet<ResourceId>,
    /// Those of `needs` that need not be there first: AWS does not look for them, and what is named of
    /// them follows from their names.
    pub loose: BTreeSet<ResourceId>,
    /// Sources of the code, where the resource carries code that etlctl packages.
    pub artifact: Option<Artifact>,
    /// Paths of the spec, as a [`super::Change`] has them, whose values nobody may see, whatever they
    /// look like: on the live side as on this.
    pub sensitive: BTreeSet<String>,
    /// Values of the stored values that the spec's environment names, once they were read. The spec
    /// keeps the names: see [`Node::filled`].
    pub stored: Values,
    /// The traffic that the file assumes. It is for what a month costs, and AWS hears nothing of it.
    pub assumed: Option<Workload>,
}

/// Traffic of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Calls.
    pub calls: u64,
    /// The hours that they come in.
    pub hours: u32,
    /// Milliseconds of a call.
    pub duration_ms: u64,
}

impl Node {
    /// What AWS is to hold: the same with its stored values in their places. Nothing in it is a
    /// reference any more, whatever a value says.
    ///
    /// # Errors
    /// A value that was not read.
    pub fn filled(&self) -> Result<Self, Stored> {
        let mut filled = self.clone();
        let Some(environment) = filled.spec.get_mut("environment") else { return Ok(filled) };
        let texts = environment.as_object().into_iter().flat_map(|environment| environment.values()).filter_map(Value::as_str);
        if let Some(unread) = texts.flat_map(stored::named).find(|stored| !self.stored.contains_key(stored)) {
            return Err(unread);
        }
        stored::fill(environment, &self.stored);
        Ok(filled)
    }
}

/// Sources to package, and what identifies their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Folder or file that is packaged.
    pub source: PathBuf,
    /// Folder of the project: no link in the sources may lead out of it.
    pub project: PathBuf,
    /// Whether a layer or a function is packaged.
    pub form: ArtifactForm,
    /// Hex SHA-256 over paths, modes and contents of the sources.
    pub digest: String,
    /// Base64 SHA-256 of the zip as AWS reports it; known only once the zip was built.
    pub code_sha256: Option<String>,
}

/// Whether a source is a package already, by its ending.
pub fn is_package(source: &Path) -> bool {
    source.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip") || ending.eq_ignore_ascii_case("jar"))
}

/// How sources become a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactForm {
    /// The files as they are, and beside them what an installer makes of their lock file. A zip or jar is
    /// taken as it is.
    Function {
        /// None where nothing is installed.
        build: Option<(Installer, Install)>,
    },
    /// A layer: dependencies are installed wherever there is a lock file.
    Layer(Install),
}

/// Who installs the dependencies of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    /// From `package-lock.json` into `node_modules/`.
    Npm,
    /// From `requirements.txt` beside the sources.
    Pip,
}

/// For what dependencies are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// `x86_64`, `arm64`.
    pub architectures: Vec<String>,
    /// Newest Python runtime that is asked for, `3.13` for one.
    pub python: Option<String>,
    /// Whether installing may run code: builds of Python packages, scripts of npm packages.
    pub allow_build: bool,
}

/// All that one stack in one environment should be.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// Resources by address.
    pub nodes: BTreeMap<ResourceId, Node>,
    /// Addresses by section and key, as references name them.
    pub index: BTreeMap<(String, String), ResourceId>,
    /// Attributes that follow from names alone, before anything exists.
    pub known: BTreeMap<ResourceId, Attributes>,
    /// Outputs in file order: name and a string that may hold references.
    pub outputs: Vec<(String, String)>,
    /// What may carry the marks of another stack, which is named: it comes from there.
    pub moved: BTreeMap<ResourceId, String>,
    /// What must not be shown of it.
    pub secrets: Secrets,
    /// Where zips lie on their way that no call carries.
    pub store: Option<Store>,
}

/// Where zips lie on their way to Lambda that are larger than a call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Bucket in the stack's region.
    pub bucket: String,
    /// What keys begin with.
    pub prefix: String,
}

impl Desired {
    /// The resource that a reference names.
    pub fn target(&self, reference: &Reference) -> Option<&Node> {
        self.nodes.get(self.index.get(&(reference.section.clone(), reference.key.clone()))?)
    }

    /// The value of a reference, where it follows from names alone.
    pub fn known(&self, reference: &Reference) -> Option<String> {
        self.known.get(&self.target(reference)?.id)?.get(&reference.attribute).cloned()
    }

    /// A node's spec with all that is known before anything exists filled in.
    pub fn resolved(&self, node: &Node) -> Value {
        let mut spec = node.spec.clone();
        reference::splice(&mut spec, &|reference| Some(account::template_of(&self.known(reference)?)));
        spec
    }

    /// The same of one template.
    pub fn told(&self, template: &str) -> String {
        reference::splice_text(template, &|reference| Some(account::template_of(&self.known(reference)?)))
    }

    /// Fills the account in, once it is told.
    pub fn settle_account(&mut self, id: &str) {
        for node in self.nodes.values_mut() {
            node.name = account::fill_text(&node.name, id);
            node.spec = reference::map_texts(node.spec.take(), &|template| account::fill(template, id));
        }
        self.known.values_mut().flat_map(BTreeMap::values_mut).for_each(|value| *value = account::fill_text(value, id));
        if let Some(Store { bucket, prefix }) = &mut self.store {
            [bucket, prefix].into_iter().for_each(|text| *text = account::fill(text, id));
        }
        self.outputs.iter_mut().for_each(|(_, template)| *template = account::fill(template, id));
    }
}
