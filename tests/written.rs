//! What plans say is what files say: every field of every kind's samples, as a line of a plan shows it,
//! is read back by the file's loader as the same value.

mod common;

use std::collections::BTreeMap;
use std::path::{Path as File, PathBuf};

use common::planning::fill_digests;
use etlctl::testing::check::fields::Fields;
use etlctl::testing::contract::Driver;
use etlctl::testing::contract::written::{Cx, Line, Names, Part, Path, called, lines, tree_of};
use etlctl::testing::kinds::{driver, registry};
use etlctl::testing::model::diff::{all_set, diff};
use etlctl::testing::model::{Change, Desired, Node, path};
use etlctl::testing::source::{Loaded, yaml};
use etlctl::testing::stack::{Choice, load};
use serde_json::{Map, Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const ACCOUNT: &str = "111122223333";

/// Stack files with one kind's resources each: the samples, and what these leave out.
fn files() -> Vec<(&'static str, PathBuf)> {
    let sample = |kind: &'static str, name: &str| (kind, File::new(ROOT).join(format!("src/kinds/{kind}/samples/{name}.yaml")));
    let kinds = registry().iter().map(|driver| driver.name());
    let samples = kinds.flat_map(|kind| [sample(kind, "before"), sample(kind, "after")]);
    let more = ["function", "queue", "rule", "table", "topic", "log_group", "alarm"];
    samples.chain(more.map(|kind| (kind, File::new(ROOT).join(format!("tests/written/{kind}.yaml"))))).collect()
}

fn read(file: &File) -> Loaded {
    let choice = Choice { account: Some(ACCOUNT.into()), ..Choice::default() };
    let mut loaded = load(file, &choice).unwrap_or_else(|found| {
        let found: Vec<String> = found.iter().map(|one| one.message.clone()).collect();
        panic!("{}: {found:#?}\n{}", file.display(), std::fs::read_to_string(file).unwrap_or_default())
    });
    loaded.settle_account(ACCOUNT);
    fill_digests(&mut loaded.desired);
    loaded
}

fn names(desired: &Desired) -> Names {
    let mut names = Names::default();
    for ((section, key), id) in &desired.index {
        names.add(section, key, &desired.nodes[id].home, &desired.known[id]);
    }
    names
}

/// Resources of the kind that stand under a key of their own, with their specs.
fn own<'a>(kind: &str, loaded: &'a Loaded) -> Vec<(&'a Node, Value)> {
    let section = driver(kind).unwrap().section();
    let nodes = loaded.desired.nodes.values().filter(|node| node.id.kind == kind && node.home.iter().eq([section, &node.id.name]));
    nodes.map(|node| (node, spec(&loaded.desired, node))).collect()
}

/// What the planner compares: what is known is filled in.
fn spec(desired: &Desired, node: &Node) -> Value {
    let mut spec = desired.resolved(node);
    // The address of an endpoint holds no password that anybody shows.
    for subscription in spec["subscriptions"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        subscription.as_object_mut().map(|map| map.remove("endpoint"));
    }
    spec
}

fn cx<'a>(driver: &dyn Driver, names: &'a Names, loaded: &'a Loaded, node: &'a Node) -> Cx<'a> {
    let home = loaded.tree.get(&node.home[0]).and_then(|section| section.get(&node.home[1]));
    Cx { rows: driver.written(), documents: driver.documents(), names, path: &node.home, home, plain: [None; 2] }
}

/// The file with other words for some resources, read again.
fn again(file: &File, loaded: &Loaded, section: &str, said: &BTreeMap<String, Value>) -> Loaded {
    let mut tree = loaded.tree.to_json();
    let top = tree.as_object_mut().unwrap();
    top.remove("defaults");
    for (key, value) in said {
        top[section][key] = value.clone();
    }
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join("stack.yaml");
    for entry in std::fs::read_dir(file.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            std::os::unix::fs::symlink(entry.path(), place.path().join(entry.file_name())).unwrap();
        }
    }
    std::fs::write(&copy, yaml::block(&tree)).unwrap();
    read(&copy)
}

