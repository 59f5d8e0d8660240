//! Every kind of the registry against a local AWS: create, read as wanted, update, read as wanted,
//! delete, read as gone. A kind's sample is `src/kinds/<kind>/samples/{before,after}.yaml`; what a file
//! holds of other kinds is what the kind stands on, and stays as it is.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use common::local_aws;
use etlctl::testing::aws::pace::Pace;
use etlctl::testing::aws::quotas::Quotas;
use etlctl::testing::aws::{Caller, Clients, ConnectOptions, Readers, connect};
use etlctl::testing::contract::{Batches, Driver, Locks, Package, Packager, ReadCx, Unpackaged, WriteCx};
use etlctl::testing::kinds::registry;
use etlctl::testing::model::reference::{self, Reference};
use etlctl::testing::model::{Artifact, Attributes, Change, Desired, EndpointKind, Node, Owner, ResourceId, Scope, Seen, diff, graph};
use etlctl::testing::stack::{Choice, load};
use etlctl::testing::{apply, package};
use futures_util::future::BoxFuture;
use serde_json::json;

/// Set for the process that speaks to AWS: its credentials come from its environment, as a user's do.
const CHILD: &str = "ETLCTL_CONFORMANCE_CHILD";
/// Fields of a spec that no pair of samples can change, and why.
const UNCHANGED: [(&str, &str, &str); 14] = [
    ("bus", "policy", "the local AWS makes a statement of its own of it"),
    ("function", "elsewhere", "nothing is desired there"),
    ("function", "failed", "nothing is desired of it"),
    ("function", "image", "the local AWS has no image to run"),
    ("function", "s3", "live AWS does not tell where code came from"),
    ("log_group", "class", "AWS cannot change it"),
    ("log_group", "deletion_protection", "the local AWS knows of none"),
    ("log_group", "kms_key", "the local AWS takes it at the creation alone"),
    ("queue", "fifo", "AWS cannot change it"),
    ("role", "path", "a role keeps the path it has"),
    ("schedule", "others", "nothing is desired there"),
    ("state_machine", "tracing", "the local AWS forgets it"),
    ("state_machine", "type", "AWS cannot change it"),
    ("topic", "fifo", "AWS cannot change it"),
];

/// Fields that exclude each other, so that one cannot change alone.
const TOGETHER: [&[&str]; 6] = [
    &["managed_encryption", "kms_key", "kms_data_key_reuse"],
    &["encryption", "kms_key", "bucket_key"],
    &["metrics", "threshold_metric"],
    &["billing", "capacity", "indexes"],
    // The buckets of notifications are known by the statements that let S3 in.
    &["permissions", "notifications"],
    &["policy", "notifications"],
];

struct Sample {
    driver: &'static dyn Driver,
    scope: Scope,
    before: Desired,
    after: Desired,
}

impl Sample {
    fn of(driver: &'static dyn Driver, account: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kinds").join(driver.name()).join("samples");
        let (scope, before) = desired(&folder.join("before.yaml"), account);
        let (_, after) = desired(&folder.join("after.yaml"), account);
        let mine = before.nodes.keys().filter(|id| id.kind == driver.name()).count();
        assert!(mine > 0, "{} holds no {}", folder.join("before.yaml").display(), driver.name());
        assert!(before.nodes.keys().eq(after.nodes.keys()), "the two samples of {} hold the same resources", driver.name());
        Self { driver, scope, before, after }
    }
}

fn desired(file: &Path, account: &str) -> (Scope, Desired) {
    let choice = Choice { account: Some(account.to_owned()), ..Choice::default() };
    let mut loaded = load(file, &choice).unwrap_or_else(|found| panic!("{}: every kind needs its sample: {found:#?}", file.display()));
    for node in loaded.desired.nodes.values_mut() {
        if let Some(artifact) = &mut node.artifact {
            artifact.digest = package::digest(artifact).unwrap();
            node.spec["code"] = json!(etlctl::testing::kinds::driver(&node.id.kind).unwrap().code(&artifact.digest));
        }
    }
    (loaded.scope, loaded.desired)
}

/// Where the two sides differ, once they are in the form in which they compare.
fn differences(node: &Node, have: &Seen) -> Vec<Change> {
    let driver = etlctl::testing::kinds::driver(&node.id.kind).unwrap();
    driver.compare(&node.spec, have, node.artifact.as_ref()).unwrap().changes
}

