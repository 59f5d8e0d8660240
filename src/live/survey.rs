//! A survey: all that carries any mark, whoever's, from the searches of all kinds.

use futures_util::future::join_all;

use crate::aws::AwsError;
use crate::contract::{Claim, Driver, ReadCx};
use crate::kinds;
use crate::model::inventory::{Inventory, Marked};
use crate::model::mark::{EXPIRES_TAG, Guard};
use crate::model::{Mark, Owner, ResourceId, Scope};

/// Searches for all that carries a mark. A kind that could not be searched is named in it: what is listed
/// is then not all.
///
/// # Errors
/// The credentials failed.
pub async fn survey(cx: &ReadCx) -> Result<Inventory, AwsError> {
    let cx = &cx.surveying();
    let searched = kinds::registry().iter().map(|driver| async move { (*driver, driver.owned(cx).await) });
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for (driver, claims) in join_all(searched).await {
        match claims {
            Ok(claims) => found.extend(claims.into_iter().filter_map(|claim| marked(&cx.scope, driver, claim))),
            Err(error) if error.is_credentials() => return Err(error),
            Err(error) => unread.push((error.to_string(), driver.name().to_owned())),
        }
    }
    let mut all = Inventory::of(&cx.scope.region, found);
    for (why, kind) in unread {
        all.unread.entry(why).or_default().insert(kind);
    }
    Ok(all)
}

fn marked(scope: &Scope, driver: &dyn Driver, claim: Claim) -> Option<Marked> {
    let Claim { name, owner, hides: _, mut tags, changed } = claim;
    let mark = match owner {
        Owner::Foreign(mark) => mark,
        Owner::Ours => Mark { instance: Some(scope.instance.clone()), ..own(scope) },
        Owner::Incomplete => own(scope),
        Owner::Unmarked => return None,
    };
    let guard = Guard::of(|key| tags.get(key).map(String::as_str));
    let (expires, takes_tags) = (tags.remove(EXPIRES_TAG), driver.tags().is_some());
    Some(Marked { id: ResourceId::new(driver.name(), name), mark, guard, expires, takes_tags, changed })
}

fn own(scope: &Scope) -> Mark {
    Mark { stack: scope.stack.clone(), env: Some(scope.env.clone()), instance: None, region: None }
}
