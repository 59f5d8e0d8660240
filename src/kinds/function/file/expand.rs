//! From a user's words to a function, with the role and the log group that it brings along.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::sources::Listed;
use super::{
    BuildFile, DurableFile, EventSourceFile, FileSystemFile, FunctionFile, ImageFile, LoggingFile, RoleChoice, VpcFile, parts, rights,
    sources,
};
use crate::contract::{Expand, Kind, guard};
use crate::kinds::function::spec::{Alias, AliasVersion, Code, Config, Elsewhere, ImageConfig, Logging, S3Code, Spec, Vpc};
use crate::kinds::function::words::{Architecture, LogFormat, PackageType, TracingMode};
use crate::kinds::function::{Function, sensitive};
use crate::kinds::log_group::{self, LogGroup};
use crate::kinds::role::{self, Role};
use crate::kinds::triggers::{self, Target};
use crate::model::desired::{ArtifactForm, Install, Installer};
use crate::model::diff::entry_path;
use crate::model::mark::Guard;
use crate::model::secret::looks_secret;
use crate::model::{Artifact, ResourceId, account, stored};
use crate::source::duration::{Retention, Seconds};
use crate::source::scalar::{Flag, Int, Text, Tracing, UrlAuth, texts};
use crate::source::word::Word;

/// Published versions that are kept where the file does not say. Outside Java, each is billed while
/// SnapStart is on (docs/aws-facts.md §2).
pub(in crate::kinds::function) const KEEP_VERSIONS: u32 = 3;

pub(in crate::kinds::function) fn expand(cx: &mut Expand<'_>, key: &str, file: &FunctionFile) {
    let FunctionFile {
        name,
        description,
        source,
        build,
        allow_build,
        s3,
        image,
        runtime,
        handler,
        architecture,
        memory,
        timeout,
        ephemeral_storage,
        environment,
        kms_key,
        layers,
        vpc,
        dead_letter_queue,
        tracing,
        logging,
        log_retention,
        reserved_concurrency,
        snap_start,
        file_systems,
        durable,
        alias,
        provisioned_concurrency,
        publish,
        keep_versions,
        event_invoke,
        url,
        permissions,
        event_sources,
        triggers,
        role: _,
        assume,
        protect,
        on_remove,
        tags,
    } = file;
    let guard = guard(*protect, *on_remove);
    let name = cx.physical(Function::SECTION, name.as_ref(), key);
    let role = role_of(cx, key, file, guard);
    let all_tags = cx.tags(tags, guard);
    let group = LogGroupOf { function: &name, retention: *log_retention, tags: &all_tags };
    let (log_group, needs) = group.bring(cx, key, logging.as_ref());
    let Some(mut code) = code_of(cx, key, (source.as_ref(), s3.as_ref(), image.as_ref())) else { return };
    if let Some(build) = build {
        code.build(
            cx,
            key,
            *build,
            Install {
                architectures: architecture.iter().map(|word| word.as_str().to_owned()).collect(),
                python: runtime.as_deref().and_then(|runtime| runtime.strip_prefix("python")).map(str::to_owned),
                allow_build: allow_build.0,
            },
        );
    }
    let words = ConfigWords {
        runtime,
        handler,
        architecture,
        memory,
        timeout,
        ephemeral_storage,
        environment,
        kms_key,
        layers,
        vpc,
        dead_letter_queue,
        tracing,
        logging,
        snap_start,
        file_systems,
        durable,
        image,
    };
    let config = config_of(cx, key, words, Config::default_of(role, log_group));
    let kept = keep_versions.map_or(KEEP_VERSIONS, |n| n.0.max(1).unsigned_abs());
    let sensitive = sensitive_variables(cx, &config);
    let attribute = if alias.is_some() { "alias_arn" } else { "arn" };
    let target = Target { section: Function::SECTION, key, arn: format!("${{functions.{key}.{attribute}}}"), by_role: false };
    let started = triggers::expand(cx, &target, triggers);
    triggers::refuse_taken(cx, &target, &started.statements, "permissions", |sid| permissions.contains_key(sid));
    let is_public = url.as_ref().is_some_and(|url| url.auth == UrlAuth::None);
    for sid in parts::public(is_public, None).keys().filter(|sid| permissions.contains_key(*sid)) {
        cx.refuse_brought(Function::SECTION, key, ("permissions", sid), "`url: { auth: none }`");
    }
    let listed = event_sources.iter().enumerate().map(|(at, source)| (("event_sources", at), source));
    let event_sources: Vec<(Listed, &EventSourceFile)> = listed.chain(parts::sources(triggers)).collect();
    let spec = Spec {
        code: code.identity,
        s3: code.s3,
        config,
        description: description.clone().unwrap_or_default(),
        reserved_concurrency: reserved_concurrency.map(|n| n.0),
        aliases: aliases_of(cx, key, alias.as_ref(), *provisioned_concurrency),
        // An alias asks for versions by itself.
        publish: (publish.0 && alias.is_none()).then_some(AliasVersion::Current),
        keep_versions: (publish.0 || alias.is_some()).then_some(kept),
        event_invoke: event_invoke.as_ref().map(|file| parts::event_invoke(file, alias.clone())),
        url: url.as_ref().map(|url| parts::url(url, alias.clone())),
        permissions: parts::permissions(permissions, is_public, &started.statements, alias.as_deref()),
        notifications: parts::notifications(&started.notifications, alias.as_deref()),
        event_sources: sources::event_sources(cx, key, &event_sources, alias.as_deref()),
        elsewhere: Elsewhere::default(),
        sensitive_variables: sensitive::normal(sensitive.clone()),
        failed: BTreeMap::new(),
        tags: all_tags,
    };
    if let Some(node) = cx.add::<Function>(key, name, &spec) {
        node.needs = needs;
        node.artifact = code.artifact;
        node.assumed = assume.as_ref().map(parts::workload);
        node.sensitive = sensitive.iter().map(|variable| entry_path("environment", variable)).collect();
    }
}

