//! Listings that come in pages.

use std::future::Future;

use super::AwsError;

/// A page of a listing.
#[derive(Debug)]
pub struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    /// What a page holds, and the token of the next one; an empty token is none.
    pub fn new(items: Option<Vec<T>>, next: Option<String>) -> Self {
        Self { items: items.unwrap_or_default(), next: next.filter(|token| !token.is_empty()) }
    }

    /// The only page where what would be listed is not there.
    pub fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

/// All items of a listing. `page` asks for the page of a token, the first of all without one.
///
/// # Errors
/// A page cannot be read: a part of a listing is none.
pub async fn pages<T, F, Fut>(mut page: F) -> Result<Vec<T>, AwsError>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>, AwsError>>,
{
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let Page { items, next } = page(token).await?;
        all.extend(items);
        if next.is_none() {
            return Ok(all);
        }
        token = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_page_is_asked_for_by_the_token_of_the_one_before() {
        let all = pages(|token| async move {
            Ok(match token.as_deref() {
                None => Page::new(Some(vec![1, 2]), Some("second".into())),
                Some("second") => Page::new(None, Some("third".into())),
                Some(_) => Page::new(Some(vec![3]), Some(String::new())),
            })
        });
        assert_eq!(all.await.unwrap_or_default(), [1, 2, 3]);
    }
}
