//! What a bucket holds, and how it is emptied: all versions of all objects, and the delete markers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsFluentBuilder as Listing;
use aws_sdk_s3::types::{Delete, EncodingType, ObjectIdentifier};
use tokio::time::Instant;

use super::api;
use crate::aws::{AwsError, Caller, Failure};
use crate::contract::{KindError, ReadCx, WriteCx};
use crate::model::stake::{Content, Holding, Listed};
use crate::model::{Account, Wait};

/// Pages that are counted: of a bucket that holds more, nobody wants to wait for the number.
const PAGES: usize = 100;
/// What S3 lists and deletes at once (API Reference, ListObjectVersions and DeleteObjects).
const PAGE: i32 = 1_000;
/// Only to see whether the run is to stop.
const A_MOMENT: Duration = Duration::from_millis(1);

/// An object, a version of one, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    key: String,
    version: Option<String>,
    etag: Option<String>,
    modified: Option<i64>,
    is_marker: bool,
    is_newest: bool,
}

impl Entry {
    fn content(&self) -> Content<'_> {
        let Self { key, version, etag, modified, is_marker: _, is_newest: _ } = self;
        Content { key, version: version.as_deref(), etag: etag.as_deref(), modified: *modified }
    }
}

/// Where a listing goes on.
type Next = (Option<String>, Option<String>);

pub(super) async fn holds(cx: &ReadCx, name: &str) -> Result<Vec<Holding>, AwsError> {
    let (mut objects, mut noncurrent, mut delete_markers) = (0, 0, 0);
    let (mut listed, began) = (Listed::default(), now());
    let mut next = Some(Next::default());
    for _ in 0..PAGES {
        let Some(from) = next.take() else { break };
        let (entries, more) = page(&cx.call, &|| cx.aws.s3.list_object_versions(), &cx.scope.account, name, from).await?;
        for entry in entries {
            listed.add(entry.content());
            let count = match (entry.is_marker, entry.is_newest) {
                (true, _) => &mut delete_markers,
                (false, true) => &mut objects,
                (false, false) => &mut noncurrent,
            };
            *count += 1;
        }
        next = more;
    }
    if next.is_some() {
        listed.goes_on_from(began);
    }
    Ok(vec![Holding::Objects { objects, noncurrent, delete_markers, more: next.is_some(), listed }])
}

/// Seconds since 1970 by this machine's clock.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}

async fn page(
    call: &Caller,
    listing: &(dyn Fn() -> Listing + Sync),
    account: &Account,
    name: &str,
    (key, version): Next,
) -> Result<(Vec<Entry>, Option<Next>), AwsError> {
    let account = account.to_string();
    let asked = || {
        let listing = listing().bucket(name).expected_bucket_owner(&account).max_keys(PAGE);
        // Keys may hold what XML cannot say.
        listing.encoding_type(EncodingType::Url).set_key_marker(key.clone()).set_version_id_marker(version.clone()).send()
    };
    let answer = call.send(&api::LIST_BUCKET_VERSIONS, name, asked).await?;
    let is_encoded = answer.encoding_type == Some(EncodingType::Url);
    let plain = |key: Option<String>| key.map(|key| if is_encoded { decoded(&key) } else { key });
    let more =
        answer.is_truncated.unwrap_or_default().then(|| (plain(answer.next_key_marker.clone()), answer.next_version_id_marker.clone()));
    if more == Some(Next::default()) {
        return Err(AwsError::unexpected(&api::LIST_BUCKET_VERSIONS, name, "the listing goes on, and does not say where"));
    }
    let versions = answer.versions.unwrap_or_default().into_iter().map(|version| Entry {
        key: plain(version.key).unwrap_or_default(),
        version: version.version_id,
        etag: version.e_tag,
        modified: version.last_modified.map(|at| at.secs()),
        is_marker: false,
        is_newest: version.is_latest.unwrap_or(true),
    });
    let markers = answer.delete_markers.unwrap_or_default().into_iter().map(|marker| Entry {
        key: plain(marker.key).unwrap_or_default(),
        version: marker.version_id,
        etag: None,
        modified: marker.last_modified.map(|at| at.secs()),
        is_marker: true,
        is_newest: marker.is_latest.unwrap_or_default(),
    });
    Ok((versions.chain(markers).collect(), more))
}

