//! Passwords of addresses that SNS shows to nobody. A tag of the topic holds a few bits of each, so that another
//! password is seen: enough that hardly one goes unseen, and too few to find a password by.

use std::collections::BTreeMap;

use super::spec::Spec;
use super::{Live, Remembered};
use crate::model::fingerprint::short_digest;
use crate::model::mark::PASSWORDS_TAG;

/// Bytes that tell one subscription of a topic from the others.
const KEY_BYTES: usize = 4;
/// Bytes of a password's digest: one in 65,536 others looks the same.
const PASSWORD_BYTES: usize = 2;

/// What a tag holds, by the digest of a subscription's key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Passwords(BTreeMap<String, String>);

fn digest_of_key(key: &str) -> String {
    short_digest(key, KEY_BYTES)
}

impl Passwords {
    /// Those of the addresses of a spec.
    pub fn of(want: &Spec) -> Self {
        let hidden = want.subscriptions.iter().filter_map(|(key, one)| Some((key, one.endpoint.as_ref()?)));
        Self(hidden.map(|(key, whole)| (digest_of_key(key), short_digest(&format!("{key} {whole}"), PASSWORD_BYTES))).collect())
    }

    /// Those that a tag holds.
    pub fn told(tag: &str) -> Self {
        let pair = |pair: &str| pair.split_once('.').map(|(key, password)| (key.to_owned(), password.to_owned()));
        Self(tag.split_whitespace().filter_map(pair).collect())
    }

    /// The value of the tag, none where there are none.
    pub fn tag(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(key, password)| format!("{key}.{password}")).collect();
        (!pairs.is_empty()).then(|| pairs.join(" "))
    }

    /// Whether another password of a subscription was written than that of `right`.
    fn is_another(&self, right: &Self, key: &str) -> bool {
        let key = digest_of_key(key);
        self.0.get(&key).is_some_and(|told| right.0.get(&key) != Some(told))
    }
}

/// Has an address whose password changed count as one that is not there, and a tag that says something else than the
/// file as a difference of the tags. What no tag tells of is taken for what the file says.
pub(super) fn align(want: &mut Spec, have: &mut Spec, live: &Live) {
    want.tags.remove(PASSWORDS_TAG);
    have.tags.remove(PASSWORDS_TAG);
    let right = Passwords::of(want);
    let tag = match &live.passwords {
        Remembered::Told(tag) => tag.clone(),
        Remembered::Unread => right.tag(),
    };
    let told = tag.as_deref().map(Passwords::told).unwrap_or_default();
    for (key, one) in &mut have.subscriptions {
        let Some(wanted) = want.subscriptions.get(key) else { continue };
        one.endpoint = wanted.endpoint.clone().filter(|_| !told.is_another(&right, key));
    }
    if right.tag() != tag {
        want.tags.extend(right.tag().map(|tag| (PASSWORDS_TAG.to_owned(), tag)));
        have.tags.extend(tag.map(|tag| (PASSWORDS_TAG.to_owned(), tag)));
    }
}

/// Whether a subscription has to be made anew, and the old one to go: it was confirmed with another password.
pub(super) fn is_replaced(have: &Spec, want: &Spec, key: &str) -> bool {
    let endpoint = |spec: &Spec| spec.subscriptions.get(key).map(|one| one.endpoint.clone());
    endpoint(have).is_some_and(|old| endpoint(want).is_some_and(|new| new.is_some() && new != old))
}

#[cfg(test)]
mod tests {
    use super::super::Subscription;
    use super::*;

    fn spec(password: Option<&str>) -> Spec {
        let endpoint = password.map(|password| format!("https://user:{password}@example.com/hook"));
        let one = Subscription { endpoint, ..Subscription::default() };
        Spec { subscriptions: [("https:https://user:****@example.com/hook".to_owned(), one)].into(), ..Spec::default() }
    }

    /// What a plan compares, aligned twice: what was aligned is aligned again.
    fn aligned(want: &str, told: Option<&str>) -> (Spec, Spec) {
        let (mut want, mut have) = (spec(Some(want)), spec(None));
        let passwords = Remembered::Told(told.and_then(|told| Passwords::of(&spec(Some(told))).tag()));
        let live = Live { passwords, ..Live::default() };
        align(&mut want, &mut have, &live);
        let once = (want.clone(), have.clone());
        align(&mut want, &mut have, &live);
        assert_eq!((&want, &have), (&once.0, &once.1));
        once
    }

    #[test]
    fn another_password_is_another_subscription_and_the_same_is_no_difference() {
        let (want, have) = aligned("old", Some("old"));
        assert_eq!(want, have);
        let (want, have) = aligned("new", Some("old"));
        let key = want.subscriptions.keys().next().unwrap();
        assert!(is_replaced(&have, &want, key) && want.tags != have.tags);
        let (want, have) = aligned("new", None);
        assert_eq!(want.subscriptions, have.subscriptions, "what nobody wrote down is taken for right");
        assert!(have.tags.is_empty() && want.tags.contains_key(PASSWORDS_TAG));
    }

    #[test]
    fn a_tag_holds_no_password() {
        let tag = Passwords::of(&spec(Some("hunter2"))).tag().unwrap();
        assert!(!tag.contains("hunter") && tag.len() == 2 * KEY_BYTES + 1 + 2 * PASSWORD_BYTES);
        assert_eq!(Passwords::told(&tag).tag(), Some(tag));
    }
}
