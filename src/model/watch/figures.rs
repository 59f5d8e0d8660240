//! What a watcher counts.

use std::collections::BTreeMap;
use std::time::Duration;

/// Figures since it began, and of the last look.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Looks, failed ones too.
    pub looks: u64,
    /// Those of them that failed.
    pub failed_looks: u64,
    /// When the last look ended, in seconds since 1970.
    pub last_look: Option<f64>,
    /// When the last one ended that did not fail.
    pub last_success: Option<f64>,
    /// What the last one took.
    pub took: Duration,
    /// Resources that drifted and stand so, by kind. Kinds that drifted once stay, with 0.
    pub drift: BTreeMap<String, u64>,
    /// Resources whose files changed and that wait for an apply.
    pub pending: u64,
    /// Resources that were healed.
    pub heals: u64,
    /// Resources whose heal failed.
    pub failed_heals: u64,
    /// Heals that were put off since somebody else held the lease.
    pub put_off: u64,
    /// Instances that had expired and were destroyed.
    pub expired: u64,
    /// Fields that are left alone since somebody keeps changing them back.
    pub fights: u64,
    /// Calls of AWS.
    pub calls: u64,
    /// Those of them that AWS refused as too many.
    pub throttled: u64,
    /// Notifications that were delivered.
    pub notified: u64,
    /// Those that wait to be delivered.
    pub undelivered: u64,
}
