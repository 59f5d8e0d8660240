//! Machines within machines: the branches of a Parallel, and what a Map does with each item.

use super::fields::{self, Field, In, Shape};
use super::{Check, Query, code, kind};
use crate::model::reference::is_known;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};

const CONFIG: &[Field] = &[
    Field("Mode", Shape::Word(&["INLINE", "DISTRIBUTED"]), In::Both),
    Field("ExecutionType", Shape::Word(&["STANDARD", "EXPRESS"]), In::Both),
];
/// Bytes that a batch of items holds at most.
const BATCH: i64 = 262_144;
const BATCHER: &[Field] = &[
    Field("MaxItemsPerBatch", Shape::Whole(1, fields::LONGEST), In::Both),
    Field("MaxItemsPerBatchPath", Shape::Path, In::Path),
    Field("MaxInputBytesPerBatch", Shape::Whole(1, BATCH), In::Both),
    Field("MaxInputBytesPerBatchPath", Shape::Path, In::Path),
    Field("BatchInput", Shape::Template, In::Path),
    Field("BatchInput", Shape::Expressions, In::Ata),
];
/// Characters of the label of a distributed Map.
const LABEL: usize = 40;
/// Fields of a Map that only its distributed mode has.
const DISTRIBUTED: [&str; 8] = [
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
];

impl Check {
    pub(super) fn parallel(&mut self, name: &str, place: Place, state: &Node, query: Query) {
        let branches = state.get("Branches");
        let Some(Yaml::List(items)) = branches.map(|node| &node.yaml) else {
            if branches.is_none() {
                self.tell(code::FIELD, place, format!("the state `{name}` has no `Branches`"));
            }
            return;
        };
        if items.is_empty() {
            self.tell(code::FIELD, branches.map_or(place, |node| node.place), format!("the state `{name}` has no branches"));
        }
        items.iter().for_each(|branch| self.within(branch, "a branch", fields::BRANCH, query));
    }

    pub(super) fn map(&mut self, name: &str, place: Place, state: &Node, query: Query) {
        self.one_at_most(state, &["ItemProcessor", "Iterator"]);
        self.one_at_most(state, &["MaxConcurrency", "MaxConcurrencyPath"]);
        self.one_at_most(state, &["ToleratedFailureCount", "ToleratedFailureCountPath"]);
        self.one_at_most(state, &["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"]);
        self.one_at_most(state, &["ItemSelector", "Parameters"]);
        let Some(processor) = state.get("ItemProcessor").or_else(|| state.get("Iterator")) else {
            return self.tell(code::FIELD, place, format!("the state `{name}` has no `ItemProcessor`"));
        };
        let config = processor.get("ProcessorConfig");
        let is_distributed = config.and_then(|config| config.get("Mode")).and_then(Node::text) == Some("DISTRIBUTED");
        if let Some(config) = config {
            self.fields("`ProcessorConfig`", config, CONFIG, query);
            let has_type = config.get("ExecutionType").is_some();
            if is_distributed != has_type {
                let message =
                    if has_type { "`ExecutionType` goes with the mode DISTRIBUTED" } else { "the mode DISTRIBUTED has an `ExecutionType`" };
                self.tell_with(code::FIELD, config.place, message, "write both, or neither");
            }
        }
        if !is_distributed {
            for entry in state.entries().iter().filter(|entry| DISTRIBUTED.contains(&entry.key.as_str())) {
                let fix =
                    "add `ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: STANDARD }` to its `ItemProcessor`, or take the field out";
                let message = format!("`{}` is a field of a distributed Map, and `{name}` is an inline one", entry.key);
                self.tell_with(code::FIELD, entry.place, message, fix);
            }
        }
        if let Some(batcher) = state.get("ItemBatcher").filter(|batcher| matches!(batcher.yaml, Yaml::Map(_))) {
            self.fields("`ItemBatcher`", batcher, BATCHER, query);
        }
        if let Some((label, place)) = state.get("Label").and_then(|label| Some((label.text()?, label.place)))
            && is_known(label)
            && label.chars().count() > LABEL
        {
            let message = format!("the label has {} characters; Step Functions takes {LABEL}", label.chars().count());
            self.tell_with(code::FIELD, place, message, "shorten it");
        }
        if is_distributed && self.express {
            let message = format!("the Map `{name}` is distributed, which an Express machine does not do");
            self.tell(code::EXPRESS, config.map_or(place, |config| config.place), message);
        }
        // Each item of a distributed Map is an execution of its own.
        let around = self.express;
        if is_distributed {
            self.express = config.and_then(|config| config.get("ExecutionType")).and_then(Node::text) == Some("EXPRESS");
        }
        self.within(processor, "the `ItemProcessor`", fields::PROCESSOR, query);
        self.express = around;
    }

