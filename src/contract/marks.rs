//! Finding what carries the stack's mark through the tagging API, with one answer for all kinds.

use std::collections::{BTreeMap, BTreeSet};

use super::tags::Tags;
use super::{Found, Kind, ReadCx};
use crate::aws::api;
use crate::aws::{AwsError, Page, pages};
use crate::model::mark::{ENV_TAG, STACK_TAG, user_tags};
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

/// Values that GetResources takes of one tag (API reference, TagFilter).
const MOST_VALUES: usize = 20;

/// What the tagging API tells of one resource.
#[derive(Debug, Clone)]
struct Tagged {
    tags: Tags,
    owner: Owner,
}

/// What it tells of all of them, by ARN.
type Marked = BTreeMap<String, Tagged>;

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
            .filter_map(|(arn, Tagged { owner, tags: _ })| {
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

    /// The tags of a resource, none where it is not there: as the search for marks told them, or as `ask`
    /// reads them. The search lags behind what it tells of, so that it is believed only where it tells what
    /// the files want.
    ///
    /// # Errors
    /// A call failed.
    pub async fn tags<K, F>(&self, name: &str, arn: &str, ask: impl FnOnce() -> F) -> Result<Option<Tags>, AwsError>
    where
        K: Kind,
        F: Future<Output = Result<Option<Tags>, AwsError>>,
    {
        let wanted = self.wanted(K::NAME, name).filter(|_| self.believes_search);
        if let Some(wanted) = wanted
            && let Some(Tagged { tags, owner: Owner::Ours }) = self.once(|| self.all_marked()).await?.get(arn)
            && serde_json::to_value(user_tags(tags.clone())).is_ok_and(|told| told == wanted["tags"])
        {
            return Ok(Some(tags.clone()));
        }
        ask().await
    }

    async fn all_marked(&self) -> Result<Marked, AwsError> {
        let own = BTreeSet::from([self.scope.stack.clone()]);
        let stacks = if self.shared.stacks.len() > MOST_VALUES { &own } else { &self.shared.stacks };
        let word = format!("{} of {stacks:?}", self.scope.env);
        let found = self.once_for_all(&word, || self.search(stacks)).await?;
        let ours = found.iter().filter(|(_, tags)| tags.get(STACK_TAG) == Some(&self.scope.stack));
        let tagged = |tags: &Tags| Tagged { tags: tags.clone(), owner: Owner::of(&self.scope, Reach::Region, tags) };
        Ok(ours.map(|(arn, tags)| (arn.clone(), tagged(tags))).collect())
    }

    /// Everything that carries the marks of these stacks in the environment, with its tags.
    async fn search(&self, stacks: &BTreeSet<String>) -> Result<BTreeMap<String, Tags>, AwsError> {
        use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};
        let filter = |key: &str, values: Vec<String>| TagFilter::builder().key(key).set_values(Some(values)).build();
        let filters = &[filter(STACK_TAG, stacks.iter().cloned().collect()), filter(ENV_TAG, vec![self.scope.env.clone()])];
        let found = pages(|token| async move {
            let asked = || {
                let marked = self.aws.tagging.get_resources().set_tag_filters(Some(filters.to_vec()));
                marked.resources_per_page(100).set_pagination_token(token.clone()).send()
            };
            let page = self.call.send(&api::GET_RESOURCES, &self.scope.stack, asked).await?;
            Ok(Page::new(page.resource_tag_mapping_list, page.pagination_token))
        });
        let tagged = |found: ResourceTagMapping| {
            let tags = found.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            Some((found.resource_arn?, tags))
        };
        Ok(found.await?.into_iter().filter_map(tagged).collect())
    }
}
