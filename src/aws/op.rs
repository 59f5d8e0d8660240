//! What etlctl knows of an operation of AWS: one value, which pace, progress, permissions and the
//! documentation read.

use std::time::Duration;

use super::member::Member;

/// An operation. Each is a constant of the `api` of its kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Op {
    /// `service:Operation`: the action that IAM checks, and the name under which the call is told.
    pub iam: &'static str,
    /// Whether it changes anything.
    pub writes: bool,
    /// Whether IAM lets no resource be named for it, only `*` (Service Authorization Reference).
    pub anywhere: bool,
    /// Whether sending it twice comes to the same as sending it once. What does not is looked after by
    /// a read where nobody knows whether it was done.
    pub repeatable: bool,
    /// How long AWS may take to answer it.
    pub answers_within: Duration,
    /// The quota that it counts against, where AWS publishes one.
    pub quota: Option<Quota>,
    /// What carries the members of its request, for operations that create and update.
    pub members: &'static [Member],
}

/// AWS's control plane answers in seconds; what takes longer it does behind the answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Requests a second under which the operations that share it must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    /// What it is of.
    pub name: &'static str,
    /// Requests a second.
    pub per_second: u32,
}

/// All operations of Lambda together but those that have a quota of their own (docs/aws-facts.md §10).
pub const LAMBDA: Quota = Quota::new("lambda: all others together", 15);
/// IAM publishes none; all of it together is held at this.
pub const IAM: Quota = Quota::new("iam: all together", 20);

impl Quota {
    /// A quota of this many requests a second.
    pub const fn new(name: &'static str, per_second: u32) -> Self {
        Self { name, per_second }
    }

    /// How long so many calls take at its rate, without a burst.
    pub fn takes(self, calls: u64) -> Duration {
        Duration::from_secs_f64(calls as f64 / f64::from(self.per_second))
    }
}

impl Op {
    /// An operation that changes nothing.
    pub const fn reads(iam: &'static str) -> Self {
        Self { iam, writes: false, anywhere: false, repeatable: true, answers_within: ANSWER, quota: None, members: &[] }
    }

    /// An operation that changes something.
    pub const fn writes(iam: &'static str) -> Self {
        Self { writes: true, repeatable: false, ..Self::reads(iam) }
    }

    /// The same, of which a second one changes nothing.
    pub const fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// The same with another bound for its answer.
    pub const fn answers_within(self, bound: Duration) -> Self {
        Self { answers_within: bound, ..self }
    }

    /// The same with its members.
    pub const fn members(self, members: &'static [Member]) -> Self {
        Self { members, ..self }
    }

    /// The same, of which no resource can be named in a policy.
    pub const fn anywhere(self) -> Self {
        Self { anywhere: true, ..self }
    }

    /// The same under a quota that it shares with others.
    pub const fn paced(self, quota: Quota) -> Self {
        Self { quota: Some(quota), ..self }
    }

    /// The same under a quota of its own.
    pub const fn rated(self, per_second: u32) -> Self {
        let name = self.iam;
        self.paced(Quota::new(name, per_second))
    }
}

/// Constants of operations, and the list `ALL` of them.
macro_rules! operations {
    ($($name:ident = $op:expr;)*) => {
        $(pub const $name: $crate::aws::op::Op = $op;)*

        /// All of them.
        pub const ALL: &[&$crate::aws::op::Op] = &[$(&$name),*];
    };
}
pub(crate) use operations;