/// The name is no part of a spec, and a role that a resource describes is a resource of its own.
fn with_name(mut said: Value, node: &Node, loaded: &Loaded) -> Value {
    let written = loaded.tree.get(&node.home[0]).unwrap().get(&node.home[1]).unwrap();
    if !said.is_object() {
        said = json!({});
    }
    for word in ["name", "role"] {
        if let Some(value) = written.get(word).filter(|_| said.get(word).is_none()) {
            said[word] = value.to_json();
        }
    }
    said
}

/// The words with which an import writes a resource.
fn imported(driver: &dyn Driver, names: &Names, loaded: &Loaded, node: &Node, spec: &Value) -> Value {
    Value::Object(driver.restated(&loaded.scope, names, &node.name, spec).unwrap().fields)
}

#[test]
fn a_line_of_a_plan_is_a_line_of_the_file() {
    for (kind, file) in files() {
        let (driver, loaded) = (driver(kind).unwrap(), read(&file));
        let names = names(&loaded.desired);
        let own = own(kind, &loaded);
        let mut said = BTreeMap::new();
        for (node, spec) in &own {
            let told = lines(&cx(driver, &names, &loaded, node), &all_set(spec, driver.documents()));
            let shown = told.iter().filter(|line| line.left.is_none() && !line.is_sensitive && !line.after.is_null()).map(typed);
            said.insert(node.id.name.clone(), with_name(tree_of(shown.collect::<Vec<_>>()), node, &loaded));
        }
        let back = again(&file, &loaded, driver.section(), &said);
        for (node, spec) in &own {
            let hidden: Vec<String> =
                all_set(spec, &[]).into_iter().filter(|change| change.is_sensitive()).map(|change| change.path).collect();
            let other = self::spec(&back.desired, &back.desired.nodes[&node.id]);
            // A new resource's empty texts are not told.
            let is_told = |change: &Change| !hidden.contains(&change.path) && *change.before.true_value() != json!("");
            let changes = diff(spec, &other, &[]).into_iter().filter(is_told);
            let changes: Vec<String> = changes.map(|change| format!("{}: {} → {}", change.path, change.before, change.after)).collect();
            let said = yaml::block(&said[&node.id.name]);
            assert!(changes.is_empty(), "{}: {}\n{}\n\n{said}", file.display(), node.id, changes.join("\n"));
        }
    }
}

/// What a plan, its JSON or a file calls a field is a name that `heal` takes, and what has a letter more is none.
#[test]
fn every_name_of_a_field_is_known_as_one() {
    for (kind, file) in files() {
        let (driver, loaded) = (driver(kind).unwrap(), read(&file));
        let names = names(&loaded.desired);
        let own = own(kind, &loaded);
        let fields = Fields::of(driver, own.iter().map(|(_, spec)| spec).collect());
        let known = |name: &str| assert_eq!(fields.find(name), Ok(()), "{}: {name}", file.display());
        for (node, spec) in &own {
            let cx = cx(driver, &names, &loaded, node);
            for change in all_set(spec, driver.documents()) {
                let keys = change.keys();
                (1..=keys.len()).for_each(|end| known(&path::written(keys[..end].iter().map(String::as_str))));
                known(&change.shown_path());
                called(&cx, &change).iter().for_each(|name| known(name));
            }
            for entry in loaded.tree.get(&node.home[0]).unwrap().get(&node.home[1]).unwrap().entries() {
                known(&entry.key);
                assert!(fields.find(&format!("{}x", entry.key)).is_err(), "{}: {}x", file.display(), entry.key);
            }
        }
    }
}

/// A line as somebody would type it off: its path and its value are read anew.
fn typed(line: &Line) -> (Path, Value) {
    let shown = format!("{}: {}", line.path, yaml::flow(&line.after));
    let (path, value) = split(&shown);
    (path, yaml_of(value))
}

