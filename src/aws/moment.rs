//! Times as Lambda writes them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Milliseconds since 1970 of `2026-03-01T12:00:00.000+0000`; none of any other text.
pub fn lambda_millis(text: &str) -> Option<i64> {
    DateTime::from_str(text.replace("+0000", "Z").as_str(), Format::DateTime).ok()?.to_millis().ok()
}
