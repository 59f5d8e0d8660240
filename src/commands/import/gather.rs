//! What is imported: what was asked for, and what belongs to it, found by the names that live AWS tells.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use serde_json::Value;

use super::shared;
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
    /// What a file cannot have beside it.
    pub untold: Vec<String>,
}

impl Taken {
    /// What others may be about.
    pub fn watched(&self) -> Watched {
        let arn = self.seen.attributes.get("arn").cloned().unwrap_or_default();
        Watched { section: self.driver.section(), name: self.seen.name.clone(), arn }
    }
}

/// What is left to those who use it, with who does.
pub type Kept = BTreeMap<Name, String>;

/// What was found.
#[derive(Default)]
pub struct Gathered {
    /// What is imported.
    pub taken: BTreeMap<Name, Taken>,
    /// ARNs of layer versions and the like that something names, by what they are of.
    pub arns: BTreeMap<Name, BTreeSet<String>>,
    /// What is not.
    pub left: BTreeSet<Left>,
    /// What of it is there, or may be, so that it is only named.
    pub apart: BTreeSet<Name>,
    /// What is imported and used by others, too, with who does.
    pub used: BTreeSet<Left>,
    /// What is asked for and cannot be read, the first.
    pub failed: Option<AwsError>,
}

impl Gathered {
    /// Of the versions that something names, the newest.
    pub fn newest(&self, name: &Name) -> Option<&String> {
        let version = |arn: &&String| arn.rsplit(':').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
        self.arns.get(name)?.iter().max_by_key(version)
    }

    fn leave(&mut self, name: &Name, why: String) {
        self.left.insert(Left { what: told(name), why });
        self.apart.insert(name.clone());
    }
}

/// A resource in words.
pub fn told((kind, name): &Name) -> String {
    format!("{kind} ({name})")
}

/// What is to be looked at, and whether it was asked for.
type Open = BTreeMap<Name, bool>;

/// Reads what is asked for, and whatever belongs to it alone.
///
/// # Errors
/// Credentials are no longer good, or what was read is not what its kind reads.
pub async fn gather(cx: &ReadCx, asked: &BTreeSet<Name>) -> Result<Gathered, Error> {
    let (mut kept, mut reads) = (Kept::new(), Reads::default());
    loop {
        let mut gathered = around(cx, asked, &kept, &mut reads).await?;
        let users = shared::users(cx, &mut gathered).await?;
        let more = shared::kept(asked, &mut gathered, users);
        // Without these less is taken, and what is used by that is used by others.
        if more.is_empty() {
            return Ok(gathered);
        }
        kept.extend(more);
    }
}

