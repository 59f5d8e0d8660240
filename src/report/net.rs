//! The last net: what is written passes here, and known secrets do not.

use std::io::Write;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde_json::Value;

use super::escape::to_show;
use super::protocol;
use crate::model::secret::{Mask, Secrets, redact_message};

/// Characters of a credential of AWS at least: `test` is no secret of anybody.
const CREDENTIAL: usize = 16;

#[derive(Default)]
struct Net {
    secrets: Secrets,
    /// Made when something is written after something was learned.
    mask: Option<Arc<Mask>>,
}

/// One for the process: whoever writes, writes through it.
fn net() -> &'static RwLock<Net> {
    static NET: OnceLock<RwLock<Net>> = OnceLock::new();
    NET.get_or_init(RwLock::default)
}

/// Hides these from now on in all that is written.
pub fn hide(secrets: &Secrets) {
    if secrets.is_empty() {
        return;
    }
    // Nothing panics while it holds the lock, and a half-made net would still be one.
    let mut net = net().write().unwrap_or_else(PoisonError::into_inner);
    net.secrets.extend(secrets);
    net.mask = None;
}

/// Hides the credentials that the process was given.
pub fn hide_credentials() {
    let mut secrets = Secrets::default();
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
        if let Some(value) = std::env::var(name).ok().filter(|value| value.len() >= CREDENTIAL) {
            secrets.add(&value);
        }
    }
    hide(&secrets);
}

fn mask() -> Arc<Mask> {
    if let Some(mask) = &net().read().unwrap_or_else(PoisonError::into_inner).mask {
        return Arc::clone(mask);
    }
    let mut net = net().write().unwrap_or_else(PoisonError::into_inner);
    let mask = Arc::new(net.secrets.mask());
    net.mask = Some(Arc::clone(&mask));
    mask
}

/// How JSON is masked.
type Masking = fn(&mut Value, &Mask);

/// Data without known secrets. What is JSON is one of our forms, and stays one.
pub(super) fn data(text: &str) -> String {
    masked(text, protocol::mask)
}

/// The same of values by names that a user has given them.
pub(super) fn values(text: &str) -> String {
    masked(text, protocol::mask_values)
}

/// The same of what is of no form of ours.
pub(super) fn foreign(text: &str) -> String {
    masked(text, |document, mask| mask.document(document))
}

fn masked(text: &str, masking: Masking) -> String {
    let mask = mask();
    if mask.is_empty() {
        return text.to_owned();
    }
    if text.starts_with(['{', '['])
        && let Ok(mut document) = serde_json::from_str::<Value>(text)
    {
        let whole = document.clone();
        masking(&mut document, &mask);
        // It is laid out as it was, and not at all where nothing is hidden.
        return match text.trim_end().contains('\n') {
            _ if document == whole => text.to_owned(),
            true => format!("{document:#}\n"),
            false => format!("{document}\n"),
        };
    }
    mask.text(text)
}

/// A document of one of our forms without known secrets.
pub(super) fn document(mut document: Value) -> Value {
    protocol::mask(&mut document, &mask());
    document
}

/// A message as it is written: without secrets, those that are known and those that show by their own
/// form, and with what acts on a terminal written out.
pub(super) fn message(text: &str) -> String {
    let mask = mask();
    to_show(&redact_message(&if mask.is_empty() { text.to_owned() } else { mask.text(text) }))
}

/// Where tracing writes: stderr, an event at a time, without secrets.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl Write for Log {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(message(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
