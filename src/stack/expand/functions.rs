//! Functions, with the role and the log group that each brings along.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::function_parts as parts;
use super::{Expander, guard};
use crate::kinds::function::sensitive;
use crate::kinds::function::spec::{Alias, CURRENT, Config, ImageConfig, Logging, S3Code, Spec, Vpc};
use crate::kinds::log_group;
use crate::model::diff::entry_path;
use crate::model::reference::template;
use crate::model::secret::looks_secret;
use crate::model::stored;
use crate::model::{Artifact, ResourceId, desired::ArtifactForm};
use crate::stack::format::{FunctionFile, RoleChoice, RoleFile, texts};

/// Published versions that are kept where the file does not say. Outside Java, each is billed while
/// SnapStart is on (aws-facts §2).
const KEEP_VERSIONS: u32 = 3;

impl Expander<'_> {
    pub(super) fn functions(&mut self) {
        for (key, function) in &self.file.functions {
            self.function(key, function);
        }
    }

    fn function(&mut self, key: &str, file: &FunctionFile) {
        let name = self.physical("functions", file.name.as_ref(), key);
        let mut needs = BTreeSet::new();
        let role = self.role_of(key, file);
        let log_group = self.log_group_of(key, file, &name, &mut needs);
        let Some((code, s3, artifact)) = self.code_of(key, file) else { return };
        let config = self.config(key, file, role, log_group);
        let alias = file.alias.clone();
        if file.snap_start.0 && alias.is_none() {
            let place = self.place("functions", key, "snap_start");
            self.problem(
                place,
                format!("functions.{key}: SnapStart works on published versions only"),
                "add `alias: live`, and invoke the alias",
            );
        }
        let mut spec = Spec {
            code,
            code_recorded: true,
            record: None,
            s3,
            config,
            description: file.description.clone().unwrap_or_default(),
            reserved_concurrency: file.reserved_concurrency.map(|n| n.0),
            aliases: alias.iter().map(|alias| (alias.clone(), Alias { version: CURRENT.into(), description: String::new() })).collect(),
            versions: BTreeMap::new(),
            keep_versions: file.keep_versions.map_or(KEEP_VERSIONS, |n| n.0.max(1).unsigned_abs()),
            surplus_versions: 0,
            event_invoke: file.event_invoke.as_ref().map(parts::event_invoke),
            url: file.url.as_ref().map(|url| parts::url(url, alias.clone())),
            permissions: parts::permissions(file, alias.as_deref()),
            event_sources: self.event_sources(key, file),
            sensitive_variables: BTreeSet::new(),
            tags: self.tags(&file.tags, guard(file.protect, file.on_remove)),
        };
        // What a name or a form tells needs no record: it is told of the live value, too.
        let is_sensitive = |variable: &str, value: &str| {
            let known = || self.secrets.hides(&Value::from(value)) && !looks_secret(variable, value);
            stored::expressions(value).next().is_some() || known()
        };
        let filled = spec.config.environment.iter().filter(|(variable, value)| is_sensitive(variable, value));
        let variables: BTreeSet<String> = filled.map(|(variable, _)| variable.clone()).collect();
        let sensitive = variables.iter().map(|variable| entry_path("environment", variable)).collect();
        spec.sensitive_variables = sensitive::normal(variables);
        self.add("function", key, name, &spec, needs, artifact);
        if let Some(node) = self.nodes.get_mut(&ResourceId::new("function", key)) {
            node.sensitive = sensitive;
        }
    }

    /// The ARN of the role: a shared one, a foreign one, or one of the function's own.
    fn role_of(&mut self, key: &str, file: &FunctionFile) -> String {
        let basic = || RoleFile { managed_policies: vec!["service-role/AWSLambdaBasicExecutionRole".into()], ..RoleFile::default() };
        match &file.role {
            Some(RoleChoice::Named(word)) => {
                let place = self.place("functions", key, "role");
                return self.arn_of("roles", word, place);
            }
            Some(RoleChoice::Own(role)) => {
                let name = self.physical("roles", role.name.as_ref(), &format!("{key}-role"));
                self.role(key, name, role, guard(file.protect, file.on_remove));
            }
            None => {
                let name = self.physical("roles", None, &format!("{key}-role"));
                self.role(key, name, &basic(), guard(file.protect, file.on_remove));
            }
        }
        format!("${{roles.{key}.arn}}")
    }

    /// The log group's name. Made before the function, so that Lambda does not make it without
    /// retention and tags.
    fn log_group_of(&mut self, key: &str, file: &FunctionFile, name: &str, needs: &mut BTreeSet<ResourceId>) -> String {
        if let Some(word) = file.logging.as_ref().and_then(|logging| logging.log_group.clone()) {
            return if self.file.log_groups.contains_key(&word) { format!("${{log_groups.{word}.name}}") } else { word };
        }
        let group = format!("/aws/lambda/{name}");
        let spec = log_group::Spec {
            retention_days: file.log_retention.and_then(|retention| retention.0).map(|days| days as i32),
            class: "STANDARD".into(),
            kms_key: None,
            tags: self.tags(&file.tags, guard(file.protect, file.on_remove)),
        };
        self.add("log_group", key, group.clone(), &spec, BTreeSet::new(), None);
        needs.insert(ResourceId::new("log_group", key));
        template(&group)
    }

    /// What identifies the code, its S3 address and its sources. A digest of sources is filled in
    /// once they were read.
    fn code_of(&mut self, key: &str, file: &FunctionFile) -> Option<(String, Option<S3Code>, Option<Artifact>)> {
        match (&file.source, &file.s3, &file.image) {
            (Some(source), None, None) => {
                let source = self.folder_of("functions", key, source);
                let project = self.project();
                let artifact = Artifact { source, project, form: ArtifactForm::Function, digest: String::new(), code_sha256: None };
                Some((String::new(), None, Some(artifact)))
            }
            (None, Some(s3), None) => {
                let s3 = S3Code { bucket: s3.bucket.clone(), key: s3.key.clone(), version: s3.version.as_ref().map(|v| v.0.clone()) };
                let address = json!([s3.bucket, s3.key, s3.version]).to_string();
                let digest = Sha256::digest(address).iter().map(|byte| format!("{byte:02x}")).collect();
                Some((digest, Some(s3), None))
            }
            (None, None, Some(image)) => Some((image.uri.clone(), None, None)),
            (None, None, None) => {
                let place = self.place("functions", key, "");
                self.problem(place, format!("functions.{key} has no code"), "add `source:`, `s3:` or `image:`");
                None
            }
            _ => {
                let place = self.place("functions", key, "");
                self.problem(place, format!("functions.{key} has more than one kind of code"), "keep one of `source`, `s3` and `image`");
                None
            }
        }
    }

    fn config(&mut self, key: &str, file: &FunctionFile, role: String, log_group: String) -> Config {
        let is_image = file.image.is_some();
        for (field, value) in [("runtime", &file.runtime), ("handler", &file.handler)] {
            if !is_image && value.is_none() {
                let place = self.place("functions", key, "");
                self.problem(
                    place,
                    format!("functions.{key}: `{field}` is missing"),
                    format!("add `{field}:` here or under defaults.function"),
                );
            }
        }
        let layers_place = self.place("functions", key, "layers");
        let queue_place = self.place("functions", key, "dead_letter_queue");
        Config {
            package: if is_image { "Image".into() } else { "Zip".into() },
            runtime: file.runtime.clone().filter(|_| !is_image),
            handler: file.handler.clone().filter(|_| !is_image),
            architecture: file.architecture.clone().unwrap_or_else(|| "x86_64".into()),
            memory: file.memory.map_or(128, |n| n.0),
            timeout: file.timeout.map_or(3, |seconds| seconds.0 as i32),
            ephemeral_storage: file.ephemeral_storage.map_or(512, |n| n.0),
            environment: texts(&file.environment),
            kms_key: file.kms_key.clone(),
            layers: file.layers.iter().filter(|_| !is_image).map(|word| self.arn_of("layers", word, layers_place)).collect(),
            vpc: file.vpc.as_ref().map(|vpc| Vpc {
                subnets: vpc.subnets.iter().cloned().collect(),
                security_groups: vpc.security_groups.iter().cloned().collect(),
                ipv6: vpc.ipv6.0,
            }),
            dead_letter: file.dead_letter_queue.as_ref().map(|word| self.arn_of("queues", word, queue_place)),
            tracing: file.tracing.unwrap_or_default().word(),
            logging: logging(file, log_group),
            role,
            snap_start: file.snap_start.0,
            image: file
                .image
                .as_ref()
                .map(|image| ImageConfig {
                    command: image.command.clone(),
                    entry_point: image.entry_point.clone(),
                    working_directory: image.working_directory.clone(),
                })
                .filter(|image| !image.command.is_empty() || !image.entry_point.is_empty() || image.working_directory.is_some()),
        }
    }
}

/// With JSON, AWS fills in INFO for the levels that are not said.
fn logging(file: &FunctionFile, log_group: String) -> Logging {
    let logging = file.logging.clone().unwrap_or_default();
    let format = logging.format.unwrap_or_else(|| "Text".into());
    let level = |level: Option<String>| level.or_else(|| (format == "JSON").then(|| "INFO".to_owned()));
    Logging { application_level: level(logging.application_level), system_level: level(logging.system_level), format, log_group }
}