    fn within(&mut self, machine: &Node, what: &str, all: &[Field], query: Query) {
        if !matches!(machine.yaml, Yaml::Map(_)) {
            return self.tell(code::FORM, machine.place, format!("{what} is a mapping, not {}", kind(machine)));
        }
        let around = self.query;
        self.query = self.query_of(machine, query);
        self.fields(what, machine, all, self.query);
        self.machine(machine, what);
        self.query = around;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{faults, faults_of};

    const INNER: &str = "StartAt: B, States: { B: { Type: Succeed } }";

    fn of_map(fields: &str) -> Vec<String> {
        faults(&format!("StartAt: A\nStates:\n  A: {{ Type: Map, End: true, {fields} }}"))
    }

    #[test]
    fn a_map_and_a_parallel_hold_machines() {
        assert_eq!(of_map(&format!("ItemProcessor: {{ {INNER} }}")), Vec::<String>::new());
        assert_eq!(of_map(&format!("Iterator: {{ {INNER} }}")), Vec::<String>::new());
        assert_eq!(of_map("MaxConcurrency: 1"), ["E752 3"]);
        assert_eq!(of_map("ItemProcessor: { StartAt: B }"), ["E751 3"]);
        let parallel = |branches: &str| faults(&format!("StartAt: A\nStates:\n  A: {{ Type: Parallel, End: true, Branches: {branches} }}"));
        assert_eq!(parallel(&format!("[{{ {INNER} }}]")), Vec::<String>::new());
        assert_eq!(parallel("[]"), ["E752 3"]);
        assert_eq!(parallel("[1]"), ["E751 3"]);
    }

    #[test]
    fn a_distributed_map_says_so() {
        assert_eq!(of_map(&format!("Label: x, ItemProcessor: {{ {INNER} }}")), ["E752 3"]);
        let distributed = |mode: &str| format!("ItemProcessor: {{ ProcessorConfig: {{ {mode} }}, {INNER} }}");
        assert_eq!(of_map(&format!("Label: x, {}", distributed("Mode: DISTRIBUTED, ExecutionType: EXPRESS"))), Vec::<String>::new());
        assert_eq!(of_map(&distributed("Mode: DISTRIBUTED")), ["E752 3"]);
        let with = |field: &str| of_map(&format!("{field}, {}", distributed("Mode: DISTRIBUTED, ExecutionType: EXPRESS")));
        for field in
            ["ToleratedFailurePercentage: 150", "ItemBatcher: { MaxItemsPerBatch: 0 }", "ItemBatcher: { MaxInputBytesPerBatch: 262145 }"]
        {
            assert_eq!(with(field), ["E752 3"], "{field}");
        }
        assert_eq!(with(&format!("Label: {}", "x".repeat(41))), ["E752 3"]);
        assert_eq!(with("ToleratedFailurePercentage: 100, ItemBatcher: { MaxItemsPerBatch: 10 }"), Vec::<String>::new());
        let text =
            format!("StartAt: A\nStates:\n  A: {{ Type: Map, End: true, {} }}", distributed("Mode: DISTRIBUTED, ExecutionType: EXPRESS"));
        assert_eq!(faults_of(&text, true), ["E761 3"]);
    }
}
