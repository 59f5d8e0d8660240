//! One look at a stack: every kind is asked how its resources do, all at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::gauges::Metered;
use crate::commands::session::Connected;
use crate::contract::{Checked, Driver, Patient};
use crate::error::Error;
use crate::kinds;
use crate::model::health::{Drift, Figure, Group, Health, Level, Presence, Row, Sign, StackHealth};
use crate::model::plan::{Conflict, Obstacle};
use crate::model::{Action, Desired, Node, Plan, Scope};
use crate::report;

/// How a stack does, with what is not read with every look.
///
/// # Errors
/// A resource of the files is none of its kind.
pub async fn at(
    stack: &Connected,
    drift: Option<(Drift, Option<String>)>,
    metered: Option<&Metered>,
    conflicts: &[Conflict],
) -> Result<StackHealth, Error> {
    let read = stack.read.fresh();
    let desired = &stack.loaded.desired;
    let failed = takes_failed(desired)?;
    let asked = by_kind(desired);
    let (read, failed) = (&read, &failed);
    let groups = join_all(asked.iter().map(|(driver, nodes)| async move {
        let takes_failed =
            |node: &Node| desired.known.get(&node.id).and_then(|known| known.get("arn")).is_some_and(|arn| failed.contains(arn));
        let patients: Vec<Patient<'_>> = nodes.iter().map(|node| Patient { name: &node.name, takes_failed: takes_failed(node) }).collect();
        (*driver, nodes, driver.health(read, &patients).await)
    }));
    let groups = groups.await;
    let groups = groups.into_iter().filter(|(_, _, checked)| !checked.is_empty()).map(|(driver, nodes, checked)| {
        let rows = nodes.iter().zip(checked).map(|(node, checked)| {
            let mut row = row(node, checked, metered);
            row.health.signs.extend(not_ours(&stack.loaded.scope, node, conflicts).filter(|_| row.presence != Presence::Missing));
            row
        });
        let rows = rows.collect();
        Group { section: driver.section(), rows }
    });
    let (drift, alias) = drift.unwrap_or_else(|| (Drift::Unknown("nothing was planned".to_owned()), None));
    let unread = metered.and_then(|metered| metered.as_ref().err().cloned()).into_iter().collect();
    Ok(StackHealth { scope: stack.loaded.scope.clone(), alias, drift, groups: groups.collect(), unread })
}

/// The nodes of a stack by their kinds, in the order of the registry.
pub fn by_kind(desired: &Desired) -> Vec<(&'static dyn Driver, Vec<&Node>)> {
    let of = |driver: &&'static dyn Driver| desired.nodes.values().filter(|node| node.id.kind == driver.name()).collect::<Vec<_>>();
    kinds::registry().iter().map(|driver| (*driver, of(driver))).filter(|(_, nodes)| !nodes.is_empty()).collect()
}

/// ARNs of all that takes what failed.
fn takes_failed(desired: &Desired) -> Result<BTreeSet<String>, Error> {
    let all = kinds::failing(desired).map_err(|(id, reason)| Error::NotNormal { id, reason })?;
    Ok(all.into_iter().map(|(_, to)| to.arn).collect())
}

fn row(node: &Node, checked: Checked, metered: Option<&Metered>) -> Row {
    let (presence, mut health) = match checked {
        Ok(Some(health)) => (Presence::There, health),
        Ok(None) => (Presence::Missing, Health::default()),
        Err(error) => (Presence::Unread, Health { signs: Vec::new(), unread: vec![error.to_string()] }),
    };
    if presence != Presence::Missing {
        // What is of a part stands below what is of the whole.
        let at = health.signs.iter().position(|sign| sign.of.is_some()).unwrap_or(health.signs.len());
        health.signs.splice(at..at, measured(node, metered));
    }
    Row { id: node.id.clone(), name: node.name.clone(), presence, health }
}

