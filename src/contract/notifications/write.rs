//! Changing the notifications of a bucket. The document has no revision, so nothing can make sure that
//! it is still what was read when it is replaced. What can be done is done: one write at a time in this
//! process; a read that is under way together with the write, which shows what somebody else wrote
//! between the first read and the write, so that it can be put back; a read-back of own entries and of
//! others'; and another look a moment later, since somebody who had read before may write after.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::api::PUT_BUCKET_NOTIFICATION;
use super::document::{Document, Edit, Others};
use super::read::{self, Body, Read};
use super::refusal::{Destination, Refusal};
use crate::aws::AwsError;
use crate::aws::failure::Failure;
use crate::contract::{KindError, WriteCx};
use crate::model::Wait;

/// Times that the document is written, at most, before others are said to keep changing it.
const ROUNDS: usize = 24;
/// How long is waited for S3 to see that a destination lets it in (docs/aws-facts.md §24).
const ADMITTED_WITHIN: Duration = Duration::from_secs(120);
/// How long another write of the bucket's configuration may take.
const FREE_WITHIN: Duration = Duration::from_secs(60);
/// Pauses between reads of what was written and is not shown yet.
const SHOWN: [u64; 6] = [0, 100, 250, 500, 1_000, 2_000];
/// After so long who had read before has written.
const SETTLED: Duration = Duration::from_millis(700);
/// Times that own entries are looked for after they stood.
const LOOKS: usize = 4;

/// Brings the notifications of a bucket to what an edit says, and leaves the entries of others as they
/// are.
///
/// # Errors
/// S3 refuses the document, an entry of somebody else is in the way, or others keep changing it.
pub async fn edit(cx: &WriteCx, bucket: &str, edit: &Edit) -> Result<(), KindError> {
    let write = Write { cx, bucket, edit, owner: cx.scope.account.to_string() };
    for look in 0..=LOOKS {
        let wrote = {
            let _held = cx.locks.bucket(bucket).await;
            write.bring().await?
        };
        if !wrote {
            return Ok(());
        }
        if look > 0 {
            write.tell("another client had taken them away; they were written again");
        }
        let why = "others may be writing the bucket's notifications".to_owned();
        let wait = Wait { why, what: bucket.to_owned(), so_far: Duration::ZERO, bound: Some(SETTLED), is_retry: false };
        if cx.call.pause(SETTLED, &wait).await.is_some() {
            // They stand, as far as was seen; the read-back looks again.
            return Ok(());
        }
        if edit.is_done(&write.read().await?.document) {
            return Ok(());
        }
    }
    Err(write.contested().into())
}

struct Write<'a> {
    cx: &'a WriteCx,
    bucket: &'a str,
    edit: &'a Edit,
    owner: String,
}

/// What came of one write.
struct Written {
    answer: Result<(), AwsError>,
    /// What S3 said in the body of a refusal.
    body: String,
    /// The document while the write was under way: from before it, or from after.
    witness: Option<Document>,
}

/// What is waited out, and since when.
#[derive(Default)]
struct Waited {
    since: Option<Instant>,
    pause: Duration,
}

