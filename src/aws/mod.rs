//! Access to AWS: clients by what they may do, errors with their codes, pacing under the quotas,
//! and the waiting out of what settles by itself.

pub mod account;
mod answer;
pub(crate) mod api;
pub mod call;
mod connect;
pub mod download;
mod endpoint;
pub mod error;
pub mod failure;
pub mod member;
mod moment;
pub mod op;
mod outage;
mod outside;
pub mod pace;
pub mod pages;
pub mod patience;
pub mod polls;
pub mod profile;
pub mod quotas;
mod services;
mod shapes;
mod trace;
mod turn;
mod waiting;
pub mod webhook;
mod whereto;

pub use call::{Caller, Progress};
pub use connect::{ConnectOptions, connect};
pub use error::{AwsError, without_request_ids};
pub use failure::Failure;
pub use member::Member;
pub use moment::lambda_millis;
pub use op::Op;
pub use pages::{Page, Tokens, pages};
pub use profile::ProfileError;
pub use services::{Clients, Readers};
pub use trace::Trace;
pub use turn::Priority;
pub use whereto::ConnectError;
