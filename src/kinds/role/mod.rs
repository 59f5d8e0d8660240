//! IAM roles.

use crate::aws::{AwsError, Op};
use crate::contract::elsewhere::{ArnForm, Elsewhere};
use crate::contract::tags::TagEdit;
use crate::contract::written::Row;
use crate::contract::{Claim, Expand, Found, Grants, Kind, KindError, NameForm, Needs, ReadCx, Rule, TagForm, WriteCx, none_if_missing};
use crate::model::plan::Impossible;
use crate::model::stake::Holding;
use crate::model::{Artifact, Attributes, Node, Reach, Scope, Times};

pub(crate) mod api;
mod file;
mod live;
pub(crate) mod managed;
mod members;
mod needs;
mod own;
mod rules;
mod spec;
mod write;
mod written;

pub use file::{RoleFile, bring};
pub use live::Live;
pub use spec::Spec;

/// A role.
#[derive(Debug, Clone)]
pub struct Role;

impl Kind for Role {
    const NAME: &'static str = "role";
    const SECTION: &'static str = "roles";
    const ABOUT: &'static str = "IAM roles that several functions share.";
    const API: &'static [&'static Op] = api::ALL;
    const RULES: &'static [&'static [Rule]] = &[rules::RULES];
    const NAMES: NameForm = NameForm { folds_case: true, ..NameForm::PLAIN };
    const TAGS: Option<TagForm> = Some(TagForm { is_strict: true, folds_case: true });
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const DOCUMENTS: &'static [&'static str] = &["trust_policy", "policies.*", "own_policies.*"];
    const LOOSE: &'static [&'static str] = &["policies", "own_policies"];
    const IS_PRINCIPAL: bool = true;
    const REACH: Reach = Reach::Account;
    const WRITTEN: &'static [Row] = written::WRITTEN;
    const ARN: Option<ArnForm> = Some(ArnForm::new("iam", "role/").with_path());
    const ELSEWHERE: Elsewhere = Elsewhere {
        named: &[("AWS::IAM::Role", &["RoleName"]), ("aws_iam_role", &["name"]), ("aws:iam/role:Role", &["name"])],
        parts: &[
            "AWS::IAM::Policy",
            "AWS::IAM::RolePolicy",
            "aws_iam_role_policy",
            "aws_iam_role_policy_attachment",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        ],
    };

    type File = RoleFile;
    type Spec = Spec;
    type Live = Live;

    fn expand(cx: &mut Expand<'_>, key: &str, file: &Self::File) {
        file::expand(cx, key, file);
    }

    fn is_nobodys(name: &str, arn: &str) -> Option<&'static str> {
        let is_services = [":role/aws-service-role/", ":role/aws-reserved/"].iter().any(|path| arn.contains(path));
        (is_services || name.starts_with("AWSServiceRoleFor")).then_some("a service of AWS made it for itself")
    }

    fn attributes(scope: &Scope, name: &str, spec: &Spec, live: Option<&Live>) -> Attributes {
        let told = live.map(|live| live.arn.clone()).filter(|arn| !arn.is_empty());
        let arn = told.unwrap_or_else(|| scope.role_arn(&spec.path, name));
        [("arn".into(), arn), ("name".into(), name.to_owned())].into()
    }

    fn times(live: &Live) -> Times {
        Times { made: live.made, set: None }
    }

    /// Which of its policies is being taken away.
    fn records(spec: &Spec) -> usize {
        usize::from(!spec.own_policies.is_empty())
    }

    fn normal(spec: &mut Spec) {
        spec::normal(spec);
    }

    fn left(want: &Spec, have: &Spec, live: &Live) -> Vec<String> {
        own::stays(live.arn.rsplit('/').next().unwrap_or_default(), want, have, &live.shared)
    }

    fn impossible(want: &Spec, have: &Spec) -> Option<Impossible> {
        spec::impossible(want, have)
    }

    fn align(want: &mut Spec, have: &mut Spec, live: &mut Live, _artifact: Option<&Artifact>) {
        want.path.clone_from(&have.path);
        // It is there and taken off the role: what wants it has to attach it.
        if let Some(leaving) = live.leaving.as_ref().filter(|leaving| want.own_policies.contains_key(*leaving)) {
            have.own_policies.remove(leaving);
        }
        spec::align(want, have);
    }

    fn plain(scope: &Scope, _name: &str, _want: &Spec) -> Spec {
        written::plain(scope)
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

    async fn exists(cx: &ReadCx, arn: &str) -> Result<Option<bool>, AwsError> {
        let Some(path) = arn.strip_prefix(&cx.scope.role_arn("/", "")) else { return Ok(None) };
        let name = path.rsplit('/').next().unwrap_or(path);
        let answer = cx.call.send(&api::GET_ROLE, name, || cx.aws.iam.get_role().role_name(name).send()).await;
        Ok(Some(none_if_missing(answer)?.is_some()))
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
        write::retag(cx, have, edit).await
    }

    async fn holds(_cx: &ReadCx, found: &Found<Self>) -> Result<Vec<Holding>, AwsError> {
        Ok(own::stay_behind(found))
    }

    async fn delete(cx: &WriteCx, have: &Found<Self>) -> Result<(), KindError> {
        write::delete(cx, have).await
    }
}