/// The alias, with what stands ready for it.
fn aliases_of(cx: &mut Expand<'_>, key: &str, alias: Option<&String>, provisioned: Option<Int>) -> BTreeMap<String, Alias> {
    if provisioned.is_some() && alias.is_none() {
        let place = cx.place(Function::SECTION, key, "provisioned_concurrency");
        let message = format!("functions.{key}: executions stand ready for an alias, and there is none");
        cx.problem(place, message, "add `alias: live`, and invoke the alias");
    }
    let provisioned_concurrency = provisioned.map(|n| n.0);
    let current = Alias { provisioned_concurrency, ..Alias::to(AliasVersion::Current) };
    alias.iter().map(|alias| ((*alias).clone(), current.clone())).collect()
}

/// What a file says of the part that a published version freezes.
struct ConfigWords<'a> {
    runtime: &'a Option<String>,
    handler: &'a Option<String>,
    architecture: &'a Option<Word<Architecture>>,
    memory: &'a Option<Int>,
    timeout: &'a Option<Seconds>,
    ephemeral_storage: &'a Option<Int>,
    environment: &'a BTreeMap<String, Text>,
    kms_key: &'a Option<String>,
    layers: &'a [String],
    vpc: &'a Option<VpcFile>,
    dead_letter_queue: &'a Option<String>,
    tracing: &'a Option<Tracing>,
    logging: &'a Option<LoggingFile>,
    snap_start: &'a Flag,
    file_systems: &'a [FileSystemFile],
    durable: &'a Option<DurableFile>,
    image: &'a Option<ImageFile>,
}

