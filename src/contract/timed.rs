//! When a kind acts by the clock, and when a delete of it has ended, without its types.

use jiff::Timestamp;
use serde_json::Value;

use super::driver::Erased;
use super::kind::Kind;
use super::typing::{texts, typed};
use crate::model::plan::NotNormal;
use crate::source::times::Timing;

/// A kind as whoever asks for its times sees it.
pub trait Timed {
    /// See [`Kind::timing`].
    ///
    /// # Errors
    /// The spec is none of its kind.
    fn timing(&self, spec: &Value) -> Result<Option<Timing>, NotNormal>;

    /// Whether AWS takes it away by itself, as its file asks, and has done so by `now`: that it is not there
    /// is as it should be.
    ///
    /// # Errors
    /// The spec is none of its kind.
    fn is_over(&self, spec: &Value, now: Timestamp) -> Result<bool, NotNormal> {
        Ok(self.timing(spec)?.is_some_and(|timing| timing.is_over(now)))
    }

    /// See [`Kind::GONE_ONCE_DELETED`].
    fn is_gone_once_deleted(&self) -> bool;
}

impl<K: Kind> Timed for Erased<K> {
    fn timing(&self, spec: &Value) -> Result<Option<Timing>, NotNormal> {
        Ok(K::timing(&typed::<K, K::Spec>(&texts(spec))?))
    }

    fn is_gone_once_deleted(&self) -> bool {
        K::GONE_ONCE_DELETED
    }
}
