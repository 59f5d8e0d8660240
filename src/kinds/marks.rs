//! Finding what carries the stack's mark through the tagging API, with one answer for all kinds.

use super::ReadCx;
use crate::aws::AwsError;
use crate::model::scope::{ENV_TAG, STACK_TAG};

impl ReadCx {
    /// Names of marked resources of `service` whose ARN's last part begins with `prefix`
    /// (`function:`, `alarm:`, nothing for queues and topics).
    ///
    /// # Errors
    /// The tagging API refused.
    pub async fn marked(&self, service: &str, prefix: &str) -> Result<Vec<String>, AwsError> {
        let arns = self.shared.marked.get_or_try_init(|| self.all_marked()).await?;
        Ok(arns
            .iter()
            .filter_map(|arn| {
                let mut parts = arn.splitn(6, ':').skip(2);
                (parts.next() == Some(service)).then_some(())?;
                parts.nth(2)?.strip_prefix(prefix).map(str::to_owned)
            })
            .filter(|name| !name.is_empty())
            .collect())
    }

    /// Whether the tagging API cannot be asked: some local AWS answers it with nothing, whatever is
    /// there. Then what it would report is listed.
    ///
    /// # Errors
    /// The tagging API refused.
    pub async fn tagging_is_blind(&self) -> Result<bool, AwsError> {
        let arns = self.shared.marked.get_or_try_init(|| self.all_marked()).await?;
        Ok(self.lists_everything && arns.is_empty())
    }

    async fn all_marked(&self) -> Result<Vec<String>, AwsError> {
        use aws_sdk_resourcegroupstagging::types::TagFilter;
        let filter = |key: &str, value: &str| TagFilter::builder().key(key).values(value).build();
        let mut arns = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = self
                .call
                .send("tag:GetResources", &self.scope.stack, || {
                    self.aws
                        .tagging
                        .get_resources()
                        .tag_filters(filter(STACK_TAG, &self.scope.stack))
                        .tag_filters(filter(ENV_TAG, &self.scope.env))
                        .resources_per_page(100)
                        .set_pagination_token(token.clone())
                        .send()
                })
                .await?;
            arns.extend(page.resource_tag_mapping_list().iter().filter_map(|found| found.resource_arn().map(str::to_owned)));
            token = page.pagination_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(arns);
            }
        }
    }
}