/// `aws` is what Lambda gives a function of which nothing is said.
fn config_of(cx: &mut Expand<'_>, key: &str, words: ConfigWords<'_>, aws: Config) -> Config {
    let ConfigWords {
        runtime,
        handler,
        architecture,
        memory,
        timeout,
        ephemeral_storage,
        environment,
        kms_key,
        layers,
        vpc,
        dead_letter_queue,
        tracing,
        logging,
        snap_start,
        file_systems,
        durable,
        image,
    } = words;
    let is_image = image.is_some();
    for (field, value) in [("runtime", runtime), ("handler", handler)] {
        if !is_image && value.is_none() {
            let place = cx.place(Function::SECTION, key, "");
            let fix = format!("add `{field}:` here or under defaults.function");
            cx.problem(place, format!("functions.{key}: `{field}` is missing"), fix);
        }
    }
    for (field, is_said) in [("runtime", runtime.is_some()), ("handler", handler.is_some()), ("layers", !layers.is_empty())] {
        if is_image && is_said {
            let place = cx.place(Function::SECTION, key, field);
            let message = format!("functions.{key}: Lambda takes no `{field}` beside an image, which brings its own");
            cx.problem(place, message, format!("take `{field}` out, or name the `source` in place of the image"));
        }
    }
    let layers_place = cx.place(Function::SECTION, key, "layers");
    let queue_place = cx.place(Function::SECTION, key, "dead_letter_queue");
    Config {
        package: if is_image { PackageType::Image.into() } else { aws.package },
        runtime: runtime.clone(),
        handler: handler.clone(),
        architecture: architecture.clone().unwrap_or(aws.architecture),
        memory: memory.map_or(aws.memory, |n| n.0),
        timeout: timeout.map_or(aws.timeout, |seconds| seconds.0 as i32),
        ephemeral_storage: ephemeral_storage.map_or(aws.ephemeral_storage, |n| n.0),
        environment: texts(environment),
        kms_key: kms_key.clone(),
        layers: layers.iter().map(|word| cx.arn_of("layers", word, layers_place)).collect(),
        vpc: vpc.as_ref().map(vpc_of),
        dead_letter: dead_letter_queue.as_ref().map(|word| cx.arn_of("queues", word, queue_place)),
        tracing: match tracing {
            None => aws.tracing,
            Some(Tracing::Active) => TracingMode::Active.into(),
            Some(Tracing::Passthrough) => TracingMode::PassThrough.into(),
        },
        logging: logging_of(logging.clone().unwrap_or_default(), aws.logging),
        role: aws.role,
        snap_start: snap_start.0,
        file_systems: parts::mounted(cx, key, file_systems),
        durable: durable.as_ref().map(|file| parts::durable(cx, key, file)),
        image: image.as_ref().and_then(image_of),
    }
}

/// Variables whose values nobody may see. What a name or a form tells needs no record: it is told of
/// the live value, too.
fn sensitive_variables(cx: &Expand<'_>, config: &Config) -> BTreeSet<String> {
    let is_sensitive = |variable: &str, value: &str| {
        let known = || cx.secrets.hides(&Value::from(value)) && !looks_secret(variable, value);
        stored::expressions(value).next().is_some() || known()
    };
    config.environment.iter().filter(|(variable, value)| is_sensitive(variable, value)).map(|(variable, _)| variable.clone()).collect()
}

/// The ARN of the role: a shared one, a foreign one, or one of the function's own.
fn role_of(cx: &mut Expand<'_>, key: &str, function: &FunctionFile, guard: Guard) -> String {
    let own = match &function.role {
        Some(RoleChoice::Named(word)) => {
            let place = cx.place(Function::SECTION, key, "role");
            return cx.arn_of(Role::SECTION, word, place);
        }
        Some(RoleChoice::Own(own)) => rights::written(cx, own, &function.triggers),
        None => rights::unwritten(cx, function),
    };
    let name = cx.physical(Role::SECTION, own.name.as_ref(), &format!("{key}-role"));
    role::bring(cx, key, name, &own, guard, &[Function::SECTION, key, "role"].map(str::to_owned));
    format!("${{roles.{key}.arn}}")
}

/// What a log group that a function brings along takes of it.
struct LogGroupOf<'a> {
    function: &'a str,
    retention: Option<Retention>,
    tags: &'a BTreeMap<String, String>,
}

impl LogGroupOf<'_> {
    /// The log group's name, and what the function then needs. It is made before the function, so that
    /// Lambda does not make it without retention and tags.
    fn bring(&self, cx: &mut Expand<'_>, key: &str, logging: Option<&LoggingFile>) -> (String, BTreeSet<ResourceId>) {
        if let Some(word) = logging.and_then(|logging| logging.log_group.clone()) {
            let ours = cx.has(LogGroup::SECTION, &word);
            return (if ours { format!("${{log_groups.{word}.name}}") } else { word }, BTreeSet::new());
        }
        let group = format!("/aws/lambda/{}", self.function);
        // Who declares the group says all about it.
        if let Some(declared) = cx.declared(LogGroup::SECTION, &group) {
            return (account::template_of(&group), BTreeSet::from([ResourceId::new(LogGroup::NAME, &declared)]));
        }
        let spec = log_group::Spec::brought(self.retention, self.tags.clone());
        cx.bring::<LogGroup>(key, group.clone(), &spec, &[Function::SECTION, key].map(str::to_owned));
        (account::template_of(&group), BTreeSet::from([ResourceId::new(LogGroup::NAME, key)]))
    }
}

