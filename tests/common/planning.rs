//! From the files of a case to the two sides of a plan, and back to text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use etlctl::testing::contract::PassedOver;
use etlctl::testing::error::Error;
use etlctl::testing::kinds::function::spec::Config;
use etlctl::testing::model::live::{Neighbour, Neighbours};
use etlctl::testing::model::notes::Note;
use etlctl::testing::model::plan::{Context, Options, Plan, Planned, Refusal, Rules};
use etlctl::testing::model::planner::plan;
use etlctl::testing::model::reference::{self, Reference};
use etlctl::testing::model::stake::Stakes;
use etlctl::testing::model::{Action, Attributes, Desired, Live, Mark, Node, Owner, ResourceId, Scope, Seen, Times, graph};
use etlctl::testing::report::plan::View;
use etlctl::testing::source::Loaded;
use etlctl::testing::{apply, kinds, report, worded};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Digest that stands for the sources of every artifact of a case: 64 hex digits.
const DIGEST: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
/// Hash that AWS reports for them.
const SHA256: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

/// `live.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    #[serde(default = "dev")]
    pub env: String,
    #[serde(default)]
    pub region: Option<String>,
    /// `--set`.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// Resources by `instance` or `instance in region`.
    #[serde(default)]
    neighbours: BTreeMap<String, usize>,
    /// What resources hold.
    #[serde(default)]
    pub stakes: Stakes,
    #[serde(default)]
    adopt: bool,
    #[serde(default)]
    no_prune: bool,
    #[serde(default)]
    targets: BTreeSet<ResourceId>,
    #[serde(default)]
    pub destroy: bool,
    #[serde(default)]
    live: BTreeMap<String, Option<GivenLive>>,
    #[serde(default)]
    orphans: BTreeMap<ResourceId, Orphan>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenLive {
    #[serde(default)]
    patch: Map<String, Value>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    handle: Attributes,
    #[serde(default)]
    versions: BTreeMap<String, Value>,
    /// What AWS alone knows.
    #[serde(default)]
    live: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Orphan {
    like: ResourceId,
    name: String,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    patch: Map<String, Value>,
}

fn dev() -> String {
    "dev".to_owned()
}

impl Given {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn sets(&self) -> Vec<(String, String)> {
        self.set.clone().into_iter().collect()
    }

    pub fn neighbours(&self, scope: &Scope) -> Neighbours {
        let neighbour = |text: &str| match text.split_once(" in ") {
            Some((instance, region)) => Neighbour { instance: instance.to_owned(), region: region.to_owned() },
            None => Neighbour { instance: text.to_owned(), region: scope.region.clone() },
        };
        self.neighbours.iter().map(|(text, resources)| (neighbour(text), *resources)).collect()
    }

    pub fn options(&self) -> Options {
        Options { adopt: self.adopt, keep_orphans: self.no_prune, targets: self.targets.clone(), ..Options::default() }
    }
}

/// The planner with the rules of the registry.
pub fn plan_it(loaded: &Loaded, options: &Options, desired: &Desired, live: &Live) -> Result<Planned, Refusal> {
    let rules = |kind: &str| kinds::driver(kind).map(|driver| driver as &dyn Rules);
    plan(&Context { scope: &loaded.scope, rules: &rules, options, files: &loaded.desired }, desired, live)
}

/// What reading the sources fills in.
pub fn fill_digests(desired: &mut Desired) {
    for node in desired.nodes.values_mut() {
        if let Some(artifact) = &mut node.artifact {
            artifact.digest = DIGEST.to_owned();
            node.spec["code"] = json!(kinds::driver(&node.id.kind).unwrap().code(DIGEST));
        }
    }
}

/// The live side of a case.
pub fn live_of(loaded: &Loaded, given: &Given) -> Live {
    let known: BTreeSet<String> = loaded.desired.nodes.keys().map(ToString::to_string).collect();
    let strangers: Vec<&String> = given.live.keys().filter(|key| *key != "*" && !known.contains(*key)).collect();
    assert!(strangers.is_empty(), "live.json names {strangers:?}, and the stack file only {known:?}");
    let all = given.live.get("*").cloned().flatten();
    let there = loaded.desired.nodes.values().filter_map(|node| {
        let one = given.live.get(&node.id.to_string()).cloned().unwrap_or_else(|| all.clone())?;
        Some((node, one))
    });
    let there: Vec<(&Node, GivenLive)> = there.collect();
    let handles: BTreeMap<ResourceId, Attributes> =
        there.iter().map(|(node, one)| (node.id.clone(), handle(&loaded.scope, node, &one.handle))).collect();
    let mut live: Live =
        there.iter().map(|(node, one)| (node.id.clone(), seen(node, &node.name, one, &handles[&node.id], &handles))).collect();
    for (id, orphan) in &given.orphans {
        let like = &loaded.desired.nodes[&orphan.like];
        let one = GivenLive { patch: orphan.patch.clone(), owner: orphan.owner.clone(), ..GivenLive::default() };
        let node = Node { name: orphan.name.clone(), id: id.clone(), ..like.clone() };
        let own = handle(&loaded.scope, &node, &Attributes::new());
        assert!(live.insert(id.clone(), seen(&node, &orphan.name, &one, &own, &handles)).is_none(), "{id} is no orphan");
    }
    live
}

/// `stack/env[/instance][ in region]`, as a mark is shown.
fn mark(text: &str) -> Mark {
    let (owner, region) = text.split_once(" in ").map_or((text, None), |(owner, region)| (owner, Some(region.to_owned())));
    let mut parts = owner.split('/').map(str::to_owned);
    Mark { stack: parts.next().unwrap(), env: parts.next(), instance: parts.next(), region }
}

fn handle(scope: &Scope, node: &Node, given: &Attributes) -> Attributes {
    let mut handle = kinds::driver(&node.id.kind).unwrap().computed(scope, &node.name, &node.spec).unwrap();
    handle.extend(given.clone());
    handle
}

fn seen(node: &Node, name: &str, one: &GivenLive, handle: &Attributes, handles: &BTreeMap<ResourceId, Attributes>) -> Seen {
    let mut spec = node.spec.clone();
    reference::resolve(&mut spec, &|reference: &Reference| apply::attribute(handles, reference));
    let as_wanted = spec.clone();
    merge(&mut spec, &Value::Object(one.patch.clone()));
    let mut live = live_part(node, &spec, handle);
    if node.id.kind == "function" {
        let versions = one.versions.iter().map(|(number, patch)| {
            let mut frozen = as_wanted.clone();
            merge(&mut frozen, patch);
            let config: Config = serde_json::from_value(frozen).unwrap();
            (number.clone(), json!({"code_sha256": SHA256, "config": config}))
        });
        live["versions"] = Value::Object(versions.collect());
        if spec["aliases"].as_object().is_some_and(|aliases| !aliases.is_empty()) {
            spec["keep_versions"] = json!(one.versions.len());
        }
    }
    merge(&mut live, &Value::Object(one.live.clone()));
    let owner = match one.owner.as_deref() {
        None | Some("ours") => Owner::Ours,
        Some("unmarked") => Owner::Unmarked,
        Some("incomplete") => Owner::Incomplete,
        Some(other) => Owner::Foreign(mark(other)),
    };
    Seen { name: name.to_owned(), spec, live, attributes: handle.clone(), owner, unread: Vec::new(), times: Times::default() }
}

/// What AWS alone would know of a resource with these attributes.
pub fn live_part(node: &Node, spec: &Value, attributes: &Attributes) -> Value {
    let of = |name: &str| attributes.get(name).map_or(Value::Null, |value| json!(value));
    match node.id.kind.as_str() {
        "function" => {
            let aliases = spec["aliases"].as_object().into_iter().flatten().map(|(name, alias)| (name.clone(), alias["version"].clone()));
            let qualifier = spec["url"]["alias"].as_str().unwrap_or("$LATEST").to_owned();
            let urls = attributes.get("url").map(|url| (qualifier, json!(url))).into_iter().collect();
            let (record, aliases) = (json!({"digest": DIGEST, "sha256": SHA256}), Value::Object(aliases.collect()));
            json!({
                "arn": of("arn"), "code_sha256": SHA256, "record": record, "aliases": aliases, "versions": {}, "urls": Value::Object(urls),
                "mappings": {},
            })
        }
        "layer" => {
            let version = attributes.get("version").and_then(|version| version.parse::<i64>().ok());
            json!({"arn": of("arn"), "version": version, "versions": version.into_iter().collect::<Vec<_>>(), "unrecorded": null})
        }
        "queue" => json!({"url": attributes.get("url").cloned().unwrap_or_default()}),
        "role" => json!({"arn": attributes.get("arn").cloned().unwrap_or_default()}),
        "topic" => json!({"subscriptions": {}}),
        _ => json!({}),
    }
}

/// RFC 7396.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(object) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The plan as a terminal of so many columns shows it, with its styles.
pub fn view_text(loaded: &Loaded, planned: &Planned, notes: &[Note], stakes: &Stakes, width: Option<usize>) -> String {
    let (plan, worded) = (&planned.plan, &worded::of(loaded, planned));
    let (objections, missing) = Default::default();
    let (objections, missing, cost, passed_over) = (&objections, &missing, None, &PassedOver::default());
    let (all, alias, details, explained, spent) = Default::default();
    let files = &loaded.desired;
    let view =
        View { plan, files, worded, all, width, alias, notes, stakes, objections, missing, cost, details, explained, passed_over, spent };
    report::plan::text(&view)
}

/// The plan as people read it, and the order in which its steps can run.
pub fn plan_text(loaded: &Loaded, planned: &Planned, notes: &[Note], stakes: &Stakes) -> String {
    let plain = report::plain(&view_text(loaded, planned, notes, stakes, None));
    let mut text: String = plain.lines().filter(|line| !line.contains(" AWS calls, ")).map(|line| format!("{line}\n")).collect();
    match waves(&planned.plan) {
        Ok(waves) if waves.is_empty() => {}
        Ok(waves) => {
            let lines = waves.iter().enumerate().map(|(number, wave)| format!("  {}. {}\n", number + 1, wave.join(", ")));
            text.push_str(&format!("\norder:\n{}", lines.collect::<String>()));
        }
        Err(cycle) => text.push_str(&format!("\nNEVER STARTS, each waits for the next: {}\n", cycle.join(", "))),
    }
    text
}

/// Steps that start together, as long as each takes the same time.
fn waves(plan: &Plan) -> Result<Vec<Vec<String>>, Vec<String>> {
    let steps: BTreeMap<&ResourceId, &BTreeSet<ResourceId>> =
        plan.steps.iter().filter(|step| step.action != Action::Keep).map(|step| (&step.id, &step.needs)).collect();
    let needs: graph::Needs<ResourceId> = steps.iter().map(|(id, needs)| ((*id).clone(), (*needs).clone())).collect();
    let order = graph::order(&needs).map_err(|cycle| cycle.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let mut wave_of: BTreeMap<ResourceId, usize> = BTreeMap::new();
    for id in order {
        let after = steps[&id].iter().filter_map(|need| wave_of.get(need)).max().map_or(0, |wave| wave + 1);
        wave_of.insert(id, after);
    }
    let mut waves: Vec<Vec<String>> = vec![Vec::new(); wave_of.values().max().map_or(0, |last| last + 1)];
    wave_of.iter().for_each(|(id, wave)| waves[*wave].push(id.to_string()));
    Ok(waves)
}

/// Carries the plan out on paper and plans again.
pub fn re_plan(loaded: &Loaded, desired: &Desired, options: &Options, live: &Live, planned: &Planned) -> Planned {
    plan_it(loaded, options, desired, &carried_out(live, planned)).unwrap()
}

/// What is live once the plan is carried out.
pub fn carried_out(live: &Live, planned: &Planned) -> Live {
    let mut handles = planned.known.clone();
    for (id, handle) in &mut handles {
        // What AWS would have made up.
        for attribute in kinds::driver(&id.kind).unwrap().attribute_names() {
            handle.entry((*attribute).to_owned()).or_insert_with(|| format!("new-{attribute}-of-{id}"));
        }
    }
    let mut after = live.clone();
    for step in planned.plan.steps.iter().filter(|step| step.action != Action::Keep) {
        match &planned.sides[&step.id].want {
            None => drop(after.remove(&step.id)),
            Some(node) => {
                let mut spec = node.spec.clone();
                reference::resolve(&mut spec, &|reference: &Reference| apply::attribute(&handles, reference));
                let attributes = handles[&step.id].clone();
                let live = live_part(node, &spec, &attributes);
                let seen = Seen {
                    name: node.name.clone(),
                    spec,
                    live,
                    attributes,
                    owner: Owner::Ours,
                    unread: Vec::new(),
                    times: Times::default(),
                };
                after.insert(step.id.clone(), seen);
            }
        }
    }
    after
}

/// Why there is no plan, as people read it.
pub fn refused(refusal: Refusal) -> String {
    let lines: String = match &refusal {
        Refusal::Protected(all) => all.iter().map(|one| format!("  {} ({}) {:?}\n", one.id, one.name, one.action)).collect(),
        Refusal::Conflicts(all) => all.iter().map(|one| format!("  {} ({}) {}\n", one.id, one.name, one.obstacle)).collect(),
        Refusal::Impossible(all) => all.iter().map(|(id, one)| format!("  {id}: {}\n", one.what)).collect(),
        Refusal::Unreadable(all) => panic!("no case holds what cannot be read: {all:?}"),
        Refusal::NotNormal(id, error) => panic!("{id}: {error}"),
    };
    let error = Error::from(refusal);
    format!("refused: {error}\n{lines}hint: {}\n", error.hint())
}
