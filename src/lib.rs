//! `etlctl` keeps Lambda ETL stacks on AWS in the state that files describe.
//!
//! ```text
//! desired-state/*.yaml ─ load ─ expand ─ check ─┐
//! handlers/ ─────────── package (digests) ──────┴─► Desired ─┐
//! live AWS ── read (concurrent waves, read-only clients) ─► Live ─┤
//!                                                     plan ◄─┘   pure
//!                                                       │
//!                                          Plan ── report (text, json)
//!                                                       │
//!                                         apply ── events ── report ── exit code
//! ```
//!
//! * [`model`] is pure: identities, documents, the diff, the graph, the plan.
//! * [`desired`] turns stack files into [`model::Desired`].
//! * [`check`] finds what AWS would refuse before the first call.
//! * [`permissions`] calculates the least IAM policy that a deployer needs.
//! * [`package`] turns handler folders into byte-deterministic zips.
//! * [`kinds`] is the registry: a folder a resource kind, with its spec, its reads, its writes, its
//!   operations and what they need.
//! * [`aws`] holds the clients (what reads cannot write), errors, pacing and waiting.
//! * [`stored`] reads what Systems Manager and Secrets Manager keep for an environment.
//! * [`live`] reads AWS in waves; [`apply`] carries a plan out; [`report`] alone writes to stdout.
//! * [`commands`] has a file a verb, each the pipeline from top to bottom.
//!
//! Imports go one way: `model, aws ← kinds ← {desired, live, stored, apply} ← commands ← main`, and
//! `model ← package`; `tests/architecture.rs` has the whole table and enforces it.

pub mod apply;
pub mod aws;
pub mod check;
pub mod cli;
pub mod commands;
pub mod contract;
pub mod error;
pub mod kinds;
pub mod live;
pub mod model;
pub mod package;
pub mod permissions;
pub mod report;
pub mod source;
pub mod stack;
pub mod stored;
