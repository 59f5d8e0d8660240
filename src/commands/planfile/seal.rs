//! Slow salted hashes: what a plan file holds in place of what must not stand in it.

use std::thread;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Memory of one hash in KiB. With [`PASSES`] a hash takes milliseconds, so that a plan of hundreds
/// of steps is saved in a second or two, and a guess at a secret costs some 100,000 times what a bare
/// SHA-256 does.
const MEMORY: u32 = 4096;
/// Passes over the memory.
const PASSES: u32 = 2;

/// Random bytes of one plan file: two files that hold the same secret hold other seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

/// The hash of something hidden. It tells whether that is the same as before, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal([u8; 32]);

impl Salt {
    /// Draws one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn draw() -> Result<Self, String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        Ok(Self(bytes))
    }

    /// Seals each of these, on as many threads as there are processors. `about` says what a seal is
    /// about: the same secret in two places has two seals.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn seal(&self, parts: &[Part]) -> Result<Vec<Seal>, String> {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(8);
        let share = parts.len().div_ceil(threads).max(1);
        thread::scope(|scope| {
            let running: Vec<_> = parts.chunks(share).map(|chunk| scope.spawn(move || self.seal_all(chunk))).collect();
            let mut seals = Vec::with_capacity(parts.len());
            for thread in running {
                seals.extend(thread.join().map_err(|_| "a thread ended early".to_owned())??);
            }
            Ok(seals)
        })
    }

    fn seal_all(&self, parts: &[Part]) -> Result<Vec<Seal>, String> {
        let failed = |error: argon2::Error| format!("argon2: {error}");
        let params = Params::new(MEMORY, PASSES, 1, Some(32)).map_err(failed)?;
        let mut memory = vec![Block::default(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut seals = Vec::with_capacity(parts.len());
        for part in parts {
            let mut seal = [0; 32];
            argon2.hash_password_into_with_memory(&part.0, &self.0, &mut seal, &mut memory).map_err(failed)?;
            seals.push(Seal(seal));
        }
        Ok(seals)
    }
}

/// What goes into one seal: pieces, each with its length before it, so that no two lists of pieces
/// are the same bytes.
#[derive(Clone, Default)]
pub struct Part(Vec<u8>);

impl Part {
    /// A part of these pieces.
    pub fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut bytes = Vec::new();
        for piece in pieces {
            bytes.extend((piece.len() as u64).to_le_bytes());
            bytes.extend(piece);
        }
        Self(bytes)
    }
}

macro_rules! as_hex {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&crate::package::hex(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                from_hex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("not the hex digits that it should be"))
            }
        }
    )*};
}

as_hex!(Salt, Seal);

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_seal_tells_same_from_other_under_its_salt_only() -> Result<(), String> {
        let salt = Salt::draw()?;
        let part = |value: &str| Part::of(["environment.DB_PASSWORD".as_bytes(), value.as_bytes()]);
        let seals = salt.seal(&[part("one"), part("two"), part("one")])?;
        assert_eq!(seals[0], seals[2]);
        assert_ne!(seals[0], seals[1]);
        assert_ne!(Salt::draw()?.seal(&[part("one")])?[0], seals[0]);
        assert_ne!(salt.seal(&[Part::of([b"ab".as_slice(), b"c"])])?, salt.seal(&[Part::of([b"a".as_slice(), b"bc"])])?);
        Ok(())
    }

    /// `plan --out` of hundreds of secrets must not be felt.
    #[test]
    fn two_hundred_and_fifty_seals_take_a_moment() -> Result<(), String> {
        let start = Instant::now();
        let parts: Vec<Part> = (0..250u32).map(|number| Part::of([number.to_le_bytes().as_slice()])).collect();
        assert_eq!(Salt::draw()?.seal(&parts)?.len(), 250);
        // Far more than it takes alone, since tests run beside others.
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        Ok(())
    }

    #[test]
    fn hex_is_read_as_it_is_written_and_no_other_way() -> Result<(), Box<dyn std::error::Error>> {
        let salt = Salt::draw()?;
        let text = serde_json::to_string(&salt)?;
        assert_eq!(serde_json::from_str::<Salt>(&text)?, salt);
        for wrong in [text.replacen('"', "\"0", 1), "\"\"".to_owned(), text.to_uppercase() + "x", "\"é\"".to_owned(), "7".to_owned()] {
            assert!(serde_json::from_str::<Salt>(&wrong).is_err(), "{wrong}");
        }
        Ok(())
    }
}
