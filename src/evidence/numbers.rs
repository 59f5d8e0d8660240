//! Means, percentiles and overlaps.

/// Mean of what is left when the same share is taken off at both ends: `0.2` takes a fifth at each.
pub fn trimmed_mean(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let off = ((sorted.len() as f64) * share).floor() as usize;
    let kept = &sorted[off.min(sorted.len())..sorted.len().saturating_sub(off).max(off.min(sorted.len()))];
    mean(kept)
}

/// Mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The least value that is not exceeded by this share of them (nearest rank); none of nothing.
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = ((sorted.len() as f64) * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Twice the standard error of the trimmed mean, as the values that are kept spread.
pub fn uncertainty(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let off = ((sorted.len() as f64) * share).floor() as usize;
    let (Some(low), Some(high)) = (sorted.get(off).copied(), sorted.get(sorted.len().saturating_sub(off + 1)).copied()) else { return 0.0 };
    // What was taken off counts as the last value kept, as is usual for this mean.
    let winsorized: Vec<f64> = sorted.iter().map(|value| value.clamp(low, high.max(low))).collect();
    let (n, middle) = (winsorized.len() as f64, mean(&winsorized));
    if n < 2.0 {
        return middle;
    }
    let variance = winsorized.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / (n - 1.0);
    2.0 * variance.sqrt() / ((1.0 - 2.0 * share) * n.sqrt())
}

/// How many of these half-open intervals overlap at most.
pub fn most_at_once(intervals: &[(i64, i64)]) -> u32 {
    let mut edges: Vec<(i64, i32)> = intervals.iter().flat_map(|(from, to)| [(*from, 1), (*to, -1)]).collect();
    // At the same instant one ends before another begins.
    edges.sort_unstable();
    let (mut now, mut most) = (0i32, 0i32);
    for (_, step) in edges {
        now += step;
        most = most.max(now);
    }
    most.max(0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_15_the_trimmed_mean() {
        let values = [1.0, 2.0, 3.0, 4.0, 2000.0];
        assert_eq!((trimmed_mean(&values, 0.2), trimmed_mean(&values, 0.0)), (3.0, 402.0));
        assert_eq!(trimmed_mean(&[], 0.2), 0.0);
    }

    #[test]
    fn row_38_overlap_is_half_open() {
        assert_eq!(most_at_once(&[(0, 10), (5, 15), (9, 12), (10, 20), (15, 16)]), 3);
        assert_eq!(most_at_once(&[]), 0);
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((percentile(&values, 0.99), percentile(&values, 0.5), percentile(&[], 0.5)), (Some(99.0), Some(50.0), None));
    }
}
