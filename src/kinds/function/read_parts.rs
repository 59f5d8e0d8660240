//! Aliases and published versions, the second only where there is one of the first.

use aws_sdk_lambda::types::{AliasConfiguration, FunctionConfiguration};

use crate::aws::AwsError;
use crate::kinds::ReadCx;
use crate::kinds::missing::found;

/// Aliases of a function and, where it has any, its published versions.
pub async fn aliases_and_versions(cx: &ReadCx, name: &str) -> Result<(Vec<AliasConfiguration>, Vec<FunctionConfiguration>), AwsError> {
    let answer = cx.call.send("lambda:ListAliases", name, || cx.aws.lambda.list_aliases().function_name(name).send()).await;
    let aliases = found(answer)?.and_then(|answer| answer.aliases).unwrap_or_default();
    if aliases.is_empty() {
        return Ok((aliases, Vec::new()));
    }
    let mut versions = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let answer = cx
            .call
            .send("lambda:ListVersionsByFunction", name, || {
                cx.aws.lambda.list_versions_by_function().function_name(name).set_marker(marker.clone()).send()
            })
            .await;
        let Some(page) = found(answer)? else { break };
        marker = page.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        versions.extend(page.versions.unwrap_or_default().into_iter().filter(|version| version.version() != Some("$LATEST")));
        if marker.is_none() {
            break;
        }
    }
    Ok((aliases, versions))
}
