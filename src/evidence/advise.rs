//! What follows from evidence. All of it is a function of what ran, so that files which say what was
//! proposed get no other advice from the same evidence.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{Advice, AtOnce, Load, Loads, Machine, Refusal, SizeSeen, Times, Verdict, Why};
use super::ladder::{self, LONGEST};
use super::metrics::Metrics;
use super::model::{Estimate, Model, ONE_CPU, SMALL_ERROR, Seen};
use super::note::{Confidence, Note};
use super::samples::{Group, LEAST, Samples};
use super::window::Window;

/// Hours of a month, as AWS counts them.
pub const MONTH: f64 = 730.0;

/// The kind of machine that is cheaper.
pub const ARM: &str = "arm64";

/// What is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The least cost.
    #[default]
    Cost,
    /// Cost and time alike.
    Balanced,
    /// The least time.
    Speed,
}

/// What a load costs, for comparing: any unit will do.
pub trait Tariff {
    /// The cost of a month.
    fn cost(&self, load: &Load) -> f64;
}

/// What the files say of the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Declared {
    /// MB.
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
    /// Reserved concurrency.
    pub concurrency: Option<u32>,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Whether its system log level leaves only the reports of failures.
    pub only_failures: bool,
    /// Whether callers use an alias.
    pub aliased: bool,
    /// Shortest visibility timeout of the queues of the stack that it reads, in seconds.
    pub visibility: Option<u32>,
}

/// What is known of a version beside its calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VersionFacts {
    /// Hash of its code.
    pub code: Option<String>,
    /// `x86_64` or `arm64`.
    pub architecture: Option<String>,
}

/// All that a decision is made from.
pub struct Evidence<'a> {
    /// Calls that ran.
    pub samples: &'a Samples,
    /// What metrics say.
    pub metrics: &'a Metrics,
    /// How long both reach.
    pub window: Window,
    /// What is known of versions.
    pub versions: &'a BTreeMap<String, VersionFacts>,
    /// What the files say.
    pub declared: &'a Declared,
    /// Why there are no calls, where that is known.
    pub unread: Option<&'a Refusal>,
    /// What the code is made for.
    pub machine: &'a Machine,
    /// What is wanted.
    pub objective: Objective,
    /// What it costs.
    pub tariff: &'a dyn Tariff,
}

/// What ran, as the decisions take it.
struct Ran<'a> {
    evidence: &'a Evidence<'a>,
    model: Model,
    /// The size that ran last, and its calls.
    size: u32,
    group: &'a Group,
    architecture: String,
    notes: Vec<Note>,
    /// Versions may have other code.
    unsure: bool,
}

/// Decides.
pub fn advise(evidence: &Evidence<'_>) -> Advice {
    let samples = evidence.samples;
    let mut advice = described(evidence);
    let calls = samples.calls();
    let is_thin = evidence.declared.only_failures || samples.only_failures();
    let refusal = match samples.newest(evidence.declared.aliased) {
        _ if is_thin => Some(Refusal::OnlyFailures),
        _ if calls == 0 => Some(evidence.unread.cloned().unwrap_or(Refusal::NoCalls)),
        _ if calls < LEAST => Some(Refusal::TooFew { calls, needed: LEAST }),
        None => Some(Refusal::TooFewAtEachSize { calls, needed: LEAST }),
        Some(_) => None,
    };
    let ran = Ran::of(evidence).filter(|_| refusal.is_none());
    let Some(mut ran) = ran else {
        without_calls(evidence, refusal.unwrap_or(Refusal::NoCalls), &mut advice);
        return advice;
    };
    // Each on its own would be judged by prices that the other one changes, and be proposed anew once both are there.
    advice.architecture = architecture(evidence);
    let priced = advice.architecture.proposed().unwrap_or(&ran.architecture).clone();
    advice.memory = super::choose::memory(evidence, &ran.model, ran.size, ran.group, &priced);
    // Files that say already what follows get the same numbers as before.
    let memory = match &advice.memory {
        Verdict::Propose { to, .. } => *to,
        _ => evidence.declared.memory,
    };
    let now = ran.model.at(ran.size).expected;
    let slower = ran.model.at(memory).over(now);
    let slower = if memory == ran.size { Estimate { low: 1.0, expected: 1.0, high: 1.0 } } else { slower };
    advice.slower = Some(slower);
    advice.slower_on_all_cores = ran.model.all_cores(memory).filter(|_| now > 0.0).map(|time| time / now);
    let factor = slower.high.max(1.0);
    advice.timeout = timeout(evidence, &advice.times, factor);
    advice.concurrency = concurrency(evidence, advice.at_once);
    ran.note(&advice, memory, factor);
    let after = advice.architecture.proposed().cloned().unwrap_or_else(|| ran.declared_architecture());
    advice.loads = advice.calls_a_month.map(|calls| ran.loads(calls, memory, &after, slower, advice.slower_on_all_cores));
    advice.confidence = Some(ran.confidence(&advice));
    advice.sizes = ran.sizes();
    advice.model = Some(ran.model);
    advice.notes = ran.notes;
    advice
}

