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
    // Two sizes that ran tell that the present one is the best; one alone tells nothing of it.
    let told = model.fit.is_some() && f64::from(size) >= ladder::least_for(evidence.samples.used()?.mb);
    if let Some(best) = best.filter(|best| best.memory != size || told) {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::evidence::advice::{Advice, Machine, Why};
    use crate::evidence::advise::{Declared, Tariff, advise};
    use crate::evidence::ladder::least_for;
    use crate::evidence::note::Confidence;
    use crate::evidence::report::{Line, read};
    use crate::evidence::{Metrics, Samples, Window};

    /// Dollars as of 2025-10-28, in floats: the decimal ones are `cost/`'s.
    struct Dollars;

    impl Tariff for Dollars {
        fn cost(&self, load: &Load) -> f64 {
            let price = if load.architecture == "arm64" { 0.000_013_333_4 } else { 0.000_016_666_7 };
            load.calls * 0.2e-6 + load.gb_seconds() * price
        }
    }

    fn line(duration: f64, memory: u32, used: u32, rest: &str) -> Line {
        let billed = duration.ceil();
        let text = format!(
            "REPORT RequestId: x Duration: {duration:.2} ms Billed Duration: {billed} ms Memory Size: {memory} MB Max Memory Used: {used} MB {rest}"
        );
        read(&text).unwrap()
    }

    /// Calls at each size, over so many days.
    fn samples(sizes: &[(u32, f64)], calls: usize, used: u32, days: i64) -> Samples {
        let mut samples = Samples::default();
        for (memory, time) in sizes {
            for call in 0..calls {
                let at = days * 86_400_000 * call as i64 / calls as i64;
                samples.add("1", Some(at), line(*time, *memory, used, ""));
            }
        }
        samples
    }

    fn declared(memory: u32) -> Declared {
        let architecture = "x86_64".to_owned();
        Declared { memory, timeout: 300, concurrency: None, architecture, only_failures: false, aliased: false, visibility: None }
    }

    fn advised(samples: &Samples, declared: &Declared, objective: Objective, machine: &Machine) -> Advice {
        let metrics = Metrics::default();
        let window = Window::of_lines(samples, &metrics, 730.0, None);
        advise(&Evidence {
            samples,
            metrics: &metrics,
            window,
            versions: &BTreeMap::new(),
            declared,
            unread: None,
            machine,
            objective,
            tariff: &Dollars,
        })
    }

    fn cost(advice: &Advice) -> (f64, f64, f64) {
        let loads = advice.loads.as_ref().unwrap();
        let of = |load: &Load| Dollars.cost(load) / load.calls * 1e6;
        (of(&loads.before), of(&loads.low), of(&loads.high))
    }

    const X86: Machine = Machine::Not(Refusal::NoSources);

    #[test]
    fn row_26_the_stack_of_the_title() {
        let mut sums = [(0.0, 0.0, 0.0); 2];
        for (used, size) in [(412, 512), (853, 1024), (412, 512)] {
            let samples = samples(&[(3008, 800.0)], 1000, used, 14);
            for (sum, machine) in sums.iter_mut().zip([X86, Machine::Any]) {
                let advice = advised(&samples, &declared(3008), Objective::Cost, &machine);
                assert_eq!(advice.memory.proposed(), Some(&size));
                assert_eq!(advice.confidence, Some(Confidence::Low), "no size of one core has been seen");
                let (before, low, high) = cost(&advice);
                *sum = (sum.0 + before, sum.1 + low, sum.2 + high);
            }
        }
        let cents = |(before, low, high): (f64, f64, f64)| [before, low, high].map(|dollars| format!("{dollars:.2}"));
        assert_eq!(sums.map(cents), [["118.10", "27.27", "69.73"], ["118.10", "21.93", "55.91"]]);
    }

    #[test]
    fn rows_24_25_and_27_one_size() {
        for (used, size, waits, thread) in [(412, 512, 83.0, 41.2), (853, 1024, 66.0, 41.2)] {
            let advice = advised(&samples(&[(3008, 8000.0)], 60, used, 1), &declared(3008), Objective::Cost, &X86);
            assert_eq!(advice.memory.proposed(), Some(&size));
            let loads = advice.loads.unwrap();
            let saved = |load: &Load| (1.0 - load.gb_seconds() / loads.before.gb_seconds()) * 100.0;
            assert!((saved(&loads.low) - waits).abs() < 0.06 && (saved(&loads.high) - thread).abs() < 0.06, "rows 24 and 25");
        }
        let advice = advised(&samples(&[(1024, 400.0)], 60, 100, 1), &declared(1024), Objective::Cost, &X86);
        assert!(matches!(advice.memory, Verdict::Experiment { to: 512, why: Why::OneThread, .. }), "row 27: {:?}", advice.memory);
        assert!(advice.proposals().iter().all(|proposal| proposal.field != "memory"), "row 27: an experiment is no proposal");
    }

    #[test]
    fn rows_14_15_and_28_objectives() {
        let guide = [(128, 11_722.0), (256, 6_678.0), (512, 3_194.0), (1024, 1_465.0)];
        let fibonacci = [(128, 376.05), (256, 198.56), (512, 98.36), (1024, 45.31), (1536, 30.53), (2048, 25.21), (3008, 25.15)];
        let all = [Objective::Cost, Objective::Speed, Objective::Balanced];
        let chosen = |sizes: &[(u32, f64)]| {
            all.map(|objective| advised(&samples(sizes, 60, 50, 1), &declared(129), objective, &X86).memory.proposed().copied())
        };
        assert_eq!(chosen(&guide), [Some(1024); 3], "row 14");
        assert_eq!(chosen(&fibonacci), [Some(1024), Some(3008), Some(1536)], "row 28");
        let costs = [(101.0, 300.0), (200.0, 200.0), (300.0, 101.0)];
        let of = |(time, cost): (f64, f64)| weighed(cost / 300.0, time / 300.0);
        assert!(of(costs[1]) < of(costs[0]) && (of(costs[1]) - 0.6667).abs() < 1e-4 && (of(costs[0]) - 0.6683).abs() < 1e-4, "row 15");
    }

    #[test]
    fn row_35_full_memory_is_raised() {
        for (size, to) in [(512, 768), (1280, 2048)] {
            let advice = advised(&samples(&[(size, 100.0)], 60, size, 1), &declared(size), Objective::Cost, &X86);
            assert_eq!(advice.memory.proposed(), Some(&to), "row 35");
        }
    }

    #[test]
    fn row_39_how_many_calls() {
        let of = |calls: usize, days: i64| advised(&samples(&[(1024, 100.0)], calls, 100, days), &declared(1024), Objective::Cost, &X86);
        let few = of(12, 7);
        assert_eq!((few.confidence, few.proposals().len()), (None, 0), "row 39");
        assert!(matches!(few.memory, Verdict::Silent { because: Refusal::TooFew { calls: 12, needed: 50 } }), "row 39");
        assert_eq!([of(800, 30), of(2000, 8)].map(|advice| advice.confidence), [Some(Confidence::Low), Some(Confidence::Medium)], "row 39");
        let two = advised(&samples(&[(512, 200.0), (1024, 100.0)], 600, 100, 14), &declared(512), Objective::Cost, &X86);
        assert_eq!(two.confidence, Some(Confidence::High), "row 39");
    }

    #[test]
    fn timeouts_go_with_memory_and_cut_off_calls_raise_them() {
        let mut ran = samples(&[(3008, 12_000.0)], 200, 412, 1);
        ran.add("1", Some(1), line(41_000.0, 3008, 412, ""));
        let advice = advised(&ran, &declared(3008), Objective::Cost, &X86);
        assert_eq!((advice.memory.proposed(), advice.timeout.proposed()), (Some(&512), Some(&240)), "row 36");
        ran.add("1", Some(2), line(60_000.0, 3008, 412, "Status: timeout"));
        let mut now = declared(3008);
        now.timeout = 60;
        let advice = advised(&ran, &now, Objective::Cost, &X86);
        assert_eq!((advice.memory.proposed(), advice.timeout.proposed(), advice.confidence), (None, Some(&120), Some(Confidence::Low)));
        // Files that say so get no more of it.
        now.timeout = 120;
        assert_eq!(advised(&ran, &now, Objective::Cost, &X86).timeout.proposed(), None);
    }

    #[test]
    fn memory_is_weighed_at_the_prices_of_the_architecture_that_comes_with_it() {
        let ran = samples(&[(1024, 1479.48), (3008, 1170.75)], 50, 267, 10);
        let memory = |declared: &Declared| advised(&ran, declared, Objective::Balanced, &Machine::Any).memory.proposed().copied();
        let first = memory(&declared(128)).unwrap();
        let written = Declared { architecture: "arm64".to_owned(), ..declared(first) };
        assert_eq!(memory(&written), None, "after {first}");
    }

    #[test]
    fn failures_alone_tell_nothing() {
        let report = |status: &str| {
            let metrics = r#"{"durationMs":100,"billedDurationMs":100,"memorySizeMB":3008,"maxMemoryUsedMB":100}"#;
            read(&format!(r#"{{"type":"platform.report","record":{{"requestId":"x","status":"{status}","metrics":{metrics}}}}}"#)).unwrap()
        };
        let mut ran = samples(&[(3008, 100.0)], 60, 100, 1);
        ran.add("1", Some(1), report("failure"));
        let advice = advised(&ran, &declared(3008), Objective::Cost, &X86);
        assert!(matches!(advice.memory, Verdict::Silent { because: Refusal::OnlyFailures }) && advice.proposals().is_empty());
        ran.add("1", Some(2), report("success"));
        assert_eq!(advised(&ran, &declared(3008), Objective::Cost, &X86).memory.proposed(), Some(&128));
    }

    /// Functions that wait and compute, at one or two sizes.
    fn ran() -> impl Strategy<Value = (Samples, u32, u32, Vec<u32>, Objective)> {
        let objective = prop_oneof![Just(Objective::Cost), Just(Objective::Balanced), Just(Objective::Speed)];
        let sizes = proptest::sample::subsequence(vec![512u32, 1024, 1769, 3008, 4096], 1..3);
        (sizes, 0.0f64..2_000.0, 1.0f64..2_000.0, 20u32..500, 0usize..80, objective).prop_map(
            |(sizes, waits, computes, used, calls, objective)| {
                let of = |memory: &u32| (*memory, waits + computes / crate::evidence::model::share(*memory));
                let times: Vec<(u32, f64)> = sizes.iter().map(of).collect();
                (samples(&times, calls, used, 10), used, sizes[0], sizes, objective)
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_is_proposed_that_would_break((ran, used, _, sizes, objective) in ran(), memory in 128u32..4096, timeout in 1u32..900) {
            let now = Declared { timeout, ..declared(memory) };
            let advice = advised(&ran, &now, objective, &Machine::Any);
            if let Some(to) = advice.memory.proposed() {
                prop_assert!(*to >= ladder::floor(used) || f64::from(*to) >= least_for(used) && sizes.contains(to), "{to} under {used}");
            }
            if let (Some(to), Some(max)) = (advice.timeout.proposed(), advice.times.max) {
                prop_assert!(f64::from(*to) * 1000.0 >= max);
            }
            if let (Some(to), Some(most)) = (advice.concurrency.proposed(), advice.at_once) {
                prop_assert!(*to >= most.most);
            }
            // Thin data says nothing, and what was written is not proposed again.
            if ran.calls() < 50 {
                prop_assert!(advice.proposals().is_empty());
            }
            let value = |field: &str| advice.proposals().into_iter().find(|proposal| proposal.field == field).map(|proposal| proposal.value);
            let number = |field: &str| value(field).and_then(|value| value.trim_end_matches('s').parse().ok());
            let written = Declared {
                memory: number("memory").unwrap_or(memory),
                timeout: number("timeout").unwrap_or(timeout),
                concurrency: number("reserved_concurrency"),
                architecture: value("architecture").unwrap_or(now.architecture),
                ..now
            };
            let again = advised(&ran, &written, objective, &Machine::Any);
            prop_assert!(again.proposals().is_empty(), "{:?} after {:?}", again.proposals(), advice.proposals());
        }

        #[test]
        fn a_range_holds_the_truth(waits in 0.0f64..2_000.0, computes in 1.0f64..2_000.0, used in 20u32..800) {
            let share = crate::evidence::model::share;
            let truth = |memory: u32| waits + computes / share(memory);
            let advice = advised(&samples(&[(3008, truth(3008))], 60, used, 10), &declared(3008), Objective::Cost, &X86);
            if let (Some(to), Some(loads)) = (advice.memory.proposed(), &advice.loads) {
                let billed = truth(*to) * loads.before.calls;
                prop_assert!(loads.low.billed_ms <= billed * 1.001 + loads.before.calls, "{to}");
                prop_assert!(loads.high.billed_ms >= billed * 0.999 - loads.before.calls, "{to}");
            }
        }

        #[test]
        fn more_calls_turn_no_refusal_into_a_wider_cut(calls in 50usize..300, used in 20u32..2_000, more in 1u32..2_000) {
            let few = samples(&[(3008, 800.0)], calls, used, 10);
            let mut many = few.clone();
            many.add("1", Some(5), line(900.0, 3008, more, ""));
            let of = |samples: &Samples| advised(samples, &declared(3008), Objective::Cost, &X86).memory.proposed().copied();
            if let (Some(first), Some(then)) = (of(&few), of(&many)) {
                prop_assert!(then >= first);
            }
        }
    }
}
