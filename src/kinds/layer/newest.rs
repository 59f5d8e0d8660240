//! The code of a layer of which nothing names a version: that of its newest one.

use super::live;
use crate::aws::AwsError;
use crate::contract::{Code, ReadCx};

/// Where what a version holds lies; of an ARN without a number the newest.
pub(super) async fn code_at(cx: &ReadCx, arn: &str) -> Result<Option<Code>, AwsError> {
    let name = arn.split_once(":layer:").map(|(_, rest)| rest).filter(|rest| !rest.contains(':'));
    let Some(name) = name else { return live::code_at(cx, arn).await };
    let newest = live::versions(cx, name).await?.iter().map(|version| version.version()).max();
    match newest {
        Some(version) => live::code_at(cx, &format!("{arn}:{version}")).await,
        None => Ok(None),
    }
}
