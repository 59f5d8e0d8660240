//! What several test binaries stand on.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod json_schema;
pub mod local_aws;
pub mod names_kinds;
pub mod planning;
pub mod project;
pub mod rust_source;
pub mod secret_forms;

/// The two texts as lines, each with what became of it.
pub fn line_diff(before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after).unified_diff().header("expected", "found").to_string()
}
