//! Facts that AWS changes, as dated data with their sources.

pub mod limits;
pub mod runtimes;
