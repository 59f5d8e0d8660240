//! How long a call takes at another size.
//!
//! Lambda gives CPU in proportion to memory, one vCPU at 1,769 MB (Lambda guide, "Configure Lambda
//! function memory"). A call waits for `a` and computes for `b` where it has one vCPU: with the share
//! `s` of one it takes `a + b / s`. Two sizes that ran tell `a` and `b`; one size leaves a range, from
//! "it only waits" to "it only computes, in one thread".

use schemars::JsonSchema;
use serde::Serialize;

/// MB for which Lambda gives one vCPU.
pub const ONE_CPU: u32 = 1769;

/// Fit errors above this are not trusted much.
pub const SMALL_ERROR: f64 = 0.1;

/// Share of a vCPU that one thread has.
pub fn share(mb: u32) -> f64 {
    f64::from(mb.min(ONE_CPU)) / f64::from(ONE_CPU)
}

/// A size that ran, and how long a call took there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Seen {
    /// MB.
    pub memory: u32,
    /// Milliseconds of a call.
    pub time: f64,
    /// By how many milliseconds that may be wrong.
    pub uncertainty: f64,
}

/// What waits and what computes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Fit {
    /// Milliseconds of waiting.
    pub waits: f64,
    /// Milliseconds of computing on one vCPU.
    pub computes: f64,
    /// Largest error at a size that ran, as a share of what was measured there.
    pub error: f64,
}

impl Fit {
    /// Least squares over the sizes that ran; none where their CPU shares are the same.
    pub fn of(seen: &[Seen]) -> Option<Self> {
        let points: Vec<(f64, f64)> = seen.iter().map(|seen| (1.0 / share(seen.memory), seen.time)).collect();
        let (x, y, sxx) = moments(&points);
        if points.len() < 2 || sxx < 1e-9 {
            return None;
        }
        let slope = points.iter().map(|(px, py)| (px - x) * (py - y)).sum::<f64>() / sxx;
        let waits = y - slope * x;
        let (waits, computes) = if slope < 0.0 {
            (y, 0.0)
        } else if waits < 0.0 {
            let through_nothing = points.iter().map(|(px, py)| px * py).sum::<f64>() / points.iter().map(|(px, _)| px * px).sum::<f64>();
            (0.0, through_nothing)
        } else {
            (waits, slope)
        };
        let off = |(px, py): &(f64, f64)| if *py > 0.0 { ((waits + computes * px) - py).abs() / py } else { 0.0 };
        Some(Self { waits, computes, error: points.iter().map(off).fold(0.0, f64::max) })
    }

    /// Time at a size.
    pub fn at(&self, memory: u32) -> f64 {
        self.waits + self.computes / share(memory)
    }
}

fn moments(points: &[(f64, f64)]) -> (f64, f64, f64) {
    let n = points.len().max(1) as f64;
    let (x, y) = (points.iter().map(|point| point.0).sum::<f64>() / n, points.iter().map(|point| point.1).sum::<f64>() / n);
    (x, y, points.iter().map(|point| (point.0 - x).powi(2)).sum())
}

/// A time at a size: what is expected, and between what it lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// It only waits where nothing ran.
    pub low: f64,
    /// What decisions take.
    pub expected: f64,
    /// It only computes, in one thread.
    pub high: f64,
}

impl Estimate {
    fn between(one: f64, other: f64) -> Self {
        let (low, high) = (one.min(other), one.max(other));
        Self { low, expected: f64::midpoint(low, high), high }
    }

    /// The same as multiples of this time.
    pub fn over(self, time: f64) -> Self {
        if time <= 0.0 {
            return Self { low: 1.0, expected: 1.0, high: 1.0 };
        }
        Self { low: self.low / time, expected: self.expected / time, high: self.high / time }
    }
}

/// What is known of a function's time at its sizes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Model {
    /// Sizes that ran often enough, by size.
    pub seen: Vec<Seen>,
    /// Where two CPU shares ran.
    pub fit: Option<Fit>,
}

impl Model {
    /// The model of these sizes; none of no size.
    pub fn of(mut seen: Vec<Seen>) -> Option<Self> {
        seen.sort_by_key(|seen| seen.memory);
        let fit = Fit::of(&seen);
        (!seen.is_empty()).then_some(Self { seen, fit })
    }

    fn smallest(&self) -> Seen {
        self.seen[0]
    }

