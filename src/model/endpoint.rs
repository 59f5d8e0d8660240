//! What stands where requests go.

use std::str::FromStr;

/// What answers at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// AWS: what carries a mark is found by the tagging API, and its quotas are kept.
    Aws,
    /// What answers as AWS does and has no quotas.
    AwsLike,
    /// A local AWS, whose tagging API knows few services: what carries a mark is found by listing.
    Local,
}

impl EndpointKind {
    /// What an endpoint is by its address: AWS's own, or none.
    pub fn at(url: Option<&str>) -> Self {
        match url {
            Some(url) if !url.contains(".amazonaws.com") => Self::Local,
            _ => Self::Aws,
        }
    }
}

impl FromStr for EndpointKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "aws" => Ok(Self::Aws),
            "aws-like" => Ok(Self::AwsLike),
            "local" => Ok(Self::Local),
            _ => Err("aws, aws-like or local".to_owned()),
        }
    }
}
