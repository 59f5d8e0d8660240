//! How what is live does, without the types of its kind; and where what failed goes.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::ReadCx;
use super::driver::Erased;
use super::kind::Kind;
use super::typing::{texts, typed};
use crate::aws::AwsError;
use crate::model::Scope;
use crate::model::health::Health;
use crate::model::plan::NotNormal;

/// A resource that is asked after.
#[derive(Debug, Clone, Copy)]
pub struct Patient<'a> {
    /// Physical name.
    pub name: &'a str,
    /// Whether what failed elsewhere goes there, so that it should be empty.
    pub takes_failed: bool,
}

/// How it does; none where it is not there.
pub type Checked = Result<Option<Health>, AwsError>;

/// A metric that tells how a resource does.
#[derive(Debug, Clone, Copy)]
pub struct Gauge {
    /// What it is called.
    pub what: &'static str,
    /// Namespace of the metric.
    pub namespace: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// Name of its dimension.
    pub dimension: &'static str,
    /// What is made of its points.
    pub over: Over,
    /// Whether anything above zero is wrong.
    pub is_wrong: bool,
}

/// What is made of the points of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Their sum in the last hour.
    Hour,
    /// The newest one, in seconds.
    Newest,
    /// When there was one above zero last.
    Last,
}

/// Where a resource sends what failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailsTo {
    /// ARN of the queue or topic.
    pub arn: String,
    /// What comes to lie there.
    pub by: Fails,
}

/// What comes to lie in a dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fails {
    /// A message that was received too often.
    Receives,
    /// The event of an asynchronous invocation.
    Event,
    /// The record of an asynchronous invocation, with the event in it.
    Invocation,
    /// Where the batch of an event source stood, without what was in it.
    Batch,
    /// What EventBridge, Scheduler or SNS could not deliver.
    Delivery,
}

/// A kind as whoever asks how it does sees it.
pub trait Healthy {
    /// See [`Kind::GAUGES`].
    fn gauges(&self) -> &'static [Gauge];
    /// See [`Kind::gauged`].
    fn gauged(&self, scope: &Scope, name: &str) -> String;
    /// See [`Kind::fails_to`].
    ///
    /// # Errors
    /// The spec is none of its kind.
    fn fails_to(&self, spec: &Value) -> Result<Vec<FailsTo>, NotNormal>;
    /// See [`Kind::health`].
    fn health<'a>(&'a self, cx: &'a ReadCx, asked: &'a [Patient<'a>]) -> BoxFuture<'a, Vec<Checked>>;
}

impl<K: Kind> Healthy for Erased<K> {
    fn gauges(&self) -> &'static [Gauge] {
        K::GAUGES
    }

    fn gauged(&self, scope: &Scope, name: &str) -> String {
        K::gauged(scope, name)
    }

    fn fails_to(&self, spec: &Value) -> Result<Vec<FailsTo>, NotNormal> {
        Ok(K::fails_to(&typed::<K, K::Spec>(&texts(spec))?))
    }

    fn health<'a>(&'a self, cx: &'a ReadCx, asked: &'a [Patient<'a>]) -> BoxFuture<'a, Vec<Checked>> {
        Box::pin(K::health(cx, asked))
    }
}
