//! CloudWatch log groups.

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

pub use spec::Spec;

/// A log group.
pub struct LogGroup;

impl Kind for LogGroup {
    const NAME: &'static str = "log_group";
    const SECTION: &'static str = "log_groups";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const IMMUTABLE: &'static [&'static str] = &["class"];
    /// Lambda makes the group of a function that logs before the group is there; it has no mark.
    const ADOPTS_UNMARKED: bool = true;

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
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
        live::holds(cx, &seen.name).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        write::create(cx, node, want).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, _changes: &[Change]) -> Result<(), KindError> {
        write::update(cx, &node.name, have, want).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, &have.name, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        write::delete(cx, &have.name).await
    }
}

/// The form that the tagging operations take, without the `:*` of the form for policies.
fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("logs", &format!("log-group:{name}"))
}
