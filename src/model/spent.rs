//! What a plan or an apply took of AWS and of its reader's time.

use std::fmt;
use std::time::Duration;

/// Calls, and time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests to AWS, retries included.
    pub calls: u64,
    /// Those of them that AWS refused as too many.
    pub throttled: u64,
    /// Time in which some call waited for its place under a quota.
    pub paced: Duration,
    /// Time from begin to end.
    pub elapsed: Duration,
}

impl Spent {
    /// What was spent since then; `elapsed` is this one's.
    pub fn since(self, before: Self) -> Self {
        Self {
            calls: self.calls - before.calls,
            throttled: self.throttled - before.throttled,
            paced: self.paced.saturating_sub(before.paced),
            elapsed: self.elapsed,
        }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, throttled, paced, elapsed } = self;
        write!(f, "{calls} AWS calls")?;
        if *throttled > 0 {
            write!(f, " ({throttled} throttled)")?;
        }
        write!(f, ", {:.1} s", elapsed.as_secs_f64())?;
        if paced.as_millis() >= 50 {
            write!(f, ", paced {:.1} s", paced.as_secs_f64())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_spent_is_not_told() {
        let mut spent = Spent { calls: 16, elapsed: Duration::from_millis(212), ..Spent::default() };
        assert_eq!(spent.to_string(), "16 AWS calls, 0.2 s");
        (spent.throttled, spent.paced) = (3, Duration::from_millis(12_340));
        assert_eq!(spent.to_string(), "16 AWS calls (3 throttled), 0.2 s, paced 12.3 s");
    }
}
