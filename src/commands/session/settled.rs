//! What can be checked only once the account is known.

use jiff::Zoned;

use super::Connected;
use crate::check::of_account;
use crate::error::Error;

/// Refuses what hangs on the account, where the files do not say which it is: nothing of that was looked at before.
///
/// # Errors
/// What AWS would refuse.
pub(super) fn check(stack: &Connected) -> Result<(), Error> {
    let refused = if stack.was_late { of_account(&stack.loaded, Zoned::now().date()) } else { Vec::new() };
    if refused.is_empty() { Ok(()) } else { Err(Error::Preflight(refused)) }
}
