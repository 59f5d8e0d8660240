//! What evidence says against a change of a plan. It speaks only where what ran could not have run so,
//! and always with how many calls there were and when.

use std::fmt::{Display, Formatter, Result};

use jiff::Timestamp;
use serde::Serialize;

use super::metrics::Metrics;
use super::samples::{Samples, Used};
use super::words::{Time, grouped};
use crate::model::one_or_many;
use crate::model::stake::size;

/// Times the timeout of a function that messages should stay hidden (Lambda guide, "Configuring a queue to
/// use with Lambda").
pub const HIDDEN: u32 = 6;

/// Something against a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Objection {
    /// The path of the change.
    pub field: &'static str,
    /// What stands against it.
    #[serde(flatten)]
    pub against: Against,
    /// Calls that it rests on, or events of logs.
    pub samples: u64,
    /// Hours that they cover.
    pub hours: f64,
}

/// What stands against a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Against {
    /// A call used as much memory or more.
    MemoryUsed {
        /// MB.
        used: u32,
        /// When, in milliseconds since 1970.
        at: Option<i64>,
        /// MB that are planned.
        planned: u32,
    },
    /// A call used so much that less than a fifth of it is left over.
    MemoryTight {
        /// MB.
        used: u32,
        /// When, in milliseconds since 1970.
        at: Option<i64>,
        /// MB that are planned.
        planned: u32,
    },
    /// One call of a thousand takes longer.
    Slow {
        /// Milliseconds of the 99.9th percentile.
        p999: f64,
        /// Milliseconds of the longest.
        longest: Option<f64>,
    },
    /// A call took longer.
    Longest {
        /// Milliseconds.
        longest: f64,
    },
    /// Calls ran into a timeout that is no shorter.
    TimedOut {
        /// Seconds of that timeout.
        timeout: u32,
        /// How many did.
        calls: usize,
    },
    /// More calls ran at once.
    AtOnce {
        /// How many.
        most: u32,
        /// How many could.
        planned: u32,
    },
    /// Calls were turned away before.
    Throttled {
        /// How many.
        calls: f64,
    },
    /// Logs would be deleted.
    LogsDeleted {
        /// Bytes.
        bytes: u64,
        /// Whether there may be more.
        at_least: bool,
    },
    /// It does not run on such a machine.
    Machine {
        /// Why, in words.
        why: String,
    },
    /// Messages would be shown again while they are worked on.
    Hidden {
        /// Seconds for which they are hidden.
        hidden: u32,
        /// Seconds of the timeout.
        timeout: u32,
        /// The function.
        function: String,
    },
}

/// Changes of one function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// MB that are planned, where that is less than before.
    pub memory: Option<u32>,
    /// Seconds that are planned, where that is less than before.
    pub timeout: Option<u32>,
    /// Reserved concurrency that is planned, where that is less than before or was none.
    pub concurrency: Option<u32>,
    /// Whether some was reserved before.
    pub was_reserved: bool,
}

impl Changes {
    /// Whether there is one.
    pub fn any(self) -> bool {
        let Self { memory, timeout, concurrency, was_reserved: _ } = self;
        [memory, timeout, concurrency].iter().any(Option::is_some)
    }
}

/// What stands against them.
pub fn argue(changes: Changes, samples: &Samples, metrics: &Metrics, hours: f64) -> Vec<Objection> {
    let Changes { memory, timeout, concurrency, was_reserved } = changes;
    let calls = (samples.calls() as u64).max(metrics.invocations.unwrap_or_default() as u64);
    let objection = |field, against, samples| Objection { field, against, samples, hours };
    let mut all = Vec::new();
    if let Some((planned, Used { mb: used, at })) = memory.zip(samples.used()) {
        // The highest mark is known of the calls whose lines were read.
        let read = samples.calls() as u64;
        if used >= planned {
            all.push(objection("memory", Against::MemoryUsed { used, at, planned }, read));
        } else if f64::from(planned) < 1.2 * f64::from(used) {
            all.push(objection("memory", Against::MemoryTight { used, at, planned }, read));
        }
    }
    if let Some(against) = timeout.and_then(|planned| too_short(planned, samples, metrics)) {
        all.push(objection("timeout", against, calls));
    }
    if let Some(planned) = concurrency {
        let most = metrics.most_at_once().into_iter().chain(samples.at_once()).max();
        let throttled = metrics.throttles.filter(|calls| *calls > 0.0 && was_reserved);
        match (most.filter(|most| *most > planned), throttled) {
            (Some(most), _) => all.push(objection("reserved_concurrency", Against::AtOnce { most, planned }, calls)),
            (None, Some(turned)) => all.push(objection("reserved_concurrency", Against::Throttled { calls: turned }, calls)),
            (None, None) => {}
        }
    }
    // What nobody has seen argues with nothing.
    all.retain(|objection| objection.samples > 0 || matches!(objection.against, Against::Throttled { .. }));
    all
}

