//! Specs with their types and without: as JSON values, in which every text is a template.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kind::{Found, Kind};
use crate::model::plan::NotNormal;
use crate::model::reference::{self, map_texts};
use crate::model::{Scope, Seen};

fn not_normal<K: Kind>(error: &serde_json::Error) -> NotNormal {
    NotNormal { kind: K::NAME, reason: error.to_string() }
}

pub(super) fn typed<K: Kind, T: DeserializeOwned>(value: &Value) -> Result<T, NotNormal> {
    T::deserialize(value).map_err(|error| not_normal::<K>(&error))
}

pub(super) fn plain<K: Kind>(part: &impl Serialize) -> Result<Value, NotNormal> {
    serde_json::to_value(part).map_err(|error| not_normal::<K>(&error))
}

/// A spec whose templates have become the texts that they stand for.
pub(super) fn texts(spec: &Value) -> Value {
    map_texts(spec.clone(), &reference::plain)
}

/// What was read, without its types.
pub(super) fn seen<K: Kind>(scope: &Scope, found: Found<K>) -> Result<Seen, NotNormal> {
    let Found { name, spec, live, owner, unread } = found;
    let times = K::times(&live);
    let attributes = K::attributes(scope, &name, &spec, Some(&live));
    let spec = map_texts(plain::<K>(&spec)?, &reference::template);
    Ok(Seen { spec, live: plain::<K>(&live)?, attributes, name, owner, unread, times })
}

/// What was read, with its types again and its texts as AWS holds them.
pub(super) fn found<K: Kind>(seen: &Seen) -> Result<Found<K>, NotNormal> {
    let Seen { name, spec, live, attributes: _, owner, unread, times: _ } = seen;
    Ok(Found {
        name: name.clone(),
        spec: typed::<K, K::Spec>(&texts(spec))?,
        live: typed::<K, K::Live>(live)?,
        owner: owner.clone(),
        unread: unread.clone(),
    })
}
