//! What is imported: what was asked for, and what belongs to it, found by the names that live AWS tells.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::aws::AwsError;
use crate::contract::{Driver, ReadCx, Watched};
use crate::error::Error;
use crate::kinds;
use crate::model::diff::matches_pattern;
use crate::model::{Owner, ResourceId, Seen};

/// A resource by the name of its kind and its physical name.
pub type Name = (&'static str, String);

/// What was not imported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Something live that is imported.
#[derive(Clone)]
pub struct Taken {
    /// Its kind.
    pub driver: &'static dyn Driver,
    /// What was read.
    pub seen: Seen,
    /// What a file asks for that wants it to stay as it is.
    pub spec: Value,
    /// What an apply changes of it all the same.
    pub moves: Vec<String>,
}

/// What was found.
#[derive(Default)]
pub struct Gathered {
    /// What is imported.
    pub taken: BTreeMap<Name, Taken>,
    /// ARNs of layer versions and the like that something names, by what they are of.
    pub arns: BTreeMap<Name, BTreeSet<String>>,
    /// What is not.
    pub left: BTreeSet<Left>,
}

impl Gathered {
    /// Of the versions that something names, the newest.
    pub fn newest(&self, name: &Name) -> Option<&String> {
        let version = |arn: &&String| arn.rsplit(':').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
        self.arns.get(name)?.iter().max_by_key(version)
    }
}

/// What is to be looked at, and whether it was asked for.
type Open = BTreeMap<Name, bool>;

/// Reads what is asked for, and whatever belongs to it.
///
/// # Errors
/// What was asked for cannot be read.
pub async fn gather(cx: &ReadCx, asked: &BTreeSet<Name>) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    let mut looked: BTreeSet<Name> = BTreeSet::new();
    let mut open: Open = asked.iter().map(|name| (name.clone(), true)).collect();
    let mut watched = 0;
    loop {
        while !open.is_empty() {
            looked.extend(open.keys().cloned());
            let mut found = read(cx, &open, &mut gathered).await?;
            moving(cx, &mut found).await?;
            open = Open::new();
            for taken in found {
                open.extend(named_by(cx, &taken, &mut gathered).into_iter().map(|name| (name, false)));
                gathered.taken.insert((taken.driver.name(), taken.seen.name.clone()), taken);
            }
            open.retain(|name, _| !looked.contains(name));
        }
        // What is about these names them, and is not named by them.
        if gathered.taken.len() == watched {
            return Ok(gathered);
        }
        watched = gathered.taken.len();
        open = watching(cx, &mut gathered).await?.into_iter().map(|name| (name, false)).collect();
        open.retain(|name, _| !looked.contains(name));
    }
}

/// Asks what an apply would change of these.
async fn moving(cx: &ReadCx, found: &mut [Taken]) -> Result<(), AwsError> {
    let asked = found.iter_mut().map(|taken| async move {
        taken.moves = match taken.driver.moves(cx, &taken.seen).await {
            Err(error) if error.is_credentials() => return Err(error),
            Err(error) => vec![format!("what its aliases lead to cannot be read: {}", error.short())],
            Ok(moves) => moves,
        };
        Ok(())
    });
    try_join_all(asked).await.map(drop)
}

