//! Who else uses what belongs to something that is imported. Of what came along unasked that is a reason to
//! leave it to them: an apply would bring it to the file, and a destroy delete it under them.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::{Gathered, Kept, Left, Name, each_text, named, told};
use crate::contract::notifications;
use crate::contract::{Kind, ReadCx, Users, Watched};
use crate::error::Error;
use crate::kinds;
use crate::kinds::bucket::Bucket;

/// Users that are named before the rest is counted.
const SHOWN: usize = 3;

/// Names of users by what they use.
type UsedBy = BTreeMap<Name, BTreeSet<Name>>;

/// Who uses something of what is taken and is not taken itself.
///
/// # Errors
/// Credentials are no longer good. What cannot be listed is told.
pub async fn users(cx: &ReadCx, gathered: &mut Gathered) -> Result<UsedBy, Error> {
    let mut users = UsedBy::new();
    // Versions of others stay whoever publishes one more.
    let all: Vec<(Name, Watched)> =
        gathered.taken.iter().filter(|(_, taken)| !taken.driver.publishes()).map(|(name, taken)| (name.clone(), taken.watched())).collect();
    let of: Vec<Watched> = all.iter().map(|(_, watched)| watched.clone()).collect();
    let mut add = |used: &Name, by: Name| _ = users.entry(used.clone()).or_default().insert(by);
    for driver in kinds::registry() {
        let failed = match driver.users(cx, &of).await {
            Ok(Users { found, failed }) => {
                found.into_iter().for_each(|found| add(&all[found.of].0, (driver.name(), found.by)));
                failed
            }
            Err(error) if error.is_credentials() => return Err(error.into()),
            Err(error) => Some(error),
        };
        if let Some(error) = failed {
            let what = format!("which other {} use what comes along", driver.section());
            let why = format!("not all of them can be looked through: {}; look before you destroy", error.short());
            gathered.left.insert(Left { what, why });
        }
    }
    for (name, taken) in &gathered.taken {
        for by in taken.driver.along(&taken.seen).into_iter().flat_map(|(kind, names)| names.into_iter().map(move |name| (kind, name))) {
            add(name, by);
        }
        if taken.driver.feeds() {
            each_text(taken.driver.documents(), &mut Vec::new(), &taken.spec, &mut |text| {
                // A subscription is known by its protocol and the ARN.
                let fed = text.find("arn:").and_then(|at| named(cx, &text[at..])).filter(|(driver, _)| driver.stands_alone());
                fed.into_iter().for_each(|(driver, fed)| add(name, (driver.name(), fed)));
            });
        }
    }
    let buckets: Vec<Name> = gathered.taken.keys().filter(|(kind, _)| *kind == Bucket::NAME).cloned().collect();
    for bucket in buckets {
        // What cannot be read of these is told with the notifications themselves.
        let read = match notifications::document(cx, &bucket.1).await {
            Err(error) if error.is_credentials() => return Err(error.into()),
            read => read.ok().flatten(),
        };
        for entry in read.iter().flat_map(|read| read.document.said()) {
            named(cx, &entry.arn).into_iter().for_each(|(driver, started)| add(&bucket, (driver.name(), started)));
        }
    }
    users.values_mut().for_each(|by| by.retain(|by| !gathered.taken.contains_key(by)));
    users.retain(|_, by| !by.is_empty());
    Ok(users)
}

/// What is left to its users. What was asked for, or is this stack's already, is imported all the same; then
/// who uses it is told.
pub fn kept(asked: &BTreeSet<Name>, gathered: &mut Gathered, users: UsedBy) -> Kept {
    let mut kept = Kept::new();
    for (name, by) in users {
        let is_ours = gathered.taken.get(&name).is_some_and(|taken| taken.seen.owner.is_ours());
        if asked.contains(&name) || is_ours {
            let holds = gathered.taken.get(&name).is_some_and(|taken| taken.driver.along(&taken.seen).is_some());
            let why = if holds {
                format!("it holds {}, too, which this file does not have: a plan that adopts it stops there", shown(&by))
            } else {
                format!("it is used by {}, too: `on_remove: retain` leaves it to them in a destroy", shown(&by))
            };
            gathered.used.insert(Left { what: told(&name), why });
        } else {
            kept.insert(name, shown(&by));
        }
    }
    kept
}

fn shown(all: &BTreeSet<Name>) -> String {
    let mut words: Vec<String> = all.iter().take(SHOWN).map(told).collect();
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}