/// That it is somebody else's: how it does is then none of this stack's.
fn not_ours(scope: &Scope, node: &Node, conflicts: &[Conflict]) -> Option<Sign> {
    // The conflicts of one stack may be about what another one rightly has.
    let is_its = |conflict: &&Conflict| {
        let has =
            matches!(&conflict.obstacle, Obstacle::OtherStack(mark) if mark.stack == scope.stack && mark.env.as_ref() == Some(&scope.env));
        conflict.id == node.id && conflict.name == node.name && !has
    };
    let conflict = conflicts.iter().find(is_its)?;
    let sign = Sign::new("owner", Figure::Word("not this stack's".to_owned())).of("owner".to_owned());
    Some(sign.level(Level::Wrong).because(Some(&format!("it {}", conflict.obstacle))))
}

fn measured(node: &Node, metered: Option<&Metered>) -> Vec<Sign> {
    let Some(driver) = kinds::driver(&node.id.kind) else { return Vec::new() };
    let signs = driver.gauges().iter().map(|gauge| {
        let figure = match metered {
            Some(Ok(figures)) => figures.get(&(node.id.clone(), gauge.what)).cloned().unwrap_or(Figure::Nothing),
            Some(Err(_)) | None => Figure::Unread,
        };
        let level = match figure {
            Figure::Unread => Level::Unsure,
            Figure::Count(count) if count > 0 && gauge.is_wrong => Level::Wrong,
            _ => Level::Fine,
        };
        Sign::new(gauge.what, figure).level(level)
    });
    signs.collect()
}

/// What a plan would do, as a status tells it.
pub fn drift_of(plan: &Plan) -> Drift {
    let mut counts: BTreeMap<Action, usize> = BTreeMap::new();
    plan.steps.iter().filter(|step| step.action != Action::Keep).for_each(|step| *counts.entry(step.action).or_default() += 1);
    Drift::Told(counts.into_iter().collect())
}

/// Why there is no plan.
pub fn told(error: &Error) -> String {
    let of = report::diagnostics::brief(error);
    if of.is_empty() { format!("no plan: {error}") } else { format!("no plan: {error}: {}", of.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ResourceId;
    use crate::source::Diagnostic;
    use crate::source::diagnostic::{Place, Source};

    fn node() -> Node {
        let (needs, loose, home) = Default::default();
        let (id, name) = (ResourceId::new("function", "work"), "tiny-work".to_owned());
        let (artifact, sensitive, stored, assumed) = (None, Default::default(), Default::default(), None);
        Node { id, name, spec: serde_json::Value::Null, home, needs, loose, artifact, sensitive, stored, assumed }
    }

    #[test]
    fn a_plan_that_cannot_be_made_says_why_on_a_line() {
        let source = std::sync::Arc::new(Source::new(std::path::Path::new("stack.yaml"), "stack: x\n".to_owned()));
        let finding = |line: usize| {
            let place = Place { line, column: 1, length: 1 };
            let finding = Diagnostic::new(&source, place, format!("{line} is not there"), "make it");
            Diagnostic { code: "E811", address: "function/work".into(), ..finding }
        };
        let told = told(&Error::Preflight((1..6).map(finding).collect()));
        assert!(told.contains("E811 function/work (stack.yaml:1): 1 is not there; E811 ") && told.ends_with("and 2 more"), "{told}");
        assert!(!told.contains(['\n', '\u{fffe}', '\x1b']), "{told:?}");
    }

    #[test]
    fn what_was_not_measured_is_not_zero() {
        let checked = || Ok(Some(Health::default()));
        let figures = |metered: Option<&Metered>| {
            row(&node(), checked(), metered).health.signs.into_iter().map(|sign| sign.figure).collect::<Vec<_>>()
        };
        assert!(figures(Some(&Err("denied".into()))).iter().all(|figure| *figure == Figure::Unread));
        assert!(figures(None).iter().all(|figure| *figure == Figure::Unread));
        let told = [((ResourceId::new("function", "work"), "errors/h"), Figure::Count(2))].into();
        let row = row(&node(), checked(), Some(&Ok(told)));
        assert_eq!(row.level(), Level::Wrong, "{row:?}");
    }
}
