//! What roles need.

use std::collections::BTreeSet;

use super::{Spec, api, own};
use crate::contract::{Grants, Needs, Purpose};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, roles: &[(&Node, Spec)], grants: &mut Grants) {
    grants.calls(&[&api::GET_ACCOUNT_AUTHORIZATION_DETAILS], &[]);
    for (node, spec) in roles {
        let arn = [cx.scope.role_arn(&spec.path, &node.name)];
        if !cx.lists_everything {
            grants.calls(&[&api::LIST_ROLES], &[]);
        }
        // Roles of another path than the stack's, and those that the list does not show yet.
        grants.calls(&[&api::GET_ROLE], &arn);
        if cx.purpose != Purpose::Destroy {
            grants.calls(&[&api::GET_ACCOUNT_SUMMARY], &[]);
        }
        // Also where the file has none any more: those that it had are looked at, and go.
        let own = [own::arn(cx.scope, &spec.path, &node.name, "*")];
        let has_own = !spec.own_policies.is_empty();
        grants.calls(&[&api::GET_POLICY, &api::GET_POLICY_VERSION], &own);
        if cx.purpose.creates() {
            let own_arns = spec.own_policies.keys().map(|key| own::arn(cx.scope, &spec.path, &node.name, key));
            write(spec, &arn, own_arns, grants);
            if has_own {
                // CreatePolicy with tags asks for TagPolicy too.
                grants.calls(&[&api::CREATE_POLICY, &api::CREATE_POLICY_VERSION, &api::TAG_POLICY], &own);
            }
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_POLICY, &api::DELETE_POLICY_VERSION, &api::LIST_POLICY_VERSIONS], &own);
            grants.calls(&[&api::TAG_ROLE], &arn);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_ROLE], &arn);
            if has_own {
                grants.calls(&[&api::UNTAG_POLICY], &own);
            }
        }
        if cx.purpose.deletes() {
            // Somebody may have attached more than the files name: all of it goes before the role can.
            grants.calls(&[&api::DELETE_ROLE, &api::DETACH_ROLE_POLICY, &api::DELETE_ROLE_POLICY], &arn);
        }
    }
}

fn write(spec: &Spec, arn: &[String], own: impl Iterator<Item = String>, grants: &mut Grants) {
    grants.calls(&[&api::CREATE_ROLE, &api::UPDATE_ASSUME_ROLE_POLICY, &api::UPDATE_ROLE, &api::TAG_ROLE, &api::UNTAG_ROLE], arn);
    if spec.description.is_empty() {
        grants.calls(&[&api::UPDATE_ROLE_DESCRIPTION], arn);
    }
    let bounded = spec.permissions_boundary.is_some();
    grants.calls(&[if bounded { &api::PUT_ROLE_PERMISSIONS_BOUNDARY } else { &api::DELETE_ROLE_PERMISSIONS_BOUNDARY }], arn);
    if !spec.policies.is_empty() {
        grants.calls(&[&api::PUT_ROLE_POLICY], arn);
    }
    let attached: BTreeSet<String> = spec.managed_policies.iter().cloned().chain(own).collect();
    if !attached.is_empty() {
        let policies = ("ArnEquals", "iam:PolicyARN", attached);
        grants.calls_if(Some(policies), &[&api::ATTACH_ROLE_POLICY], arn);
    }
}
