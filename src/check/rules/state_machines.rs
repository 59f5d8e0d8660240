//! What a state machine needs of a role that stands in `roles`, and how it calls functions.

use super::iam_grants::RolePermissions;
use super::iam_limits::trusts;
use super::lookup::role_at;
use crate::contract::{Findings, Kind, Resource, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::role::Role;
use crate::kinds::state_machine::{self, StateMachine};
use crate::model::ResourceId;
use crate::model::reference::{is_known, plain, references_in, resolve_text};
use crate::source::diagnostic::Place;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E764",
        title: "a role that Step Functions may not assume",
        why: "A state machine calls others with its role. Step Functions refuses a machine whose role does not let it in: \"Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.\"",
        fix: "name Service: [states.amazonaws.com] as principal in the role's `trust_policy`, or leave `role` out of the state machine",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html",
        run: trust,
    },
    Rule {
        code: "W753",
        title: "a task that goes past a function's alias",
        why: "The ARN of a function stands for its code as it is, and its alias for the version that was published last. A task that names the function runs what is deployed while it is deployed, and none of what stands at the alias: provisioned concurrency, its URL, its permissions.",
        fix: "write `${functions.KEY.alias_arn}`",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html",
        run: past_the_alias,
    },
    Rule {
        code: "W755",
        title: "a role that may not do what its state machine calls for",
        why: "A task whose call the role does not allow fails with AccessDenied when it runs. With logs on, Step Functions wants the rights to deliver them when the machine is made.",
        fix: "allow the actions in the role, or leave `role` out of the state machine: it then brings one along that may do them",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html",
        run: rights,
    },
];

/// State machines whose role is of this stack, each with it.
fn with_roles<'a>(cx: &'a View<'_>) -> Vec<(&'a Resource<StateMachine>, &'a Resource<Role>)> {
    cx.all::<StateMachine>().iter().filter_map(|machine| Some((machine, role_at(cx, &machine.spec.role)?))).collect()
}

fn trust(cx: &View<'_>, out: &mut Findings<'_>) {
    let regional = format!("states.{}.amazonaws.com", cx.loaded.scope.region);
    for (machine, role) in with_roles(cx) {
        if !trusts(&role.spec.trust_policy, &["states.amazonaws.com", &regional]) {
            let place = cx.key_place(StateMachine::SECTION, &machine.key, &[], "role");
            out.add(place, &machine.address, format!("{} does not let Step Functions in", role.address));
        }
    }
}

fn rights(cx: &View<'_>, out: &mut Findings<'_>) {
    for (machine, role) in with_roles(cx) {
        let grants = RolePermissions::of(cx, role);
        // The ARN of a queue is known where its URL is not.
        let known = |resource: &str| plain(&resolve_text(resource, &|reference| cx.loaded.desired.known(reference)));
        let asked = state_machine::rights(&cx.loaded.scope, &machine.name, &machine.spec);
        let asked: Vec<(String, String)> = asked.into_iter().map(|(action, resource)| (action, known(&resource))).collect();
        // A function is invoked at its own ARN, and at those of its versions only where it is named so.
        let asked = asked.iter().filter(|(_, resource)| is_known(resource) && !resource.ends_with(":*"));
        let lacking = asked.filter(|(action, resource)| grants.lacks(action, Some(resource.as_str())));
        let lacking: Vec<String> = lacking.map(|(action, resource)| format!("{action} on {resource}")).collect();
        if !lacking.is_empty() {
            let place = cx.key_place(StateMachine::SECTION, &machine.key, &[], "role");
            out.add(place, &machine.address, format!("{} does not allow {}", role.address, lacking.join(", ")));
        }
    }
}

fn past_the_alias(cx: &View<'_>, out: &mut Findings<'_>) {
    for machine in cx.all::<StateMachine>() {
        let document = cx.loaded.documents.get(&ResourceId::new(StateMachine::NAME, &machine.key));
        let in_stack = || cx.loaded.tree.get(StateMachine::SECTION)?.get(&machine.key)?.get("definition");
        let Some(tree) = document.map(|document| &document.tree).or_else(in_stack) else { continue };
        let mut found: Vec<(String, Place)> = Vec::new();
        tree.each_text(&mut |text, place| {
            let functions = references_in(text).filter(|reference| reference.section == Function::SECTION);
            let past = functions.filter(|reference| ["arn", "name"].contains(&reference.attribute.as_str()));
            found.extend(past.map(|reference| (reference.key, place)));
        });
        for (key, place) in found {
            let Some(node) = cx.loaded.desired.nodes.get(&ResourceId::new(Function::NAME, &key)) else { continue };
            if node.spec["aliases"].as_object().is_none_or(serde_json::Map::is_empty) {
                continue;
            }
            let message = format!("{} has an alias, and the task calls the function past it", node.id);
            let fix = format!("write `${{functions.{key}.alias_arn}}`");
            match document {
                Some(document) => out.add_in(&document.source, place, &machine.address, message, fix),
                None => out.add_with(place, &machine.address, message, fix),
            }
        }
    }
}
