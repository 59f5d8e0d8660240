//! What no row says of a topic that is written to a file.

use super::Spec;
use super::written::PROTOCOLS;
use crate::contract::Writing;
use crate::kinds::triggers;

/// What SNS shows in place of a password.
const MASKED: &str = ":****@";

pub(super) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    triggers::restated(file, &mut spec.notifications, &mut spec.policy);
    for (key, mut one) in std::mem::take(&mut spec.subscriptions) {
        let (protocol, shown) = key.split_once(':').unwrap_or((&key, ""));
        if !PROTOCOLS.iter().any(|(of, _)| *of == protocol) {
            file.untold(format!("the subscription {key}: a file has no word for its protocol"));
            continue;
        }
        match one.endpoint.take() {
            Some(whole) => spec.subscriptions.insert(format!("{protocol}:{whole}"), one),
            None if shown.contains(MASKED) => {
                file.untold(format!("the subscription {key}: SNS shows its password to nobody; write it down with its password"));
                continue;
            }
            None => spec.subscriptions.insert(key, one),
        };
    }
}
