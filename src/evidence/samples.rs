//! The calls of one function, by version and size.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use schemars::JsonSchema;
use serde::Serialize;

use super::numbers::{self, percentile};
use super::report::{Call, Line, Status};
use super::summary::Summary;

/// Calls below which nothing is said (as Compute Optimizer does).
pub const LEAST: usize = 50;
/// Calls that a 99th percentile needs.
pub const LEAST_P99: usize = 100;
/// Calls that the 99.9th percentile needs.
pub const LEAST_P999: usize = 1000;
/// The version that is not published.
const LATEST: &str = "$LATEST";
/// Share that is taken off at both ends of a mean.
pub const TRIMMED: f64 = 0.2;

/// The largest memory that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Used {
    /// MB.
    pub mb: u32,
    /// When, in milliseconds since 1970, where lines tell it.
    pub at: Option<i64>,
}

/// A call that ran.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ran {
    /// Tells it from others.
    request: u64,
    at: Option<i64>,
    duration: f64,
    billed: u64,
    timed_out: bool,
    /// Whether its report says that the environment was killed.
    killed: bool,
}

/// A version that nothing tells.
const UNKNOWN: &str = "unknown";

/// Calls of one version at one size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    ran: Vec<Ran>,
    /// The largest memory used; none where no line tells it.
    pub used: Option<Used>,
    /// Environments that were killed, where only their number is known.
    killed: usize,
    /// Calls that filled all of their memory.
    full: usize,
    /// When the last one ran, and after how many lines it was read.
    last: (Option<i64>, usize),
}

impl Group {
    /// How many.
    pub fn calls(&self) -> usize {
        self.ran.len()
    }

    /// Milliseconds of each.
    pub fn durations(&self) -> Vec<f64> {
        self.ran.iter().map(|ran| ran.duration).collect()
    }

    /// Milliseconds that are paid for, of all together, where each takes this many times as long.
    pub fn billed(&self, times: f64) -> f64 {
        // A call is paid for by the whole millisecond; what an hour of arithmetic adds is none.
        self.ran.iter().map(|ran| (ran.billed as f64 * times - 1e-6).ceil().max(0.0)).sum()
    }

    /// Mean without a fifth at both ends, and by how much it may be wrong.
    pub fn time(&self) -> (f64, f64) {
        let durations = self.durations();
        (numbers::trimmed_mean(&durations, TRIMMED), numbers::uncertainty(&durations, TRIMMED))
    }
}

/// Calls of one function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    groups: BTreeMap<(String, u32), Group>,
    killed: BTreeSet<u64>,
    timed_out: BTreeSet<u64>,
    read: usize,
    json: usize,
    /// Reports in JSON of calls that succeeded.
    json_succeeded: usize,
    /// Whether calls came as sums, so that nobody knows which of them ran when.
    summed: bool,
    /// Environments that were killed without a report, by version.
    killed_unseen: BTreeMap<String, usize>,
    /// The largest memory used by another source: an upper mark, whatever the calls were.
    beside: Option<Used>,
}

fn identity(request: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    request.hash(&mut hasher);
    hasher.finish()
}

impl Samples {
    /// Takes a line of this version in. `at` is when it was logged.
    pub fn add(&mut self, version: &str, at: Option<i64>, line: Line) {
        match line {
            Line::Report(call) => self.report(version, at, &call),
            Line::Killed(request) => drop(self.killed.insert(identity(&request))),
            Line::TimedOut(request) => drop(self.timed_out.insert(identity(&request))),
        }
    }

    fn report(&mut self, version: &str, at: Option<i64>, call: &Call) {
        let Call { request, duration, billed, memory, used, init: _, restore: _, status, killed, at: own, json } = call;
        let at = at.or(*own);
        self.read += 1;
        self.json += usize::from(*json);
        self.json_succeeded += usize::from(*json && *status == Status::Success);
        let group = self.groups.entry((version.to_owned(), *memory)).or_default();
        let timed_out = *status == Status::Timeout;
        group.ran.push(Ran { request: identity(request), at, duration: *duration, billed: *billed, timed_out, killed: *killed });
        group.full += usize::from(used.is_some_and(|used| used >= *memory));
        group.last = group.last.max((at, self.read));
        if let Some(mb) = used.filter(|used| group.used.is_none_or(|largest| *used > largest.mb)) {
            group.used = Some(Used { mb, at });
        }
    }

