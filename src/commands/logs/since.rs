//! From when on a group is asked that is followed. Events arrive late, those of some streams much later than
//! those of others, and whoever writes them says their times: up to two hours ahead (CloudWatch Logs API
//! Reference, PutLogEvents). What is asked again is shown once.

/// What each look asks again, in milliseconds.
const OVERLAP_MS: i64 = 10_000;
/// What every fifteenth look asks again: half a minute after it was found, a late event is shown.
const LATE_MS: i64 = 300_000;
const EACH: u32 = 15;

/// The time up to which a group was seen, in milliseconds since 1970.
pub(super) struct Since {
    first: i64,
    newest: i64,
    looks: u32,
}

impl Since {
    /// A group that is shown from a time on.
    pub fn new(first: i64) -> Self {
        Self { first, newest: first, looks: 0 }
    }

    /// From when on the next look asks.
    pub fn next(&mut self) -> i64 {
        let back = if self.looks.is_multiple_of(EACH) { LATE_MS } else { OVERLAP_MS };
        self.looks = self.looks.wrapping_add(1);
        self.first.max(self.newest - back)
    }

    /// An event of that time was seen at `now`: one to come does not say that all until then was.
    pub fn saw(&mut self, at: i64, now: i64) {
        self.newest = self.newest.max(at.min(now));
    }

    /// Whether an event of that time can be found again.
    pub fn may_come_again(&self, at: i64) -> bool {
        at >= self.newest - LATE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_is_asked_for_again_and_what_is_to_come_leaves_nothing_out() {
        let mut since = Since::new(1_000_000);
        assert_eq!(since.next(), 1_000_000);
        since.saw(1_400_000, 1_401_000);
        assert_eq!(since.next(), 1_390_000);
        since.saw(9_000_000, 1_402_000);
        since.saw(1_300_000, 1_402_000);
        let asked: Vec<i64> = (0..14).map(|_| since.next()).collect();
        assert!(asked[..13].iter().all(|from| *from == 1_392_000), "{asked:?}");
        assert_eq!(asked[13], 1_102_000, "every fifteenth");
        assert!(since.may_come_again(9_000_000) && since.may_come_again(1_102_000) && !since.may_come_again(1_101_999));
    }
}
