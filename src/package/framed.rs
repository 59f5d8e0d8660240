//! SHA-256 over parts, each with its length before it, so that no two lists of parts share a digest.

use sha2::{Digest, Sha256};

use super::hex;

/// A digest that is being made.
#[derive(Default)]
pub struct Framed(Sha256);

impl Framed {
    /// Adds a part.
    pub fn put(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Lower-case hex of all parts.
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}
