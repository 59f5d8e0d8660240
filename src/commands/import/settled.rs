//! What of several live parts a file has, once all is gathered that may name one.

use futures_util::future::try_join_all;

use super::gather::{Gathered, Name, Taken};
use crate::aws::AwsError;
use crate::contract::ReadCx;
use crate::error::Error;
use crate::model::ResourceId;

/// Takes of each resource what is used of it, and asks what an apply would change of that.
///
/// # Errors
/// Credentials are no longer good, or what was read is not what its kind reads.
pub async fn settle(cx: &ReadCx, gathered: &mut Gathered) -> Result<(), Error> {
    versions(cx, gathered).await?;
    let all: Vec<String> = gathered.taken.values().map(|taken| taken.spec.to_string()).collect();
    let is_named = |arn: &str| all.iter().any(|text| names(text, arn));
    for taken in gathered.taken.values_mut() {
        let failed = |reason| Error::NotNormal { id: ResourceId::new(taken.driver.name(), &taken.seen.name), reason };
        let (seen, untold) = taken.driver.meant(&cx.scope, &taken.seen, &is_named).map_err(failed)?;
        taken.spec = taken.driver.kept(&seen).map_err(failed)?;
        (taken.seen, taken.untold) = (seen, untold);
    }
    Ok(moving(cx, gathered.taken.values_mut()).await?)
}

/// Whether a text has an ARN that does not go on.
fn names(text: &str, arn: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(arn).any(|(at, _)| !text[at + arn.len()..].starts_with(goes_on))
}

/// Takes what publishes as the version that something names, whose code is fetched: what stands on top of it
/// may be another thing.
async fn versions(cx: &ReadCx, gathered: &mut Gathered) -> Result<(), AwsError> {
    let is_another = |taken: &Taken| taken.driver.publishes() && !taken.seen.owner.is_ours();
    let named = gathered.taken.iter().filter(|(_, taken)| is_another(taken));
    let named: Vec<(Name, String)> = named.filter_map(|(name, _)| Some((name.clone(), gathered.newest(name)?.clone()))).collect();
    for (name, arn) in named {
        let Some(taken) = gathered.taken.get_mut(&name) else { continue };
        if let Some(seen) = taken.driver.version(cx, &name.1, &arn).await? {
            taken.seen = seen;
        }
    }
    Ok(())
}

/// Asks what an apply would change of these.
async fn moving(cx: &ReadCx, all: impl Iterator<Item = &mut Taken>) -> Result<(), AwsError> {
    let asked = all.map(|taken| async move {
        taken.moves = match taken.driver.moves(cx, &taken.seen).await {
            Err(error) if error.is_credentials() => return Err(error),
            Err(error) => vec![format!("what its aliases lead to cannot be read: {}", error.short())],
            Ok(moves) => moves,
        };
        Ok(())
    });
    try_join_all(asked).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_that_goes_on_is_another_one() {
        let live = "arn:aws:lambda:r:1:function:work:live";
        assert!(names(&format!("x{live}\"y"), live) && names(live, live));
        assert!(!names(&format!("{live}-2"), live) && !names("arn:aws:lambda:r:1:function:work", live));
    }
}
