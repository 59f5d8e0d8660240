//! The words of the stack file for what a plan does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::contract::Driver;
use crate::contract::written::{self, Cx, Line, Names, Part, Path, lines};
use crate::kinds;
use crate::model::plan::{Planned, Sides};
use crate::model::reference::references_in;
use crate::model::secret::{HIDDEN, Mask};
use crate::model::watch::Words;
use crate::model::{Action, Step, diff};
use crate::report::worded::{From, Told, Worded};
use crate::source::Loaded;
use crate::source::node::Node as Tree;

/// A plan in the words of its file.
pub fn of(loaded: &Loaded, planned: &Planned) -> Worded {
    let mut worded = Worded::default();
    // Most plans of a day change nothing, and nobody reads words of them.
    if !planned.plan.has_changes() {
        return worded;
    }
    let mut secrets = loaded.desired.secrets.clone();
    secrets.extend(&planned.learned);
    let (names, mask) = (names(loaded, planned), secrets.mask());
    for step in planned.plan.steps.iter().filter(|step| step.action != Action::Keep) {
        let told = speak(loaded, planned, &names, step, |Speech { driver, cx, home, wanted }| {
            let mut said = lines(cx, &step.changes);
            // What the file itself says is not known to hide anything.
            said.iter_mut().for_each(|line| hide(line, &mask));
            let is_new = step.action == Action::Create;
            let defaults = wanted.filter(|_| is_new).map(|plain| defaults(plain, driver)).unwrap_or_default();
            let admitted = if is_new { admitted(loaded, home, &said) } else { BTreeSet::new() };
            let from = |line: &Line| match &line.path.0[..] {
                _ if !is_new => From::File,
                [Part::Key(field), Part::Key(sid), ..] if admitted.contains(&(field, sid)) => From::Itself,
                _ => from(loaded, home, &defaults, step, line),
            };
            let mut told: Vec<Told> = said.iter().map(|line| Told { from: from(line), line: line.clone() }).collect();
            let bare = if is_new { bare_entries(&told) } else { Vec::new() };
            told.extend(bare);
            told
        });
        worded.steps.extend(told.map(|told| (step.id.clone(), told)));
    }
    worded
}

/// Entries of lists of which nothing but defaults is told: that they are there is no default.
fn bare_entries(told: &[Told]) -> Vec<Told> {
    let entry = |line: &Line| {
        let at = line.path.0.iter().position(|part| matches!(part, Part::Item(_)))?;
        Some(Path(line.path.0[..=at].to_vec()))
    };
    let is_told = |entry: &Path| told.iter().any(|told| told.from != From::Default && told.line.path.0.starts_with(&entry.0));
    let mut bare: Vec<Told> = Vec::new();
    for line in told.iter().filter(|told| told.from == From::Default && told.line.left.is_none()).map(|told| &told.line) {
        let Some(path) = entry(line).filter(|path| !is_told(path) && bare.iter().all(|known| known.line.path != *path)) else { continue };
        let line = Line { path, after: Value::Object(Map::new()), is_entry: true, ..line.clone() };
        bare.push(Told { line, from: From::File });
    }
    bare
}

/// What the fields that a plan changes are called in its lines, for who is told of them by those names.
pub fn called(loaded: &Loaded, planned: &Planned) -> Words {
    if !planned.plan.has_changes() {
        return Words::new();
    }
    let names = names(loaded, planned);
    let steps = planned.plan.steps.iter().filter(|step| step.action != Action::Keep);
    let of_step = |step: &Step| {
        speak(loaded, planned, &names, step, |Speech { driver: _, cx, home: _, wanted: _ }| {
            step.changes.iter().map(|change| (change.path.clone(), written::called(cx, change))).collect()
        })
    };
    steps.filter_map(|step| Some((step.id.clone(), of_step(step)?))).collect()
}

/// What it takes to speak of a step in the words of its file.
struct Speech<'a> {
    driver: &'a dyn Driver,
    cx: &'a Cx<'a>,
    home: &'a Home<'a>,
    /// What goes without saying of what is wanted.
    wanted: Option<&'a Value>,
}

