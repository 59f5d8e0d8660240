//! Locks of one run: what AWS lets only one write at a time, or replaces as a whole, is written by one
//! step at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// Locks by their keys, shared by all stacks of a run.
#[derive(Clone, Default)]
pub struct Locks(Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>);

impl Locks {
    /// Waits for the lock of a key, and holds it until what is returned is dropped.
    pub async fn hold(&self, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            // A map of locks is whole, whatever happened to who held it.
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(key.to_owned()).or_default())
        };
        lock.lock_owned().await
    }

    /// The same for the configuration of a bucket: S3 refuses two writes of it at once
    /// (docs/aws-facts.md §24).
    pub async fn bucket(&self, name: &str) -> OwnedMutexGuard<()> {
        self.hold(&format!("s3/{name}")).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_holds_a_key_and_others_hold_other_keys() {
        let locks = Locks::default();
        let held = locks.bucket("a").await;
        let waits = |key: &'static str| tokio::time::timeout(Duration::from_secs(1), locks.bucket(key));
        assert!(waits("a").await.is_err());
        assert!(waits("b").await.is_ok());
        drop(held);
        assert!(waits("a").await.is_ok());
    }
}