struct CodeOf {
    identity: Code,
    s3: Option<S3Code>,
    artifact: Option<Artifact>,
}

impl CodeOf {
    /// Has dependencies installed beside the sources.
    fn build(&mut self, cx: &mut Expand<'_>, key: &str, build: BuildFile, install: Install) {
        let place = cx.place(Function::SECTION, key, "build");
        let (installer, lock) = match build {
            BuildFile::Pip => (Installer::Pip, "requirements.txt"),
            BuildFile::Npm => (Installer::Npm, "package-lock.json"),
        };
        let Some(artifact) = &mut self.artifact else {
            let message = format!("functions.{key}: `build` is about the files of `source`, and there is none");
            return cx.problem(place, message, "take `build` out, or name the `source`");
        };
        if !artifact.source.is_dir() {
            let message = format!("functions.{key}: {} is no folder that something could be installed for", artifact.source.display());
            return cx.problem(place, message, "take `build` out, or name the folder of the sources");
        }
        if !artifact.source.join(lock).is_file() {
            let message = format!("functions.{key}: {} holds no `{lock}`", artifact.source.display());
            return cx.problem(place, message, format!("put `{lock}` at the top of the source folder, or take `build` out"));
        }
        artifact.form = ArtifactForm::Function { build: Some((installer, install)) };
    }
}

/// What identifies the code, its S3 address and its sources. A digest of sources is filled in once
/// they were read.
fn code_of(cx: &mut Expand<'_>, key: &str, said: (Option<&String>, Option<&super::CodeS3>, Option<&ImageFile>)) -> Option<CodeOf> {
    let place = cx.place(Function::SECTION, key, "");
    match said {
        (Some(source), None, None) => {
            let source = cx.source_of(Function::SECTION, key, source, |_| true);
            let (project, form) = (cx.project(), ArtifactForm::Function { build: None });
            let artifact = Artifact { source, project, form, digest: String::new(), code_sha256: None };
            Some(CodeOf { identity: Code::Recorded(String::new()), s3: None, artifact: Some(artifact) })
        }
        (None, Some(super::CodeS3 { bucket, key, version }), None) => {
            let s3 = S3Code { bucket: bucket.clone(), key: key.clone(), version: version.as_ref().map(|v| v.0.clone()) };
            let address = json!([s3.bucket, s3.key, s3.version]).to_string();
            let digest = Sha256::digest(address).iter().map(|byte| format!("{byte:02x}")).collect();
            Some(CodeOf { identity: Code::Recorded(digest), s3: Some(s3), artifact: None })
        }
        (None, None, Some(image)) => Some(CodeOf { identity: Code::Recorded(image.uri.clone()), s3: None, artifact: None }),
        (None, None, None) => {
            cx.problem(place, format!("functions.{key} has no code"), "add `source:`, `s3:` or `image:`");
            None
        }
        _ => {
            let message = format!("functions.{key} has more than one kind of code");
            cx.problem(place, message, "keep one of `source`, `s3` and `image`");
            None
        }
    }
}

fn vpc_of(VpcFile { subnets, security_groups, ipv6 }: &VpcFile) -> Vpc {
    Vpc { subnets: subnets.iter().cloned().collect(), security_groups: security_groups.iter().cloned().collect(), ipv6: ipv6.0 }
}

/// With JSON, AWS fills in INFO for the levels that are not said.
fn logging_of(LoggingFile { format, application_level, system_level, log_group: _ }: LoggingFile, aws: Logging) -> Logging {
    let format = format.unwrap_or(aws.format);
    let is_json = format.is(LogFormat::Json);
    Logging {
        application_level: application_level.or_else(|| is_json.then(|| Word::from("INFO"))),
        system_level: system_level.or_else(|| is_json.then(|| Word::from("INFO"))),
        format,
        log_group: aws.log_group,
    }
}

/// Overrides of an image, where there are any.
fn image_of(ImageFile { uri: _, command, entry_point, working_directory }: &ImageFile) -> Option<ImageConfig> {
    let image = ImageConfig { command: command.clone(), entry_point: entry_point.clone(), working_directory: working_directory.clone() };
    let overrides = !image.command.is_empty() || !image.entry_point.is_empty() || image.working_directory.is_some();
    overrides.then_some(image)
}
