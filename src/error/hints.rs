//! What to do about each error.

use std::collections::BTreeSet;

use super::{Before, Error};
use crate::aws::ProfileError;
use crate::model::plan::{Conflict, Impossible};
use crate::source::diagnostic::suggest;

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Invalid(_) => "nothing was changed and no call was made; mend the places above".into(),
            Self::Preflight(_) => "nothing was changed; mend the places above".into(),
            Self::Stored { cause: None, .. } => "nothing was changed; mend the places above, or what the store holds".into(),
            Self::Stored { cause: Some(_), .. } => "nothing was changed; what each place asks for stands with it".into(),
            Self::NoStack { hint, .. } | Self::Usage { hint, .. } => hint.clone(),
            Self::Package(error) => format!("nothing was changed; {}", error.hint()),
            Self::Aws(error) => error.hint(),
            Self::WrongAccount { .. } => "choose the account's credentials with --profile or AWS_PROFILE, or another --env".into(),
            Self::Profile(ProfileError::Missing { name, known, .. }) if !known.is_empty() => {
                suggest(name, known.iter().map(String::as_str))
            }
            Self::Profile(ProfileError::Missing { .. }) => "there are none: add one with `aws configure --profile NAME`".into(),
            Self::Profile(ProfileError::Unreadable(_)) => "mend ~/.aws/config and ~/.aws/credentials, or what AWS_CONFIG_FILE names".into(),
            Self::OtherScope { planned, found } if planned.account != found.account => {
                format!("nothing was changed; choose credentials of account {} with --profile or AWS_PROFILE", planned.account)
            }
            Self::OtherScope { .. } => {
                "nothing was changed; run it with the files and variables that the plan was made with, or make a new plan".into()
            }
            Self::PlanFile { .. } => "nothing was changed; make a new one with `etlctl plan --out FILE`, and look at it".into(),
            Self::Conflicts(conflicts) => conflicts_hint(conflicts),
            Self::NotOurs(conflicts) => not_ours_hint(conflicts),
            Self::MayHaveRun { logs, .. } => format!("look at `{logs}` before it is run again: each call runs once more"),
            Self::Protected(all) => {
                let (first, or) = if all.iter().all(|one| one.in_files) {
                    ("", "")
                } else {
                    ("put them back into the files, ", "; --no-prune leaves what left the files")
                };
                let words: BTreeSet<&str> = all.iter().map(|one| one.by).collect();
                let words: Vec<String> = words.into_iter().map(|word| format!("`{word}: false`")).collect();
                format!("nothing was changed; to let them go, {first}set {} and apply, then run it again{or}", words.join(" and "))
            }
            Self::Unreadable(_) => {
                "nothing was changed; let the identity that runs etlctl use the key (kms:Decrypt). Where the key is gone, \
                                     destroy --target takes the resource away, and apply makes it anew"
                    .into()
            }
            Self::Impossible(all) => {
                let ways: BTreeSet<&str> = all.iter().map(|(_, Impossible { fix, .. })| fix.as_str()).collect();
                format!("nothing was changed; {}", Vec::from_iter(ways).join("; "))
            }
            Self::NotNormal { reason, .. } => reason.hint(),
            Self::Loss(addresses) => {
                let all: Vec<String> = addresses.iter().map(|address| format!("--allow-loss {address}")).collect();
                format!("nothing was changed; look at what they hold, and to lose it say so: {} (or --allow-loss all)", all.join(" "))
            }
            Self::Full { allow, .. } => {
                let agree: Vec<String> = allow.iter().map(|address| format!("--allow-loss {address} ")).collect();
                format!(
                    "nothing was changed; to delete it with all that it holds, say so: {}--empty. To keep it, take it out of the plan: \
                     `on_remove: retain` leaves it, --no-prune leaves what left the files",
                    agree.concat()
                )
            }
            Self::Evidence(_) => "nothing was changed; change the values, or leave out --strict-evidence".into(),
            Self::Leased { .. } => "nothing was changed; wait until that run has ended, or end it".into(),
            Self::Stale(_) => "make a new one with `etlctl plan --out`, and look at it".into(),
            Self::Unsearched(_) => "nothing was destroyed; `etlctl permissions --for ls` prints what it may be allowed".into(),
            Self::Renewed(_) => "nothing was changed; `etlctl ls` says until when it stands".into(),
            Self::NotDeployed { .. } => "run etlctl apply, with the same --env".into(),
            Self::FunctionFailed { log, .. } => log.clone(),
            Self::ExecutionFailed { key, .. } => format!("what its states did stands above; etlctl logs {key} has what it logs"),
            Self::TimeIsUp { before: Before::Written, .. } => "what stands above was done; run the command again for the rest".into(),
            Self::TimeIsUp { before: Before::Sent, .. } => {
                "what was started may run all the same: `etlctl logs` shows what ran; once more with more time starts it once more".into()
            }
            Self::TimeIsUp { before: Before::Nothing, .. } => {
                "nothing was changed; give it more time, or see with -v what it waits for".into()
            }
            Self::Broken { .. } => "this is a defect of etlctl: report it with the version and what stands above".into(),
            Self::Unwritten(_) => "what the command did stands, and not all of it was told: see that what stdout leads to takes it".into(),
            Self::File { .. } => "check the path and its permissions".into(),
        }
    }
}

/// What leads out where nothing is planned that could adopt.
fn not_ours_hint(conflicts: &[Conflict]) -> String {
    let way = if conflicts.iter().all(|conflict| conflict.obstacle.is_adoptable()) {
        "`etlctl apply --adopt` takes over what should be this stack's"
    } else {
        "choose another --env or --stack, or give them other names in the file"
    };
    format!("nothing was done with it; {way}")
}

/// The way out that fits all conflicts, or the first that is none of adoption.
fn conflicts_hint(conflicts: &[Conflict]) -> String {
    let hardest = conflicts.iter().find(|conflict| !conflict.obstacle.is_adoptable()).or(conflicts.first());
    hardest.map_or_else(String::new, |conflict| conflict.obstacle.way_out().to_owned())
}
