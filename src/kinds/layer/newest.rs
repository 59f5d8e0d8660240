//! The code of a layer of which nothing names a version: that of its newest one.

use super::{api, live};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{Code, ReadCx, none_if_missing};

/// Where what a version holds lies; of an ARN without a number the newest.
pub(super) async fn code_at(cx: &ReadCx, arn: &str) -> Result<Option<Code>, AwsError> {
    let name = arn.split_once(":layer:").map(|(_, rest)| rest).filter(|rest| !rest.contains(':'));
    let Some(name) = name else { return live::code_at(cx, arn).await };
    let versions = pages(&api::LIST_LAYER_VERSIONS, name, |marker| async move {
        let asked = || cx.aws.lambda.list_layer_versions().layer_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_LAYER_VERSIONS, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.layer_versions, page.next_marker)))
    });
    let newest = versions.await?.iter().map(|version| version.version()).max();
    match newest {
        Some(version) => live::code_at(cx, &format!("{arn}:{version}")).await,
        None => Ok(None),
    }
}
