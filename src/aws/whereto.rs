//! What a user says about where to go, looked at before anything is sent: the SDK tries an address that leads
//! nowhere again and again, and passes over one that it cannot read.

use super::ProfileError;
use crate::model::Partition;

/// The variable that names the endpoint of all services (SDK reference guide, "Service-specific endpoints").
const OF_ALL: &str = "AWS_ENDPOINT_URL";
/// Variables that name the endpoint of one service begin so.
const OF_A_SERVICE: &str = "AWS_ENDPOINT_URL_";

/// What cannot be gone to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A profile that cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// No address of an endpoint.
    #[error("{said} is no address of an endpoint: `{url}`")]
    Endpoint {
        /// The option or the variable.
        said: String,
        /// What it says.
        url: String,
    },
    /// No name of a region.
    #[error("`{0}` is no name of a region")]
    Region(String),
}

impl ConnectError {
    /// What would mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Profile(_) => "mend the profile, or choose another with --profile",
            Self::Endpoint { .. } => "write it with its scheme, such as http://localhost:4566, or take it away",
            Self::Region(_) => "write one such as eu-west-1, in the file, with --region, or in AWS_REGION",
        }
    }
}

/// What the environment says of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Its variable is there and empty, which the SDK takes for an address.
    Nothing,
    /// What the SDK understands.
    Enough,
}

/// Makes sure that endpoints are addresses: that of the option, else those of the environment. An empty one says
/// nothing, where none is said of a single service.
///
/// # Errors
/// One of them is none.
pub fn check(flag: Option<&str>, variables: impl Iterator<Item = (String, String)>) -> Result<Said, ConnectError> {
    let refused = |said: &str, url: &str| Err(ConnectError::Endpoint { said: said.to_owned(), url: url.to_owned() });
    // Where the option says it, no client reads a variable.
    if let Some(url) = flag.filter(|url| !url.is_empty()) {
        return if is_address(url) { Ok(Said::Enough) } else { refused("--endpoint-url", url) };
    }
    let all: Vec<(String, String)> = variables.filter(|(name, _)| name == OF_ALL || name.starts_with(OF_A_SERVICE)).collect();
    if let [(name, url)] = &all[..]
        && name == OF_ALL
        && url.is_empty()
    {
        return Ok(Said::Nothing);
    }
    // Beside others an empty one is no address: the SDK would stop at it.
    all.iter().find(|(_, url)| !is_address(url)).map_or(Ok(Said::Enough), |(name, url)| refused(name, url))
}

fn is_address(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else { return false };
    matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
}

/// Makes sure that a region is one of AWS's, as far as its form tells; none says nothing.
///
/// # Errors
/// It is not.
pub fn check_region(region: &str) -> Result<(), ConnectError> {
    if region.is_empty() || Partition::is_region(region) { Ok(()) } else { Err(ConnectError::Region(region.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flag: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned()));
        check(flag, variables).err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_no_address_is_told_by_who_says_it() {
        for right in ["http://localhost:4566", "https://vpce-1.lambda.eu-west-1.vpce.amazonaws.com", "http://[::1]:4566/", ""] {
            assert_eq!((of(Some(right), &[]), of(None, &[("AWS_ENDPOINT_URL", right)])), (None, None), "{right}");
        }
        for wrong in ["localhost:4566", "127.0.0.1", "ftp://localhost", "http://", "a b"] {
            assert!(of(Some(wrong), &[]).unwrap().starts_with("--endpoint-url is no"), "{wrong}");
            assert!(of(None, &[("AWS_ENDPOINT_URL", wrong)]).unwrap().starts_with("AWS_ENDPOINT_URL is no"), "{wrong}");
            assert!(of(None, &[("AWS_ENDPOINT_URL_SQS", wrong)]).unwrap().starts_with("AWS_ENDPOINT_URL_SQS is no"), "{wrong}");
        }
        assert!(of(None, &[("AWS_ENDPOINT_URL_S3", "")]).is_some());
        assert!(of(None, &[("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_S3", "http://localhost")]).is_some());
        assert_eq!(of(None, &[("OTHER", "x")]), None);
        let flag = of(Some("http://localhost"), &[("AWS_ENDPOINT_URL", "localhost"), ("AWS_ENDPOINT_URL_S3", "")]);
        assert_eq!(flag, None, "where the option says it, nobody reads the others");
    }

    #[test]
    fn a_region_stands_in_host_names() {
        assert!(check_region("eu-west-1").is_ok() && check_region("").is_ok());
        assert!(["us east", "us_east_1", "EU-WEST-1", "eu-west-1/", "mars-1", "é"].iter().all(|region| check_region(region).is_err()));
    }
}