    /// The largest size that ran.
    pub fn largest(&self) -> Seen {
        self.seen[self.seen.len() - 1]
    }

    /// The time at a size. What ran is known; between the sizes that ran and down to half of the
    /// smallest the fit is trusted; beyond there is a range.
    pub fn at(&self, memory: u32) -> Estimate {
        if let Some(seen) = self.seen.iter().find(|seen| seen.memory == memory) {
            let Seen { time, uncertainty, .. } = *seen;
            return Estimate { low: (time - uncertainty).max(0.0), expected: time, high: time + uncertainty };
        }
        let (smallest, largest) = (self.smallest(), self.largest());
        let to = |seen: Seen| seen.time * share(seen.memory) / share(memory);
        match &self.fit {
            _ if memory > largest.memory => Estimate::between(to(largest), largest.time),
            Some(fit) if memory.saturating_mul(2) >= smallest.memory => {
                let (expected, off) = (fit.at(memory), self.uncertainty(fit, memory));
                Estimate { low: (expected - off).max(0.0), expected, high: expected + off }
            }
            Some(fit) => {
                let range = Estimate::between(smallest.time, to(smallest));
                Estimate { expected: fit.at(memory).clamp(range.low, range.high), ..range }
            }
            // Between sizes of one CPU share nothing is faster or slower.
            None if memory > smallest.memory => self.below(memory),
            None => Estimate::between(smallest.time, to(smallest)),
        }
    }

    /// From the next larger size that ran.
    fn below(&self, memory: u32) -> Estimate {
        let next = self.seen.iter().find(|seen| seen.memory > memory).copied().unwrap_or(self.largest());
        Estimate::between(next.time, next.time * share(next.memory) / share(memory))
    }

    /// Where code that fills all cores would end; none where one core is all that a size has.
    pub fn all_cores(&self, memory: u32) -> Option<f64> {
        let smallest = self.smallest();
        (smallest.memory > ONE_CPU && memory < smallest.memory).then(|| smallest.time * f64::from(smallest.memory) / f64::from(memory))
    }