/// What is seen, before anything is decided.
fn described(evidence: &Evidence<'_>) -> Advice {
    let Evidence { samples, metrics, window, .. } = evidence;
    let durations = samples.durations();
    let larger = |one: Option<f64>, other: Option<f64>| one.into_iter().chain(other).reduce(f64::max);
    let mean = (!durations.is_empty()).then(|| super::numbers::mean(&durations));
    let by_metric = metrics.most_at_once().map(|most| AtOnce { most, by_metric: true });
    let by_lines = samples.at_once().map(|most| AtOnce { most, by_metric: false });
    // Of both the larger one: metrics have a point a minute, and lines may be a part.
    let at_once = by_metric.into_iter().chain(by_lines).max_by_key(|at_once| (at_once.most, at_once.by_metric));
    Advice {
        calls: samples.calls(),
        sizes: Vec::new(),
        versions: samples.versions().into_iter().map(str::to_owned).collect(),
        used: samples.used(),
        times: Times {
            mean,
            p99: larger(samples.p99(), metrics.p99),
            p999: larger(samples.p999(), metrics.p999),
            max: larger(samples.longest(), metrics.longest),
        },
        timed_out: samples.timed_out().map_or(0, |(_, calls)| calls),
        killed: samples.killed().map_or(0, |(_, calls)| calls),
        at_once,
        throttles: metrics.throttles,
        days: samples.days(),
        calls_a_month: calls_a_month(samples, metrics, window),
        memory: Verdict::Silent { because: Refusal::NoCalls },
        timeout: Verdict::Silent { because: Refusal::NoCalls },
        concurrency: Verdict::Silent { because: Refusal::NoCalls },
        architecture: Verdict::Silent { because: Refusal::NoCalls },
        slower: None,
        slower_on_all_cores: None,
        model: None,
        loads: None,
        confidence: None,
        notes: Vec::new(),
    }
}

fn calls_a_month(samples: &Samples, metrics: &Metrics, window: &Window) -> Option<f64> {
    let of = |calls: f64, hours: Option<f64>| hours.filter(|hours| *hours > 0.0).map(|hours| calls * MONTH / hours);
    let counted = metrics.invocations.and_then(|calls| of(calls, metrics.hours.or(window.hours)));
    let seen = counted.or_else(|| of(samples.calls() as f64, window.covered.or(window.hours)).filter(|calls| *calls > 0.0));
    seen.map(f64::round)
}

/// Metrics alone still tell how long calls take and how many run at once.
fn without_calls(evidence: &Evidence<'_>, refusal: Refusal, advice: &mut Advice) {
    let Evidence { metrics, .. } = evidence;
    advice.memory = Verdict::Silent { because: refusal.clone() };
    advice.architecture = Verdict::Silent { because: refusal.clone() };
    let counted = metrics.invocations.is_some_and(|calls| calls >= LEAST as f64) && metrics.longest.is_some();
    if counted {
        let times = Times { max: advice.times.max, p99: metrics.p99, ..advice.times };
        advice.timeout = timeout(evidence, &times, 1.0);
        advice.concurrency = concurrency(evidence, advice.at_once.filter(|at_once| at_once.by_metric));
        advice.confidence = Some(Confidence::Low);
    } else {
        advice.timeout = Verdict::Silent { because: refusal.clone() };
        advice.concurrency = Verdict::Silent { because: refusal };
    }
}

/// What the files should say: the same is kept.
pub(super) fn settle<T: PartialEq>(from: Option<T>, to: T, why: Why) -> Verdict<T> {
    if from.as_ref() == Some(&to) { Verdict::Keep { at: from, why } } else { Verdict::Propose { from, to, why } }
}

