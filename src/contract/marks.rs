//! Finding what carries the stack's mark through the tagging API, with one answer for all kinds.

use std::collections::BTreeMap;

use super::{Found, Kind, ReadCx};
use crate::aws::api;
use crate::aws::{AwsError, Page, pages};
use crate::model::mark::{ENV_TAG, STACK_TAG};
use crate::model::{Owner, Reach};

/// A resource that carries a mark of etlctl's, as a search found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Physical name.
    pub name: String,
    /// Whose it is: ours, or another instance's of the same stack and environment.
    pub owner: Owner,
    /// Whether something of ours may stand behind it, which only a read can tell: older versions of
    /// a layer.
    pub hides: bool,
}

impl Claim {
    /// A claim that says all.
    pub fn new(name: impl Into<String>, owner: Owner) -> Self {
        Self { name: name.into(), owner, hides: false }
    }

    /// The claim that a resource which was read lays.
    pub fn of<K: Kind>(found: &Found<K>) -> Self {
        Self::new(&found.name, found.owner.clone())
    }
}

/// What the tagging API tells of one resource.
#[derive(Debug, Clone)]
pub(super) struct Tagged {
    arn: String,
    owner: Owner,
}

impl ReadCx {
    /// Marked resources of `service` whose ARN's last part begins with `prefix`
    /// (`function:`, `alarm:`, nothing for queues and topics): this instance's, and others of the
    /// same stack and environment.
    ///
    /// # Errors
    /// The tagging API refused.
    pub async fn marked(&self, service: &str, prefix: &str) -> Result<Vec<Claim>, AwsError> {
        let found = self.once(|| self.all_marked()).await?;
        Ok(found
            .iter()
            .filter_map(|Tagged { arn, owner }| {
                let mut parts = arn.splitn(6, ':').skip(2);
                (parts.next() == Some(service)).then_some(())?;
                let name = parts.nth(2)?.strip_prefix(prefix)?;
                (!name.is_empty()).then(|| Claim::new(name, owner.clone()))
            })
            .collect())
    }

    /// Whether the tagging API cannot be asked: some local AWS answers it with nothing, whatever is
    /// there. Then what it would report is listed.
    ///
    /// # Errors
    /// The tagging API refused.
    pub async fn tagging_is_blind(&self) -> Result<bool, AwsError> {
        let found = self.once(|| self.all_marked()).await?;
        Ok(self.lists_everything && found.is_empty())
    }

    async fn all_marked(&self) -> Result<Vec<Tagged>, AwsError> {
        use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};
        let filter = |key: &str, value: &str| TagFilter::builder().key(key).values(value).build();
        let filters = [filter(STACK_TAG, &self.scope.stack), filter(ENV_TAG, &self.scope.env)];
        let filters = &filters;
        let found = pages(|token| async move {
            let asked = || {
                let marked = self.aws.tagging.get_resources().set_tag_filters(Some(filters.to_vec()));
                marked.resources_per_page(100).set_pagination_token(token.clone()).send()
            };
            let page = self.call.send(&api::GET_RESOURCES, &self.scope.stack, asked).await?;
            Ok(Page::new(page.resource_tag_mapping_list, page.pagination_token))
        });
        let tagged = |found: ResourceTagMapping| {
            let tags: BTreeMap<String, String> = found.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            let owner = Owner::of(&self.scope, Reach::Region, &tags);
            Some(Tagged { arn: found.resource_arn?, owner })
        };
        Ok(found.await?.into_iter().filter_map(tagged).collect())
    }
}