/// Reads what is open, all kinds at once.
async fn read(cx: &ReadCx, open: &Open, gathered: &mut Gathered) -> Result<Vec<Taken>, Error> {
    let of_kinds = kinds::registry().iter().map(|driver| async move {
        let names = |asked: bool| -> Vec<String> {
            let of = |((kind, name), is): (&Name, &bool)| (*kind == driver.name() && *is == asked).then(|| name.clone());
            open.iter().filter_map(of).filter(|name| driver.is_nobodys(name, "").is_none()).collect()
        };
        let (asked, belonging) = (names(true), names(false));
        let asked = driver.read(cx, &asked).await?;
        let mut found: Vec<Result<Seen, Left>> = asked.into_iter().map(Ok).collect();
        match driver.read(cx, &belonging).await {
            Ok(seen) => found.extend(seen.into_iter().map(Ok)),
            Err(error) if error.is_credentials() => return Err(error),
            // What was asked for stands without it, and names it by its ARN.
            Err(error) => found.extend(belonging.iter().map(|name| Err(unread(*driver, name, &error)))),
        }
        Ok::<_, AwsError>((*driver, found))
    });
    let mut all = Vec::new();
    for (driver, found) in try_join_all(of_kinds).await? {
        for one in found {
            match one.map(|seen| taken(driver, seen)) {
                Ok(Ok(Ok(taken))) => all.push(taken),
                Ok(Ok(Err(left))) | Err(left) => drop(gathered.left.insert(left)),
                Ok(Err(error)) => return Err(error),
            }
        }
    }
    for ((kind, name), asked) in open {
        let Some(driver) = kinds::driver(kind) else { continue };
        let what = format!("{} ({name})", driver.name());
        if let Some(why) = driver.is_nobodys(name, "") {
            gathered.left.insert(Left { what, why: why.to_owned() });
        } else if *asked && !all.iter().any(|taken| taken.driver.name() == *kind && taken.seen.name == *name) {
            let is_told = gathered.left.iter().any(|left| left.what == what);
            if !is_told {
                gathered.left.insert(Left { what, why: "it is not there, in this account and region".to_owned() });
            }
        }
    }
    Ok(all)
}

fn unread(driver: &dyn Driver, name: &str, error: &AwsError) -> Left {
    Left { what: format!("{} ({name})", driver.name()), why: format!("it cannot be read: {}", error.short()) }
}

/// What was read, where a new stack can have it.
fn taken(driver: &'static dyn Driver, seen: Seen) -> Result<Result<Taken, Left>, Error> {
    let what = format!("{} ({})", driver.name(), seen.name);
    let arn = seen.attributes.get("arn").map(String::as_str).unwrap_or_default();
    let why = match &seen.owner {
        Owner::Foreign(mark) => Some(format!("it carries the mark of {mark}; it is named by its ARN")),
        // What is this stack's already would be deleted if its file left it out.
        Owner::Ours | Owner::Incomplete | Owner::Unmarked => driver.is_nobodys(&seen.name, arn).map(str::to_owned),
    };
    if let Some(why) = why {
        return Ok(Err(Left { what, why }));
    }
    let spec = driver.kept(&seen).map_err(|reason| Error::NotNormal { id: ResourceId::new(driver.name(), &seen.name), reason })?;
    Ok(Ok(Taken { driver, seen, spec, moves: Vec::new() }))
}

/// What a resource names: by ARNs in its fields but documents, which may speak of anything, and by its own name.
fn named_by(cx: &ReadCx, taken: &Taken, gathered: &mut Gathered) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    each_text(taken.driver.documents(), &mut Vec::new(), &taken.spec, &mut |text| {
        // A key may have more behind the ARN: a queue of a broker, the qualifier that it is about.
        let Some((driver, name)) = text.split_whitespace().next().and_then(|arn| named(cx, arn)) else { return };
        if !driver.stands_alone() {
            gathered.arns.entry((driver.name(), name.clone())).or_default().insert(text.to_owned());
            names.insert((driver.name(), name));
        }
    });
    let mut add = |(section, name): (&str, &str)| {
        if let Some(driver) = kinds::driver_of_section(section) {
            names.insert((driver.name(), name.to_owned()));
        }
    };
    taken.driver.uses(&taken.spec).iter().for_each(|(section, name)| add((section, name)));
    taken.driver.within(&taken.seen.name).into_iter().for_each(add);
    names
}

/// The kind and name that an ARN of this account and region names.
pub fn named(cx: &ReadCx, arn: &str) -> Option<(&'static dyn Driver, String)> {
    let (account, region) = (cx.scope.account.to_string(), &cx.scope.region);
    kinds::registry().iter().find_map(|driver| {
        let name = driver.arn_form()?.name(arn, &account, region)?;
        Some((*driver, name.to_owned()))
    })
}

