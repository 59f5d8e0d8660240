//! What is imported: what was asked for, and what belongs to it, found by the names that live AWS tells.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::aws::AwsError;
use crate::contract::{Driver, ReadCx, Watched};
use crate::error::Error;
use crate::kinds;
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
            let found = read(cx, &open, &mut gathered).await?;
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
        Owner::Ours | Owner::Incomplete => Some("it carries the mark of this stack already".to_owned()),
        Owner::Unmarked => driver.is_nobodys(&seen.name, arn).map(str::to_owned),
    };
    if let Some(why) = why {
        return Ok(Err(Left { what, why }));
    }
    let spec = driver.kept(&seen).map_err(|reason| Error::NotNormal { id: ResourceId::new(driver.name(), &seen.name), reason })?;
    Ok(Ok(Taken { driver, seen, spec }))
}

/// What a resource names: by ARNs in its fields but policies, which may speak of anything, and by its own name.
fn named_by(cx: &ReadCx, taken: &Taken, gathered: &mut Gathered) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let is_policy = |field: &str| taken.driver.documents().iter().any(|document| document.split('.').next() == Some(field));
    for (field, value) in taken.spec.as_object().into_iter().flatten().filter(|(field, _)| !is_policy(field)) {
        each_text(field, value, &mut |text| {
            let Some((driver, name)) = named(cx, text) else { return };
            if !driver.stands_alone() {
                gathered.arns.entry((driver.name(), name.clone())).or_default().insert(text.to_owned());
                names.insert((driver.name(), name));
            }
        });
    }
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

fn each_text(key: &str, value: &Value, visit: &mut impl FnMut(&str)) {
    visit(key);
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_text("", item, visit)),
        Value::Object(map) => map.iter().for_each(|(key, item)| each_text(key, item, visit)),
        _ => {}
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