fn timeout(evidence: &Evidence<'_>, times: &Times, slower: f64) -> Verdict<u32> {
    let Evidence { samples, metrics, window, declared, .. } = evidence;
    let now = Some(declared.timeout);
    if let Some((timeout, calls)) = samples.timed_out() {
        let (to, why) = (timeout.saturating_mul(2).min(LONGEST), Why::CutOff { timeout, calls });
        return if declared.timeout >= to { Verdict::Keep { at: now, why } } else { Verdict::Propose { from: now, to, why } };
    }
    let Some(max) = times.max else { return Verdict::Silent { because: Refusal::TimesUnknown } };
    let to = ladder::timeout(max, times.p99.unwrap_or(0.0), slower);
    let is_whole = metrics.longest.is_some() || !(window.sampled || window.partial);
    if to < declared.timeout && !is_whole {
        return Verdict::Silent { because: Refusal::Sampled };
    }
    settle(now, to, Why::Longest { max, p99: times.p99, slower })
}

fn concurrency(evidence: &Evidence<'_>, at_once: Option<AtOnce>) -> Verdict<u32> {
    let Evidence { metrics, window, declared, .. } = evidence;
    if declared.concurrency == Some(0) {
        return Verdict::Silent { because: Refusal::Stopped };
    }
    let Some(AtOnce { most, by_metric }) = at_once else { return Verdict::Silent { because: Refusal::OverlapUnknown } };
    let least = ladder::concurrency(most);
    let to = match metrics.throttles.filter(|throttles| *throttles > 0.0) {
        Some(calls) => settle(declared.concurrency, least.max(most.saturating_mul(2)), Why::Throttled { most, calls }),
        None => settle(declared.concurrency, least, Why::AtOnce { most }),
    };
    let lowers = to.proposed().is_some_and(|to| declared.concurrency.is_none_or(|now| *to < now));
    // A sampled maximum is none, and who was turned away did not run: neither lowers a limit.
    let is_part = !by_metric && (window.sampled || window.partial);
    match to {
        Verdict::Propose { .. } if lowers && is_part => Verdict::Silent { because: Refusal::Sampled },
        Verdict::Propose { why: why @ Why::Throttled { .. }, .. } if lowers && declared.concurrency.is_some() => {
            Verdict::Keep { at: declared.concurrency, why }
        }
        other => other,
    }
}

fn architecture(evidence: &Evidence<'_>) -> Verdict<String> {
    let now = Some(evidence.declared.architecture.clone());
    match evidence.machine {
        _ if evidence.declared.architecture == ARM => Verdict::Keep { at: now, why: Why::Already },
        Machine::Any | Machine::AnyBut { .. } => settle(now, ARM.to_owned(), Why::RunsOnArm),
        Machine::Not(because) => Verdict::Silent { because: because.clone() },
    }
}

impl<'a> Ran<'a> {
    fn of(evidence: &'a Evidence<'a>) -> Option<Self> {
        let (version, size, group) = evidence.samples.newest(evidence.declared.aliased)?;
        let facts = |version: &str| evidence.versions.get(version).cloned().unwrap_or_default();
        let code = facts(version).code;
        let mut taken: BTreeMap<u32, (&str, &Group)> = BTreeMap::new();
        let (mut other, mut unknown) = (Vec::new(), Vec::new());
        // Of a size that several versions had, the newest one counts.
        let order = evidence.samples.versions();
        let mut groups: Vec<(&str, u32, &Group)> = evidence.samples.groups().filter(|(.., group)| group.calls() >= LEAST).collect();
        groups.sort_by_key(|(version, ..)| order.iter().position(|one| one == version));
        for (one, memory, group) in groups {
            match (facts(one).code, &code) {
                _ if one == version => {}
                (Some(one_code), Some(code)) if one_code == *code => {}
                (Some(_), Some(_)) => {
                    other.push(one.to_owned());
                    continue;
                }
                _ => unknown.push(one.to_owned()),
            }
            taken.insert(memory, (one, group));
        }
        let seen = |(memory, (_, group)): (&u32, &(&str, &Group))| {
            let (time, uncertainty) = group.time();
            Seen { memory: *memory, time, uncertainty }
        };
        let model = Model::of(taken.iter().map(seen).collect())?;
        let mut notes = Vec::new();
        other.dedup();
        unknown.dedup();
        if !other.is_empty() {
            notes.push(Note::CodeChanged { versions: other });
        }
        let unsure = !unknown.is_empty() && taken.len() > 1;
        if unsure {
            unknown.push(version.to_owned());
            notes.push(Note::CodeUnknown { versions: unknown });
        }
        let architecture = facts(version).architecture.unwrap_or_else(|| evidence.declared.architecture.clone());
        Some(Self { evidence, model, size, group, architecture, notes, unsure })
    }

