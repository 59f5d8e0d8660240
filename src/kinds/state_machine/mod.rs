//! State machines of Step Functions.

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Checked, Claim, Expand, Found, Gauge, Grants, Kind, KindError, Needs, Patient, ReadCx, Rule, WriteCx};
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Node, Scope};

pub(crate) mod api;
mod calls;
mod definition;
mod expand;
mod file;
mod health;
mod language;
mod live;
mod members;
mod needs;
mod rules;
mod spec;
mod write;
mod written;

pub use live::{Live, owner};
pub use spec::Spec;

/// A state machine.
#[derive(Debug, Clone)]
pub struct StateMachine;

impl Kind for StateMachine {
    const NAME: &'static str = "state_machine";
    const SECTION: &'static str = "state_machines";
    const ABOUT: &'static str = "State machines of Step Functions.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const DOCUMENTS: &'static [&'static str] = &["definition"];
    /// Step Functions takes the ARN of a function that is not there.
    const LOOSE: &'static [&'static str] = &["definition"];
    const STANDS_ON: &'static [&'static str] = &["role"];
    const IMMUTABLE: &'static [&'static str] = &["type"];
    const WHOLE: &'static [&'static str] = &["definition", "role"];
    const EXCLUSIVE: &'static [&'static str] = &["definition", "source"];
    const GONE_ONCE_DELETED: bool = true;
    const GAUGES: &'static [Gauge] = health::GAUGES;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("states", "stateMachine:").until(':'));
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[
            ("AWS::StepFunctions::StateMachine", &["StateMachineName"]),
            ("AWS::Serverless::StateMachine", &["Name"]),
            ("aws_sfn_state_machine", &["name"]),
            ("aws:sfn/stateMachine:StateMachine", &["name"]),
        ],
        parts: &[
            "AWS::StepFunctions::StateMachineVersion",
            "AWS::StepFunctions::StateMachineAlias",
            "aws_sfn_alias",
            "aws:sfn/alias:Alias",
        ],
    };
    const STANDS_ALONE: bool = true;

    type File = file::StateMachineFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        expand::expand(cx, key, file);
    }

    fn attributes(scope: &Scope, name: &str, _spec: &Spec, _live: Option<&Live>) -> Attributes {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn align(want: &mut Spec, have: &mut Spec, _live: &mut Live, _artifact: Option<&Artifact>) {
        spec::align(want, have);
    }

    fn gauged(scope: &Scope, name: &str) -> String {
        arn(scope, name)
    }

    async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
        health::health(cx, asked).await
    }

    fn plain(_scope: &Scope, _name: &str, want: &Spec) -> Spec {
        written::plain(want)
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Self>>, AwsError> {
        live::read(cx, names).await
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        live::owned(cx).await
    }

    async fn holds(cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        live::holds(cx, found).await
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
        write::create(cx, &node.name, want).await?;
        Ok(Attributes::new())
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Found<Self>, want: &Spec) -> Result<Attributes, KindError> {
        write::update(cx, have, want).await?;
        Ok(Attributes::new())
    }

    async fn retag(cx: &WriteCx, have: &Found<Self>, edit: &TagEdit) -> Result<(), KindError> {
        write::retag(cx, &have.name, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, &have.name).await
    }
}

/// What the role of a machine has to be allowed, as far as its definition tells: actions, each with a
/// resource.
pub(crate) fn rights(scope: &Scope, name: &str, spec: &Spec) -> Vec<(String, String)> {
    calls::of_machine(scope, name, spec).pairs()
}

/// The ARN that follows from the name.
pub(crate) fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("states", &format!("stateMachine:{name}"))
}
