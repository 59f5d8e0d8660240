//! What is tried again, and what is caught.

use super::fields::{Field, In, Shape};
use super::{Check, Query, code, kind, known};
use crate::source::diagnostic::suggest;
use crate::source::node::{Node, Yaml};

/// Longest delay between two tries: 366 days, and a second less than AWS's bound.
const LONGEST_DELAY: i64 = 31_622_400;
const RETRIER: &[Field] = &[
    Field("ErrorEquals", Shape::List, In::Both),
    Field("IntervalSeconds", Shape::Whole(1, 99_999_999), In::Both),
    Field("MaxAttempts", Shape::Whole(0, 99_999_999), In::Both),
    Field("BackoffRate", Shape::Number(1.0, f64::INFINITY), In::Both),
    Field("MaxDelaySeconds", Shape::Whole(1, LONGEST_DELAY), In::Both),
    Field("JitterStrategy", Shape::Word(&["FULL", "NONE"]), In::Both),
    Field("Comment", Shape::Text, In::Both),
];
const CATCHER: &[Field] = &[
    Field("ErrorEquals", Shape::List, In::Both),
    Field("Next", Shape::Text, In::Both),
    Field("ResultPath", Shape::Reference, In::Path),
    Field("Assign", Shape::Template, In::Path),
    Field("Assign", Shape::Expressions, In::Ata),
    Field("Output", Shape::Expressions, In::Ata),
    Field("Comment", Shape::Text, In::Both),
];
/// Errors that the language itself has.
const ERRORS: [&str; 17] = [
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];
const ALL: &str = "States.ALL";

impl Check {
    pub(super) fn guards(&mut self, state: &Node, query: Query) {
        for (field, what, all) in [("Retry", "an entry of `Retry`", RETRIER), ("Catch", "an entry of `Catch`", CATCHER)] {
            let Some(Yaml::List(items)) = state.get(field).map(|node| &node.yaml) else { continue };
            for (index, item) in items.iter().enumerate() {
                if !matches!(item.yaml, Yaml::Map(_)) {
                    self.tell(code::ERRORS, item.place, format!("{what} is a mapping, not {}", kind(item)));
                    continue;
                }
                self.fields(what, item, all, query);
                if field == "Catch" && item.get("Next").is_none() {
                    self.tell(code::ERRORS, item.place, "what is caught leads nowhere: there is no `Next`");
                }
                self.errors(what, item, index + 1 == items.len());
            }
        }
    }

    fn errors(&mut self, what: &str, item: &Node, is_last: bool) {
        let Some(Yaml::List(errors)) = item.get("ErrorEquals").map(|node| &node.yaml) else {
            if item.get("ErrorEquals").is_none() {
                self.tell(code::ERRORS, item.place, format!("{what} names no errors: there is no `ErrorEquals`"));
            }
            return;
        };
        if errors.is_empty() {
            self.tell(code::ERRORS, item.place, format!("{what} names no errors"));
        }
        for error in errors {
            let Some(name) = known(error) else {
                if error.text().is_none() {
                    self.tell(code::ERRORS, error.place, format!("an error is named by a text, not by {}", kind(error)));
                }
                continue;
            };
            if name == ALL && (errors.len() > 1 || !is_last) {
                let message = format!("`{ALL}` stands alone and in the last entry: what comes behind it would never be looked at");
                self.tell_with(code::ERRORS, error.place, message, "give it an entry of its own at the end");
            }
            // A state that fails may call its error so.
            if name.starts_with("States.") && !ERRORS.contains(&name) && !self.raised.iter().any(|raised| raised == name) {
                self.tell_with(code::UNKNOWN_ERROR, error.place, format!("the language has no error `{name}`"), suggest(name, ERRORS));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;

    fn of_task(fields: &str) -> Vec<String> {
        faults(&format!("StartAt: A\nStates:\n  A: {{ Type: Task, End: true, Resource: 'arn:aws:lambda:r:1:function:f', {fields} }}"))
    }

    #[test]
    fn errors_are_named_and_all_of_them_come_last() {
        assert_eq!(of_task("Retry: [{ ErrorEquals: [Mine] }, { ErrorEquals: [States.ALL], MaxAttempts: 0 }]"), Vec::<String>::new());
        assert_eq!(of_task("Retry: [{ ErrorEquals: [States.ALL] }, { ErrorEquals: [Mine] }]"), ["E757 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [States.ALL, Mine] }]"), ["E757 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [] }]"), ["E757 3"]);
        assert_eq!(of_task("Retry: [{ MaxAttempts: 1 }]"), ["E757 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [States.Timout] }]"), ["W757 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [States.Runtime] }]"), Vec::<String>::new());
        assert_eq!(of_task("Catch: [{ ErrorEquals: [States.ALL] }]"), ["E757 3"]);
    }

    #[test]
    fn an_error_that_a_state_raises_is_known() {
        let machine = |caught: &str| {
            faults(&format!(
                "StartAt: A\nStates:\n  A: {{ Type: Parallel, Branches: [{{ StartAt: F, States: {{ F: {{ Type: Fail, Error: States.QuorumMet }} }} }}], \
                 Catch: [{{ ErrorEquals: [{caught}], Next: B }}], End: true }}\n  B: {{ Type: Succeed }}"
            ))
        };
        assert_eq!((machine("States.QuorumMet"), machine("States.QuorumMe")), (vec![], vec!["W757 3".to_owned()]));
    }

    #[test]
    fn numbers_of_a_retry_are_in_range() {
        assert_eq!(of_task("Retry: [{ ErrorEquals: [Mine], IntervalSeconds: 0 }]"), ["E752 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [Mine], BackoffRate: 0.5 }]"), ["E752 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [Mine], JitterStrategy: SOME }]"), ["E752 3"]);
        assert_eq!(of_task("Retry: [{ ErrorEquals: [Mine], Delay: 1 }]"), ["E752 3"]);
    }
}
