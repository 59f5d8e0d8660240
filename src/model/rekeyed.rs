//! What a plan makes anew and deletes under another key of the file, and may be one thing.

use serde_json::Value;

use super::notes::Note;
use super::plan::Planned;
use super::{Action, ResourceId, Step};

/// Field of a spec that tells which code it is.
const CODE: &str = "code";

/// A note for each resource that is new and of the code, or the very spec, of one that goes. `key_of` tells the key
/// that gave a resource of a kind its name, where the patterns of the file did. What another resource brings along
/// moves with that one.
pub fn rekeyed(planned: &Planned, key_of: impl Fn(&str, &str) -> Option<String>) -> Vec<Note> {
    let of = |action| planned.plan.steps.iter().filter(move |step| step.action == action);
    // What the file still has under its key is that, whatever it is called now.
    let is_wanted = |id: &ResourceId| planned.sides.get(id).is_some_and(|sides| sides.want.is_some());
    let former = |step: &Step| Some(ResourceId::new(&step.id.kind, &key_of(&step.id.kind, &step.name)?)).filter(|id| !is_wanted(id));
    let mut gone: Vec<(&Step, ResourceId)> = of(Action::Delete).filter_map(|step| Some((step, former(step)?))).collect();
    let mut notes = Vec::new();
    for new in of(Action::Create) {
        let same = |(old, from): &(&Step, ResourceId)| old.id.kind == new.id.kind && *from != new.id && is_same(planned, new, old);
        if let Some(at) = gone.iter().position(same) {
            let (_, from) = gone.remove(at);
            notes.push(Note::Rekeyed { to: new.id.clone(), from });
        }
    }
    notes
}

fn is_same(planned: &Planned, new: &Step, old: &Step) -> bool {
    let want = planned.sides.get(&new.id).and_then(|sides| sides.want.as_ref()).filter(|want| want.home.len() == 2);
    let have = planned.sides.get(&old.id).and_then(|sides| sides.have.as_ref());
    let (Some(want), Some(have)) = (want, have) else { return false };
    match (want.spec.get(CODE), have.spec.get(CODE)) {
        (Some(Value::String(new)), Some(Value::String(old))) => new == old,
        (None, None) => want.spec == have.spec,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;
    use crate::model::plan::Sides;
    use crate::model::{Account, Attributes, Fingerprint, Node, Owner, Plan, Scope, Seen, Times};

    fn planned(all: &[(&str, Action, Value)]) -> Planned {
        let (mut steps, mut sides) = (Vec::new(), BTreeMap::new());
        for (address, action, spec) in all {
            let id: ResourceId = address.parse().unwrap();
            let home = vec!["things".to_owned(), id.name.clone()];
            let want = Node { id: id.clone(), name: id.name.clone(), spec: spec.clone(), home, ..node() };
            let have = Seen { name: id.name.clone(), spec: spec.clone(), ..seen() };
            steps.push(Step {
                id: id.clone(),
                name: id.name.clone(),
                action: *action,
                changes: Vec::new(),
                needs: BTreeSet::new(),
                fingerprint: Fingerprint::of(None, None),
            });
            let is_new = *action == Action::Create;
            sides.insert(id, Sides { want: is_new.then_some(want), have: (!is_new).then_some(have) });
        }
        let scope = Scope {
            partition: "aws".to_owned(),
            account: Account::Late,
            region: "us-east-1".to_owned(),
            stack: "s".to_owned(),
            env: "dev".to_owned(),
            instance: "dev".to_owned(),
        };
        Planned {
            plan: Plan { scope, steps },
            sides,
            known: BTreeMap::new(),
            left: Vec::new(),
            early: BTreeMap::new(),
            in_the_way: BTreeMap::new(),
            learned: Default::default(),
        }
    }

    fn node() -> Node {
        Node {
            id: ResourceId::new("", ""),
            name: String::new(),
            spec: Value::Null,
            home: Vec::new(),
            needs: BTreeSet::new(),
            loose: BTreeSet::new(),
            artifact: None,
            sensitive: BTreeSet::new(),
            stored: crate::model::stored::Values::default(),
            assumed: None,
        }
    }

    fn seen() -> Seen {
        Seen {
            name: String::new(),
            spec: Value::Null,
            live: Value::Null,
            attributes: Attributes::new(),
            owner: Owner::Ours,
            unread: Vec::new(),
            times: Times::default(),
        }
    }

    fn told(all: &[(&str, Action, Value)]) -> Vec<String> {
        let key_of = |_: &str, name: &str| name.strip_prefix("s-").and_then(|rest| rest.strip_suffix("-dev")).map(str::to_owned);
        let notes = rekeyed(&planned(all), key_of);
        notes.into_iter().map(|note| if let Note::Rekeyed { to, from } = note { format!("{from} {to}") } else { String::new() }).collect()
    }

    #[test]
    fn the_same_under_another_key_is_told_once() {
        let (code, other) = (json!({"code": "aa", "memory": 1}), json!({"code": "aa", "memory": 2}));
        let plain = json!({"delay": 0});
        let all = [
            ("function/loader", Action::Create, code.clone()),
            ("function/other", Action::Create, code),
            ("function/s-ingest-dev", Action::Delete, other),
            ("queue/in", Action::Create, plain.clone()),
            ("queue/s-inbox-dev", Action::Delete, plain.clone()),
            ("queue/by-hand", Action::Delete, plain),
        ];
        assert_eq!(told(&all), ["function/ingest function/loader", "queue/inbox queue/in"]);
    }

    #[test]
    fn what_differs_is_not_told_nor_what_has_its_key_still() {
        let (one, two) = (json!({"delay": 0}), json!({"delay": 5}));
        let another = [("queue/in", Action::Create, one.clone()), ("queue/s-inbox-dev", Action::Delete, two)];
        assert!(told(&another).is_empty());
        let renamed = [("queue/in", Action::Create, one.clone()), ("queue/s-in-dev", Action::Delete, one.clone())];
        assert!(told(&renamed).is_empty());
        let both = [
            ("queue/a", Action::Create, one.clone()),
            ("queue/in", Action::Create, one.clone()),
            ("queue/s-in-dev", Action::Delete, one.clone()),
        ];
        assert!(told(&both).is_empty(), "the file has the key still, and a rule refuses to move what is there");
        let unrecorded = json!({"code": {"unrecorded_sha256": "x"}});
        let code = [("function/in", Action::Create, unrecorded.clone()), ("function/s-inbox-dev", Action::Delete, unrecorded)];
        assert!(told(&code).is_empty(), "nobody knows whether code without a record is the same");
    }
}