/// What belongs to what was asked for, but for what is `kept`.
async fn around(cx: &ReadCx, asked: &BTreeSet<Name>, kept: &Kept, reads: &mut Reads) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    let mut looked: BTreeSet<Name> = BTreeSet::new();
    let mut open: Open = asked.iter().map(|name| (name.clone(), true)).collect();
    let mut watched = 0;
    loop {
        while !open.is_empty() {
            looked.extend(open.keys().cloned());
            open.retain(|name, _| !is_kept(kept, name, &mut gathered));
            let found = read(cx, &open, &mut gathered, reads).await?;
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

/// Whether something, or what it is within, is left to others; then that is told.
fn is_kept(kept: &Kept, name: &Name, gathered: &mut Gathered) -> bool {
    let within = kinds::driver(name.0).and_then(|driver| {
        let (section, within) = driver.within(&name.1)?;
        Some((kinds::driver_of_section(section)?.name(), within.to_owned()))
    });
    let why = match (kept.get(name), within.and_then(|within| Some((kept.get(&within)?, within)))) {
        (Some(users), _) => {
            format!("it is used by {users}, too, and so only named, by its ARN: it comes along where all that use it are imported together")
        }
        (None, Some((users, within))) => {
            format!("{} is taken over with all that it holds, {users} among it: import what those start together", told(&within))
        }
        (None, None) => return false,
    };
    gathered.leave(name, why);
    true
}

/// What was read, or why it was not; none of what is not there.
type Read = Result<Option<Seen>, AwsError>;

/// What was read already.
#[derive(Default)]
struct Reads(BTreeMap<Name, Read>);

impl Reads {
    /// Reads these of a kind, all at once, and each alone where that fails.
    async fn add(cx: &ReadCx, driver: &dyn Driver, names: &[String]) -> Result<Vec<(String, Read)>, AwsError> {
        let error = match driver.read(cx, names).await {
            Ok(seen) => {
                return Ok(names.iter().map(|name| (name.clone(), Ok(seen.iter().find(|one| one.name == *name).cloned()))).collect());
            }
            Err(error) if error.is_credentials() => return Err(error),
            Err(error) => error,
        };
        if let [name] = names {
            return Ok(vec![(name.clone(), Err(error))]);
        }
        let mut all = Vec::new();
        for name in names {
            match driver.read(cx, std::slice::from_ref(name)).await {
                Err(error) if error.is_credentials() => return Err(error),
                read => all.push((name.clone(), read.map(|seen| seen.into_iter().next()))),
            }
        }
        Ok(all)
    }
}

/// Reads what is open, all kinds at once.
async fn read(cx: &ReadCx, open: &Open, gathered: &mut Gathered, reads: &mut Reads) -> Result<Vec<Taken>, Error> {
    let known = &reads.0;
    let of_kinds = kinds::registry().iter().map(|driver| async move {
        let of = |name: &&Name| name.0 == driver.name() && !known.contains_key(*name) && driver.is_nobodys(&name.1, "").is_none();
        let names: Vec<String> = open.keys().filter(of).map(|(_, name)| name.clone()).collect();
        let read = if names.is_empty() { Vec::new() } else { Reads::add(cx, *driver, &names).await? };
        Ok::<_, AwsError>((driver.name(), read))
    });
    for (kind, all) in try_join_all(of_kinds).await? {
        reads.0.extend(all.into_iter().map(|(name, read)| ((kind, name), read)));
    }
    let mut all = Vec::new();
    for (name, asked) in open {
        let Some(driver) = kinds::driver(name.0) else { continue };
        if let Some(why) = driver.is_nobodys(&name.1, "") {
            gathered.leave(name, why.to_owned());
            continue;
        }
        match reads.0.get(name) {
            Some(Ok(Some(seen))) => match taken(driver, seen.clone())? {
                Ok(taken) => all.push(taken),
                Err(why) => gathered.leave(name, why),
            },
            Some(Err(error)) => {
                gathered.leave(name, format!("it cannot be read: {}", error.short()));
                if *asked && gathered.failed.is_none() {
                    gathered.failed = Some(error.clone());
                }
            }
            Some(Ok(None)) | None if *asked => {
                gathered.left.insert(Left { what: told(name), why: "it is not there, in this account and region".to_owned() });
            }
            Some(Ok(None)) | None => {}
        }
    }
    Ok(all)
}

/// What was read, where a new stack can have it, else why not.
fn taken(driver: &'static dyn Driver, seen: Seen) -> Result<Result<Taken, String>, Error> {
    let arn = seen.attributes.get("arn").map(String::as_str).unwrap_or_default();
    let why = match &seen.owner {
        Owner::Foreign(mark) => Some(format!("it carries the mark of {mark}; it is named by its ARN")),
        // What is this stack's already would be deleted if its file left it out.
        Owner::Ours | Owner::Incomplete | Owner::Unmarked => driver.is_nobodys(&seen.name, arn).map(str::to_owned),
    };
    if let Some(why) = why {
        return Ok(Err(why));
    }
    let spec = driver.kept(&seen).map_err(|reason| Error::NotNormal { id: ResourceId::new(driver.name(), &seen.name), reason })?;
    Ok(Ok(Taken { driver, seen, spec, moves: Vec::new(), untold: Vec::new() }))
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
pub(super) fn each_text<'a>(without: &[&str], path: &mut Vec<&'a str>, value: &'a Value, visit: &mut impl FnMut(&str)) {
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
    let of: Vec<Watched> = gathered.taken.values().map(Taken::watched).collect();
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