#[test]
fn the_samples_change_every_field() {
    let mut problems = Vec::new();
    let mut excused = BTreeSet::new();
    for driver in registry() {
        let sample = Sample::of(*driver, "111111111111");
        let mut changed: BTreeSet<String> = BTreeSet::new();
        let mut fields: BTreeSet<String> = BTreeSet::new();
        for (id, node) in sample.after.nodes.iter().filter(|(id, _)| id.kind == driver.name()) {
            let top = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
            let changes = diff(&sample.before.nodes[id].spec, &node.spec, driver.documents());
            changed.extend(changes.iter().map(|change| top(&change.path)));
            fields.extend(node.spec.as_object().unwrap().keys().cloned());
        }
        let beside = driver.beside_guard().unwrap_or_default();
        assert!(beside.iter().all(|name| fields.contains(*name)), "{}: no such field beside the guard: {beside:?}", driver.name());
        for field in &fields {
            let excuse = UNCHANGED.iter().any(|(kind, name, _)| *kind == driver.name() && name == field);
            let immutable = driver.immutable().contains(&field.as_str());
            if excuse && !changed.contains(field) {
                excused.insert((driver.name(), field.clone()));
            } else if changed.contains(field) == (excuse || immutable) {
                problems.push(format!("{}.{field}: changed {}, excused {excuse}", driver.name(), changed.contains(field)));
            }
        }
    }
    assert!(problems.is_empty(), "each field is changed by its kind's samples, or excused in UNCHANGED:\n  {}", problems.join("\n  "));
}

#[test]
fn every_kind_creates_reads_updates_and_deletes() {
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(all_kinds());
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "every_kind_creates_reads_updates_and_deletes", "--nocapture"])
        .env(CHILD, "1")
        .env("AWS_ENDPOINT_URL", local_aws::endpoint())
        .env("AWS_ACCESS_KEY_ID", local_aws::account())
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

async fn all_kinds() {
    let account = std::env::var("AWS_ACCESS_KEY_ID").unwrap();
    let clients = connect(&ConnectOptions { region: Some("us-east-1".into()), ..ConnectOptions::default() }).await.unwrap();
    assert_eq!(clients.kind, EndpointKind::Local, "these tests delete things");
    // Another's, for all of them: its notifications start what they make.
    clients.s3.create_bucket().bucket(format!("sample-{account}")).send().await.unwrap();
    let locks = Locks::default();
    let tasks: Vec<_> = registry()
        .iter()
        .map(|driver| {
            let bench = Bench::new(Sample::of(*driver, &account), &clients, locks.clone());
            (driver.name(), tokio::spawn(bench.run()))
        })
        .collect();
    let mut failed = Vec::new();
    for (kind, task) in tasks {
        if task.await.is_err() {
            failed.push(kind);
        }
    }
    assert!(failed.is_empty(), "these kinds do not do what the planner relies on, see above: {failed:?}");
}

struct FromSources {
    cache: PathBuf,
}

impl Packager for FromSources {
    fn build<'a>(&'a self, artifact: &'a Artifact) -> BoxFuture<'a, Result<Package, Unpackaged>> {
        Box::pin(async move {
            let zip = package::build(artifact, &self.cache)
                .map_err(|error| Unpackaged::Failed { message: error.to_string(), hint: error.hint().into() })?;
            Ok(Package { code_sha256: package::code_sha256(&zip), zip, room: None })
        })
    }
}

/// One kind's sample with access to AWS.
struct Bench {
    sample: Sample,
    read: ReadCx,
    write: WriteCx,
    known: BTreeMap<ResourceId, Attributes>,
    _cache: tempfile::TempDir,
}

impl Bench {
    fn new(sample: Sample, clients: &Clients, locks: Locks) -> Self {
        let call = Caller::new(Arc::new(Pace::new(Quotas::Off)));
        let cache = tempfile::tempdir().unwrap();
        let packager = Arc::new(FromSources { cache: cache.path().to_owned() });
        let read = ReadCx::new(sample.scope.clone(), Readers::of(clients), call.clone(), clients.kind == EndpointKind::Local);
        let write = WriteCx {
            scope: sample.scope.clone(),
            aws: clients.clone(),
            call,
            packager,
            store: None,
            locks,
            empties: Arc::default(),
            batches: Batches::default(),
        };
        Self { sample, read, write, known: BTreeMap::new(), _cache: cache }
    }

