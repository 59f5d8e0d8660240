//! Reports of calls by Logs Insights: counted where they lie, so that all of them are read and none is sent.
//! It costs by the bytes that it scans, which is told, and agreed to, before the first query.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use rust_decimal::Decimal;
use tokio::sync::watch;
use tokio::time::Instant;

use super::gathered;
use super::lines::Read;
use super::live::group_of;
use crate::aws::{AwsError, Failure};
use crate::commands::interrupt::unless_stopped;
use crate::commands::metric_data::{self, Query};
use crate::contract::ReadCx;
use crate::contract::cost::{Usage, key};
use crate::cost::{Prices, shown};
use crate::error::Error;
use crate::evidence::{MOST_ROWS, QUERY, Samples, Summary, Window};
use crate::kinds::log_group::api::{GET_QUERY_RESULTS, START_QUERY, STOP_QUERY};
use crate::model::counted;
use crate::model::stake::size;
use crate::model::{Node, Stop};
use crate::report;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Bytes of a GB of logs.
const GB: u64 = 1_000_000_000;
/// Queries at the same time: an account has 30, which others use too (CloudWatch Logs quotas).
const AT_ONCE: usize = 8;
/// AWS ends a query after 60 minutes; one over a day of one group takes seconds.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Who wants to leave waits no longer for a query to be stopped.
const STOPPING: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Calls of a function that are held in memory at most.
const MOST_CALLS: usize = 5_000_000;

/// What queries of a stack scan.
pub struct Offer {
    bytes: u64,
    groups: usize,
    /// Whether only stored bytes are known, which are compressed.
    by_storage: bool,
    text: String,
}

/// What the queries of a stack will scan, and what that costs.
///
/// # Errors
/// The groups cannot be read: without them there is no price.
pub async fn offer(cx: &ReadCx, functions: &[&Node], asked: f64, now: i64, prices: &Prices) -> Result<Offer, AwsError> {
    // A group that functions share is scanned once for each.
    let mut groups: BTreeMap<String, u64> = BTreeMap::new();
    for node in functions {
        *groups.entry(gathered::log_group(node)).or_default() += 1;
    }
    let names: Vec<&str> = groups.keys().map(String::as_str).collect();
    let queries: Vec<Query<'_>> = names.iter().map(|name| incoming(name)).collect();
    let start = (now - (asked * HOUR as f64) as i64).div_euclid(DAY) * DAY;
    // Who may not read metrics is told the bound by what is stored.
    let measured = metric_data::read(cx, "log groups", &queries, start, now).await.unwrap_or_default();
    let mut offer = Offer { bytes: 0, groups: 0, by_storage: false, text: String::new() };
    for (at, name) in names.iter().enumerate() {
        let Some(group) = group_of(cx, name).await? else { continue };
        let times = groups.get(*name).copied().unwrap_or(1);
        let came: f64 = measured.get(at).into_iter().flatten().map(|point| point.value).sum();
        let stored = u64::try_from(group.stored_bytes().unwrap_or_default()).unwrap_or_default();
        offer.by_storage |= came <= 0.0;
        offer.bytes = offer.bytes.saturating_add((came as u64).max(stored).saturating_mul(times));
        offer.groups += 1;
    }
    let scanned = Usage::default().with(key::INSIGHTS_SCAN, Decimal::from(offer.bytes) / Decimal::from(GB));
    let one = Usage::default().with(key::INSIGHTS_SCAN, Decimal::ONE);
    let region = &cx.scope.region;
    let amount = shown(prices.bill(region, &scanned).amount());
    let price = prices.bill(region, &one).lines.into_iter().next().map(|line| {
        let day = line.source.as_of.map(|day| format!(" as of {day}")).unwrap_or_default();
        format!("{amount} at ${} a GB ({}{day})", line.price.normalize(), line.source.what)
    });
    let price = price.unwrap_or_else(|| format!("no price for {} in {region}", key::INSIGHTS_SCAN));
    let Offer { bytes, groups, by_storage, .. } = &offer;
    let bound = if *by_storage { "about what is stored of" } else { "at most what came in of" };
    let compressed = if *by_storage { "; AWS stores it compressed, and scans it as it was" } else { "" };
    let text = format!("Logs Insights scans {bound} {}, {}: {price}{compressed}", counted(*groups, "log group"), size(*bytes));
    Ok(Offer { text, ..offer })
}

