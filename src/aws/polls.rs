//! How often it is looked whether AWS has finished.

use std::time::Duration;

/// While most waits end: a look too late lengthens the run by as much.
const EAGER: Duration = Duration::from_secs(2);
/// The pause meanwhile.
const SHORT: Duration = Duration::from_millis(100);
/// What a look may come too late, as a part of the wait.
const TOLERATED: u32 = 5;

/// The pause before the next look, after a wait of `so_far`: short at first, then a part of the wait,
/// `longest` at most.
pub fn pause_after(so_far: Duration, longest: Duration) -> Duration {
    let pause = if so_far < EAGER { SHORT } else { so_far / TOLERATED };
    pause.min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_close_together_while_most_waits_end_and_then_ever_rarer() {
        let longest = Duration::from_secs(1);
        let (mut at, mut looks) = (Duration::ZERO, Vec::new());
        while at < Duration::from_secs(20) {
            at += pause_after(at, longest);
            looks.push(at);
        }
        let within = |seconds: u64| looks.iter().filter(|look| **look <= Duration::from_secs(seconds)).count();
        assert_eq!((within(1), within(2)), (10, 20));
        assert!((23..=30).contains(&within(5)), "{looks:?}");
        assert_eq!(pause_after(Duration::from_secs(60), longest), longest);
    }
}
