//! Why a stored value could not be had, and what to do about it. No message holds a part of a value.

use crate::aws::AwsError;
use crate::model::{Partition, Scope, Stored};

/// Why a stored value could not be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The store knows no such name, version or label.
    #[error("{0} has no such value")]
    Missing(&'static str),
    /// The secret is about to be deleted, and is kept back until then.
    #[error("the secret is marked for deletion")]
    PendingDeletion,
    /// The secret holds bytes.
    #[error("the secret is binary, and a variable takes text")]
    Binary,
    /// A key was asked for.
    #[error("the secret is no JSON object, so it has no key")]
    NotJson,
    /// The key is not among those that there are.
    #[error("the secret has no key `{key}`; its keys are {}", listed(.keys))]
    NoKey {
        /// The key, or the part of it that was not found.
        key: String,
        /// Those that are there.
        keys: Vec<String>,
    },
    /// What stands under the key is no text, number or truth value.
    #[error("under `{key}` the secret has {what}, and a variable takes text")]
    NotText {
        /// The key.
        key: String,
        /// What it is.
        what: &'static str,
    },
    /// AWS did not let it be read, or did not answer.
    #[error("{0}")]
    Aws(#[from] AwsError),
}

/// The first keys, in their order.
fn listed(keys: &[String]) -> String {
    const SHOWN: usize = 20;
    if keys.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = keys.iter().take(SHOWN).map(|key| format!("`{}`", key.escape_debug())).collect();
    let more = keys.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// Code of what is not in the store.
const MISSING: &str = "E811";
/// Code of what is there and is no text for a variable.
const UNFIT: &str = "E812";
/// Code of what could not be read.
const UNREAD: &str = "E813";

impl Failure {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::PendingDeletion => MISSING,
            Self::Binary | Self::NotJson | Self::NoKey { .. } | Self::NotText { .. } => UNFIT,
            Self::Aws(_) => UNREAD,
        }
    }

    /// The call that failed, where one did.
    pub fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Aws(error) => Some(error),
            _ => None,
        }
    }

    /// Whether it is about the run and not about one value: the credentials, the network, the quota.
    pub fn is_of_the_run(&self) -> bool {
        self.aws().is_some_and(|error| error.is_credentials() || error.is_throttled() || error.is_silent())
    }

    /// What to do about it.
    pub fn fix(&self, stored: &Stored, scope: &Scope) -> String {
        match self {
            Self::Missing(_) => match stored {
                Stored::Parameter { name, selector: Some(selector) } => {
                    format!("make the parameter `{name}` with a version or label `{selector}` in {}, or mend the name", scope.region)
                }
                Stored::Parameter { name, .. } => format!("make the parameter `{name}` in {}, or mend the name", scope.region),
                Stored::Secret { id, .. } => format!("make the secret `{id}` with a current version in {}, or mend the name", scope.region),
            },
            Self::PendingDeletion => {
                format!("restore it (aws secretsmanager restore-secret --secret-id {}), or name another", stored.name())
            }
            Self::Binary => "store it as text (SecretString), or let the function read it itself".to_owned(),
            Self::NotJson => "leave the `#key` away, or store the secret as a JSON object".to_owned(),
            Self::NoKey { .. } => "name one of these keys, or add the key to the secret".to_owned(),
            Self::NotText { .. } => {
                "name a key inside it, with a dot between the two, or let the function read the secret itself".to_owned()
            }
            Self::Aws(error) if is_of_kms(error) => format!(
                "allow kms:Decrypt on the key that encrypts it to the identity that runs etlctl, in its policy and in the key's own; with the \
                 condition kms:ViaService = {}",
                via(stored, scope)
            ),
            Self::Aws(error) if error.is_denied() => {
                format!("allow {} on {} to the identity that runs etlctl", error.operation, stored.arn(scope))
            }
            Self::Aws(error) => error.hint(),
        }
    }
}

/// Whether the store was refused by KMS on the caller's behalf. Each says it in words of its own:
/// Secrets Manager as `Access to KMS is not allowed` or DecryptionFailure, Systems Manager as a
/// ciphertext whose key may not be used (SSM and Secrets Manager User Guides, troubleshooting).
fn is_of_kms(error: &AwsError) -> bool {
    let text = error.message.to_ascii_lowercase();
    matches!(error.code.as_str(), "DecryptionFailure" | "InvalidKeyId")
        || (error.is_denied() && (text.contains("kms") || text.contains("ciphertext")))
}

/// The service through which KMS is asked, as a condition names it (KMS Developer Guide,
/// kms:ViaService).
pub fn via(stored: &Stored, scope: &Scope) -> String {
    let service = match stored {
        Stored::Parameter { .. } => "ssm",
        Stored::Secret { .. } => "secretsmanager",
    };
    format!("{service}.{}.{}", scope.region, Partition::of_region(&scope.region).suffix)
}
