//! `etlctl` keeps Lambda ETL stacks on AWS in the state that files describe.
//!
//! ```text
//! desired-state/*.yaml ─ load ─ expand ─ link ─ check ─┐
//! handlers/ ──────────── digest ───────────────────────┴─► Desired ─┐
//! live AWS ── read (concurrent waves, read-only clients) ─► Live ───┤
//!                                                         plan ◄────┘  pure
//!                                                           │
//!                                              Plan ── report (text, json)
//!                                                           │
//!                                             apply ── events ── report ── exit code
//! ```
//!
//! `docs/architecture.md` says what goes where; `tests/architecture.rs` holds the table of imports and
//! reads it off the code. Everything is private to the crate, so that rustc finds what nobody uses;
//! tests come in through [`testing`].

mod apply;
mod aws;
mod check;
mod cli;
mod commands;
mod contract;
mod cost;
mod error;
mod evidence;
mod kinds;
mod live;
mod model;
mod package;
mod permissions;
mod report;
mod source;
mod stack;
mod stored;

use std::process::ExitCode;

/// Arguments → command → exit code.
pub fn run() -> ExitCode {
    let cli = match cli::Cli::read() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(commands::unread(&error)),
    };
    ExitCode::from(commands::run(cli))
}

/// What the tests of this project look at.
#[doc(hidden)]
pub mod testing {
    pub mod apply {
        pub use crate::apply::attribute;
    }
    pub mod aws {
        pub use crate::aws::{AwsError, Caller, Clients, ConnectOptions, Readers, connect, pace, quotas};
    }
    pub mod check {
        pub use crate::check::{all, check, fields, pages};
    }
    pub mod contract {
        pub use crate::contract::{
            Asked, Batches, Driver, Locks, Package, Packager, PassedOver, ReadCx, Rule, Sections, Unpackaged, WriteCx, written,
        };
    }
    pub mod cost {
        pub use crate::cost::StackCost;
    }
    pub mod error {
        pub use crate::error::Error;
    }
    pub mod kinds {
        pub use crate::kinds::{driver, own_name, registry};
        pub mod function {
            pub mod spec {
                pub use crate::kinds::function::spec::Config;
            }
        }
    }
    pub mod live {
        pub use crate::live::{Reading, read};
    }
    pub mod model {
        pub use crate::model::{
            Account, Action, Artifact, Attributes, Change, Desired, EndpointKind, Live, Mark, Node, Owner, Plan, ResourceId, Scope, Seen,
            Times, diff, graph, live, notes, path, plan, planner, policy, reference, secret, stake,
        };
    }
    pub mod package {
        pub use crate::package::{build, code_sha256, digest};
    }
    pub mod permissions {
        pub use crate::permissions::{members, operations};
    }
    pub mod planfile {
        pub use crate::commands::planfile::read_text as read;
    }
    pub mod report {
        pub use crate::report::{assignments, diagnostics, escape, plain, plan, sarif, worded};
    }
    pub mod source {
        pub use crate::source::{Diagnostic, Loaded, diagnostic, emit, layout, node, yaml};
    }
    pub mod worded {
        pub use crate::commands::worded::of;
    }
    pub mod stack {
        pub use crate::stack::{Choice, load, schema, written};
    }
}
