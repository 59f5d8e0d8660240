//! What a kind has at hand to say which permissions its reads and writes need, as AWS's Service
//! Authorization Reference says it: which action a call is checked against, which form of ARN the
//! action takes, and which only take `*`.
//!
//! A call is allowed only where the stack's files can lead to it. Tags, attachments and the like that
//! somebody adds by hand are taken off again, so the actions for that are always needed.

use super::Grants;
use crate::aws::api::{DELETE_OBJECT, PUT_OBJECT};
use crate::model::desired::Store;
use crate::model::mark::{Guard, OnRemove};
use crate::model::reference::Reference;
use crate::model::{Desired, Node, Scope};

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading what is there.
    Plan,
    /// Reading, creating, changing, and deleting what was taken out of the files.
    Apply,
    /// Reading and deleting.
    Destroy,
}

impl Purpose {
    /// Whether resources are made and changed.
    pub fn creates(self) -> bool {
        self == Purpose::Apply
    }

    /// Whether resources are deleted.
    pub fn deletes(self) -> bool {
        self != Purpose::Plan
    }
}

/// What the calculation of one stack has at hand.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// What is asked for.
    pub desired: &'a Desired,
    /// For which command.
    pub purpose: Purpose,
    /// See [`super::ReadCx::lists_everything`].
    pub lists_everything: bool,
    /// Whether what resources hold is deleted with them.
    pub empties: bool,
}

impl Needs<'_> {
    /// The resource that a reference names.
    pub fn target(&self, reference: &Reference) -> Option<&Node> {
        self.desired.target(reference)
    }

    /// Zips of the stack go through its bucket where they are large: written, read by Lambda with the
    /// deployer's rights, and deleted.
    pub fn staging(&self, grants: &mut Grants) {
        if let Some(Store { bucket, prefix }) = &self.desired.store {
            let objects = [format!("arn:{}:s3:::{bucket}/{prefix}*", self.scope.partition)];
            grants.calls(&[&PUT_OBJECT, &DELETE_OBJECT], &objects);
            grants.allow(&["s3:GetObject"], &objects);
        }
    }

    /// Whether it loses its mark where others are deleted.
    pub fn releases(&self, node: &Node) -> bool {
        self.purpose.deletes() && Guard::of(|key| node.spec["tags"][key].as_str()).on_remove == OnRemove::Retain
    }
}