fn too_short(planned: u32, samples: &Samples, metrics: &Metrics) -> Option<Against> {
    let milliseconds = f64::from(planned) * 1000.0;
    let larger = |one: Option<f64>, other: Option<f64>| one.into_iter().chain(other).reduce(f64::max);
    if let Some((timeout, calls)) = samples.timed_out().filter(|(timeout, _)| *timeout >= planned) {
        return Some(Against::TimedOut { timeout, calls });
    }
    let longest = larger(samples.longest(), metrics.longest).filter(|longest| *longest > milliseconds);
    // A percentile of a metric is one of few calls, where there are few.
    let enough = samples.calls() >= 1000 || metrics.invocations.is_some_and(|calls| calls >= 1000.0);
    let p999 = larger(samples.p999(), metrics.p999.filter(|_| enough)).filter(|p999| *p999 > milliseconds);
    match (p999, longest) {
        (Some(p999), longest) => Some(Against::Slow { p999, longest }),
        (None, Some(longest)) => Some(Against::Longest { longest }),
        (None, None) => None,
    }
}

/// `7 d`, `5 h`, `20 min`.
fn period(hours: f64) -> String {
    if hours >= 24.0 {
        format!("{} d", (hours / 24.0 + 1e-6).floor())
    } else if hours >= 1.0 {
        format!("{} h", (hours + 1e-6).floor())
    } else {
        format!("{} min", (hours * 60.0).ceil().max(1.0))
    }
}

fn on_day(at: Option<i64>) -> String {
    let day = at.and_then(|at| Timestamp::from_millisecond(at).ok());
    day.map(|day| format!(" on {}", day.strftime("%-d %b"))).unwrap_or_default()
}

