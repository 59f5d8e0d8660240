//! The account by the name that people gave it.

use std::time::Duration;

use super::api;
use super::{Caller, Readers};

/// Longest that the alias is waited for. It is asked for beside the reads of a plan, which take as
/// long: a name is not worth a slow plan.
const AT_MOST: Duration = Duration::from_secs(2);

/// The account's alias, of which there is at most one (IAM API reference, ListAccountAliases). None
/// where there is none, where it may not be read, and where no answer came in time: nothing hangs on it.
pub async fn alias(call: &Caller, aws: &Readers) -> Option<String> {
    let asked = call.send(&api::LIST_ACCOUNT_ALIASES, "the account", || aws.iam.list_account_aliases().send());
    let answer = tokio::time::timeout(AT_MOST, asked).await.ok()?.ok()?;
    answer.account_aliases.into_iter().next()
}
