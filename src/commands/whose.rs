//! Whose what is live is: a name of the files may be taken by somebody else, and nothing is done with that.

use futures_util::future::try_join_all;

use crate::aws::AwsError;
use crate::contract::{Kind, ReadCx};
use crate::error::Error;
use crate::kinds::function::{self, Function};
use crate::kinds::queue::{self, Queue};
use crate::kinds::state_machine::{self, StateMachine};
use crate::model::plan::{Conflict, Obstacle};
use crate::model::{Owner, ResourceId};

/// Checks that all of these carry the mark of this instance. What is not there is nobody's: who works on it is
/// told so by its call.
///
/// # Errors
/// One carries another mark, or none; or a call failed.
pub async fn check(cx: &ReadCx, all: impl IntoIterator<Item = (&ResourceId, &str)>) -> Result<(), Error> {
    let of = |(id, name): (&ResourceId, &str)| {
        let (id, name) = (id.clone(), name.to_owned());
        async move {
            let owner = owner(cx, &id.kind, &name).await?;
            let obstacle = owner.and_then(|owner| Obstacle::of(&cx.scope, &owner));
            Ok::<_, AwsError>(obstacle.map(|obstacle| Conflict { id, name, obstacle }))
        }
    };
    let conflicts: Vec<Conflict> = try_join_all(all.into_iter().map(of)).await?.into_iter().flatten().collect();
    if conflicts.is_empty() { Ok(()) } else { Err(Error::NotOurs(conflicts)) }
}

/// What its tags say; none where it is not there, or is of a kind that nothing is done with.
async fn owner(cx: &ReadCx, kind: &str, name: &str) -> Result<Option<Owner>, AwsError> {
    match kind {
        Function::NAME => function::owner(cx, name).await,
        Queue::NAME => queue::owner(cx, name).await,
        StateMachine::NAME => state_machine::owner(cx, name).await,
        _ => Ok(None),
    }
}