/// A key as `encoding-type=url` writes it: as in forms, a blank is a plus.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push(high * 16 + low);
                at += 2;
            }
            (b'+', _, _) => plain.push(b' '),
            (byte, _, _) => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Deletes all that was `told` of a bucket, a page after the other. One that is gone holds nothing.
///
/// # Errors
/// S3 did not delete something, something came since, or the run is to stop: what is gone is told, and the rest stays.
pub(super) async fn empty(cx: &WriteCx, name: &str, told: &Listed) -> Result<(), KindError> {
    let start = Instant::now();
    let (mut gone, mut last) = (0, None);
    loop {
        // What a page listed is gone before the next is asked for, so each begins at the beginning.
        let listed = page(&cx.call, &|| cx.aws.s3.list_object_versions(), &cx.scope.account, name, Next::default()).await;
        let (entries, more) = match listed {
            Err(error) if error.is_missing() => return Ok(()),
            listed => listed?,
        };
        let Some(first) = entries.first().cloned() else { return Ok(()) };
        let came: Vec<&Entry> = entries.iter().filter(|entry| !told.has(entry.content())).collect();
        if let Some(first) = came.first() {
            let others = if came.len() > 1 { format!(" and {} more", came.len() - 1) } else { String::new() };
            let stay = match gone {
                0 => "nothing was deleted".to_owned(),
                _ => format!("{gone} objects, versions and delete markers were deleted before, and the rest stays"),
            };
            let message = format!("`{}`{others} came since the plan: {stay}", first.key);
            return Err(AwsError::told(Failure::Refused, &api::DELETE_OBJECT_VERSION, name, message).coded("BucketNotEmpty").into());
        }
        let why = progress(gone, entries.len(), more.is_some());
        if last.as_ref() == Some(&first) {
            let message = format!("S3 says that it deleted {}, and still lists it: {why}", first.key);
            return Err(AwsError::told(Failure::EndedBadly, &api::DELETE_OBJECT_VERSION, name, message).into());
        }
        let wait = Wait { why, what: name.to_owned(), so_far: start.elapsed(), bound: None, is_retry: false };
        cx.wait(A_MOMENT, &wait).await?;
        gone += delete(cx, name, &entries, gone).await?;
        last = Some(first);
    }
}

fn progress(gone: usize, listed: usize, more: bool) -> String {
    let left = if more { format!("more than {listed}") } else { listed.to_string() };
    format!("emptying: {gone} objects, versions and delete markers are deleted, {left} are left")
}

/// Deletes a page. Returns how many there were.
async fn delete(cx: &WriteCx, name: &str, entries: &[Entry], gone: usize) -> Result<usize, KindError> {
    let account = cx.scope.account.to_string();
    let unsaid = |error: &dyn std::error::Error| AwsError::told(Failure::Refused, &api::DELETE_OBJECT_VERSION, name, error.to_string());
    let objects =
        entries.iter().map(|Entry { key, version, .. }| ObjectIdentifier::builder().key(key).set_version_id(version.clone()).build());
    let objects: Vec<ObjectIdentifier> = objects.collect::<Result<_, _>>().map_err(|error| unsaid(&error))?;
    // Quiet: the answer has the failures alone.
    let all = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(|error| unsaid(&error))?;
    let asked = || cx.aws.s3.delete_objects().bucket(name).expected_bucket_owner(&account).delete(all.clone()).send();
    let answer = cx.call.send(&api::DELETE_OBJECT_VERSION, name, asked).await?;
    let failed = answer.errors.unwrap_or_default();
    let Some(first) = failed.first() else { return Ok(entries.len()) };
    let (code, said) = (first.code.clone().unwrap_or_default(), first.message.clone().unwrap_or_default());
    let message = format!(
        "S3 deleted {} objects, versions and delete markers, and not {} of the next {}; the first is `{}`: {said}",
        gone + entries.len() - failed.len().min(entries.len()),
        failed.len(),
        entries.len(),
        first.key.as_deref().unwrap_or_default(),
    );
    Err(AwsError::told(Failure::Refused, &api::DELETE_OBJECT_VERSION, name, message).coded(&code).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_put() {
        assert_eq!(decoded("a%2Fb+c%2B%C3%A9%01"), "a/b c+é\u{1}");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz"), "%zz");
    }

    #[test]
    fn progress_says_what_is_left() {
        assert!(progress(3_000, 1_000, true).contains("3000 objects, versions and delete markers are deleted, more than 1000 are left"));
        assert!(progress(0, 2, false).ends_with("2 are left"));
    }
}