    /// Takes calls in that were counted together.
    pub fn add_summary(&mut self, summary: &Summary) {
        let Summary {
            function: _,
            version,
            memory,
            calls,
            duration: _,
            longest: _,
            billed: _,
            used,
            full,
            span,
            timed_out,
            killed,
            json,
            succeeded,
        } = summary;
        let version = version.clone().unwrap_or_else(|| UNKNOWN.to_owned());
        let Some(memory) = memory.filter(|_| *calls > 0) else {
            *self.killed_unseen.entry(version).or_default() += killed;
            return;
        };
        self.summed = true;
        self.json += json;
        self.json_succeeded += succeeded;
        let group = self.groups.entry((version, memory)).or_default();
        for (nth, (duration, billed)) in summary.durations().zip(summary.each_billed()).enumerate() {
            self.read += 1;
            // The ends of the span are known, and nothing between.
            let at = span.map(|(first, last)| if nth == 0 { first } else { last });
            group.ran.push(Ran { request: self.read as u64, at, duration, billed, timed_out: nth < *timed_out, killed: false });
        }
        group.killed += killed;
        group.full += full;
        let last = span.map(|(_, last)| last);
        group.last = group.last.max((last, self.read));
        if let Some(mb) = used.filter(|used| group.used.is_none_or(|largest| *used > largest.mb)) {
            group.used = Some(Used { mb, at: last });
        }
    }

    /// Takes in what another source says was used at most: it can only raise what reports say.
    pub fn used_beside(&mut self, mb: u32, at: Option<i64>) {
        if self.beside.is_none_or(|largest| mb > largest.mb) {
            self.beside = Some(Used { mb, at });
        }
    }

    /// Whether calls came as sums.
    pub fn is_summed(&self) -> bool {
        self.summed
    }

    /// All groups by version and size.
    pub fn groups(&self) -> impl Iterator<Item = (&str, u32, &Group)> {
        self.groups.iter().map(|((version, memory), group)| (version.as_str(), *memory, group))
    }

    /// How many calls.
    pub fn calls(&self) -> usize {
        self.groups.values().map(Group::calls).sum()
    }

    /// The group that ran last among those with enough calls. Where callers use an alias, the
    /// unpublished version counts only where no other one has enough.
    pub fn newest(&self, aliased: bool) -> Option<(&str, u32, &Group)> {
        let enough = self.groups().filter(|(.., group)| group.calls() >= LEAST);
        enough.max_by_key(|(version, _, group)| (!aliased || *version != LATEST, group.last))
    }

    /// Versions that ran, the one that ran last at the end.
    pub fn versions(&self) -> Vec<&str> {
        let mut last: BTreeMap<&str, (Option<i64>, usize)> = BTreeMap::new();
        for (version, _, group) in self.groups() {
            let known = last.entry(version).or_default();
            *known = (*known).max(group.last);
        }
        let mut versions: Vec<&str> = last.keys().copied().collect();
        versions.sort_by_key(|version| last.get(version).copied());
        versions
    }

    /// The largest memory that any of them used.
    pub fn used(&self) -> Option<Used> {
        let seen = self.groups.values().filter_map(|group| group.used).max_by_key(|used| used.mb);
        // Where no report tells it, nothing else may stand for it. Of equal ones the report's, which knows when.
        seen.map(|seen| self.beside.into_iter().chain([seen]).max_by_key(|used| used.mb).unwrap_or(seen))
    }

