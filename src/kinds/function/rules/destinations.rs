//! Where what became of a function's calls goes.

use crate::contract::{Findings, Kind, Rule, View};
use crate::kinds::function::Function;
use crate::model::reference::Reference;

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E108",
    title: "a function that is its own destination",
    why: "What became of a call would call the function again, and that call once more. PutFunctionEventInvokeConfig refuses it: \"You can't \
          specify the function as a destination for itself.\"",
    fix: "name a queue, a topic, a bus or another function",
    source: "LocalStack, localstack/services/lambda_/provider.py, which answers as AWS did when it was recorded",
    run: itself,
}];

fn itself(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(invoke) = &function.spec.event_invoke else { continue };
        for (field, arn) in [("on_success", &invoke.on_success), ("on_failure", &invoke.on_failure)] {
            let Some(arn) = arn else { continue };
            let is_by_key = Reference::whole(arn).is_some_and(|of| of.section == Function::SECTION && of.key == function.key);
            let own = cx.loaded.scope.arn("lambda", &format!("function:{}", function.name));
            let is_by_arn = arn.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
            if is_by_key || is_by_arn {
                let place = cx.place(Function::SECTION, &function.key, &["event_invoke", field]);
                out.add(place, &function.address, format!("`{field}` of {} is the function itself", function.key));
            }
        }
    }
}
