//! Fields that somebody keeps changing back.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::ResourceId;

/// So many heals of one field within [`WINDOW`] are a fight.
const MOST: usize = 3;
/// In this time.
const WINDOW: Duration = Duration::from_secs(60 * 60);
/// How long a field is left alone at first; each time twice as long.
const FIRST: Duration = Duration::from_secs(30 * 60);
/// And at most.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Stands for the resource as a whole, which somebody keeps deleting.
pub const WHOLE: &str = "";

/// A field of a resource of a stack.
type Key = (String, ResourceId, String);

/// What was healed lately, and what is left alone.
#[derive(Debug, Default)]
pub struct Fights(BTreeMap<Key, Fight>);

#[derive(Debug, Default)]
struct Fight {
    heals: Vec<Duration>,
    pauses: u32,
    until: Option<Duration>,
}

/// A field that is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Until then.
    pub until: Duration,
    /// Whether that begins now.
    pub begins: bool,
}

impl Fights {
    /// Forgets what was healed of a stack.
    pub fn forget_stack(&mut self, stack: &str) {
        self.0.retain(|(of, _, _), _| of != stack);
    }

    /// Notes that fields of a resource were healed.
    pub fn healed<'a>(&mut self, stack: &str, id: &ResourceId, paths: impl IntoIterator<Item = &'a str>, now: Duration) {
        for path in paths {
            self.0.entry((stack.to_owned(), id.clone(), path.to_owned())).or_default().heals.push(now);
        }
    }

    /// Whether a field that differs again is left alone.
    pub fn hold(&mut self, stack: &str, id: &ResourceId, path: &str, now: Duration) -> Option<Held> {
        let fight = self.0.get_mut(&(stack.to_owned(), id.clone(), path.to_owned()))?;
        if let Some(until) = fight.until {
            if now < until {
                return Some(Held { until, begins: false });
            }
            // One more heal shows whether it goes on.
            fight.until = None;
            fight.heals = vec![now; MOST - 1];
        }
        fight.heals.retain(|at| now.saturating_sub(*at) < WINDOW);
        if fight.heals.len() < MOST {
            return None;
        }
        let until = now + (FIRST * 2_u32.saturating_pow(fight.pauses)).min(LONGEST);
        fight.pauses += 1;
        fight.until = Some(until);
        Some(Held { until, begins: true })
    }

    /// Forgets what was quiet for long enough.
    pub fn forget(&mut self, now: Duration) {
        self.0.retain(|_, fight| {
            let last = fight.until.into_iter().chain(fight.heals.iter().copied()).max().unwrap_or_default();
            let quiet = if fight.pauses > 0 { LONGEST } else { WINDOW };
            now < last + quiet
        });
    }

    /// How many fields are left alone.
    pub fn held(&self, now: Duration) -> usize {
        self.0.values().filter(|fight| fight.until.is_some_and(|until| now < until)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn id() -> ResourceId {
        ResourceId::new("queue", "q")
    }

    #[test]
    fn the_fourth_time_it_is_left_alone_and_then_ever_longer() {
        let mut fights = Fights::default();
        for at in [0, 10, 20] {
            assert_eq!(fights.hold("jobs", &id(), "delay", S(at)), None);
            fights.healed("jobs", &id(), ["delay"], S(at));
        }
        let until = S(30) + FIRST;
        assert_eq!(fights.hold("jobs", &id(), "delay", S(30)), Some(Held { until, begins: true }));
        assert_eq!(fights.hold("jobs", &id(), "delay", S(40)), Some(Held { until, begins: false }), "it is told once");
        assert_eq!((fights.held(S(40)), fights.held(until)), (1, 0));
        for other in [("other", "delay"), ("jobs", "retention")] {
            assert_eq!(fights.hold(other.0, &id(), other.1, S(30)), None);
        }
        // One more try, and then twice as long.
        assert_eq!(fights.hold("jobs", &id(), "delay", until), None);
        fights.healed("jobs", &id(), ["delay"], until);
        let again = until + S(10);
        assert_eq!(fights.hold("jobs", &id(), "delay", again), Some(Held { until: again + FIRST * 2, begins: true }));
    }

    #[test]
    fn heals_that_are_far_apart_are_no_fight() {
        let mut fights = Fights::default();
        for hour in 0..9 {
            let at = S(hour * 40 * 60);
            assert_eq!(fights.hold("jobs", &id(), "delay", at), None, "{hour}");
            fights.healed("jobs", &id(), ["delay"], at);
        }
    }

    #[test]
    fn what_was_quiet_is_forgotten() {
        let mut fights = Fights::default();
        for n in 0..1000 {
            fights.healed("jobs", &ResourceId::new("queue", n.to_string()), ["delay"], S(n));
        }
        fights.forget(S(1000));
        assert_eq!(fights.0.len(), 1000);
        fights.forget(S(1000) + WINDOW);
        assert!(fights.0.is_empty());
    }
}
