//! Options of `validate`.

use clap::{Args, ValueEnum};

/// Options of validate.
#[derive(Debug, Clone, Args)]
pub struct ValidateArgs {
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// Judge dated facts as of this day, such as 2027-02-01; today where nothing is said
    #[arg(long, value_name = "DATE", value_parser = super::parse_day)]
    pub as_of: Option<jiff::civil::Date>,
    /// Check every environment of the files
    #[arg(long, conflicts_with = "envs")]
    pub all_environments: bool,
}

/// Forms of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}