/// Speaks of a step; of one whose kind or sides are not known nothing can be said.
fn speak<T>(loaded: &Loaded, planned: &Planned, names: &Names, step: &Step, say: impl FnOnce(Speech<'_>) -> T) -> Option<T> {
    let (driver, sides) = (kinds::driver(&step.id.kind)?, planned.sides.get(&step.id)?);
    let home = home(loaded, sides);
    let plain = |spec: Option<&Value>| spec.and_then(|spec| driver.plain(&loaded.scope, &step.name, spec).ok());
    let [live, wanted] = [plain(sides.have.as_ref().map(|have| &have.spec)), plain(sides.want.as_ref().map(|want| &want.spec))];
    let cx = Cx {
        rows: driver.written(),
        documents: driver.documents(),
        names,
        path: &home.path,
        home: home.whole,
        plain: [live.as_ref(), wanted.as_ref()],
    };
    Some(say(Speech { driver, cx: &cx, home: &home, wanted: wanted.as_ref() }))
}

/// Hides what holds a secret of the stack.
fn hide(line: &mut Line, mask: &Mask) {
    for side in [&mut line.before, &mut line.after] {
        if mask.hides(side) {
            *side = Value::from(HIDDEN);
            line.is_sensitive = true;
        }
    }
    if let Some((old, new)) = &mut line.spec {
        [old, new].into_iter().filter(|side| mask.hides(side)).for_each(|side| *side = Value::from(HIDDEN));
    }
}

/// What the resources of a stack are called, before and after.
pub fn names(loaded: &Loaded, planned: &Planned) -> Names {
    let mut names = Names::default();
    for ((section, key), id) in &loaded.desired.index {
        let Some(node) = loaded.desired.nodes.get(id) else { continue };
        let live = planned.sides.get(id).and_then(|sides| sides.have.as_ref()).map(|have| &have.attributes);
        // The files' own last: what a key means is theirs to say.
        for attributes in [planned.known.get(id), live, loaded.desired.known.get(id)].into_iter().flatten() {
            names.add(section, key, &node.home, attributes);
        }
    }
    names
}

/// What the file says of a resource.
struct Home<'a> {
    /// Section and key of it, or of what brings it along.
    path: Vec<String>,
    /// All that stands there.
    around: Option<&'a Tree>,
    /// The same, where it is of the resource and of nothing else.
    whole: Option<&'a Tree>,
}

fn home<'a>(loaded: &'a Loaded, sides: &Sides) -> Home<'a> {
    let Some(node) = &sides.want else { return Home { path: Vec::new(), around: None, whole: None } };
    let around = node.home.get(..2).and_then(|path| loaded.tree.get(&path[0])?.get(&path[1]));
    let section = kinds::driver(&node.id.kind).map(|driver| driver.section());
    let is_whole = node.home.len() == 2 && node.home.first().map(String::as_str) == section;
    Home { path: node.home.clone(), around, whole: around.filter(|_| is_whole) }
}

/// What goes without saying, by the paths of the spec.
fn defaults(plain: &Value, driver: &dyn Driver) -> BTreeMap<String, Value> {
    let all = diff::all_set(plain, driver.documents());
    all.into_iter().map(|change| (change.path, change.after.true_value().clone())).collect()
}

/// Statements that let in what the resource brings along itself, by field and id.
fn admitted<'a>(loaded: &Loaded, home: &Home<'_>, lines: &'a [Line]) -> BTreeSet<(&'a String, &'a String)> {
    let brings = |text: &str| {
        let inner = references_in(text).next();
        let node = inner.and_then(|reference| loaded.desired.target(&reference));
        node.is_some_and(|node| node.home.len() > 2 && node.home.get(..2) == home.path.get(..2))
    };
    let of = |line: &'a Line| match &line.path.0[..] {
        [Part::Key(field), Part::Key(sid), Part::Key(word)] if word == "source_arn" => {
            line.after.as_str().is_some_and(brings).then_some((field, sid))
        }
        _ => None,
    };
    lines.iter().filter_map(of).collect()
}

fn from(loaded: &Loaded, home: &Home<'_>, defaults: &BTreeMap<String, Value>, step: &Step, line: &Line) -> From {
    let change = step.changes.iter().find(|change| change.path == line.field);
    let is_default = || change.is_some_and(|change| defaults.get(&line.field) == Some(change.after.true_value()));
    if home.whole.is_some_and(|tree| is_said(tree, &line.path)) {
        return From::File;
    }
    if let [Part::Key(tags), Part::Key(tag)] = &line.path.0[..]
        && tags == "tags"
    {
        let has = |tree: Option<&Tree>| tree.and_then(|tree| tree.get("tags")).is_some_and(|tags| tags.get(tag).is_some());
        return if has(Some(&loaded.tree)) && !has(home.around) { From::Stack } else { From::File };
    }
    if is_default() { From::Default } else { From::File }
}

/// Whether the file says something at a path, as far as keys lead.
fn is_said(tree: &Tree, Path(path): &Path) -> bool {
    let mut at = tree;
    for part in path {
        match part {
            Part::Key(key) => match at.get(key) {
                Some(below) => at = below,
                None => return false,
            },
            Part::Item(_) => return false,
        }
    }
    true
}
