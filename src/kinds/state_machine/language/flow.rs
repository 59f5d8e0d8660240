//! From where a machine starts: which states there are and are not, which are never reached, and whether
//! one of them ends.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, code, known};
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::{Entry, Node, Yaml};

impl Check {
    pub(super) fn flow(&mut self, machine: &Node, states: &[Entry], start: &str, place: Place) {
        let names: BTreeMap<&str, &Node> = states.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect();
        let mut targets: Vec<(String, Place)> = vec![(start.to_owned(), place)];
        states.iter().for_each(|entry| targets_of(&entry.value, &mut targets));
        let mut is_open = false;
        for (target, place) in &targets {
            if names.contains_key(target.as_str()) {
                continue;
            }
            is_open = true;
            let fix = suggest(target, names.keys().copied());
            self.tell_with(code::TARGET, *place, format!("there is no state `{target}` here"), fix);
        }
        // What leads nowhere may have been meant to lead to what is never reached.
        if is_open {
            return;
        }
        let reached = reached(&names, start);
        for entry in states.iter().filter(|entry| !reached.contains(entry.key.as_str())) {
            self.tell(code::UNREACHED, entry.place, format!("nothing leads to the state `{}`", entry.key));
        }
        if !states.iter().any(|entry| may_end(&entry.value)) {
            let place = machine.get("States").map_or(machine.place, |states| states.place);
            self.tell(code::ENDLESS, place, "no state ends: an execution goes on until it is stopped or fails");
        }
    }
}

/// States that can be reached from one.
fn reached<'a>(names: &BTreeMap<&'a str, &Node>, start: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = vec![start.to_owned()];
    while let Some(name) = open.pop() {
        let Some((name, state)) = names.get_key_value(name.as_str()) else { continue };
        if reached.insert(*name) {
            let mut targets = Vec::new();
            targets_of(state, &mut targets);
            open.extend(targets.into_iter().map(|(target, _)| target));
        }
    }
    reached
}

/// Names of states that a state leads to, within its machine.
fn targets_of(state: &Node, targets: &mut Vec<(String, Place)>) {
    let mut add = |node: Option<&Node>| {
        if let Some((node, text)) = node.and_then(|node| Some((node, known(node)?))) {
            targets.push((text.to_owned(), node.place));
        }
    };
    add(state.get("Next"));
    add(state.get("Default"));
    for list in ["Choices", "Catch"] {
        if let Some(Yaml::List(items)) = state.get(list).map(|node| &node.yaml) {
            items.iter().for_each(|item| add(item.get("Next")));
        }
    }
}

/// Whether a state ends, or does not say that it goes on, which is told elsewhere.
fn may_end(state: &Node) -> bool {
    match state.get("Type").and_then(Node::text) {
        Some("Succeed" | "Fail") => true,
        Some("Choice") => false,
        _ => state.get("Next").is_none() || state.get("End").is_some_and(|end| matches!(end.yaml, Yaml::Bool(true))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;

    #[test]
    fn states_that_are_not_there_and_states_that_are_never_reached() {
        assert_eq!(faults("StartAt: B\nStates:\n  A: { Type: Succeed }"), ["E753 1"]);
        assert_eq!(faults("StartAt: A\nStates:\n  A: { Type: Pass, Next: C }\n  B: { Type: Succeed }"), ["E753 3"]);
        assert_eq!(faults("StartAt: A\nStates:\n  A: { Type: Pass, End: true }\n  B: { Type: Succeed }"), ["E754 4"]);
        // A circle that nothing leads to is not reached either.
        let circle = "StartAt: A\nStates:\n  A: { Type: Succeed }\n  B: { Type: Pass, Next: C }\n  C: { Type: Pass, Next: B }";
        assert_eq!(faults(circle), ["E754 4", "E754 5"]);
    }

    #[test]
    fn a_machine_that_cannot_end_is_told() {
        assert_eq!(faults("StartAt: A\nStates:\n  A: { Type: Pass, Next: B }\n  B: { Type: Pass, Next: A }"), ["W750 3"]);
    }

    #[test]
    fn no_transition_leads_out_of_a_branch() {
        let text = "StartAt: A\nStates:\n  A:\n    Type: Parallel\n    Next: C\n    Branches:\n    - StartAt: B\n      States:\n        B: { Type: Pass, Next: C }\n  C: { Type: Succeed }";
        assert_eq!(faults(text), ["E753 9"]);
    }
}
