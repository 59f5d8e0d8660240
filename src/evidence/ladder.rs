//! The steps on which advice stands: any whole MB and second is legal, and steps keep advice stable.

/// Sizes that are proposed, in MB.
pub const SIZES: [u32; 25] = [
    128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1769, 2048, 2560, 3008, 3584, 4096, 5120, 6144, 7168, 8192, 9216,
    10240,
];

/// Timeouts that are proposed, in seconds.
pub const TIMEOUTS: [u32; 18] = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900];

/// The longest timeout of Lambda, in seconds.
pub const LONGEST: u32 = 900;

fn size_for(mb: f64) -> u32 {
    SIZES.into_iter().find(|rung| f64::from(*rung) >= mb).unwrap_or(SIZES[SIZES.len() - 1])
}

/// What a function that used this much needs at least: a fifth more.
pub fn least_for(used: u32) -> f64 {
    // In tenths, so that 10 MB need 12 and not a hair more.
    f64::from(u32::max(used.saturating_mul(12), 1280)) / 10.0
}

/// The smallest size that is proposed to a function that used this much.
pub fn floor(used: u32) -> u32 {
    size_for(least_for(used))
}

/// The size for a function whose environment was killed at this one, or filled it.
pub fn raised(size: u32) -> u32 {
    size_for(f64::from(size) * 1.5)
}

/// The timeout for the longest call and the 99th percentile, where calls may take `slower` times as long.
pub fn timeout(max: f64, p99: f64, slower: f64) -> u32 {
    let needed = f64::max(1.5 * max, 2.0 * p99) * slower / 1000.0;
    TIMEOUTS.into_iter().find(|rung| f64::from(*rung) >= needed).unwrap_or(LONGEST)
}

/// Reserved concurrency for as many calls at once.
pub fn concurrency(most: u32) -> u32 {
    most.saturating_mul(3).div_ceil(2).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::model::share;

    #[test]
    fn row_34_floors() {
        let used = [36, 99, 107, 213, 214, 412, 512, 853, 1201, 2506];
        assert_eq!(used.map(floor), [128, 128, 192, 256, 320, 512, 640, 1024, 1536, 3008]);
        assert!(used.iter().all(|used| floor(*used) >= *used));
    }

    #[test]
    fn row_35_full_sizes_are_raised() {
        assert_eq!([512, 1280].map(raised), [768, 2048]);
    }

    #[test]
    fn row_36_timeouts() {
        let seen = [(8200.0, 4100.0), (41000.0, 12000.0), (290.0, 120.0), (26000.0, 22000.0), (700_000.0, 500_000.0)];
        assert_eq!(seen.map(|(max, p99)| timeout(max, p99, 1.0)), [15, 90, 1, 45, 900]);
        let slower = share(3008) / share(512);
        assert_eq!(seen.map(|(max, p99)| timeout(max, p99, slower)), [45, 240, 2, 180, 900]);
    }

    #[test]
    fn row_37_concurrency() {
        assert_eq!([1, 2, 3, 7, 33, 34].map(concurrency), [2, 3, 5, 11, 50, 51]);
    }
}
