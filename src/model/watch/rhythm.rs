//! When the next look is due, and whether looks go well.

use std::time::Duration;

/// The longest pause after looks that failed.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// What a look itself may take before it counts as overdue.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// How often it is looked.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// Between two looks.
    pub every: Duration,
    /// Between two that look at everything.
    pub deep_every: Duration,
}

impl Rhythm {
    /// The pause before the next look after so many failures in a row. `chance`, from 0 to 1, moves it by a
    /// tenth either side, so that watchers that began together do not stay together.
    pub fn pause(&self, failures: u32, chance: f64) -> Duration {
        let doubled = self.every.saturating_mul(2_u32.saturating_pow(failures.min(16)));
        let pause = if failures == 0 { self.every } else { doubled.min(LONGEST.max(self.every)) };
        pause.mul_f64(0.9 + 0.2 * chance.clamp(0.0, 1.0))
    }

    /// Whether the next look is one at everything, so long after the last one.
    pub fn is_deep(&self, since_last: Duration) -> bool {
        since_last >= self.deep_every
    }
}

/// Whether looks go well.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// When the last look ended.
    pub last: Option<Duration>,
    /// When the next one is due.
    pub due: Option<Duration>,
    /// Why it failed, where it did.
    pub failed: Option<String>,
}

impl Health {
    /// Why not; none where all is well.
    ///
    /// # Errors
    /// A look failed, is overdue, or there was none yet.
    pub fn check(&self, now: Duration) -> Result<(), String> {
        if let Some(why) = &self.failed {
            return Err(format!("the last look failed: {why}"));
        }
        if self.last.is_none() {
            return Err("no look has ended yet".to_owned());
        }
        match self.due {
            Some(due) if now > due + GRACE => Err(format!("a look is overdue by {} s", (now - due).as_secs())),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: fn(u64) -> Duration = |minutes| Duration::from_secs(minutes * 60);

    #[test]
    fn failures_make_looks_rarer_up_to_an_hour() {
        let rhythm = Rhythm { every: M(5), deep_every: M(360) };
        let pauses: Vec<u64> = (0..6).map(|failures| rhythm.pause(failures, 0.5).as_secs().div_ceil(60)).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
        assert_eq!((rhythm.pause(0, 0.0), rhythm.pause(0, 1.0)), (M(5).mul_f64(0.9), M(5).mul_f64(1.1)));
        let rare = Rhythm { every: M(120), ..rhythm };
        assert_eq!(rare.pause(3, 0.5), M(120));
        assert!(rhythm.is_deep(M(360)) && !rhythm.is_deep(M(359)));
    }

    #[test]
    fn who_looks_too_late_or_failed_is_not_well() {
        let mut health = Health::default();
        assert!(health.check(M(0)).is_err_and(|why| why.contains("no look")));
        (health.last, health.due) = (Some(M(1)), Some(M(6)));
        assert_eq!(health.check(M(6)), Ok(()));
        assert!(health.check(M(17)).is_err_and(|why| why.contains("overdue by 660 s")));
        health.failed = Some("denied".into());
        assert!(health.check(M(2)).is_err_and(|why| why.contains("denied")));
    }
}
