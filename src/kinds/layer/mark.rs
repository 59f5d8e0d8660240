//! The mark of a layer version: versions take no tags, so it ends the description.

use super::{DIGEST_DIGITS, Layer};
use crate::contract::Kind;
use crate::model::{Mark, Owner, Scope};

/// Characters of the archive's base64 SHA-256 that a description carries: 96 bits, which nobody
/// finds a second archive for.
const HASH_CHARACTERS: usize = 16;

/// The mark at the end of a description: ` [etlctl:<stack>/<env>/<instance>:<digest>.<hash>]`, with
/// the digest of the sources and the beginning of the archive's hash. Version 0.1 wrote
/// ` [etlctl:<stack>/<env>:<digest>]`.
pub struct Marked<'a> {
    pub description: &'a str,
    pub mark: Mark,
    pub digest: &'a str,
    pub hash: Option<&'a str>,
}

impl<'a> Marked<'a> {
    pub fn of(text: &'a str) -> Option<Self> {
        let (description, mark) = text.strip_suffix(']')?.rsplit_once("[etlctl:")?;
        let (owner, content) = mark.rsplit_once(':')?;
        let mut parts = owner.splitn(3, '/').map(str::to_owned);
        let mark = Mark { stack: parts.next()?, env: Some(parts.next()?), instance: parts.next(), region: None };
        let (digest, hash) = content.split_once('.').map_or((content, None), |(digest, hash)| (digest, Some(hash)));
        Some(Self { description: description.trim_end(), mark, digest, hash })
    }

    pub fn owner(&self, scope: &Scope) -> Owner {
        Owner::by(scope, Layer::REACH, self.mark.clone())
    }

    /// Whether it is this instance's, and of these bytes: whoever copies a mark does not have them. A
    /// mark of version 0.1 names none.
    pub fn is_ours(&self, scope: &Scope, sha256: Option<&str>) -> bool {
        match self.owner(scope) {
            Owner::Ours => self.hash.zip(sha256).is_some_and(|(hash, sha256)| sha256.get(..HASH_CHARACTERS) == Some(hash)),
            Owner::Incomplete => self.hash.is_none(),
            Owner::Foreign(_) | Owner::Unmarked => false,
        }
    }
}

/// The description of a version with these sources, whose archive has this hash.
pub fn marked_description(scope: &Scope, description: &str, digest: &str, sha256: &str) -> String {
    let Scope { stack, env, instance, .. } = scope;
    let hash = sha256.get(..HASH_CHARACTERS).unwrap_or(sha256);
    format!("{description} [etlctl:{stack}/{env}/{instance}:{digest}.{hash}]").trim_start().to_owned()
}

/// Length of the mark in a description, without the user's part.
pub fn mark_length(scope: &Scope) -> usize {
    let Scope { stack, env, instance, .. } = scope;
    " [etlctl://:.]".len() + stack.len() + env.len() + instance.len() + DIGEST_DIGITS + HASH_CHARACTERS
}