    /// By how much the fit may be wrong at a size: the errors of what was measured, as far as each
    /// moves the line there, and the error that the fit has where it can be seen.
    fn uncertainty(&self, fit: &Fit, memory: u32) -> f64 {
        let points: Vec<(f64, f64)> = self.seen.iter().map(|seen| (1.0 / share(seen.memory), seen.time)).collect();
        let (x, _, sxx) = moments(&points);
        let at = 1.0 / share(memory) - x;
        let n = points.len() as f64;
        let moved = |(seen, (px, _)): (&Seen, &(f64, f64))| (1.0 / n + at * (px - x) / sxx).abs() * seen.uncertainty.max(0.02 * seen.time);
        self.seen.iter().zip(&points).map(moved).sum::<f64>() + fit.error * fit.at(memory)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(sizes: &[(u32, f64)]) -> Vec<Seen> {
        sizes.iter().map(|(memory, time)| Seen { memory: *memory, time: *time, uncertainty: 0.0 }).collect()
    }

    fn near(is: f64, should: f64, digits: i32) {
        assert!((is - should).abs() <= 0.5 * 10f64.powi(-digits) + 1e-9, "{is} is not {should}");
    }

    const FIBONACCI: [(u32, f64); 7] =
        [(128, 376.05), (256, 198.56), (512, 98.36), (1024, 45.31), (1536, 30.53), (2048, 25.21), (3008, 25.15)];
    const GUIDE: [(u32, f64); 4] = [(128, 11_722.0), (256, 6_678.0), (512, 3_194.0), (1024, 1_465.0)];

    #[test]
    fn rows_24_and_25_one_size() {
        let model = Model::of(seen(&[(3008, 1.0)])).unwrap();
        for (memory, slow, all_cores) in [(512, 3.455, 5.875), (1024, 1.728, 2.938)] {
            let is = model.at(memory);
            assert_eq!(is.low, 1.0);
            near(is.high, slow, 3);
            near(model.all_cores(memory).unwrap(), all_cores, 3);
        }
        let small = Model::of(seen(&[(1024, 400.0)])).unwrap();
        assert_eq!(small.all_cores(512), None, "row 27");
        assert_eq!((small.at(512).low, small.at(512).high), (400.0, 800.0), "row 27");
    }

    #[test]
    fn row_28_fibonacci() {
        let points = seen(&FIBONACCI);
        let raw: Vec<(f64, f64)> = points.iter().map(|seen| (1.0 / share(seen.memory), seen.time)).collect();
        let (x, y, sxx) = moments(&raw);
        let slope = raw.iter().map(|(px, py)| (px - x) * (py - y)).sum::<f64>() / sxx;
        near(slope, 27.543, 3);
        near(y - slope * x, -0.193, 3);
        let fit = Fit::of(&points).unwrap();
        assert_eq!(fit.waits, 0.0);
        near(fit.computes, 27.521, 3);
        near(fit.error * 100.0, 9.4, 1);
    }

    #[test]
    fn rows_29_and_30_two_sizes_of_it() {
        let fit = Fit::of(&seen(&FIBONACCI[2..4])).unwrap();
        assert_eq!(fit.waits, 0.0);
        near(fit.computes, 28.02, 2);
        assert!((fit.at(128) - 387.3).abs() < 0.1 && (fit.at(128) / 376.05 - 1.03).abs() < 0.001, "row 29");
        near(fit.at(2048), 28.0, 1);
        let model = Model::of(seen(&FIBONACCI[..2])).unwrap();
        let fit = model.fit.unwrap();
        near(fit.waits, 21.07, 2);
        near(fit.computes, 25.69, 2);
        near(fit.at(2048), 46.8, 1);
        let far = model.at(2048);
        assert!(far.low < 29.0 && far.high >= 198.56, "row 30: a range and no point: {far:?}");
    }

    #[test]
    fn row_31_the_operator_guide() {
        let fit = Fit::of(&seen(&GUIDE)).unwrap();
        near(fit.waits, 303.5, 1);
        near(fit.computes, 843.0, 1);
        for (memory, time) in [(128, 11_954.0), (256, 6_129.0), (512, 3_216.0), (1024, 1_760.0)] {
            near(fit.at(memory), time, 0);
        }
        near(fit.error * 100.0, 20.1, 1);
        assert!(fit.error > SMALL_ERROR);
    }

    #[test]
    fn rows_32_and_33_two_sizes_that_ran() {
        let model = Model::of(seen(&[(3008, 800.0), (1024, 1100.0)])).unwrap();
        let fit = model.fit.unwrap();
        near(fit.waits, 387.65, 2);
        near(fit.computes, 412.35, 2);
        near(model.at(512).expected, 1812.3, 1);
        let flat = Fit::of(&seen(&[(3008, 800.0), (1024, 800.0)])).unwrap();
        assert_eq!((flat.waits.round(), flat.computes.round()), (800.0, 0.0), "row 33");
    }

    proptest! {
        #[test]
        fn more_memory_is_never_slower(sizes in proptest::collection::btree_map(128u32..=10_240, 1.0f64..900_000.0, 1..5)) {
            // One thread never gets slower with more memory, so neither does what was measured.
            let mut times: Vec<f64> = sizes.values().copied().collect();
            times.sort_by(|one, other| other.total_cmp(one));
            let points: Vec<(u32, f64)> = sizes.keys().copied().zip(times).collect();
            let fit = Fit::of(&seen(&points));
            if let Some(fit) = fit {
                prop_assert!(fit.waits >= 0.0 && fit.computes >= 0.0);
                prop_assert!(super::super::ladder::SIZES.windows(2).all(|pair| fit.at(pair[0]) >= fit.at(pair[1]) - 1e-9));
            }
            let model = Model::of(seen(&points)).unwrap();
            for memory in super::super::ladder::SIZES {
                let is = model.at(memory);
                prop_assert!(is.low <= is.expected + 1e-9 && is.expected <= is.high + 1e-9, "{memory}: {is:?}");
                prop_assert!(is.low >= 0.0 && is.high.is_finite());
            }
        }

        #[test]
        fn a_range_of_one_size_holds_what_waits_and_computes(memory in 128u32..=10_240, waits in 0.0f64..10_000.0, computes in 0.1f64..10_000.0) {
            let truth = |at: u32| waits + computes / share(at);
            let model = Model::of(seen(&[(memory, truth(memory))])).unwrap();
            for at in super::super::ladder::SIZES {
                let is = model.at(at);
                prop_assert!(is.low <= truth(at) * 1.000_001 && truth(at) <= is.high * 1.000_001, "{at}: {is:?}, truth {}", truth(at));
            }
        }
    }
}