fn incoming(group: &str) -> Query<'_> {
    Query { namespace: "AWS/Logs", metric: "IncomingBytes", dimension: ("LogGroupName", group), statistic: "Sum", period: DAY as i32 }
}

/// Tells the price, and whether it is agreed to. Nothing to scan needs no answer.
///
/// # Errors
/// There is nobody to ask, and no `--yes`.
pub fn agreed(offers: &[Offer], yes: bool) -> Result<bool, Error> {
    offers.iter().filter(|offer| offer.groups > 0).for_each(|offer| report::tell(&offer.text));
    if yes || offers.iter().all(|offer| offer.groups == 0) {
        return Ok(true);
    }
    if !report::prompt::can_ask() {
        let hint = "pass --yes to agree to the price; without --insights lines are read, which costs nothing by the byte".to_owned();
        return Err(Error::Usage { message: "there is no terminal to ask on".into(), hint });
    }
    Ok(report::prompt::confirm("Run these queries?"))
}

/// A search by queries.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Reads.
    pub cx: &'a ReadCx,
    /// The log group.
    pub group: &'a str,
    /// The function, where the group is one that functions share.
    pub name: &'a str,
    /// From then on, in seconds since 1970.
    pub start: i64,
    /// Until then.
    pub end: i64,
    /// Says when to end.
    pub stop: &'a watch::Receiver<Option<Stop>>,
}

/// A part of the window: its rows, none where it was left out.
struct Part {
    seconds: i64,
    rows: Option<Vec<Summary>>,
}

/// Runs the queries, a day each. `progress` is told the share of the window that was covered.
///
/// Where a query fails, or its answer is none, the others are stopped. What was read is in `samples`.
pub async fn search(search: &Search<'_>, samples: &mut Samples, progress: &mut dyn FnMut(f64)) -> Read {
    let Search { start, end, .. } = *search;
    let given_up = AtomicBool::new(false);
    let asking = Asking { search, given_up: &given_up };
    let days: BTreeSet<i64> = (start.div_euclid(DAY)..=end.div_euclid(DAY)).collect();
    let edges = days.into_iter().map(|day| ((day * DAY).max(start), ((day + 1) * DAY).min(end))).filter(|(from, to)| from < to);
    let edges: Vec<(i64, i64)> = edges.collect();
    let mut parts = stream::iter(edges).map(|(from, to)| asking.part(from, to)).buffer_unordered(AT_ONCE);
    let (mut covered, mut failed) = (0, None);
    while let Some(part) = parts.next().await {
        match part {
            Ok(Part { seconds, rows: Some(rows) }) => {
                covered += seconds;
                let ours = rows.iter().filter(|row| row.function.as_deref().is_none_or(|other| other == search.name));
                for row in ours {
                    if samples.calls() + row.calls > MOST_CALLS {
                        given_up.store(true, Ordering::Relaxed);
                        failed.get_or_insert_with(|| too_many(search.group));
                        break;
                    }
                    samples.add_summary(row);
                }
                progress(covered as f64 / (end - start).max(1) as f64);
            }
            Ok(Part { rows: None, .. }) => {}
            Err(error) => {
                given_up.store(true, Ordering::Relaxed);
                failed.get_or_insert(error);
            }
        }
    }
    let hours = |seconds: i64| seconds as f64 / HOUR as f64;
    let partial = failed.is_some() || covered < end - start;
    Read { window: Window { hours: Some(hours(end - start)), covered: Some(hours(covered)), sampled: false, partial }, failed }
}

fn too_many(group: &str) -> AwsError {
    let message = format!("more than {MOST_CALLS} calls: a shorter --since takes fewer");
    AwsError::told(Failure::EndedBadly, &GET_QUERY_RESULTS, group, message)
}

struct Asking<'a> {
    search: &'a Search<'a>,
    /// Whether another query has failed.
    given_up: &'a AtomicBool,
}

