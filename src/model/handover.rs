//! What moves from one resource to another: a trigger that one gives up and another takes. Who takes it
//! goes first, so that nothing is missed, and that a failure leaves it where it was; and who lets something
//! in does so until that is gone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::ResourceId;
use super::plan::{Action, NotNormal, Rules, Sides, Step};

/// Something that starts a resource, or that a resource starts others by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What it comes from: a bucket, a queue, a pattern of events.
    pub from: String,
    /// Events that are told; one that ends in `*` stands for all that begin so. Empty where all are.
    pub events: BTreeSet<String>,
    /// How keys begin.
    pub prefix: String,
    /// How they end.
    pub suffix: String,
}

impl Start {
    /// All that comes from there.
    pub fn all_of(from: String) -> Self {
        Self { from, events: BTreeSet::new(), prefix: String::new(), suffix: String::new() }
    }

    /// Whether something starts both.
    fn meets(&self, other: &Self) -> bool {
        let events = self.events.is_empty() || self.events.iter().any(|one| other.events.iter().any(|other| are_told_of_one(one, other)));
        self.from == other.from && events && may_be_of_one((&self.prefix, &self.suffix), (&other.prefix, &other.suffix))
    }
}

/// Whether one event is told by both words: `s3:ObjectCreated:*` covers `s3:ObjectCreated:Put`.
pub fn are_told_of_one(a: &str, b: &str) -> bool {
    let covers = |all: &str, one: &str| all.strip_suffix('*').is_some_and(|begin| one.starts_with(begin));
    a == b || covers(a, b) || covers(b, a)
}

/// Whether one key may have both prefixes and both suffixes.
pub fn may_be_of_one(one: (&str, &str), other: (&str, &str)) -> bool {
    let begins = one.0.starts_with(other.0) || other.0.starts_with(one.0);
    begins && (one.1.ends_with(other.1) || other.1.ends_with(one.1))
}

/// Who gives something up before it is taken, since who takes it needs the giver, and by whom it is taken.
pub type Early = BTreeMap<ResourceId, BTreeSet<ResourceId>>;

/// What a step gives up, and what it takes.
#[derive(Default)]
struct Hands {
    gives: Vec<Start>,
    takes: Vec<Start>,
}

/// Makes who gives up wait for who takes, and who shuts something out for its end. An edge that would
/// close a circle is left out.
///
/// # Errors
/// A side is no spec of its kind.
pub(super) fn order<'a>(
    steps: &mut BTreeMap<ResourceId, Step>,
    sides: &BTreeMap<ResourceId, Sides>,
    rules: &dyn Fn(&str) -> Option<&'a dyn Rules>,
) -> Result<Early, (ResourceId, NotNormal)> {
    let mut hands: BTreeMap<ResourceId, Hands> = BTreeMap::new();
    for step in steps.values() {
        let (Some(sides), Some(rules)) = (sides.get(&step.id), rules(&step.id.kind)) else { continue };
        let of = Hands::of(step.action, sides, rules).map_err(|error| (step.id.clone(), error))?;
        hands.insert(step.id.clone(), of);
    }
    let mut early = Early::new();
    for (giver, Hands { gives, .. }) in hands.iter().filter(|(_, hands)| !hands.gives.is_empty()) {
        let takes = |taker: &Hands| taker.takes.iter().any(|taken| gives.iter().any(|given| given.meets(taken)));
        for (taker, _) in hands.iter().filter(|(id, hands)| *id != giver && takes(hands)) {
            if !wait(steps, giver, taker) {
                early.entry(giver.clone()).or_default().insert(taker.clone());
            }
        }
    }
    for (who, whom) in shut_out(steps, sides, rules) {
        wait(steps, &who, &whom);
    }
    early.retain(|giver, _| rules(&giver.kind).is_some_and(|rules| !rules.started_by().is_empty()));
    Ok(early)
}

impl Hands {
    fn of(action: Action, sides: &Sides, rules: &dyn Rules) -> Result<Self, NotNormal> {
        let (gives, takes) = match action {
            Action::Keep | Action::Release => (false, false),
            Action::Delete => (true, false),
            Action::Create => (false, true),
            Action::Update | Action::Adopt | Action::Replace => (true, true),
        };
        let of = |spec: Option<&Value>| spec.map(|spec| rules.starts(spec)).transpose().map(Option::unwrap_or_default);
        if !gives && !takes {
            return Ok(Self::default());
        }
        let have = of(sides.have.as_ref().map(|seen| &seen.spec))?;
        let want = of(sides.want.as_ref().map(|node| &node.spec))?;
        let without = |all: &[Start], others: &[Start]| all.iter().filter(|one| !others.contains(one)).cloned().collect();
        Ok(Self {
            gives: if gives { without(&have, &want) } else { Vec::new() },
            takes: if takes { without(&want, &have) } else { Vec::new() },
        })
    }
}

