//! What a step was planned on, in a few bytes.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 over the live and the desired side of a step. It tells whether one of them moved. Secrets
/// are part of it, and a fast hash of a secret can be guessed at: it is never shown, and leaves the
/// process only under a slow hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of both specs; a side that there is not is another than an empty one.
    pub fn of(have: Option<&Value>, want: Option<&Value>) -> Self {
        let mut hash = Sha256::new();
        for side in [have, want] {
            let text = side.map(Value::to_string);
            hash.update(text.as_ref().map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hash.update(text.unwrap_or_default());
        }
        Self(hash.finalize().into())
    }

    /// Its bytes, for a slow hash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Hex digits of the first bytes of a text's SHA-256, which tell it from others.
pub fn short_digest(text: &str, bytes: usize) -> String {
    Sha256::digest(text).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_side_counts() {
        let (a, b) = (json!({"password": "one"}), json!({"password": "two"}));
        let all = [
            Fingerprint::of(None, None),
            Fingerprint::of(Some(&a), None),
            Fingerprint::of(None, Some(&a)),
            Fingerprint::of(Some(&a), Some(&b)),
            Fingerprint::of(Some(&b), Some(&a)),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[index + 1..].iter().all(|other| one != other), "{index}");
        }
        assert_eq!(format!("{:?}", all[1]), "Fingerprint(..)");
    }
}