impl Display for Objection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { field: _, against, samples, hours } = self;
        let (number, period) = (grouped(*samples), period(*hours));
        let calls = format!("({number} {} in {period})", one_or_many(samples, "call", "calls"));
        match against {
            Against::MemoryUsed { used, at, planned } => {
                write!(f, "a call used {used} MB{} {calls}; {planned} would have killed it", on_day(*at))
            }
            Against::MemoryTight { used, at, planned } => {
                write!(f, "a call used {used} MB{} {calls}; {planned} leaves less than a fifth of that over", on_day(*at))
            }
            Against::Slow { p999, longest: Some(longest) } => {
                write!(f, "p99.9 is {}, the longest call took {} {calls}", Time(*p999), Time(*longest))
            }
            Against::Slow { p999, longest: None } => write!(f, "p99.9 is {} {calls}", Time(*p999)),
            Against::Longest { longest } => write!(f, "a call took {} {calls}", Time(*longest)),
            Against::TimedOut { timeout, calls: out } => {
                write!(f, "{} of the calls ran into a timeout of {timeout} s {calls}", grouped(*out as u64))
            }
            Against::AtOnce { most, planned: 0 } => write!(f, "{most} ran at once {calls}; 0 stops the function"),
            Against::AtOnce { most, planned } => write!(f, "{most} ran at once {calls}; {planned} would have turned calls away"),
            Against::Throttled { calls: turned } => {
                let turned = *turned as u64;
                write!(f, "{} {} turned away already {calls}", grouped(turned), one_or_many(&turned, "was", "were"))
            }
            Against::LogsDeleted { bytes, at_least } => {
                let about = if *at_least { "at least" } else { "about" };
                write!(f, "deletes {about} {} of logs ({number} {} of {period})", size(*bytes), one_or_many(samples, "event", "events"))
            }
            Against::Machine { why } => write!(f, "{why} {calls}"),
            Against::Hidden { hidden, timeout, function } => {
                let six = timeout * HIDDEN;
                write!(f, "messages stay hidden for {hidden} s, and six times the timeout of {function} is {six} s {calls}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::read;
    use super::*;

    /// Calls at 1,024 MB with these milliseconds and MB used, a minute apart.
    fn samples(calls: &[(u32, u32)]) -> Samples {
        let mut samples = Samples::default();
        for (nth, (duration, used)) in calls.iter().enumerate() {
            let line = format!(
                "REPORT RequestId: {nth}\tDuration: {duration}.00 ms\tBilled Duration: {duration} ms\tMemory Size: 1024 MB\tMax Memory Used: {used} MB"
            );
            if let Some(line) = read(&line) {
                samples.add("1", Some(1_763_900_000_000 + nth as i64 * 60_000), line);
            }
        }
        samples
    }

    fn told(changes: Changes, samples: &Samples, metrics: &Metrics) -> Vec<String> {
        argue(changes, samples, metrics, 168.0).iter().map(|objection| format!("{}: {objection}", objection.field)).collect()
    }

    #[test]
    fn memory_is_held_against_the_largest_used() {
        let seen = samples(&[(800, 412), (900, 300)]);
        let of = |memory| told(Changes { memory: Some(memory), ..Changes::default() }, &seen, &Metrics::default());
        assert_eq!(of(256), ["memory: a call used 412 MB on 23 Nov (2 calls in 7 d); 256 would have killed it"]);
        assert_eq!(of(412), ["memory: a call used 412 MB on 23 Nov (2 calls in 7 d); 412 would have killed it"]);
        assert_eq!(of(494), ["memory: a call used 412 MB on 23 Nov (2 calls in 7 d); 494 leaves less than a fifth of that over"]);
        assert_eq!(of(495), [""; 0]);
        // 0 is no figure, as row 5 says.
        assert_eq!(told(Changes { memory: Some(128), ..Changes::default() }, &samples(&[(800, 0)]), &Metrics::default()), [""; 0]);
    }

    #[test]
    fn timeouts_are_held_against_what_calls_took() {
        let of = |timeout, samples: &Samples, metrics: &Metrics| {
            told(Changes { timeout: Some(timeout), ..Changes::default() }, samples, metrics)
        };
        let few = samples(&[(41_000, 100), (900, 100)]);
        assert_eq!(of(30, &few, &Metrics::default()), ["timeout: a call took 41.0 s (2 calls in 7 d)"]);
        assert_eq!(of(41, &few, &Metrics::default()), [""; 0]);
        let many = Metrics { invocations: Some(4310.0), longest: Some(60_000.0), p999: Some(41_000.0), ..Metrics::default() };
        assert_eq!(of(30, &few, &many), ["timeout: p99.9 is 41.0 s, the longest call took 60.0 s (4,310 calls in 7 d)"]);
        assert_eq!(of(45, &few, &many), ["timeout: a call took 60.0 s (4,310 calls in 7 d)"]);
        let mut out = samples(&[(900, 100)]);
        let line = "REPORT RequestId: x Duration: 300000.00 ms Billed Duration: 300000 ms Memory Size: 1024 MB Max Memory Used: 9 MB Status: timeout";
        out.add("1", None, read(line).unwrap());
        assert_eq!(of(200, &out, &Metrics::default()), ["timeout: 1 of the calls ran into a timeout of 300 s (2 calls in 7 d)"]);
    }

    #[test]
    fn concurrency_is_held_against_calls_at_once_and_turned_away() {
        let of = |planned, was_reserved, metrics: &Metrics| {
            told(Changes { concurrency: Some(planned), was_reserved, ..Changes::default() }, &Samples::default(), metrics)
        };
        let seven = Metrics { invocations: Some(100.0), at_once: Some(7.0), ..Metrics::default() };
        assert_eq!(of(5, false, &seven), ["reserved_concurrency: 7 ran at once (100 calls in 7 d); 5 would have turned calls away"]);
        assert_eq!(of(0, true, &seven), ["reserved_concurrency: 7 ran at once (100 calls in 7 d); 0 stops the function"]);
        assert_eq!(of(7, true, &seven), [""; 0]);
        let throttled = Metrics { throttles: Some(12.0), ..seven };
        assert_eq!(of(8, true, &throttled), ["reserved_concurrency: 12 were turned away already (100 calls in 7 d)"]);
        assert_eq!(of(8, false, &throttled), [""; 0]);
    }

    #[test]
    fn what_nobody_saw_argues_with_nothing() {
        let all = Changes { memory: Some(128), timeout: Some(1), concurrency: Some(0), was_reserved: true };
        assert_eq!(told(all, &Samples::default(), &Metrics::default()), [""; 0]);
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.2, 5.0, 24.0, 167.9, 336.0].map(period), ["12 min", "5 h", "1 d", "6 d", "14 d"]);
    }
}
