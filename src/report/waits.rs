//! Waits, told on plain lines: at once where something went wrong, after a moment where something only
//! takes its time, and then now and again, each time half as often.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use super::note;
use crate::model::Wait;

/// A wait that is the normal course is told once it is longer than this.
const NOTICED: Duration = Duration::from_secs(2);
/// The longest time in which a wait that goes on is not told.
const LONGEST: Duration = Duration::from_secs(60);

/// What was told, and when.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<(String, String), Duration>);

impl Told {
    /// Whether the wait of this resource is to be told now.
    pub fn is_due(&mut self, of: &str, wait: &Wait) -> bool {
        let key = (of.to_owned(), wait.why.clone());
        let due = match self.0.get(&key) {
            // A wait that begins anew is another one.
            Some(last) if wait.so_far >= *last => wait.so_far >= (*last * 2).min(*last + LONGEST).max(NOTICED),
            Some(_) => wait.is_retry,
            None => wait.is_retry || wait.so_far >= NOTICED,
        };
        if due {
            self.0.insert(key, wait.so_far);
        }
        due
    }
}

static READS: LazyLock<Mutex<Told>> = LazyLock::new(Mutex::default);

/// Tells the wait of a read that belongs to no step. Many reads wait for the same: it is told once.
pub fn tell(wait: &Wait) {
    let mut told = READS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if told.is_due("", wait) {
        note(&format!("waiting: {}: {wait}", wait.what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_at(is_retry: bool) -> Vec<u64> {
        let mut told = Told::default();
        let wait = |s| Wait { why: "x".into(), what: "f".into(), so_far: Duration::from_secs(s), bound: None, is_retry };
        (0..200).filter(|s| told.is_due("f", &wait(*s))).collect()
    }

    #[test]
    fn less_and_less_often_but_for_ever() {
        assert_eq!(told_at(true), [0, 2, 4, 8, 16, 32, 64, 124, 184]);
        assert_eq!(told_at(false), [2, 4, 8, 16, 32, 64, 124, 184]);
    }
}