/// Who lets something in no longer, and what that is, where it changes or goes with the same plan.
fn shut_out<'a>(
    steps: &BTreeMap<ResourceId, Step>,
    sides: &BTreeMap<ResourceId, Sides>,
    rules: &dyn Fn(&str) -> Option<&'a dyn Rules>,
) -> Vec<(ResourceId, ResourceId)> {
    let acts = |step: &&Step| !matches!(step.action, Action::Keep | Action::Create);
    let by_arn: BTreeMap<&str, &ResourceId> = steps
        .values()
        .filter(acts)
        .filter_map(|step| Some((sides.get(&step.id)?.have.as_ref()?.attributes.get("arn")?.as_str(), &step.id)))
        .collect();
    let mut all = Vec::new();
    for step in steps.values().filter(|step| matches!(step.action, Action::Update | Action::Adopt)) {
        let (Some(Sides { want: Some(want), have: Some(have) }), Some(rules)) = (sides.get(&step.id), rules(&step.id.kind)) else {
            continue;
        };
        for field in rules.lets_in() {
            let (mut was, mut is) = (BTreeSet::new(), BTreeSet::new());
            each_text(&have.spec[*field], &mut was);
            each_text(&want.spec[*field], &mut is);
            let gone = was.difference(&is).filter_map(|text| by_arn.get(text.trim_end_matches(":*")));
            all.extend(gone.filter(|whom| **whom != &step.id).map(|whom| (step.id.clone(), (*whom).clone())));
        }
    }
    all
}

fn each_text<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => {
            into.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| each_text(item, into)),
        Value::Object(map) => map.values().for_each(|item| each_text(item, into)),
        _ => {}
    }
}

/// Makes one step wait for another, unless that waits for it.
fn wait(steps: &mut BTreeMap<ResourceId, Step>, who: &ResourceId, whom: &ResourceId) -> bool {
    let (mut met, mut open) = (BTreeSet::new(), vec![whom]);
    while let Some(id) = open.pop() {
        if id == who {
            return false;
        }
        if met.insert(id) {
            open.extend(steps.get(id).into_iter().flat_map(|step| &step.needs));
        }
    }
    steps.get_mut(who).is_some_and(|step| {
        step.needs.insert(whom.clone());
        true
    })
}

/// What a resource is for as long as others have not taken what it is to give up: what is wanted of it,
/// and all else that starts it and that it lets in. What its own wanted ones stand in the way of goes.
///
/// # Errors
/// A side is no spec of its kind.
pub fn keeping(want: &Value, have: &Value, rules: &dyn Rules) -> Result<Value, NotNormal> {
    let mut kept = want.clone();
    let wanted = rules.starts(want)?;
    for field in rules.started_by() {
        for (key, part) in have[*field].as_object().into_iter().flatten().filter(|(key, part)| want[*field].get(*key) != Some(*part)) {
            let mut alone = have.clone();
            for field in rules.started_by() {
                alone[*field] = json!({});
            }
            alone[*field] = json!({ key: part });
            if !rules.starts(&alone)?.iter().any(|one| wanted.iter().any(|wanted| wanted.meets(one))) {
                // Under a key of the file something else may be wanted.
                let key = if want[*field].get(key).is_some() { format!("{key}~") } else { key.clone() };
                kept[*field][key] = part.clone();
            }
        }
    }
    for field in rules.lets_in() {
        let had = &have[*field];
        match &mut kept[*field] {
            Value::Object(policy) if policy.contains_key("Statement") => keep_statements(policy, had),
            Value::Object(parts) => keep_parts(parts, had),
            none @ Value::Null => *none = had.clone(),
            _ => {}
        }
    }
    Ok(kept)
}

fn keep_statements(policy: &mut Map<String, Value>, had: &Value) {
    let (Some(Value::Array(all)), Some(had)) = (policy.get_mut("Statement"), had["Statement"].as_array()) else { return };
    // Of two that have one id the wanted one counts: AWS takes no two.
    let is_free = |one: &&Value| !all.iter().any(|other| other == *one || (!one["Sid"].is_null() && other["Sid"] == one["Sid"]));
    let more: Vec<Value> = had.iter().filter(is_free).cloned().collect();
    all.extend(more);
}

fn keep_parts(parts: &mut Map<String, Value>, had: &Value) {
    for (key, part) in had.as_object().into_iter().flatten() {
        if !parts.contains_key(key) {
            parts.insert(key.clone(), part.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_covers_its_events() {
        assert!(are_told_of_one("s3:ObjectCreated:*", "s3:ObjectCreated:Put"));
        assert!(are_told_of_one("s3:ObjectTagging:Put", "s3:ObjectTagging:*"));
        assert!(!are_told_of_one("s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"));
        assert!(!are_told_of_one("s3:ObjectCreated:*", "s3:ObjectRemoved:*"));
    }
}
