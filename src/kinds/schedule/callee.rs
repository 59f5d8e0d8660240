//! What a schedule starts, and the role that lets Scheduler start it.
//!
//! A role is brought along for what is started: the triggers of one target share one, and a schedule of its
//! own has its own. One for the whole stack would let each schedule start everything in it, and one for each
//! trigger would spend roles, of which an account has a thousand, on equal rights.

use std::collections::BTreeSet;

use serde_json::json;

use crate::contract::{Expand, Kind};
use crate::kinds::keys::{self, Done};
use crate::kinds::role::{self, Role, RoleFile};
use crate::kinds::service::Service;
use crate::model::mark::Guard;
use crate::model::policy::VERSION;
use crate::model::reference::references_in;

/// Who assumes the role.
pub(super) const SCHEDULER: &str = "scheduler.amazonaws.com";

/// Action and resources that a role needs to start what `arn` names; none where only a user can know. Of
/// a function its versions and aliases are resources of their own.
pub(super) fn rights(arn: &str) -> Option<(&'static str, Vec<String>)> {
    let service = Service::of(arn)?;
    let whole = match references_in(arn).next() {
        Some(reference) if reference.attribute == "alias_arn" => format!("${{{}.{}.arn}}", reference.section, reference.key),
        _ => arn.to_owned(),
    };
    let is_qualified = !whole.starts_with("${") && whole.split(':').count() > 7;
    let resources = if service == Service::Lambda && !is_qualified { vec![whole.clone(), format!("{whole}:*")] } else { vec![whole] };
    Some((service.action(), resources))
}

/// A role of this key that may start what `arn` names, and send to these dead-letter queues. Returns its ARN;
/// none where nobody can say what it needs.
pub fn bring_role(cx: &mut Expand<'_>, key: &str, arn: &str, dead_letters: &BTreeSet<String>, home: &[String]) -> Option<String> {
    let (action, resources) = rights(arn)?;
    let mut statements = vec![json!({"Effect": "Allow", "Action": [action], "Resource": resources})];
    if !dead_letters.is_empty() {
        statements.push(json!({"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": dead_letters}));
    }
    statements.extend(keys::statements(cx, std::iter::once(arn).chain(dead_letters.iter().map(String::as_str)), Done::Sent));
    let account = json!({"StringEquals": {"aws:SourceAccount": cx.scope.account.to_string()}});
    let trust = json!({"Effect": "Allow", "Principal": {"Service": [SCHEDULER]}, "Action": ["sts:AssumeRole"], "Condition": account});
    let file = RoleFile {
        trust_policy: Some(json!({"Version": VERSION, "Statement": [trust]}).into()),
        policies: [("start".to_owned(), json!({"Version": VERSION, "Statement": statements}).into())].into(),
        ..RoleFile::default()
    };
    let name = cx.physical(Role::SECTION, None, key);
    role::bring(cx, key, name, &file, Guard::default(), home);
    Some(format!("${{roles.{key}.arn}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_gets_what_starting_takes_and_nothing_else() {
        let of = |arn: &str| rights(arn).map(|(action, resources)| (action, resources.join(" ")));
        let function = "arn:aws:lambda:r:1:function:f";
        for (arn, action, resources) in [
            (function, "lambda:InvokeFunction", format!("{function} {function}:*")),
            ("arn:aws:lambda:r:1:function:f:live", "lambda:InvokeFunction", format!("{function}:live")),
            ("${functions.f.alias_arn}", "lambda:InvokeFunction", "${functions.f.arn} ${functions.f.arn}:*".to_owned()),
            ("${queues.q.arn}", "sqs:SendMessage", "${queues.q.arn}".to_owned()),
            ("arn:aws:states:r:1:stateMachine:m", "states:StartExecution", "arn:aws:states:r:1:stateMachine:m".to_owned()),
        ] {
            assert_eq!(of(arn), Some((action, resources)), "{arn}");
        }
        assert_eq!(of("arn:aws:scheduler:::aws-sdk:lambda:invoke"), None);
    }
}
