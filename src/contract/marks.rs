//! Finding what carries the stack's mark through the tagging API, with one answer for all kinds.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};
use serde_json::Value;

use super::tags::Tags;
use super::{Found, Kind, ReadCx};
use crate::aws::api;
use crate::aws::{AwsError, Page, pages};
use crate::model::mark::{ENV_TAG, STACK_TAG, user_tags};
use crate::model::{Owner, Reach, Scope};

/// A resource that carries a mark of etlctl's, as a search found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Physical name.
    pub name: String,
    /// Whose it is: ours, or another instance's of the same stack and environment; of a survey anybody's.
    pub owner: Owner,
    /// Whether something of ours may stand behind it, which only a read can tell: older versions of
    /// a layer.
    pub hides: bool,
    /// Its tags, as far as they are a user's to see; none of what takes no tags.
    pub tags: Tags,
    /// When it was made or changed last, in milliseconds since 1970, where the search itself tells.
    pub changed: Option<i64>,
}

impl Claim {
    /// A claim that says all.
    pub fn new(name: impl Into<String>, owner: Owner) -> Self {
        Self { name: name.into(), owner, hides: false, tags: Tags::new(), changed: None }
    }

    /// The claim that tags lay.
    pub fn by(scope: &Scope, reach: Reach, name: impl Into<String>, tags: Tags) -> Self {
        let owner = Owner::of(scope, reach, &tags);
        Self { tags: user_tags(tags), ..Self::new(name, owner) }
    }

    /// The claim that a resource which was read lays.
    pub fn of<K: Kind>(found: &Found<K>) -> Self {
        // Where the spec has tags, they are texts under this name.
        let spec = serde_json::to_value(&found.spec).unwrap_or_default();
        let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let tags = spec["tags"].as_object().into_iter().flatten().filter_map(text).collect();
        Self { tags, ..Self::new(&found.name, found.owner.clone()) }
    }

    /// The same with when it was made or changed last.
    #[must_use]
    pub fn changed(self, at: Option<i64>) -> Self {
        Self { changed: at, ..self }
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
    /// same stack and environment; in a survey everybody's.
    ///
    /// # Errors
    /// The tagging API refused.
    pub async fn marked(&self, service: &str, prefix: &str) -> Result<Vec<Claim>, AwsError> {
        let found = self.once(|| self.all_marked()).await?;
        Ok(found
            .iter()
            .filter_map(|(arn, Tagged { owner, tags })| {
                let mut parts = arn.splitn(6, ':').skip(2);
                (parts.next() == Some(service)).then_some(())?;
                let name = parts.nth(2)?.strip_prefix(prefix)?;
                let claim = || Claim { tags: user_tags(tags.clone()), ..Claim::new(name, owner.clone()) };
                (!name.is_empty()).then(claim)
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
        let tagged = |tags: &Tags| Tagged { tags: tags.clone(), owner: Owner::of(&self.scope, Reach::Region, tags) };
        if self.surveys {
            let found = self.once_for_all("everybody's", || self.search(vec![filter(STACK_TAG, None)])).await?;
            return Ok(found.iter().map(|(arn, tags)| (arn.clone(), tagged(tags))).collect());
        }
        let own = BTreeSet::from([self.scope.stack.clone()]);
        let stacks = if self.shared.stacks.len() > MOST_VALUES { &own } else { &self.shared.stacks };
        let word = format!("{} of {stacks:?}", self.scope.env);
        let filters =
            || vec![filter(STACK_TAG, Some(stacks.iter().cloned().collect())), filter(ENV_TAG, Some(vec![self.scope.env.clone()]))];
        let found = self.once_for_all(&word, || self.search(filters())).await?;
        let ours = found.iter().filter(|(_, tags)| tags.get(STACK_TAG) == Some(&self.scope.stack));
        Ok(ours.map(|(arn, tags)| (arn.clone(), tagged(tags))).collect())
    }

    /// Everything that carries these tags, with all that it carries.
    async fn search(&self, filters: Vec<TagFilter>) -> Result<BTreeMap<String, Tags>, AwsError> {
        let (filters, target) = (&filters, if self.surveys { "marks" } else { self.scope.stack.as_str() });
        let found = pages(&api::GET_RESOURCES, target, |token| async move {
            let asked = || {
                let marked = self.aws.tagging.get_resources().set_tag_filters(Some(filters.clone()));
                marked.resources_per_page(100).set_pagination_token(token.clone()).send()
            };
            let page = self.call.send(&api::GET_RESOURCES, target, asked).await?;
            Ok(Page::new(page.resource_tag_mapping_list, page.pagination_token))
        });
        let tagged = |found: ResourceTagMapping| {
            let tags = found.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            Some((found.resource_arn?, tags))
        };
        Ok(found.await?.into_iter().filter_map(tagged).collect())
    }
}

/// Resources that have this tag, with one of these values where there are some.
fn filter(key: &str, values: Option<Vec<String>>) -> TagFilter {
    TagFilter::builder().key(key).set_values(values).build()
}
