//! `etlctl logs`: what a function has logged, and what it logs from now on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::{SignedDuration, Timestamp};

use super::deployed::{self, Deployed};
use super::session::Session;
use super::stacks;
use crate::aws::{Page, pages};
use crate::cli::{Global, LogsArgs};
use crate::error::{Error, exit};
use crate::kinds::log_group;
use crate::report;

/// FilterLogEvents is limited to 5 requests a second in most regions (CloudWatch Logs quotas).
const PAUSE: Duration = Duration::from_secs(2);
/// Events can arrive late: what is asked again overlaps by this much, and is shown once.
const OVERLAP_MS: i64 = 10_000;

pub async fn run(global: &Global, args: &LogsArgs) -> Result<u8, Error> {
    let session = Session::open(global, stacks::load(global)?).await?;
    let function = deployed::find(&session, &args.function)?;
    let Some(group) = function.log_group.as_deref() else {
        let hint = format!("set `logging: {{ level: error }}` under `{}`, and apply", function.key);
        return Err(Error::Usage { message: format!("{} logs nothing", function.name), hint });
    };
    let mut since = (Timestamp::now() - SignedDuration::from_secs(i64::from(args.since))).as_millisecond();
    let mut shown: BTreeSet<String> = BTreeSet::new();
    loop {
        let mut alike = BTreeMap::new();
        for event in events(&function, group, since).await? {
            if shown.insert(identity(&event, &mut alike)) {
                report::data(&line(&event));
                since = since.max(event.timestamp().unwrap_or(since) - OVERLAP_MS);
            }
        }
        if !args.follow {
            return Ok(exit::DONE);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The event's id; where an endpoint gives none, what it says and which of those that say it this is.
fn identity(event: &FilteredLogEvent, alike: &mut BTreeMap<String, usize>) -> String {
    if let Some(id) = event.event_id() {
        return id.to_owned();
    }
    let said = format!("{:?} {:?} {:?}", event.log_stream_name(), event.timestamp(), event.message());
    let nth = alike.entry(said.clone()).and_modify(|n| *n += 1).or_insert(0);
    format!("{said} {nth}")
}

async fn events(function: &Deployed, group: &str, since: i64) -> Result<Vec<FilteredLogEvent>, Error> {
    let read = &function.read;
    let all = pages(|token| async move {
        let asked = || read.aws.logs.filter_log_events().log_group_name(group).start_time(since).set_next_token(token.clone()).send();
        let page = read.call.send(&log_group::api::FILTER_LOG_EVENTS, group, asked).await?;
        Ok(Page::new(page.events, page.next_token))
    });
    let mut all: Vec<FilteredLogEvent> =
        all.await.map_err(|error| if error.is_missing() { deployed::not_deployed(group) } else { error.into() })?;
    all.sort_by_key(|event| event.timestamp());
    Ok(all)
}

fn line(event: &FilteredLogEvent) -> String {
    let at = event.timestamp().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    format!("{at:.3} {}\n", event.message().unwrap_or_default().trim_end())
}
