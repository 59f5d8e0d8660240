//! What a plan is told beside its reads: for who looks at it what ran and what a month costs, for who
//! carries it out the account's quotas.

use std::collections::BTreeSet;

use super::cost::Costing;
use super::evidence::{self, Argued};
use super::measured::{self, Answer, Measured};
use super::preflight;
use super::session::Session;
use crate::contract::ReadCx;
use crate::cost::StackCost;
use crate::model::plan::Planned;
use crate::model::{Desired, EndpointKind, Live};

/// What is wanted beside a plan, and where it is asked for.
pub struct Beside<'a> {
    /// Reads.
    pub read: &'a ReadCx,
    /// What answers.
    pub kind: EndpointKind,
    /// How it is priced, where that is wanted.
    pub costing: Option<&'a Costing>,
    /// Whether it is held against what ran.
    pub is_argued: bool,
    /// Who will carry it out, if anybody.
    pub carries: Option<&'a Session>,
}

impl Beside<'_> {
    /// What is asked for before the plan is known: costs that are wanted whatever it says, and quotas.
    pub async fn early(&self, files: &Desired) -> Option<Answer> {
        let costs = async { self.costing?.early(self.read, files, self.is_argued).await };
        let quotas = async {
            if let Some(session) = self.carries {
                preflight::early(session, &self.read.scope.region, files).await;
            }
        };
        tokio::join!(costs, quotas).0
    }

    /// What is said of a plan. Evidence and costs take the same answer.
    pub async fn of(&self, early: Option<Answer>, planned: &Planned, live: &Live, files: &Desired) -> (Argued, Option<StackCost>) {
        let Self { read, kind, costing, is_argued, carries: _ } = self;
        let functions = if *is_argued { evidence::functions(planned, files) } else { BTreeSet::new() };
        // What was asked for before, and was not told, is not asked for again.
        let is_open = |name: &&str| early.as_ref().is_none_or(|early| early.as_ref().is_ok_and(|early| !early.ran.contains_key(*name)));
        let functions: Vec<&str> = functions.into_iter().filter(is_open).collect();
        let asked = costing.map(|costing| costing.asks(*kind, planned, early.as_ref())).unwrap_or_default();
        let is_priced = early.is_some() || !asked.is_empty();
        let later = measured::read(read, &functions, &asked).await;
        let measured = measured::joined(early, later);
        let argued = if *is_argued {
            evidence::of(read, planned, live, files, measured.as_ref().map(|Measured { ran, .. }| ran)).await
        } else {
            Argued::default()
        };
        // What was asked for evidence alone says nothing of costs, whether it was told or not.
        let answer = if is_priced { measured } else { Ok(Measured::default()) };
        (argued, costing.and_then(|costing| costing.of(&read.scope.region, planned, files, answer)))
    }
}
