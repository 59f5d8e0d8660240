//! The one way in which a call goes out: paced, with AWS's error read, and with patience for what
//! settles by itself.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use super::AwsError;
use super::op::Op;
use super::pace::Pace;
use super::patience::patience_for;

/// Told of every pause, so that no wait is silent.
pub trait Progress: Send + Sync {
    /// A call failed in a way that passes, and is tried again.
    fn retrying(&self, reason: &str);
    /// AWS works on something that was asked for.
    fn waiting(&self, reason: &str);
    /// A call succeeded, or may have: its answer was lost.
    fn answered(&self, op: &Op);
}

/// Sends calls for one resource or one read.
#[derive(Clone)]
pub struct Caller {
    pace: Arc<Pace>,
    progress: Option<Arc<dyn Progress>>,
}

impl Caller {
    /// Calls under this pace that report to nobody.
    pub fn new(pace: Arc<Pace>) -> Self {
        Self { pace, progress: None }
    }

    /// The same calls with their pauses told.
    pub fn with_progress(&self, progress: Arc<dyn Progress>) -> Self {
        Self { pace: Arc::clone(&self.pace), progress: Some(progress) }
    }

    /// Tells that AWS is being waited for.
    pub fn waiting(&self, reason: &str) {
        if let Some(progress) = &self.progress {
            progress.waiting(reason);
        }
    }

    /// Sends `attempt` until it succeeds or fails for good; `target` is the physical name.
    ///
    /// # Errors
    /// AWS's answer, once no waiting can mend it or the bound has passed.
    pub async fn send<T, E, F, Fut>(&self, op: &Op, target: &str, mut attempt: F) -> Result<T, AwsError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let start = Instant::now();
        let mut pause = Duration::ZERO;
        loop {
            self.pace.wait(op).await;
            let error = match attempt().await {
                Ok(answer) => {
                    if let Some(progress) = &self.progress {
                        progress.answered(op);
                    }
                    return Ok(answer);
                }
                Err(error) => AwsError::from_sdk(op, target, &error),
            };
            tracing::debug!(operation = op.iam, target, code = error.code, "refused");
            if let Some(progress) = self.progress.as_ref().filter(|_| error.unanswered) {
                // It may have reached AWS all the same.
                progress.answered(op);
            }
            let Some(patience) = patience_for(&error) else { return Err(error) };
            if start.elapsed() >= patience.at_most {
                return Err(error);
            }
            pause = (pause * 2).clamp(patience.first, patience.longest);
            if let Some(progress) = &self.progress {
                progress.retrying(patience.reason);
            }
            tokio::time::sleep(pause).await;
        }
    }
}
