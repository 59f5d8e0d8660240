//! Reports of calls out of a log group: all of them, or a part of each slice of the window.

use std::collections::VecDeque;

use tokio::sync::watch;

use crate::aws::{AwsError, Tokens, api};
use crate::commands::interrupt::unless_stopped;
use crate::contract::ReadCx;
use crate::evidence::{Line, Samples, Window, read, stream};
use crate::model::Stop;

/// Events of a function that are read without `--deep`.
pub const BUDGET: usize = 20_000;
/// Slices of a window of which not all is read.
const SLICES: i64 = 24;
/// Events of a page, as FilterLogEvents takes them at most.
const PAGE: i32 = 10_000;

/// What is read.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// The log group.
    pub group: &'a str,
    /// The function, where the group is one that functions share.
    pub name: &'a str,
    /// Whether it logs JSON now.
    pub json: bool,
    /// From then on, in milliseconds since 1970.
    pub start: i64,
    /// Until then.
    pub end: i64,
    /// Whether all is read.
    pub deep: bool,
    /// How many calls there are, where metrics tell it.
    pub expected: Option<f64>,
}

/// What became of reading.
pub struct Read {
    /// How far it reaches.
    pub window: Window,
    /// What ended it early.
    pub failed: Option<AwsError>,
}

struct Slice {
    start: i64,
    end: i64,
    /// Up to when it was read.
    read: i64,
    token: Option<String>,
    tokens: Tokens,
}

impl Slice {
    /// Takes in where the listing goes on.
    fn goes_on(&mut self, cx: &ReadCx, group: &str, next: Option<String>) -> Result<(), AwsError> {
        self.token = self.tokens.next(api::filter_log_events(&cx.scope.region), group, next)?;
        Ok(())
    }
}

/// Reads lines of the form that the function logs in, and where there are none those of the other form: it
/// may have changed in the window. `progress` is told the share of the window that was covered.
///
/// What was read is in `samples`, however it ends.
pub async fn search(
    cx: &ReadCx,
    search: &Search<'_>,
    stop: &watch::Receiver<Option<Stop>>,
    samples: &mut Samples,
    progress: &mut dyn FnMut(f64),
) -> Read {
    let read = in_form(cx, search, stop, samples, progress).await;
    if samples.calls() > 0 || read.failed.is_some() || stop.borrow().is_some() {
        return read;
    }
    in_form(cx, &Search { json: !search.json, ..*search }, stop, samples, progress).await
}

async fn in_form(
    cx: &ReadCx,
    search: &Search<'_>,
    stop: &watch::Receiver<Option<Stop>>,
    samples: &mut Samples,
    progress: &mut dyn FnMut(f64),
) -> Read {
    let Search { start, end, deep, expected, .. } = *search;
    // Few calls need no slices, and so fewer requests.
    let few = deep || expected.is_some_and(|calls| calls < BUDGET as f64);
    let slices = if few { 1 } else { SLICES };
    let edge = |at: i64| start + (end - start) * at / slices;
    let mut open: VecDeque<Slice> = (0..slices)
        .map(|at| Slice { start: edge(at), end: edge(at + 1), read: edge(at), token: None, tokens: Tokens::default() })
        .collect();
    let mut events = 0;
    let mut done = 0;
    let (mut partial, mut failed) = (false, None);
    let pattern = if search.json { "{ $.type = \"platform.report\" }" } else { "\"REPORT RequestId\"" };
    while let Some(mut slice) = open.pop_front() {
        if !deep && events >= BUDGET {
            open.push_front(slice);
            break;
        }
        let page = unless_stopped(stop, page(cx, search, pattern, &slice, samples)).await.transpose();
        let page = page.and_then(|page| {
            let Some(page) = page else { return Ok(None) };
            events += page.events;
            slice.read = page.last.map_or(slice.read, |last| last.max(slice.read));
            slice.goes_on(cx, search.group, page.next).map(Some)
        });
        if !matches!(page, Ok(Some(()))) {
            (partial, failed) = (true, page.err());
            open.push_front(slice);
            break;
        }
        if slice.token.is_none() {
            done += slice.end - slice.start;
        } else {
            open.push_back(slice);
        }
        let begun: i64 = open.iter().map(|slice| slice.read - slice.start).sum();
        progress((done + begun) as f64 / (end - start).max(1) as f64);
    }
    let covered = done + open.iter().map(|slice| slice.read - slice.start).sum::<i64>();
    let hours = |milliseconds: i64| milliseconds as f64 / 3_600_000.0;
    let sampled = !partial && !open.is_empty();
    Read { window: Window { hours: Some(hours(end - start)), covered: Some(hours(covered)), sampled, partial }, failed }
}

/// Lines by which calls end that their reports may say nothing of, in groups of text: a killed process,
/// and the timeout as reports did not tell it before June 2026. They are few, so that all are read.
const DEATHS: [&str; 2] = ["\"signal: killed\"", "\"Task timed out\""];
/// Pages of each: what is not read then is as rare as it is many.
const DEATH_PAGES: usize = 200;

/// Takes in what lines beside the reports tell of killed environments and timeouts.
///
/// # Errors
/// A call failed.
pub async fn deaths(cx: &ReadCx, search: &Search<'_>, stop: &watch::Receiver<Option<Stop>>, samples: &mut Samples) -> Result<(), AwsError> {
    if search.json || samples.calls() == 0 {
        return Ok(());
    }
    for pattern in DEATHS {
        let mut slice = Slice { start: search.start, end: search.end, read: search.start, token: None, tokens: Tokens::default() };
        for _ in 0..DEATH_PAGES {
            let Some(page) = unless_stopped(stop, page(cx, search, pattern, &slice, samples)).await else { return Ok(()) };
            let page = page?;
            slice.goes_on(cx, search.group, page.next)?;
            if slice.token.is_none() {
                break;
            }
        }
    }
    Ok(())
}

struct Found {
    events: usize,
    last: Option<i64>,
    next: Option<String>,
}

async fn page(cx: &ReadCx, search: &Search<'_>, pattern: &str, slice: &Slice, samples: &mut Samples) -> Result<Found, AwsError> {
    let Search { group, name, deep, .. } = *search;
    let is_report = !DEATHS.contains(&pattern);
    // Of a slice no page may use up what the others get.
    let limit = if deep { PAGE } else { (BUDGET as i32 / SLICES as i32).max(1) };
    let limit = if slice.start == search.start && slice.end == search.end { PAGE } else { limit };
    let asked = || {
        let call = cx.aws.logs.filter_log_events().log_group_name(group).filter_pattern(pattern).limit(limit);
        // Both ends belong to the range.
        call.start_time(slice.start).end_time(slice.end - 1).set_next_token(slice.token.clone()).send()
    };
    let answer = cx.call.send(api::filter_log_events(&cx.scope.region), group, asked).await?;
    let events = answer.events();
    for event in events {
        // The filter of a local AWS takes more than the pattern says: no report counts twice.
        let line = event.message().and_then(read).filter(|line| is_report || !matches!(line, Line::Report(_)));
        let Some(line) = line else { continue };
        let of = event.log_stream_name().and_then(stream);
        if of.as_ref().and_then(|of| of.function.as_deref()).is_some_and(|other| other != name) {
            continue;
        }
        let version = of.map_or_else(|| "unknown".to_owned(), |of| of.version);
        samples.add(&version, event.timestamp(), line);
    }
    let last = events.iter().filter_map(aws_sdk_cloudwatchlogs::types::FilteredLogEvent::timestamp).max();
    Ok(Found { events: events.len(), last, next: answer.next_token().map(str::to_owned) })
}
