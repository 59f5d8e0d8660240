//! Evidence from AWS: what cannot be had is told, and fails nothing.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::LogGroup;
use tokio::sync::watch;

use super::gathered::{self, Gathered, OfFunction, is_only_failures};
use super::insights;
use super::lines::{self, Read, Search, search};
use super::metrics;
use crate::aws::{AwsError, Failure, Page, pages};
use crate::commands::interrupt::{self, unless_stopped};
use crate::contract::ReadCx;
use crate::evidence::{Refusal, VersionFacts};
use crate::kinds::{function, log_group};
use crate::model::{Node, Stop};
use crate::report::progress::Share;

const HOUR: i64 = 3600;

/// How calls are read.
#[derive(Clone, Copy)]
pub enum Way {
    /// Line by line.
    Lines {
        /// All of them.
        deep: bool,
    },
    /// Counted by Logs Insights.
    Insights,
}

/// Reads metrics and calls of these functions, up to `now` in seconds since 1970.
pub async fn gather(cx: &ReadCx, functions: &[&Node], asked: f64, now: i64, way: Way, quiet: bool) -> Gathered {
    // From now on the first Ctrl-C ends reading, and what was read is used.
    let stop = interrupt::gathering();
    let start = now - (asked * HOUR as f64) as i64;
    let names: Vec<&str> = functions.iter().map(|node| node.name.as_str()).collect();
    let mut all = Gathered::default();
    // Periods begin at whole hours.
    let measured = unless_stopped(&stop, metrics::read(cx, &names, start.div_euclid(HOUR) * HOUR, now)).await;
    let mut measured = match measured {
        Some(Ok(measured)) => measured,
        Some(Err(error)) => {
            all.notes.push(format!("no metrics: {}", refusal(&error)));
            all.failed(error);
            BTreeMap::new()
        }
        None => {
            all.notes.push("no metrics: reading was ended before they came".to_owned());
            BTreeMap::new()
        }
    };
    let share = Share::new(quiet);
    for node in functions {
        let mut of = OfFunction { metrics: measured.remove(&node.name).unwrap_or_default(), ..OfFunction::default() };
        if stop.borrow().is_some() {
            of.unread = Some(Refusal::Unread { why: "reading was ended before it".to_owned() });
            all.functions.insert(node.id.name.clone(), of);
            continue;
        }
        let known = unless_stopped(&stop, about(cx, node, &mut of)).await;
        if let Some(Err(error)) = known {
            all.notes.push(format!("{}: versions and architecture are not known: {}", node.id, refusal(&error)));
            all.failed(error);
        }
        let reading = Reading { cx, node, start, now, way, stop: &stop, share: &share };
        if let Err(error) = reading.calls(&mut of).await {
            of.unread = Some(refusal(&error));
            if of.samples.calls() > 0 {
                all.notes.push(format!("{}: reading lines ended early: {}", node.id, refusal(&error)));
            }
            match way {
                // What is denied was asked for, and is paid for.
                Way::Insights => all.failures.push(error),
                Way::Lines { .. } => all.failed(error),
            }
        }
        all.functions.insert(node.id.name.clone(), of);
    }
    share.end();
    all
}

/// What an error means to who asked for advice.
fn refusal(error: &AwsError) -> Refusal {
    match error.failure {
        Failure::Denied => Refusal::Denied { right: error.operation.to_owned() },
        _ => Refusal::Unread { why: error.to_string() },
    }
}

/// Code and architecture of versions, and what the live function logs.
async fn about(cx: &ReadCx, node: &Node, of: &mut OfFunction) -> Result<(), AwsError> {
    let name = &node.name;
    let versions = pages(&function::api::LIST_VERSIONS_BY_FUNCTION, name, |marker| async move {
        let asked = || cx.aws.lambda.list_versions_by_function().function_name(name).set_marker(marker.clone()).send();
        match cx.call.send(&function::api::LIST_VERSIONS_BY_FUNCTION, name, asked).await {
            Err(error) if error.is_missing() => Ok(Page::empty()),
            answer => answer.map(|page| Page::new(page.versions, page.next_marker)),
        }
    });
    for version in versions.await? {
        let Some(number) = version.version() else { continue };
        if number == "$LATEST" {
            let level = version.logging_config().and_then(|logging| logging.system_log_level());
            of.only_failures = is_only_failures(level.map(aws_sdk_lambda::types::SystemLogLevel::as_str));
        }
        let architecture = version.architectures().first().map(|one| one.as_str().to_owned());
        of.versions.insert(number.to_owned(), VersionFacts { code: version.code_sha256().map(str::to_owned), architecture });
    }
    Ok(())
}

