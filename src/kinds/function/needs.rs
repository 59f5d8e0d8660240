//! What functions need: of Lambda, and of the services that Lambda reads with the deployer's rights.

use std::collections::BTreeSet;

use super::words::PackageType;
use super::{Spec, api};
use crate::aws::api::{GET_ACCOUNT_SETTINGS, GET_PARAMETERS, GET_SECRET_VALUE};
use crate::contract::{Grants, Needs, Purpose, notifications};
use crate::model::reference::references_in;
use crate::model::{Node, Stored, stored};

pub(super) fn needs(cx: &Needs<'_>, functions: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_FUNCTIONS], &[]);
        grants.calls(&[&api::LIST_TAGS], &[cx.scope.arn("lambda", "function:*")]);
    }
    let (mut all, mut with_sources) = (BTreeSet::new(), BTreeSet::new());
    for (node, spec) in functions {
        let arn = cx.scope.arn("lambda", &format!("function:{}", node.name));
        // A call that names an alias or a published version is checked against the second form. Actions
        // that never do get it too: it allows nothing more, and the policy is shorter for it.
        let function = [arn.clone(), format!("{arn}:*")];
        read(cx, grants, &function);
        notifications::needs(cx, &spec.notifications, grants);
        stored_values(cx, spec, grants);
        keys_of_filters(cx, spec, grants);
        if cx.purpose.creates() {
            write(spec, grants, &function);
            code(cx, node, spec, grants);
            network_and_keys(spec, grants);
            grants.pass_roles("lambda.amazonaws.com", std::slice::from_ref(&spec.config.role));
            layers(cx, spec, grants);
            if !spec.event_sources.is_empty() {
                with_sources.extend(function.clone());
            }
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &function);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_FUNCTION], &function);
        }
        all.extend(function);
    }
    if functions.iter().any(|(node, _)| node.artifact.is_some()) && cx.purpose.creates() {
        cx.staging(grants);
    }
    if !all.is_empty() && cx.purpose.deletes() {
        event_sources(cx, &all, &with_sources, grants);
    }
}

/// A mapping has no name of its own, so all of a stack's functions share the statements about them.
fn event_sources(cx: &Needs<'_>, all: &BTreeSet<String>, with_sources: &BTreeSet<String>, grants: &mut Grants) {
    let of = |functions: &BTreeSet<String>| Some(("ArnLike", "lambda:FunctionArn", functions.clone()));
    let mappings = [cx.scope.arn("lambda", "event-source-mapping:*")];
    // Mappings made by hand are deleted too.
    grants.calls_if(of(all), &[&api::DELETE_EVENT_SOURCE_MAPPING], &mappings);
    if !with_sources.is_empty() {
        grants.calls_if(of(with_sources), &[&api::UPDATE_EVENT_SOURCE_MAPPING], &mappings);
        grants.calls_if(of(with_sources), &[&api::CREATE_EVENT_SOURCE_MAPPING], &["*".to_owned()]);
        // The mark of a new mapping; this action knows no lambda:FunctionArn.
        grants.calls(&[&api::TAG_RESOURCE], &mappings);
    }
}

fn read(cx: &Needs<'_>, grants: &mut Grants, function: &[String]) {
    let reads = [
        &api::GET_FUNCTION,
        &api::GET_POLICY,
        &api::GET_PROVISIONED_CONCURRENCY_CONFIG,
        &api::LIST_ALIASES,
        &api::LIST_VERSIONS_BY_FUNCTION,
        &api::LIST_FUNCTION_URL_CONFIGS,
        &api::LIST_FUNCTION_EVENT_INVOKE_CONFIGS,
    ];
    grants.calls(&reads, function);
    if !cx.lists_everything {
        // GetFunction gives the tags only to who may list them (docs/aws-facts.md §10); there all of them are listed.
        grants.calls(&[&api::LIST_TAGS], function);
    }
    // When a function that is to go ran last.
    grants.calls(&[&api::LIST_EVENT_SOURCE_MAPPINGS, &api::GET_METRIC_STATISTICS], &[]);
    if cx.purpose != Purpose::Destroy {
        grants.calls(&[&GET_ACCOUNT_SETTINGS], &[]);
    }
}

/// Lambda encrypts and shows the filters of event sources with the rights of who asks (Lambda Developer
/// Guide, "Data encryption at rest for AWS Lambda").
fn keys_of_filters(cx: &Needs<'_>, spec: &Spec, grants: &mut Grants) {
    for key in spec.event_sources.values().filter_map(|source| source.kms_key.as_ref()).filter(|key| key.starts_with("arn:")) {
        grants.allow(&["kms:Decrypt"], std::slice::from_ref(key));
        if cx.purpose.creates() {
            grants.allow(&["kms:GenerateDataKey"], std::slice::from_ref(key));
        }
    }
}