fn split(line: &str) -> (Path, &str) {
    let (mut path, mut rest) = (Vec::new(), line);
    loop {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = closing(inner);
            let (inside, behind) = (&inner[..end], &inner[end + 1..]);
            path.push(if inside.starts_with('"') && !inside.contains("\": ") {
                Part::Key(serde_json::from_str(inside).unwrap())
            } else {
                Part::Item(yaml_of(&format!("{{ {inside} }}")).as_object().unwrap().clone())
            });
            rest = behind;
        } else {
            let end = rest.find(['.', '[', ':']).unwrap();
            path.push(Part::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        match rest.strip_prefix(": ") {
            Some(value) => return (Path(path), value),
            None => rest = rest.strip_prefix('.').unwrap_or(rest),
        }
    }
}

/// Where the bracket ends that was opened before the text.
fn closing(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted && depth == 0 => return at,
            ']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    panic!("{text} does not end")
}

fn yaml_of(text: &str) -> Value {
    let file = format!("value: {text}");
    let source = std::sync::Arc::new(etlctl::testing::source::diagnostic::Source::new(File::new("line.yaml"), file));
    let node = etlctl::testing::source::node::Node::parse(&source).unwrap_or_else(|problem| panic!("{text}: {}", problem.message));
    node.to_json()["value"].clone()
}

#[test]
fn a_change_stands_where_the_file_has_it() {
    for driver in registry() {
        let folder = File::new(ROOT).join("src/kinds").join(driver.name()).join("samples");
        let (before, after) = (read(&folder.join("before.yaml")), read(&folder.join("after.yaml")));
        let names = names(&after.desired);
        for (node, spec) in own(driver.name(), &after) {
            let old = self::spec(&before.desired, &before.desired.nodes[&node.id]);
            let of = |spec: &Value| driver.plain(&after.scope, &node.name, spec).unwrap();
            let (live, plain) = (of(&old), of(&spec));
            let cx = Cx { plain: [Some(&live), Some(&plain)], ..cx(*driver, &names, &after, node) };
            let tree = imported(*driver, &names, &after, node, &spec);
            let changes = diff(&old, &spec, driver.documents());
            let told = lines(&cx, &changes);
            for change in &changes {
                // Two fields of a queue are one word of its file.
                // Entries of a list that come or go together are one list of them.
                let is_with = |line: &Line| line.is_entry && path::keys(&line.field)[0] == change.keys()[0];
                let is_told = told.iter().any(|line| line.field == change.path || is_with(line)) || change.path == "managed_encryption";
                assert!(is_told, "{}: {}: {} → {}", node.id, change.path, change.before, change.after);
            }
            // An import writes no triggers, whose entries have marks for ids, and no password that nobody shows.
            let is_said = |line: &Line| {
                let keys = changes.iter().find(|change| change.path == line.field).unwrap().keys();
                let of = |tree: &Value| keys.iter().try_fold(tree, |at, key| at.get(key)).cloned();
                keys[0] != "notifications" && !line.field.contains(":****@") && of(&plain) != of(&spec)
            };
            for line in told.iter().filter(|line| line.left.is_none() && !line.is_sensitive && !line.after.is_null() && is_said(line)) {
                let found = at(&tree, &line.path.0);
                let is_there = match (found, &line.after) {
                    // An entry of a list is shown as a list of it.
                    (Some(Value::Array(all)), Value::Array(some)) => some.iter().all(|item| all.iter().any(|other| covers(other, item))),
                    (Some(found), Value::Object(_)) => covers(found, &line.after),
                    (None, after) => ["", "never", "none"].iter().any(|nothing| after == nothing) || *after == json!([]),
                    (Some(found), after) => found == after,
                };
                assert!(is_there, "{}: {}: {}\n{}", node.id, line.path, line.after, yaml::block(&tree));
            }
        }
    }
}

/// Whether all that one says stands in the other, which may have what an entry need not say.
fn covers(all: &Value, some: &Value) -> bool {
    match (all, some) {
        (Value::Object(all), Value::Object(some)) => some.iter().all(|(key, value)| all.get(key).is_some_and(|other| covers(other, value))),
        (all, some) => all == some,
    }
}

fn at<'a>(tree: &'a Value, path: &[Part]) -> Option<&'a Value> {
    path.iter().try_fold(tree, |at, part| match part {
        Part::Key(key) => at.get(key),
        Part::Item(head) => at.as_array()?.iter().find(|item| head.iter().all(|(key, value)| item.get(key) == Some(value))),
    })
}
