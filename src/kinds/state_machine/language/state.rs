//! One state: its type, and what states of that type need.

use super::{Check, Query, code, fields, known};
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::{Node, Yaml};

const TYPES: [&str; 8] = ["Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait"];

impl Check {
    pub(super) fn state(&mut self, name: &str, place: Place, state: &Node) {
        if !matches!(state.yaml, Yaml::Map(_)) {
            return self.tell(code::FORM, state.place, format!("the state `{name}` is a mapping"));
        }
        let Some(said) = state.get("Type") else {
            return self.tell_with(
                code::FIELD,
                place,
                format!("the state `{name}` has no `Type`"),
                format!("add one of {}", TYPES.join(", ")),
            );
        };
        let Some(groups) = said.text().and_then(fields::of_type) else {
            let fix = suggest(said.text().unwrap_or_default(), TYPES);
            return self.tell_with(code::FIELD, said.place, format!("the state `{name}` is of no type that there is"), fix);
        };
        let query = self.query_of(state, self.query);
        let what = format!("a state of the type {}", said.text().unwrap_or_default());
        self.fields_of(&what, state, groups, query);
        match said.text().unwrap_or_default() {
            "Choice" => self.choices(name, place, state, query),
            "Fail" => self.fail(state),
            "Succeed" => {}
            kind => {
                self.goes_on(name, place, state);
                match kind {
                    "Task" => self.task(name, place, state, query),
                    "Wait" => self.wait(name, place, state),
                    "Parallel" => self.parallel(name, place, state, query),
                    "Map" => self.map(name, place, state, query),
                    _ => {}
                }
            }
        }
        self.guards(state, query);
    }

    /// A state names the next one or ends the machine.
    fn goes_on(&mut self, name: &str, place: Place, state: &Node) {
        let ends = state.get("End");
        let is_end = ends.is_some_and(|end| matches!(end.yaml, Yaml::Bool(true)));
        match (state.get("Next"), is_end) {
            (Some(next), true) => self.tell(code::TRANSITION, next.place, format!("the state `{name}` both ends and goes on")),
            (None, false) => self.tell(code::TRANSITION, place, format!("the state `{name}` neither ends nor goes on")),
            _ => {}
        }
    }

    fn fail(&mut self, state: &Node) {
        for (field, path) in [("Error", "ErrorPath"), ("Cause", "CausePath")] {
            self.one_at_most(state, &[field, path]);
        }
    }

    fn wait(&mut self, name: &str, place: Place, state: &Node) {
        let ways = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        if ways.iter().all(|way| state.get(way).is_none()) {
            let message = format!("the state `{name}` does not say how long it waits");
            self.tell_with(code::FIELD, place, message, format!("add one of {}", ways.join(", ")));
        }
        self.one_at_most(state, &ways);
        if let Some((text, place)) = state.get("Timestamp").and_then(|node| Some((known(node)?, node.place)))
            && !text.starts_with("{%")
            && text.parse::<jiff::Timestamp>().is_err()
        {
            let fix = "write a time such as 2027-01-31T08:00:00Z";
            self.tell_with(code::FIELD, place, format!("`{text}` is no time"), fix);
        }
    }

    /// Tells of fields that say the same in several ways.
    pub(super) fn one_at_most(&mut self, node: &Node, fields: &[&str]) {
        let said: Vec<&str> = fields.iter().copied().filter(|field| node.get(field).is_some()).collect();
        if let [first, second, ..] = said[..] {
            let place = node.entries().iter().find(|entry| entry.key == second).map_or(node.place, |entry| entry.place);
            self.tell(code::FIELD, place, format!("`{first}` and `{second}` say the same: one of them goes"));
        }
    }

    fn task(&mut self, name: &str, place: Place, state: &Node, query: Query) {
        self.one_at_most(state, &["TimeoutSeconds", "TimeoutSecondsPath"]);
        self.one_at_most(state, &["HeartbeatSeconds", "HeartbeatSecondsPath"]);
        let number = |field: &str| state.get(field).and_then(|node| if let Yaml::Number(n) = &node.yaml { n.as_i64() } else { None });
        if let (Some(beat), Some(timeout)) = (number("HeartbeatSeconds"), number("TimeoutSeconds"))
            && beat >= timeout
        {
            let at = state.get("HeartbeatSeconds").map_or(place, |node| node.place);
            let message = format!("a heartbeat of {beat} s is not below the timeout of {timeout} s");
            self.tell_with(code::FIELD, at, message, "write fewer seconds, or a longer timeout");
        }
        match state.get("Resource") {
            Some(resource) => self.resource(name, state, resource, query),
            None => {
                let fix = "add the ARN of a function, of an activity or of an integration such as arn:aws:states:::sqs:sendMessage";
                self.tell_with(code::FIELD, place, format!("the task `{name}` has no `Resource`"), fix);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;

    fn of_state(state: &str) -> Vec<String> {
        faults(&format!("StartAt: A\nStates:\n  A: {state}"))
    }

    #[test]
    fn a_state_ends_or_goes_on() {
        assert_eq!(of_state("{ Type: Pass }"), ["E755 3"]);
        assert_eq!(of_state("{ Type: Pass, End: false }"), ["E755 3"]);
        assert_eq!(of_state("{ Type: Pass, Next: A, End: true }"), ["E755 3"]);
        assert_eq!(of_state("{ Type: Pass, End: true }"), Vec::<String>::new());
    }

    #[test]
    fn types_have_what_they_need() {
        assert_eq!(of_state("{ Type: Task, End: true }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: task, End: true }"), ["E752 3"]);
        assert_eq!(of_state("{ End: true }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Wait, End: true }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Wait, End: true, Seconds: 1, Timestamp: '2027-01-31T08:00:00Z' }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Wait, End: true, Timestamp: tomorrow }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Fail, Error: a, ErrorPath: $.a }"), ["E752 3"]);
        let task = "{ Type: Task, End: true, Resource: 'arn:aws:lambda:r:1:function:f', HeartbeatSeconds: 9, TimeoutSeconds: 9 }";
        assert_eq!(of_state(task), ["E752 3"]);
    }
}