/// Before its group was made a function did not run: that is no part of the window. Lines may be older
/// than their group where somebody put them there.
fn since_birth(of: &mut OfFunction, group: &LogGroup, start: i64, now: i64) {
    let Some(made) = group.creation_time() else { return };
    let first = of.samples.span().map_or(made, |(first, _)| first.min(made)).div_euclid(1000);
    if first <= start {
        return;
    }
    let hours = ((now - first) as f64 / HOUR as f64).max(1.0);
    of.window.hours = Some(hours);
    of.window.covered = of.window.covered.map(|covered| covered.min(hours));
    of.metrics.hours = of.metrics.hours.map(|_| hours);
}

struct Reading<'a> {
    cx: &'a ReadCx,
    node: &'a Node,
    start: i64,
    now: i64,
    way: Way,
    stop: &'a watch::Receiver<Option<Stop>>,
    share: &'a Share,
}

impl Reading<'_> {
    async fn calls(&self, of: &mut OfFunction) -> Result<(), AwsError> {
        let Self { cx, node, start, now, way, stop, share } = self;
        let now = *now;
        let group = gathered::log_group(node);
        let found = match unless_stopped(stop, group_of(cx, &group)).await {
            Some(found) => found?,
            None => {
                of.unread = Some(Refusal::Unread { why: "reading was ended before it".to_owned() });
                return Ok(());
            }
        };
        let Some(found) = found else {
            of.unread = Some(Refusal::NoLogGroup { group });
            return Ok(());
        };
        // What the retention has taken is in no window.
        let kept = found.retention_in_days().map(|days| now - i64::from(days) * 24 * HOUR);
        let start = kept.map_or(*start, |kept| kept.max(*start));
        share.begin(&node.id.to_string());
        // The second that runs is a part of the window.
        let end = now + 1;
        let progress = &mut |covered| share.at(covered);
        let Read { mut window, failed } = match *way {
            Way::Insights => {
                let by_queries = insights::Search { cx, group: &group, name: &node.name, start, end, stop };
                insights::search(&by_queries, &mut of.samples, progress).await
            }
            Way::Lines { deep } => {
                let json = node.spec["logging"]["format"].as_str() == Some("JSON");
                let (start, end, expected) = (start * 1000, end * 1000, of.metrics.invocations);
                let by_lines = Search { group: &group, name: &node.name, json, start, end, deep, expected };
                let mut read = search(cx, &by_lines, stop, &mut of.samples, progress).await;
                if read.failed.is_none() {
                    read.failed = lines::deaths(cx, &by_lines, stop, &mut of.samples).await.err();
                }
                read
            }
        };
        window.partial |= failed.is_some() || stop.borrow().is_some();
        of.window = window;
        since_birth(of, &found, start, now);
        failed.map_or(Ok(()), Err)
    }
}

/// The log group of this name; none where there is none.
///
/// # Errors
/// A call failed.
pub async fn group_of(cx: &ReadCx, name: &str) -> Result<Option<LogGroup>, AwsError> {
    let groups = pages(&log_group::api::DESCRIBE_LOG_GROUPS, name, |token| async move {
        let asked = || cx.aws.logs.describe_log_groups().log_group_name_prefix(name).set_next_token(token.clone()).send();
        let page = cx.call.send(&log_group::api::DESCRIBE_LOG_GROUPS, name, asked).await?;
        Ok(Page::new(page.log_groups, page.next_token))
    });
    Ok(groups.await?.into_iter().find(|group| group.log_group_name() == Some(name)))
}