impl Write<'_> {
    async fn read(&self) -> Result<Read, AwsError> {
        let get = || self.cx.aws.s3.get_bucket_notification_configuration();
        read::get(&self.cx.call, self.bucket, &self.owner, get).await
    }

    /// Writes until the document says what it is to say. Returns whether anything was written.
    async fn bring(&self) -> Result<bool, KindError> {
        let (mut busy, mut admission) = (Waited::default(), Waited::default());
        let mut owed = Others::default();
        let mut skip = false;
        let mut rounds = 0;
        while rounds < ROUNDS {
            let Some(before) = self.before().await? else { return Ok(rounds > 0) };
            let mut base = before.document.clone();
            owed.put_back(&mut base);
            let after = self.edit.done(&base);
            if after == before.document {
                return Ok(rounds > 0);
            }
            self.check(&before)?;
            let Written { answer, body, witness } = self.put(&after, skip).await;
            if let Err(error) = answer {
                match Refusal::of(&error, &body) {
                    Refusal::Busy => self.wait(&mut busy, FREE_WITHIN, "another write of the bucket is in progress", error).await?,
                    Refusal::Destinations(named) if !named.is_empty() && !self.names_own(&named) && !skip => {
                        self.tell_dead(&named);
                        skip = true;
                    }
                    Refusal::Destinations(named) => {
                        let error = with_reasons(error, &named);
                        self.wait(&mut admission, ADMITTED_WITHIN, "S3 does not see yet that it is let in", error).await?;
                    }
                    Refusal::Other => return Err(error.into()),
                }
                continue;
            }
            rounds += 1;
            if rounds == 1 {
                self.tell_taken_over(&before.document);
            }
            let now = self.shown(&before.document, &after).await?;
            // What the witness saw is newer than what was read, unless it saw what was written.
            let witness = witness.filter(|witness| witness.said() != after.said());
            owed = witness.map(|witness| Document::others(&before.document, &witness, self.edit)).unwrap_or_default();
            let since = Document::others(&after, &now, self.edit);
            if owed.has_come() {
                self.tell(&format!("another client changed it while it was written, and what came is put back: {}", owed.shown()));
            } else if self.edit.is_done(&now) {
                if !owed.gone.is_empty() {
                    self.tell(&format!("another client changed it while it was written, and has to look again: {}", owed.shown()));
                }
                if !since.gone.is_empty() {
                    self.tell(&format!("another client changed it at the same time: {}", since.shown()));
                }
                return Ok(true);
            }
        }
        Err(self.contested().into())
    }

    /// The document as it is; none where there is no bucket and nothing is wanted of it. It is read twice
    /// at a time, so that two connections stand ready: on them the write and its witness go out together.
    async fn before(&self) -> Result<Option<Read>, AwsError> {
        let (one, other) = tokio::join!(self.read(), self.read());
        match one.and(other) {
            Ok(read) => Ok(Some(read)),
            // What is gone has no entries.
            Err(error) if error.is_missing() && self.edit.only_removes() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Refuses to write what cannot be, or would harm others.
    fn check(&self, before: &Read) -> Result<(), AwsError> {
        let refuse = |message: String| Err(AwsError::told(Failure::Refused, &PUT_BUCKET_NOTIFICATION, self.bucket, message));
        if let Some(element) = &before.unknown {
            return refuse(format!("the notifications of the bucket hold `{element}`, which this version would lose: use a newer one"));
        }
        match self.edit.overlapped(&before.document) {
            Some((own, other, event)) => {
                refuse(format!("`{own}` overlaps the bucket's notification {}: S3 takes no two for {event} of one key", other.shown()))
            }
            None => Ok(()),
        }
    }

    /// Writes the document, and reads it at the same time.
    async fn put(&self, after: &Document, skip: bool) -> Written {
        let (body, witness) = (Body::default(), Mutex::new(None));
        let attempt = || {
            let s3 = &self.cx.aws.s3;
            let get = s3
                .get_bucket_notification_configuration()
                .bucket(self.bucket)
                .expected_bucket_owner(&self.owner)
                .customize()
                .interceptor(Body::of_document())
                .send();
            let put = s3
                .put_bucket_notification_configuration()
                .bucket(self.bucket)
                .expected_bucket_owner(&self.owner)
                .notification_configuration(after.configuration())
                .set_skip_destination_validation(skip.then_some(true))
                .customize()
                .interceptor(body.clone())
                .send();
            let witness = &witness;
            async move {
                // The read goes out first.
                let (seen, done) = tokio::join!(get, put);
                let seen = seen.ok().map(read::document_of);
                *witness.lock().unwrap_or_else(PoisonError::into_inner) = seen;
                done
            }
        };
        let answer = self.cx.call.send(&PUT_BUCKET_NOTIFICATION, self.bucket, attempt).await.map(drop);
        Written { answer, body: body.take(), witness: witness.into_inner().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The document after a write, once it is another one than before.
    async fn shown(&self, before: &Document, after: &Document) -> Result<Document, KindError> {
        let mut now = before.clone();
        for pause in SHOWN.map(Duration::from_millis) {
            let why = "S3 does not show what was written yet".to_owned();
            let wait = Wait { why, what: self.bucket.to_owned(), so_far: pause, bound: None, is_retry: false };
            if !pause.is_zero() && self.cx.call.pause(pause, &wait).await.is_some() {
                return Ok(after.clone());
            }
            now = self.read().await?.document;
            if now.said() != before.said() || now.event_bridge != before.event_bridge {
                break;
            }
        }
        Ok(now)
    }

    fn names_own(&self, named: &[Destination]) -> bool {
        named.iter().any(|destination| self.edit.wanted.iter().any(|wanted| wanted.arn == destination.arn))
    }

    /// Waits a while, or gives up with the error.
    async fn wait(&self, waited: &mut Waited, bound: Duration, why: &str, error: AwsError) -> Result<(), AwsError> {
        let since = *waited.since.get_or_insert_with(Instant::now);
        let so_far = since.elapsed();
        if so_far >= bound {
            return Err(error);
        }
        waited.pause = (waited.pause * 2).clamp(Duration::from_millis(250), Duration::from_secs(4));
        let pause = waited.pause.mul_f64(1.0 + fastrand::f64() / 2.0);
        let what = format!("{} on {}", PUT_BUCKET_NOTIFICATION.iam, self.bucket);
        let wait = Wait { why: why.to_owned(), what, so_far, bound: Some(bound), is_retry: true };
        match self.cx.call.pause(pause, &wait).await {
            Some(stop) => {
                Err(AwsError::told(Failure::Stopped, &PUT_BUCKET_NOTIFICATION, self.bucket, format!("{stop} while waiting: {wait}")))
            }
            None => Ok(()),
        }
    }

    fn tell_taken_over(&self, before: &Document) {
        for entry in before.said() {
            if self.edit.is_taken_over(&entry) {
                self.tell(&format!("the stack's own takes the place of {}, which says the same", entry.shown()));
            } else if self.edit.displaces(&entry) {
                self.tell(&format!("the new one takes the place of {}", entry.shown()));
            }
        }
    }

    fn tell_dead(&self, named: &[Destination]) {
        let dead: Vec<String> = named.iter().map(|Destination { arn, why }| format!("{arn} ({why})")).collect();
        self.tell(&format!("entries of others start what cannot be started; they are left as they are: {}", dead.join(", ")));
    }

    fn tell(&self, what: &str) {
        self.cx.call.note(&format!("notifications of the bucket {}: {what}", self.bucket));
    }

    fn contested(&self) -> AwsError {
        let message = "other clients keep changing the bucket's notifications: see who else writes them, and run the command again";
        AwsError::told(Failure::Overdue, &PUT_BUCKET_NOTIFICATION, self.bucket, message)
    }
}

/// The error with what S3 says of each destination, which is not in its message.
fn with_reasons(error: AwsError, named: &[Destination]) -> AwsError {
    let reasons: Vec<String> = named.iter().map(|Destination { arn, why }| format!("{arn}: {why}")).collect();
    let message = if reasons.is_empty() { error.message } else { format!("{} ({})", error.message, reasons.join("; ")) };
    AwsError { message, ..error }
}
