//! Listings that come in pages.

use std::collections::BTreeSet;
use std::future::Future;

use super::{AwsError, Op};

/// A page of a listing.
#[derive(Debug)]
pub struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    /// What a page holds, and the token of the next one; an empty token is none.
    pub fn new(items: Option<Vec<T>>, next: Option<String>) -> Self {
        Self { items: items.unwrap_or_default(), next }
    }

    /// The only page where what would be listed is not there.
    pub fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

/// The tokens that a listing has given: one that comes again leads round in a circle for ever.
#[derive(Debug, Default)]
pub struct Tokens(BTreeSet<String>);

impl Tokens {
    /// The token of the next page; none where there is none, which an empty one says too.
    ///
    /// # Errors
    /// It was given before.
    pub fn next(&mut self, op: &Op, target: &str, token: Option<String>) -> Result<Option<String>, AwsError> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        if self.0.insert(token.clone()) {
            return Ok(Some(token));
        }
        Err(AwsError::unexpected(op, target, "the listing does not end: it gives a token of the next page a second time"))
    }
}

/// All items of a listing. `page` asks for the page of a token, the first of all without one.
///
/// # Errors
/// A page cannot be read: a part of a listing is none.
pub async fn pages<T, F, Fut>(op: &Op, target: &str, mut page: F) -> Result<Vec<T>, AwsError>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>, AwsError>>,
{
    let (mut all, mut tokens, mut token) = (Vec::new(), Tokens::default(), None);
    loop {
        let Page { items, next } = page(token).await?;
        all.extend(items);
        token = tokens.next(op, target, next)?;
        if token.is_none() {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::GET_RESOURCES;
    use super::*;

    #[tokio::test]
    async fn every_page_is_asked_for_by_the_token_of_the_one_before() {
        let all = pages(&GET_RESOURCES, "tags", |token| async move {
            Ok(match token.as_deref() {
                None => Page::new(Some(vec![1, 2]), Some("second".into())),
                Some("second") => Page::new(None, Some("third".into())),
                Some(_) => Page::new(Some(vec![3]), Some(String::new())),
            })
        });
        assert_eq!(all.await.unwrap_or_default(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_listing_that_leads_back_to_one_of_its_pages_is_no_listing() {
        for after_b in ["a", "b"] {
            let all = pages(&GET_RESOURCES, "tags", |token| async move {
                Ok(Page::new(
                    Some(vec![1]),
                    Some(if token.as_deref() == Some("a") { "b" } else { token.as_ref().map_or("a", |_| after_b) }.into()),
                ))
            });
            let error = all.await.expect_err("it would never end");
            assert!(error.to_string().contains("tag:GetResources on tags: the listing does not end"), "{error}");
        }
    }
}