/// What the environment is filled in with is read for every plan. To a destroy it is nothing.
fn stored_values(cx: &Needs<'_>, spec: &Spec, grants: &mut Grants) {
    if cx.purpose == Purpose::Destroy {
        return;
    }
    for stored in spec.config.environment.values().flat_map(|value| stored::named(value)) {
        let action = match stored {
            Stored::Parameter { .. } => &GET_PARAMETERS,
            Stored::Secret { .. } => &GET_SECRET_VALUE,
        };
        grants.calls(&[action], &[stored.arn(cx.scope)]);
    }
}

fn write(spec: &Spec, grants: &mut Grants, function: &[String]) {
    let always = [
        &api::CREATE_FUNCTION,
        &api::UPDATE_FUNCTION_CODE,
        &api::UPDATE_FUNCTION_CONFIGURATION,
        &api::TAG_RESOURCE,
        &api::UNTAG_RESOURCE,
        &api::DELETE_ALIAS,
        &api::DELETE_PROVISIONED_CONCURRENCY_CONFIG,
        &api::DELETE_FUNCTION_URL_CONFIG,
        &api::REMOVE_PERMISSION,
    ];
    grants.calls(&always, function);
    if !spec.aliases.is_empty() || spec.publish.is_some() {
        grants.calls(&[&api::PUBLISH_VERSION], function);
    }
    if !spec.aliases.is_empty() {
        grants.calls(&[&api::CREATE_ALIAS, &api::UPDATE_ALIAS], function);
    }
    if spec.aliases.values().any(|alias| alias.provisioned_concurrency.is_some()) {
        grants.calls(&[&api::PUT_PROVISIONED_CONCURRENCY_CONFIG], function);
    }
    let reserved = spec.reserved_concurrency.is_some();
    grants.calls(&[if reserved { &api::PUT_FUNCTION_CONCURRENCY } else { &api::DELETE_FUNCTION_CONCURRENCY }], function);
    let invoked = spec.event_invoke.is_some();
    grants.calls(&[if invoked { &api::PUT_FUNCTION_EVENT_INVOKE_CONFIG } else { &api::DELETE_FUNCTION_EVENT_INVOKE_CONFIG }], function);
    if !spec.permissions.is_empty() {
        grants.calls(&[&api::ADD_PERMISSION], function);
    }
    if spec.url.is_some() {
        grants.calls(&[&api::CREATE_FUNCTION_URL_CONFIG, &api::UPDATE_FUNCTION_URL_CONFIG], function);
    }
}

/// Lambda fetches code that lies in S3 or ECR with the rights of who deploys it.
fn code(cx: &Needs<'_>, node: &Node, spec: &Spec, grants: &mut Grants) {
    if let Some(s3) = &spec.s3 {
        let action = if s3.version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        grants.allow(&[action], &[format!("arn:{}:s3:::{}/{}", cx.scope.partition, s3.bucket, s3.key)]);
    }
    if spec.config.package.is(PackageType::Image)
        && node.artifact.is_none()
        && let Some(repository) = spec.code.recorded().and_then(|image| repository(cx, image))
    {
        // Lambda writes itself into the policy of a repository that does not name it yet.
        let actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"];
        grants.allow(&actions, &[repository]);
    }
}

/// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>` or `@<digest>`.
fn repository(cx: &Needs<'_>, image: &str) -> Option<String> {
    let (host, path) = image.split_once('/')?;
    let mut parts = host.split('.');
    let (account, region) = (parts.next()?, parts.nth(2)?);
    let path = path.split('@').next()?;
    // Repositories hold no colon; what stands behind one is the tag.
    let path = path.split(':').next()?;
    Some(format!("arn:{}:ecr:{region}:{account}:repository/{path}", cx.scope.partition))
}

fn network_and_keys(spec: &Spec, grants: &mut Grants) {
    if spec.config.vpc.is_some() {
        grants.allow_anywhere(&["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]);
    }
    if let Some(key) = spec.config.kms_key.as_ref().filter(|key| key.starts_with("arn:")) {
        grants.allow(&["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"], std::slice::from_ref(key));
    }
}

/// A layer of the stack is known by its name, whatever its next version will be.
fn layers(cx: &Needs<'_>, spec: &Spec, grants: &mut Grants) {
    for layer in &spec.config.layers {
        let ours = references_in(layer).find_map(|reference| cx.target(&reference).map(|node| node.name.clone()));
        let arn = match ours {
            Some(name) => cx.scope.arn("lambda", &format!("layer:{name}:*")),
            None if layer.starts_with("arn:") => layer.clone(),
            None => continue,
        };
        grants.allow(&["lambda:GetLayerVersion"], &[arn]);
    }
}
