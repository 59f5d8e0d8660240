//! What stands where requests go.

use std::path::PathBuf;
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

/// How resources that carry a mark are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// By the tagging API, as against AWS.
    Aws,
    /// By listing everything: the tagging API of a local AWS knows few services.
    List,
}

/// Where request quotas come from, as somebody says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaceBy {
    /// AWS's own.
    Aws,
    /// There are none.
    Off,
    /// Rows of this file.
    File(PathBuf),
}

impl EndpointKind {
    /// How its resources are read where nobody says it.
    pub fn reads(self) -> Reads {
        match self {
            Self::Aws | Self::AwsLike => Reads::Aws,
            Self::Local => Reads::List,
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

impl FromStr for Reads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "aws" => Ok(Self::Aws),
            "list" => Ok(Self::List),
            _ => Err("aws or list".to_owned()),
        }
    }
}

impl FromStr for PaceBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("aws, off, or a file of rows".to_owned()),
            "aws" => Ok(Self::Aws),
            "off" => Ok(Self::Off),
            path => Ok(Self::File(path.into())),
        }
    }
}