    /// The largest size at which an environment was killed or filled its memory, and how often at any.
    pub fn killed(&self) -> Option<(u32, usize)> {
        let deaths = |group: &Group| {
            let signs = group.ran.iter().filter(|ran| ran.killed || self.killed.contains(&ran.request)).count();
            (group.killed + signs).max(group.full)
        };
        let reported: BTreeSet<u64> = self.groups.values().flat_map(|group| &group.ran).map(|ran| ran.request).collect();
        // What died without a report is taken to have died at the largest size of its version, or of all.
        let largest = |version: Option<&str>| {
            self.groups().filter(|(of, ..)| version.is_none_or(|version| version == *of)).map(|(_, memory, _)| memory).max()
        };
        // A report may have told it already.
        let told = |version: &str| self.groups().filter(|(of, ..)| version == *of).map(|(.., group)| group.killed).sum::<usize>();
        let unseen = self.killed_unseen.iter();
        let unseen = unseen
            .map(|(version, n)| (largest(Some(version.as_str())).or_else(|| largest(None)), n.saturating_sub(told(version.as_str()))));
        let unseen = unseen.chain([(largest(None), self.killed.iter().filter(|request| !reported.contains(request)).count())]);
        let dead: Vec<(u32, usize)> = self
            .groups()
            .map(|(_, memory, group)| (memory, deaths(group)))
            .chain(unseen.filter_map(|(memory, n)| Some((memory?, n))))
            .filter(|(_, n)| *n > 0)
            .collect();
        let largest = dead.iter().map(|(memory, _)| *memory).max()?;
        Some((largest, dead.iter().map(|(_, n)| n).sum()))
    }

    /// The longest timeout into which calls ran, in seconds, and how many did.
    pub fn timed_out(&self) -> Option<(u32, usize)> {
        let out = self.groups.values().flat_map(|group| &group.ran).filter(|ran| ran.timed_out || self.timed_out.contains(&ran.request));
        let durations: Vec<f64> = out.map(|ran| ran.duration).collect();
        let longest =
            durations.iter().copied().fold(None, |longest: Option<f64>, one| Some(longest.map_or(one, |longest| longest.max(one))));
        longest.map(|longest| ((longest / 1000.0).floor().max(1.0) as u32, durations.len()))
    }

    /// Milliseconds of every call.
    pub fn durations(&self) -> Vec<f64> {
        self.groups.values().flat_map(Group::durations).collect()
    }

    /// The 99th percentile of the time, where there are calls enough.
    pub fn p99(&self) -> Option<f64> {
        percentile(&self.durations(), 0.99).filter(|_| self.calls() >= LEAST_P99)
    }

    /// The 99.9th percentile of the time, where there are calls enough.
    pub fn p999(&self) -> Option<f64> {
        percentile(&self.durations(), 0.999).filter(|_| self.calls() >= LEAST_P999)
    }

    /// The longest call in milliseconds.
    pub fn longest(&self) -> Option<f64> {
        self.durations().into_iter().reduce(f64::max)
    }

    /// When the first and the last one ended; none where a line does not tell.
    pub fn span(&self) -> Option<(i64, i64)> {
        let mut span: Option<(i64, i64)> = None;
        for ran in self.groups.values().flat_map(|group| &group.ran) {
            let at = ran.at?;
            span = Some(span.map_or((at, at), |(from, to)| (from.min(at), to.max(at))));
        }
        span
    }

    /// How many calls ran at the same time at most; none where a line does not tell when.
    pub fn at_once(&self) -> Option<u32> {
        if self.summed {
            return None;
        }
        let ran = self.groups.values().flat_map(|group| &group.ran);
        let intervals: Option<Vec<(i64, i64)>> =
            ran.map(|ran| ran.at.map(|at| (at - ran.duration.ceil() as i64, at.max(at - ran.duration.ceil() as i64 + 1)))).collect();
        intervals.filter(|intervals| !intervals.is_empty()).map(|intervals| numbers::most_at_once(&intervals))
    }

    /// On how many days there were calls, where lines tell when.
    pub fn days(&self) -> Option<usize> {
        let ran = self.groups.values().flat_map(|group| &group.ran);
        let days: Option<BTreeSet<i64>> = ran.map(|ran| ran.at.map(|at| at.div_euclid(86_400_000))).collect();
        days.map(|days| days.len())
    }

    /// Whether the reports look as they do where the system log level leaves only failures: those in JSON
    /// tell of no success. Lines of text from before the form changed do not make up for it.
    pub fn only_failures(&self) -> bool {
        self.json > 0 && self.json_succeeded == 0
    }
}
