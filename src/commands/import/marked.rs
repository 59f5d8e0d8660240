//! What carries the mark of this stack already.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::{Gathered, Left, Name};
use crate::aws::AwsError;
use crate::contract::{Driver, ReadCx};
use crate::error::Error;
use crate::kinds;

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
