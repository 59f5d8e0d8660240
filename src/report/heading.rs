//! Where a plan is for, in the words of headings and questions.

use super::escape;
use crate::model::Scope;

/// Stack, environment, instance, account with its alias where that is known, and region.
pub fn place(scope: &Scope, alias: Option<&str>) -> String {
    let Scope { stack, env, instance, account, region, .. } = scope;
    let alias = alias.map(|alias| format!(" ({alias})")).unwrap_or_default();
    escape::line(&format!("{stack} · {env} · instance {instance} · account {account}{alias} · {region}"))
}

/// Asks whether a plan of these places is to be carried out.
pub fn question(verb: &str, places: &[String]) -> String {
    match places {
        [one] => format!("{verb} {one}?"),
        several => {
            format!("{verb} these?\n{}\n{verb} them?", several.iter().map(|place| format!("  {place}")).collect::<Vec<_>>().join("\n"))
        }
    }
}