    async fn run(mut self) {
        let kind = self.sample.driver.name();
        self.owns(&[]).await;
        for node in in_order(&self.sample.before) {
            let node = self.resolved(&node);
            assert!(self.look(&node).await.is_none(), "{} is there before it is created", node.id);
            driver(&node).create(&self.write, &node).await.unwrap_or_else(|error| panic!("create {}: {error}", node.id));
            self.is_as_wanted(&node, "created").await;
        }
        let mine: Vec<String> =
            self.sample.before.nodes.values().filter(|node| node.id.kind == kind).map(|node| node.name.clone()).collect();
        self.owns(&mine).await;
        for node in in_order(&self.sample.after) {
            let node = self.resolved(&node);
            let have = self.look(&node).await.unwrap();
            let changes = differences(&node, &have);
            if node.id.kind == kind {
                assert!(!changes.is_empty(), "the sample does not change {}", node.id);
                driver(&node).update(&self.write, &node, &have).await.unwrap_or_else(|error| panic!("update {}: {error}", node.id));
            }
            self.is_as_wanted(&node, "updated").await;
        }
        for node in in_order(&self.sample.before).iter().filter(|node| node.id.kind == kind) {
            self.goes_back_field_by_field(node).await;
        }
        self.owns(&mine).await;
        for node in in_order(&self.sample.before).iter().rev() {
            let have = self.look(node).await.unwrap();
            for time in ["first", "second"] {
                // What is gone is deleted: the second time is a run that was killed before it knew.
                driver(node).delete(&self.write, &have).await.unwrap_or_else(|error| panic!("{time} delete of {}: {error}", node.id));
            }
            assert!(self.look(node).await.is_none(), "{} is there after it was deleted", node.id);
        }
        self.owns(&[]).await;
    }

    /// From after to before, each field by an update of its own: no field may depend on another that
    /// happens to change with it.
    async fn goes_back_field_by_field(&mut self, before: &Node) {
        let before = self.resolved(before);
        let mut node = self.resolved(&self.sample.after.nodes[&before.id].clone());
        let fields: Vec<String> = before.spec.as_object().unwrap().keys().cloned().collect();
        for field in &fields {
            let together = TOGETHER.iter().find(|group| group.contains(&field.as_str())).copied().unwrap_or_default();
            for field in together.iter().copied().chain([field.as_str()]) {
                node.spec[field] = before.spec[field].clone();
            }
            if field == "code" {
                node.artifact.clone_from(&before.artifact);
            }
            let have = self.look(&node).await.unwrap();
            let changes = differences(&node, &have);
            if !changes.is_empty() {
                let done = driver(&node).update(&self.write, &node, &have).await;
                done.unwrap_or_else(|error| panic!("update {field} of {}: {error}", node.id));
                self.is_as_wanted(&node, &format!("updated in {field}")).await;
            }
        }
        self.is_as_wanted(&before, "updated back").await;
    }

    async fn look(&self, node: &Node) -> Option<Seen> {
        // Beside a name that nobody has: all names of a kind are read in one call.
        let names = [format!("{}-not-there", node.name), node.name.clone()];
        let mut seen = driver(node).read(&self.read.fresh(), &names).await.unwrap_or_else(|error| panic!("read {}: {error}", node.id));
        assert!(seen.len() < 2, "{}: asked for one that is there, got {seen:?}", node.id);
        seen.pop()
    }

    async fn is_as_wanted(&mut self, node: &Node, done: &str) {
        let seen = self.look(node).await.unwrap_or_else(|| panic!("{} is not there after it was {done}", node.id));
        let changes = differences(node, &seen);
        assert!(changes.is_empty(), "{} was {done}, and reads back otherwise: {changes:#?}", node.id);
        assert_eq!(seen.owner, Owner::Ours, "{} was {done}", node.id);
        assert_eq!(seen.name, node.name);
        let mut known = driver(node).computed(&self.sample.scope, &node.name, &node.spec).unwrap();
        for (attribute, computed) in &known {
            let live = seen.attributes.get(attribute).unwrap_or(computed);
            assert_eq!(computed, live, "{}.{attribute} is computed before it exists, so it has to come true", node.id);
        }
        known.extend(seen.attributes);
        self.known.insert(node.id.clone(), known);
    }

    /// The search by mark finds these of the kind and no others.
    async fn owns(&self, names: &[String]) {
        let found = self.sample.driver.owned(&self.read.fresh()).await.unwrap();
        let ours: BTreeSet<&String> = found.iter().filter(|claim| claim.owner == Owner::Ours).map(|claim| &claim.name).collect();
        assert_eq!(ours, names.iter().collect(), "{}s that carry the mark", self.sample.driver.name());
    }

    fn resolved(&self, node: &Node) -> Node {
        let mut node = node.clone();
        // A policy names what it is of.
        let own = driver(&node).computed(&self.sample.scope, &node.name, &node.spec).unwrap();
        let mut known = self.known.clone();
        known.entry(node.id.clone()).or_insert(own);
        reference::resolve(&mut node.spec, &|reference: &Reference| apply::attribute(&known, reference));
        node
    }
}

fn driver(node: &Node) -> &'static dyn Driver {
    etlctl::testing::kinds::driver(&node.id.kind).unwrap()
}

fn in_order(desired: &Desired) -> Vec<Node> {
    let needs = desired.nodes.iter().map(|(id, node)| (id.clone(), node.needs.clone())).collect();
    graph::order(&needs).unwrap().iter().map(|id| desired.nodes[id].clone()).collect()
}