/// Keys and texts of a spec, without what lies at these paths or below.
fn each_text<'a>(without: &[&str], path: &mut Vec<&'a str>, value: &'a Value, visit: &mut impl FnMut(&str)) {
    if without.iter().any(|pattern| matches_pattern(pattern, path)) {
        return;
    }
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(without, path, item, visit)),
        Value::Object(map) => {
            for (key, item) in map {
                visit(key);
                path.push(key);
                each_text(without, path, item, visit);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Names of what is about something that is imported.
async fn watching(cx: &ReadCx, gathered: &mut Gathered) -> Result<BTreeSet<Name>, Error> {
    let watched = |taken: &Taken| Watched {
        section: taken.driver.section(),
        name: taken.seen.name.clone(),
        arn: taken.seen.attributes.get("arn").cloned().unwrap_or_default(),
    };
    let of: Vec<Watched> = gathered.taken.values().map(watched).collect();
    let mut names = BTreeSet::new();
    for driver in kinds::registry() {
        match driver.watching(cx, &of).await {
            Ok(found) => names.extend(found.into_iter().map(|name| (driver.name(), name))),
            Err(error) if error.is_credentials() => return Err(error.into()),
            Err(error) => {
                let what = format!("what of {} is about these", driver.section());
                gathered.left.insert(Left { what, why: format!("it cannot be listed: {}", error.short()) });
            }
        }
    }
    Ok(names)
}

/// What carries the mark of this stack already and is not imported: a plan of the file would delete it. What
/// cannot be looked for is told.
///
/// # Errors
/// Credentials are no longer good.
pub async fn beside(cx: &ReadCx, gathered: &mut Gathered) -> Result<BTreeSet<Name>, Error> {
    let (mut names, mut unseen) = (BTreeSet::new(), BTreeMap::<String, Vec<String>>::new());
    for driver in kinds::registry() {
        match marked(cx, *driver).await {
            Ok(marked) => names.extend(marked.into_iter().map(|name| (driver.name(), name))),
            Err(error) if error.is_credentials() => return Err(error.into()),
            Err(error) => unseen.entry(error.short().to_owned()).or_default().push(driver.section().replace('_', " ")),
        }
    }
    for (why, sections) in unseen {
        let what = format!("other resources with the mark of this stack ({}), which its plans would delete", sections.join(", "));
        gathered.left.insert(Left { what, why: format!("they cannot be looked for: {why}") });
    }
    names.retain(|name| !gathered.taken.contains_key(name));
    Ok(names)
}

/// Names of what is ours.
async fn marked(cx: &ReadCx, driver: &dyn Driver) -> Result<BTreeSet<String>, AwsError> {
    let claims = driver.owned(cx).await?;
    // Behind what is not ours something of ours may stand, which only a read tells.
    let behind: Vec<String> = claims.iter().filter(|claim| claim.hides).map(|claim| claim.name.clone()).collect();
    let read = driver.read(cx, &behind).await?.into_iter().filter(|seen| seen.owner.is_ours()).map(|seen| seen.name);
    Ok(claims.iter().filter(|claim| claim.owner.is_ours()).map(|claim| claim.name.clone()).chain(read).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_passed_over_and_nothing_beside_them() {
        let spec = json!({
            "policy": {"Statement": [{"Resource": "in-policy"}]},
            "event_sources": {"key": {"filters": ["in-filter"], "on_failure": "in-failure"}},
            "redrive": {"dead_letters": "in-redrive"},
        });
        let mut found = Vec::new();
        each_text(&["policy", "event_sources.*.filters"], &mut Vec::new(), &spec, &mut |text| found.push(text.to_owned()));
        for text in ["key", "in-failure", "in-redrive"] {
            assert!(found.iter().any(|one| one == text), "{text}: {found:?}");
        }
        assert!(!found.iter().any(|text| text == "in-policy" || text == "in-filter"), "{found:?}");
    }
}
