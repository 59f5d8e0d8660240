//! What Step Functions refuses of a state machine, and what cannot work once it runs.

use std::sync::Arc;

use super::expand::{DERIVED, own_key};
use super::language::{self, Fault};
use super::spec::MachineType;
use super::{StateMachine, calls, definition};
use crate::contract::{Findings, Kind, Resource, Rule, View, is_plain, names, rows};
use crate::kinds::role::Role;
use crate::model::ResourceId;
use crate::model::reference::resolve_text;
use crate::source::diagnostic::{Place, Source};
use crate::source::node::{Node, Yaml};

const LANGUAGE: &str = "https://states-language.net/spec.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E750",
        title: "state machine name that is refused",
        why: "A state machine's name has 1 to 80 characters. Step Functions takes others than letters, digits, `-` and `_` as well, but CloudWatch logs nothing of such a machine.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, stepfunctions CreateStateMachine, name",
        run: name,
    },
    Rule {
        code: "E751",
        title: "a definition that is no machine",
        why: "A definition, a branch and an ItemProcessor each hold states by their names under `States`, and the name of the first one under `StartAt`. Step Functions refuses anything else with InvalidDefinition.",
        fix: "write `StartAt: <name>` and `States: { <name>: … }`",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E752",
        title: "a field of a state that is missing, unknown or of another form",
        why: "Each type of state has its own fields, some of them in one of the two query languages only. Step Functions refuses a definition with others (SCHEMA_VALIDATION_FAILED).",
        fix: "add what is missing, and take the rest out",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E753",
        title: "a state that is not there",
        why: "`StartAt`, `Next` and `Default` name states of the same machine: from a branch or an item nothing leads to a state around it. Step Functions refuses the definition (MISSING_TRANSITION_TARGET).",
        fix: "name a state that stands beside it",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E754",
        title: "a state that is never reached",
        why: "Step Functions refuses a definition with a state that nothing leads to from `StartAt`.",
        fix: "let another state lead to it, or take it out",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E755",
        title: "a state that neither ends nor goes on, or does both",
        why: "A state has either `Next` or `End: true`; Choice, Succeed and Fail have neither. Step Functions refuses anything else.",
        fix: "write `Next: <name>` or `End: true`",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E756",
        title: "a choice that cannot be made",
        why: "A choice of JSONPath compares one variable by one operator, with a value of that operator's type, or combines such rules; one of JSONata has a condition. Each leads to a state. Step Functions refuses other choices.",
        fix: "write `{ Variable: $.a, NumericEquals: 1, Next: <name> }`, or in JSONata `{ Condition: '{% … %}', Next: <name> }`",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E757",
        title: "a Retry or Catch that Step Functions does not take",
        why: "Each entry names the errors that it is for. `States.ALL` stands alone in the last entry, names that begin with `States.` are the language's own, and what is caught leads to a state.",
        fix: "write `{ ErrorEquals: [States.ALL], … }`, and `Next` where it is caught",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E758",
        title: "a name of a state that cannot be",
        why: "The name of a state has at most 80 characters, and stands once in a whole definition, with its branches and items.",
        fix: "give the state another name",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html",
        run: language,
    },
    Rule {
        code: "E759",
        title: "a path, function or expression that cannot be read",
        why: "A path begins with `$`, a function with `States.`, and an expression of JSONata stands in `{% %}`; each closes what it opens. Where a result is put, a path names one place. Step Functions refuses the definition, or the execution fails.",
        fix: "mend it",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "E760",
        title: "a resource that no task can call",
        why: "A task calls a Lambda function or an activity by its ARN, or an integration: arn:aws:states:::service:call, or arn:aws:states:::aws-sdk:service:call for every call of a service. Step Functions refuses others.",
        fix: "name a function, an activity or an integration",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html",
        run: language,
    },
    Rule {
        code: "E761",
        title: "something that an Express machine does not do",
        why: "An Express execution runs for five minutes at most and is not kept: it waits for no job (.sync) and no token (.waitForTaskToken), has no activities and no distributed Map. Step Functions refuses such a definition with InvalidDefinition.",
        fix: "set `type: standard`, or take it out",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html",
        run: language,
    },
    Rule {
        code: "E762",
        title: "a definition that is too large",
        why: "Step Functions takes a definition of at most 1 MB of JSON text.",
        fix: "move parts into machines of their own, and start them with states:startExecution",
        source: "botocore service model, stepfunctions CreateStateMachine, definition",
        run: size,
    },
    Rule {
        code: "E763",
        title: "a reuse of data keys that Step Functions does not take",
        why: "A data key of KMS is used again for one to fifteen minutes. Step Functions refuses other values.",
        fix: "set `kms_data_key_reuse` to something from 1m to 15m",
        source: "botocore service model, stepfunctions CreateStateMachine, encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
        run: rows::<StateMachine>,
    },
    Rule {
        code: "W750",
        title: "a machine that cannot end",
        why: "No state of it ends an execution. It goes on until it fails or is stopped, and a Standard execution that has come to 25,000 events fails.",
        fix: "let one state end, with `End: true` or the type Succeed",
        source: LANGUAGE,
        run: language,
    },
    Rule {
        code: "W751",
        title: "a call of which the rights cannot be told",
        why: "The role that a state machine brings along is allowed what the definition calls, as far as it stands there. What an execution decides, and most integrations, are not known: the call fails with AccessDenied unless the role is given the right.",
        fix: "add the right under `role: { policies: … }`, or name a role that has it",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html",
        run: unknown_rights,
    },
    Rule {
        code: "W752",
        title: "a task that may wait for ever",
        why: "A task that waits for a token or for the worker of an activity has no bound but the one that it says. Where the answer never comes, the execution stands for up to a year.",
        fix: "add `TimeoutSeconds` or `HeartbeatSeconds`",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html",
        run: language,
    },
    Rule {
        code: "W754",
        title: "a token that nobody gets",
        why: "A task with .waitForTaskToken goes on when somebody sends its token back. Who is called learns the token from what the task sends alone.",
        fix: "put the token into what the task sends",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html",
        run: language,
    },
    Rule {
        code: "W757",
        title: "an error that neither the language nor the machine has",
        why: "Names that begin with `States.` are the language's own. Step Functions takes others, but nothing raises them, unless a function or \
              a machine that is called does: the entry is never looked at.",
        fix: "write the name of an error of the language, or of what is called",
        source: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
        run: language,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<StateMachine>(cx, out, "state machine", is_plain);
}

