//! How long a run goes on while a service answers nothing but faults: one bound for all its calls, so
//! that a service that is down ends the run in a time that does not grow with the stack.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::op::Op;

/// The bound.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// Since when each service has had faults alone.
#[derive(Debug, Default)]
pub(super) struct Outages(Mutex<HashMap<&'static str, Instant>>);

impl Outages {
    /// A call failed by no fault of the request; returns for how long the service has answered nothing
    /// else.
    pub fn failed(&self, op: &Op) -> Duration {
        let now = Instant::now();
        let mut since = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        since.entry(service(op)).or_insert(now).elapsed()
    }

    /// The service answered.
    pub fn answered(&self, op: &Op) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(service(op));
    }
}

fn service(op: &Op) -> &'static str {
    op.iam.split_once(':').map_or(op.iam, |(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Op = Op::reads("lambda:GetFunction");
    const OTHER: Op = Op::reads("lambda:ListAliases");

    #[tokio::test(start_paused = true)]
    async fn a_service_is_down_from_its_first_fault_to_its_next_answer() {
        let outages = Outages::default();
        assert_eq!(outages.failed(&READ), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(outages.failed(&OTHER), Duration::from_secs(7));
        assert_eq!(outages.failed(&Op::reads("sqs:ListQueues")), Duration::ZERO);
        outages.answered(&OTHER);
        assert_eq!(outages.failed(&READ), Duration::ZERO);
    }
}
