//! Reading what Systems Manager and Secrets Manager keep: each value once, all at the same time.
//! What they say is hidden from the moment that it is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::ReadCx;
use crate::model::Stored;
use crate::model::stored::Hidden;

mod failure;
mod json;
mod parameters;
mod secrets;

pub use failure::{Failure, via};

/// What became of each value that was asked for.
pub type Answers = BTreeMap<Stored, Result<Hidden, Failure>>;

/// Reads all of `wanted` in the scope of `cx`.
pub async fn read(cx: &ReadCx, wanted: &BTreeSet<Stored>) -> Answers {
    let (parameters, secrets) = futures_util::future::join(parameters::read(cx, wanted), secrets::read(cx, wanted)).await;
    parameters.into_iter().chain(secrets).collect()
}
