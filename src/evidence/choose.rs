//! Which size: never below what was used, never dearer at its worst, and only where calls end in time.

use super::advice::{Load, Refusal, Verdict, Why};
use super::advise::{Evidence, Objective, settle};
use super::ladder::{self, LONGEST, SIZES};
use super::model::{Estimate, Model, ONE_CPU};
use super::samples::Group;

/// Share of the longest timeout that the 99th percentile may take at worst: the timeout goes with it.
const OF_TIMEOUT: f64 = 0.8;
/// Two costs as near as this are the same: calls are paid for by the whole millisecond.
const SAME: f64 = 0.01;
/// What an experiment must save at best.
const WORTH_A_TRY: f64 = 0.1;

/// A size, and what calls take and cost there.
struct Rung {
    memory: u32,
    time: Estimate,
    low: f64,
    expected: f64,
    high: f64,
}

/// Decides on the memory. `size` ran last, `group` there.
pub(super) fn memory(evidence: &Evidence<'_>, model: &Model, size: u32, group: &Group, architecture: &str) -> Verdict<u32> {
    let (samples, declared, window) = (evidence.samples, evidence.declared, evidence.window);
    let now = Some(declared.memory);
    if let Some((full, calls)) = samples.killed() {
        let (to, why) = (ladder::raised(full), Why::Killed { size: full, calls });
        return if declared.memory >= to { Verdict::Keep { at: now, why } } else { Verdict::Propose { from: now, to, why } };
    }
    let Some(used) = samples.used() else { return Verdict::Silent { because: Refusal::MemoryUnknown } };
    let floor = ladder::floor(used.mb);
    let too_small = f64::from(declared.memory) < ladder::least_for(used.mb);
    let raise = || settle(now, floor.max(declared.memory), Why::UnderFloor { used: used.mb });
    // What was not read may have used more, and what was cut off may take longer.
    let refusal = match samples.timed_out() {
        _ if window.sampled || window.partial => Some(Refusal::Sampled),
        Some((_, calls)) => Some(Refusal::TimedOut { calls }),
        None => None,
    };
    if let Some(because) = refusal {
        return if too_small { raise() } else { Verdict::Silent { because } };
    }
    let options = options(evidence, model, size, group, architecture, floor);
    let chosen = choose(evidence, model, size, &options);
    match chosen {
        Some(Choice::Better(to)) => {
            // One size tells nothing about a size below the one that is declared already.
            let is_enough = declared.memory < to && !too_small && model.fit.is_none();
            if is_enough { Verdict::Keep { at: now, why: Why::NothingBetter } } else { settle(now, to, Why::Best { floor }) }
        }
        _ if too_small => raise(),
        Some(Choice::Experiment(to)) if to < declared.memory => Verdict::Experiment { from: now, to, why: Why::OneThread },
        Some(Choice::Experiment(_)) | None => Verdict::Keep { at: now, why: Why::NothingBetter },
    }
}

enum Choice {
    Better(u32),
    Experiment(u32),
}

/// Sizes from the floor to the largest one that ran, and the present one.
fn options(evidence: &Evidence<'_>, model: &Model, size: u32, group: &Group, architecture: &str, floor: u32) -> Vec<Rung> {
    let now = model.at(size).expected;
    let calls = group.calls() as f64;
    let cost = |memory: u32, times: f64| {
        evidence.tariff.cost(&Load { architecture: architecture.to_owned(), memory, calls, billed_ms: group.billed(times) })
    };
    let ran: Vec<u32> = model.seen.iter().map(|seen| seen.memory).collect();
    let mut sizes: Vec<u32> = SIZES.into_iter().chain(ran).filter(|rung| *rung >= floor && *rung <= model.largest().memory).collect();
    sizes.push(size);
    sizes.sort_unstable();
    sizes.dedup();
    let of = |memory: u32| {
        let time = if memory == size { Estimate { low: now, expected: now, high: now } } else { model.at(memory) };
        let times = time.over(now);
        Rung {
            memory,
            time,
            low: cost(memory, times.low),
            expected: match model.fit {
                Some(_) => cost(memory, times.expected),
                None => f64::midpoint(cost(memory, times.low), cost(memory, times.high)),
            },
            high: cost(memory, times.high),
        }
    };
    sizes.into_iter().map(of).collect()
}

fn choose(evidence: &Evidence<'_>, model: &Model, size: u32, options: &[Rung]) -> Option<Choice> {
    let today = options.iter().find(|option| option.memory == size)?;
    let p99 = evidence.samples.p99().or(evidence.samples.longest())?;
    let in_time = |option: &&Rung| {
        let slower = option.time.over(today.time.expected).high.max(1.0);
        p99 * slower <= OF_TIMEOUT * f64::from(LONGEST) * 1000.0
    };
    let in_time: Vec<&Rung> = options.iter().filter(in_time).collect();
    let never_dearer = |option: &&&Rung| option.memory == size || option.high < today.high;
    let best = match evidence.objective {
        Objective::Cost => least(in_time.iter().filter(never_dearer).copied(), |option| option.expected),
        Objective::Speed => {
            // Of what is equally fast the cheaper one.
            let fastest = in_time.iter().map(|option| option.time.expected).fold(f64::INFINITY, f64::min);
            let fast = in_time.iter().filter(|option| option.time.expected <= fastest * (1.0 + 1e-9)).copied();
            fast.min_by(|one, other| one.expected.total_cmp(&other.expected))
        }
        Objective::Balanced => {
            let cost = in_time.iter().map(|option| option.expected).fold(0.0, f64::max);
            let time = in_time.iter().map(|option| option.time.expected).fold(0.0, f64::max);
            least(in_time.iter().copied(), |option| weighed(option.expected / cost, option.time.expected / time))
        }
    };
    let best = best.filter(|best| best.memory != size);
    if let Some(best) = best {
        return Some(Choice::Better(best.memory));
    }
    let is_one_thread = model.fit.is_none() && size <= ONE_CPU && evidence.objective == Objective::Cost;
    let step = options.iter().find(|option| option.memory * 2 >= size && option.memory < size).filter(|_| is_one_thread)?;
    let is_same = (step.high - today.high).abs() <= SAME * today.high;
    (is_same && step.low <= (1.0 - WORTH_A_TRY) * today.high).then_some(Choice::Experiment(step.memory))
}

/// Half cost, half time, each as a share of the largest.
pub(super) fn weighed(cost: f64, time: f64) -> f64 {
    0.5 * cost + 0.5 * time
}

/// The least; on a tie the larger size.
fn least<'a>(options: impl Iterator<Item = &'a Rung>, of: impl Fn(&Rung) -> f64) -> Option<&'a Rung> {
    options.min_by(|one, other| of(one).total_cmp(&of(other)).then(other.memory.cmp(&one.memory)))
}