/// The definition of a machine with its places, and the file that it stands in where that is not the stack
/// file. What follows from names is filled in.
fn written(cx: &View<'_>, machine: &Resource<StateMachine>) -> Option<(Node, Option<Arc<Source>>)> {
    let id = ResourceId::new(StateMachine::NAME, &machine.key);
    let (mut tree, source) = match cx.loaded.documents.get(&id) {
        Some(document) => (document.tree.clone(), Some(Arc::clone(&document.source))),
        None => {
            let home = cx.loaded.tree.get(StateMachine::SECTION)?.get(&machine.key)?;
            (definition::in_stack(home.get("definition")?)?, None)
        }
    };
    fill(&mut tree, &|text| resolve_text(text, &|reference| cx.loaded.desired.known(reference)));
    Some((tree, source))
}

fn fill(node: &mut Node, with: &dyn Fn(&str) -> String) {
    match &mut node.yaml {
        Yaml::Text(text) => *text = with(text),
        Yaml::List(items) => items.iter_mut().for_each(|item| fill(item, with)),
        Yaml::Map(entries) => entries.iter_mut().for_each(|entry| fill(&mut entry.value, with)),
        Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) => {}
    }
}

/// What the check of the language finds in the definitions of a stack: the machine's address, the file and
/// the faults of each.
struct Faults(Vec<(String, Option<Arc<Source>>, Vec<Fault>)>);

/// What the check of the language finds, of the kind that the rule is about. All of its rules share one.
fn language(cx: &View<'_>, out: &mut Findings<'_>) {
    let all = cx.once(|| {
        let of = |machine: &Resource<StateMachine>| {
            let (tree, source) = written(cx, machine)?;
            Some((machine.address.clone(), source, language::check(&tree, machine.spec.machine_type.is(MachineType::Express))))
        };
        Faults(cx.all::<StateMachine>().iter().filter_map(of).collect())
    });
    let code = out.code();
    for (address, source, faults) in &all.0 {
        for Fault { place, message, fix, .. } in faults.iter().filter(|fault| fault.code == code) {
            tell(out, source.as_ref(), *place, address, message.clone(), fix.clone());
        }
    }
}

fn tell(out: &mut Findings<'_>, source: Option<&Arc<Source>>, place: Place, address: &str, message: String, fix: Option<String>) {
    match source {
        Some(source) => out.add_in(source, place, address, message, fix),
        None => out.add_with(place, address, message, fix),
    }
}

/// Characters of a definition that Step Functions takes.
const LARGEST: usize = 1_048_576;

fn size(cx: &View<'_>, out: &mut Findings<'_>) {
    for machine in cx.all::<StateMachine>() {
        let length = machine.spec.definition.to_string().chars().count();
        if length > LARGEST {
            let place = cx.place(StateMachine::SECTION, &machine.key, &["definition"]);
            out.add(place, &machine.address, format!("the definition has {length} characters; Step Functions takes {LARGEST}"));
        }
    }
}

/// Only of a role of the machine's own that was given nothing else.
fn unknown_rights(cx: &View<'_>, out: &mut Findings<'_>) {
    for machine in cx.all::<StateMachine>() {
        let own = own_key(&machine.key);
        let Some(role) = cx.all::<Role>().iter().find(|role| role.key == own && !cx.is_declared(Role::SECTION, &own)) else { continue };
        let has_more = !role.spec.managed_policies.is_empty()
            || !role.spec.own_policies.is_empty()
            || role.spec.policies.keys().any(|policy| policy != DERIVED);
        if has_more {
            continue;
        }
        let Some((tree, source)) = written(cx, machine) else { continue };
        for (path, why) in calls::of(&cx.loaded.scope, &machine.name, &machine.spec.definition).unknown {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            let place = tree.place_along(&[&steps[..], &["Resource"]].concat()).unwrap_or(tree.place);
            let state = path.last().map(String::as_str).unwrap_or_default();
            tell(out, source.as_ref(), place, &machine.address, format!("the role may not be allowed what `{state}` calls: {why}"), None);
        }
    }
}
