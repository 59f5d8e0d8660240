//! Forms of a plan.

use clap::ValueEnum;

/// Text for people, JSON for programs, Markdown for pull requests, a page for a
/// browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For comments on pull requests
    Markdown,
    /// One page for a browser, which needs nothing else
    Html,
}