    fn declared_architecture(&self) -> String {
        self.evidence.declared.architecture.clone()
    }

    fn sizes(&self) -> Vec<SizeSeen> {
        let of = |(version, memory, group): (&str, u32, &Group)| SizeSeen {
            version: version.to_owned(),
            memory,
            calls: group.calls(),
            time: group.time().0,
            billed: group.billed(1.0) / group.calls().max(1) as f64,
            used: group.used.map(|used| used.mb),
            taken: self.model.seen.iter().any(|seen| seen.memory == memory && seen.time.to_bits() == group.time().0.to_bits()),
        };
        self.evidence.samples.groups().map(of).collect()
    }

    fn note(&mut self, advice: &Advice, memory: u32, slower: f64) {
        let Window { hours, covered, sampled, partial } = self.evidence.window;
        let read = covered.or(hours).unwrap_or_default();
        let declared = self.evidence.declared;
        if sampled {
            self.notes.push(Note::Sampled { hours: read });
        }
        if partial {
            self.notes.push(Note::Partial { hours: read });
        }
        if self.evidence.samples.is_summed() {
            self.notes.push(Note::Counted);
        }
        if hours.is_none() {
            self.notes.push(Note::NoWindow);
        }
        if advice.slower_on_all_cores.is_some() && memory < ONE_CPU.max(self.size) {
            self.notes.push(Note::AllCores { size: self.size });
        }
        let worst = advice.times.p99.or(advice.times.max).unwrap_or_default() * slower;
        if advice.memory.proposed().is_some() && worst > 800.0 * f64::from(declared.timeout) {
            self.notes.push(Note::TimeoutGoesWith { p99: worst });
        }
        let needed = advice.timeout.proposed().map(|timeout| timeout.saturating_mul(6));
        if let Some((needed, seconds)) = needed.zip(declared.visibility).filter(|(needed, seconds)| needed > seconds) {
            self.notes.push(Note::Visibility { seconds, needed });
        }
        if advice.architecture.proposed().is_some() {
            self.notes.push(Note::TimeOnArm);
            if let Machine::AnyBut { file, format } = self.evidence.machine {
                self.notes.push(Note::ForeignCode { file: file.clone(), format: format.clone() });
            }
        }
        if declared.memory != self.size {
            self.notes.push(Note::Ran { size: self.size });
        }
    }

    /// What a month is paid for. Reports say what was paid; at another size each call takes as much longer
    /// as the model says.
    fn loads(&self, calls: f64, memory: u32, after: &str, slower: Estimate, all_cores: Option<f64>) -> Loads {
        let ran = self.group.calls().max(1) as f64;
        let load = |architecture: &str, memory: u32, times: f64| Load {
            architecture: architecture.to_owned(),
            memory,
            calls,
            billed_ms: self.group.billed(times) / ran * calls,
        };
        Loads {
            before: load(&self.architecture, self.size, 1.0),
            low: load(after, memory, slower.low),
            expected: load(after, memory, slower.expected),
            high: load(after, memory, slower.high),
            all_cores: all_cores.filter(|times| *times > slower.high).map(|times| load(after, memory, times)),
        }
    }

    fn confidence(&self, advice: &Advice) -> Confidence {
        let Window { hours, sampled, partial, .. } = self.evidence.window;
        let days = hours.map_or(0.0, |hours| (hours / 24.0).ceil());
        let only_large = self.model.seen.iter().all(|seen| seen.memory > ONE_CPU);
        if self.evidence.samples.calls() < 1000 || days < 7.0 || only_large || partial || advice.timed_out > 0 {
            return Confidence::Low;
        }
        let fits = self.model.fit.is_some_and(|fit| fit.error <= SMALL_ERROR) && days >= 14.0;
        if fits && !sampled && !self.unsure { Confidence::High } else { Confidence::Medium }
    }
}
