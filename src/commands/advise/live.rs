//! Evidence from AWS: what cannot be had is told, and fails nothing.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::LogGroup;
use jiff::Timestamp;
use tokio::sync::watch;

use super::gathered::{self, Gathered, OfFunction, is_only_failures};
use super::lines::{Search, search};
use super::metrics;
use crate::aws::{AwsError, Failure, Page, pages};
use crate::commands::interrupt;
use crate::contract::ReadCx;
use crate::evidence::{Refusal, VersionFacts, Window};
use crate::kinds::{function, log_group};
use crate::model::{Node, Stop};
use crate::report::progress::Share;

const HOUR: i64 = 3600;

/// Reads metrics and lines of these functions.
pub async fn gather(cx: &ReadCx, functions: &[&Node], asked: f64, deep: bool, quiet: bool) -> Gathered {
    // From now on the first Ctrl-C ends reading, and what was read is used.
    let stop = interrupt::carrying();
    let now = Timestamp::now().as_second();
    let start = now - (asked * HOUR as f64) as i64;
    let names: Vec<&str> = functions.iter().map(|node| node.name.as_str()).collect();
    let mut all = Gathered::default();
    // Periods begin at whole hours.
    let measured = metrics::read(cx, &names, start.div_euclid(HOUR) * HOUR, now).await;
    let mut measured = measured.unwrap_or_else(|error| {
        all.notes.push(format!("no metrics: {}", refusal(&error)));
        BTreeMap::new()
    });
    let share = Share::new(quiet);
    for node in functions {
        let mut of = OfFunction { metrics: measured.remove(&node.name).unwrap_or_default(), ..OfFunction::default() };
        if stop.borrow().is_some() {
            of.unread = Some(Refusal::Unread { why: "reading was ended before it".to_owned() });
            all.functions.insert(node.id.name.clone(), of);
            continue;
        }
        if let Err(error) = about(cx, node, &mut of).await {
            all.notes.push(format!("{}: versions and architecture are not known: {}", node.id, refusal(&error)));
        }
        let reading = Reading { cx, node, start, now, deep, stop: &stop, share: &share };
        if let Err(error) = reading.lines(&mut of).await {
            of.unread = Some(refusal(&error));
            if of.samples.calls() > 0 {
                all.notes.push(format!("{}: reading lines ended early: {}", node.id, refusal(&error)));
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
    let versions = pages(|marker| async move {
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
    deep: bool,
    stop: &'a watch::Receiver<Option<Stop>>,
    share: &'a Share,
}

impl Reading<'_> {
    async fn lines(&self, of: &mut OfFunction) -> Result<(), AwsError> {
        let Self { cx, node, start, now, deep, stop, share } = self;
        let now = *now;
        let group = gathered::log_group(node);
        let Some(found) = self.group(&group).await? else {
            of.unread = Some(Refusal::NoLogGroup { group });
            return Ok(());
        };
        // What the retention has taken is in no window.
        let kept = found.retention_in_days().map(|days| now - i64::from(days) * 24 * HOUR);
        let start = kept.map_or(*start, |kept| kept.max(*start));
        share.begin(&node.id.to_string());
        let search_for = Search {
            group: &group,
            name: &node.name,
            json: node.spec["logging"]["format"].as_str() == Some("JSON"),
            start: start * 1000,
            // The second that runs is a part of the window.
            end: (now + 1) * 1000,
            deep: *deep,
            expected: of.metrics.invocations,
        };
        match search(cx, &search_for, stop, &mut of.samples, &mut |covered| share.at(covered)).await {
            Ok(window) => of.window = window,
            Err(error) => {
                of.window = Window { hours: Some((now - start) as f64 / HOUR as f64), partial: true, ..Window::default() };
                return Err(error);
            }
        }
        since_birth(of, &found, start, now);
        Ok(())
    }

    async fn group(&self, name: &str) -> Result<Option<LogGroup>, AwsError> {
        let cx = self.cx;
        let groups = pages(|token| async move {
            let asked = || cx.aws.logs.describe_log_groups().log_group_name_prefix(name).set_next_token(token.clone()).send();
            let page = cx.call.send(&log_group::api::DESCRIBE_LOG_GROUPS, name, asked).await?;
            Ok(Page::new(page.log_groups, page.next_token))
        });
        Ok(groups.await?.into_iter().find(|group| group.log_group_name() == Some(name)))
    }
}
