//! SQS queues.

use crate::aws::{AwsError, Op};
use crate::contract::tags::TagEdit;
use crate::contract::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::model::stake::Holding;
use crate::model::{Change, Handle, Node, Scope, Seen};

pub(crate) mod api;
mod live;
mod needs;
mod spec;
mod write;

pub use spec::{Redrive, Spec, sorted_sources};

/// A queue.
pub struct Queue;

impl Kind for Queue {
    const NAME: &'static str = "queue";
    const SECTION: &'static str = "queues";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "url"];
    const DOCUMENTS: &'static [&'static str] = &["policy", "redrive_allow"];
    const IMMUTABLE: &'static [&'static str] = &["fifo"];
    const REFERS_TO: &'static [&'static str] = &["queue"];

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("arn".into(), scope.arn("sqs", name)), ("name".into(), name.to_owned())].into()
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        live::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::owned(cx).await
    }

    async fn holds(cx: &ReadCx, seen: &Seen<Spec>) -> Result<Vec<Holding>, AwsError> {
        live::holds(cx, seen).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        write::create(cx, node, want).await
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Seen<Spec>, want: &Spec, _changes: &[Change]) -> Result<(), KindError> {
        write::update(cx, have, want).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, have, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        write::delete(cx, have).await
    }
}

fn url_of(seen: &Seen<Spec>) -> &str {
    seen.handle.get("url").map_or("", String::as_str)
}
