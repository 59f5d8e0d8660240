//! The profiles of the shared configuration, `~/.aws/config` and `~/.aws/credentials` or where
//! `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` say they are.

use aws_config::profile::{ProfileFileLoadError, ProfileSet};

/// Keys that the SDK takes before it looks at `AWS_PROFILE` (SDK reference guide, "Understand the
/// credential provider chain").
const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// A profile that was named and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is none of this name.
    #[error("{said} names a profile that is not there: `{name}`")]
    Missing {
        /// `--profile` or `AWS_PROFILE`.
        said: &'static str,
        /// What it says.
        name: String,
        /// Names of those that are there, sorted.
        known: Vec<String>,
    },
    /// The shared configuration cannot be read.
    #[error("the profiles cannot be read: {0}")]
    Unreadable(#[from] ProfileFileLoadError),
}

/// Makes sure that a profile that is named is there: `--profile` if it is given, else `AWS_PROFILE`.
///
/// # Errors
/// It is not, or the files that would hold it cannot be read.
pub async fn check(flag: Option<&str>) -> Result<(), ProfileError> {
    let variable = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let (said, name) = match (flag, &variable) {
        (Some(name), _) => ("--profile", name),
        (None, Some(name)) => ("AWS_PROFILE", name.as_str()),
        (None, None) => return Ok(()),
    };
    // What is default here reads the real environment and the real files.
    let profiles = aws_config::profile::load(&Default::default(), &Default::default(), &Default::default(), None).await?;
    if profiles.get_profile(name).is_none() {
        return Err(ProfileError::Missing { said, name: name.to_owned(), known: names(&profiles) });
    }
    let has_keys = KEYS.iter().all(|key| std::env::var_os(key).is_some_and(|value| !value.is_empty()));
    if has_keys {
        match flag {
            Some(name) => tracing::debug!("the credentials are those of --profile {name}; the keys of the environment are left alone"),
            None => tracing::debug!(
                "AWS_ACCESS_KEY_ID is set and wins over AWS_PROFILE={name}, as in the SDKs; --profile {name} would win over it"
            ),
        }
    }
    Ok(())
}

/// Whether the profile that is used says where to go: that of the option, else of `AWS_PROFILE`, else `default`.
///
/// # Errors
/// The files cannot be read.
pub async fn has_endpoint(flag: Option<&str>) -> Result<bool, ProfileError> {
    let chosen = flag.map(|name| name.to_owned().into());
    let profiles = aws_config::profile::load(&Default::default(), &Default::default(), &Default::default(), chosen).await?;
    Ok(["endpoint_url", "services"].iter().any(|key| profiles.get(key).is_some()))
}

fn names(profiles: &ProfileSet) -> Vec<String> {
    let mut names: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    names.sort();
    names
}