impl Asking<'_> {
    fn is_over(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) || self.search.stop.borrow().is_some()
    }

    /// The rows from one second up to another. Where they are more than an answer holds, both halves are
    /// asked for.
    fn part(&self, from: i64, to: i64) -> BoxFuture<'_, Result<Part, AwsError>> {
        Box::pin(async move {
            let seconds = to - from;
            if self.is_over() {
                return Ok(Part { seconds, rows: None });
            }
            let Some(rows) = self.query(from, to).await? else { return Ok(Part { seconds, rows: None }) };
            if rows.len() < MOST_ROWS {
                return Ok(Part { seconds, rows: Some(rows) });
            }
            if seconds < 2 * HOUR {
                let span = format!("{} min hold", (seconds + 59) / 60);
                let message = format!(
                    "{span} more than {MOST_ROWS} kinds of calls, and an answer holds no more; without --insights a sample of the lines is read"
                );
                return Err(AwsError::told(Failure::EndedBadly, &GET_QUERY_RESULTS, self.search.group, message));
            }
            let middle = from + seconds / 2;
            let (one, other) = (self.part(from, middle).await?, self.part(middle, to).await?);
            let rows = one.rows.zip(other.rows).map(|(one, other)| one.into_iter().chain(other).collect());
            Ok(Part { seconds, rows })
        })
    }

    async fn query(&self, from: i64, to: i64) -> Result<Option<Vec<Summary>>, AwsError> {
        let Search { cx, group, .. } = *self.search;
        // Both ends belong to the range.
        let asked = || cx.aws.logs.start_query().log_group_name(group).start_time(from).end_time(to - 1).query_string(QUERY).send();
        let started = cx.call.send(&START_QUERY, group, asked).await?;
        let none = || AwsError::unexpected(&START_QUERY, group, "the answer holds no query");
        let id = started.query_id().filter(|id| !id.is_empty()).ok_or_else(none)?;
        let (begun, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let asked = cx.call.send(&GET_QUERY_RESULTS, group, || cx.aws.logs.get_query_results().query_id(id).send());
            let Some(answer) = unless_stopped(self.search.stop, asked).await else {
                self.end(id).await;
                return Ok(None);
            };
            let answer = answer?;
            match answer.status() {
                Some(QueryStatus::Complete) => return rows(answer.results(), group).map(Some),
                Some(QueryStatus::Running | QueryStatus::Scheduled) => {}
                other => {
                    let status = other.map_or("nothing", QueryStatus::as_str);
                    return Err(AwsError::told(Failure::EndedBadly, &GET_QUERY_RESULTS, group, format!("the query ended as {status}")));
                }
            }
            if self.is_over() {
                self.end(id).await;
                return Ok(None);
            }
            if begun.elapsed() > PATIENCE {
                self.end(id).await;
                let message = format!("the query took longer than {} min, and was stopped", PATIENCE.as_secs() / 60);
                return Err(AwsError::told(Failure::Overdue, &GET_QUERY_RESULTS, group, message));
            }
            unless_stopped(self.search.stop, tokio::time::sleep(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Stops a query. One that cannot be stopped ends by itself, and what it scanned is paid for either way.
    async fn end(&self, id: &str) {
        let Search { cx, group, .. } = *self.search;
        let stopping = cx.call.send(&STOP_QUERY, group, || cx.aws.logs.stop_query().query_id(id).send());
        let _ = tokio::time::timeout(STOPPING, stopping).await;
    }
}

fn rows(results: &[Vec<ResultField>], group: &str) -> Result<Vec<Summary>, AwsError> {
    let fields = |row: &Vec<ResultField>| -> BTreeMap<String, String> {
        row.iter().filter_map(|field| Some((field.field()?.to_owned(), field.value()?.to_owned()))).collect()
    };
    let read: Result<Vec<Summary>, _> = results.iter().map(|row| Summary::of(&fields(row))).collect();
    read.map_err(|_| AwsError::unexpected(&GET_QUERY_RESULTS, group, "the rows are not what the query asks for"))
}
