//! What ran, held against a plan: asked only about what changes, and only where it gets less than before.
//! What cannot be had fails nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use super::advise::{code, lines};
use super::measured::Unmeasured;
use super::metric_data::{self, Query};
use crate::aws::{AwsError, Failure, Tokens, api};
use crate::contract::{Kind, ReadCx};
use crate::evidence::{Against, Changes, HIDDEN, Machine, Metrics, Objection, Refusal, Samples, argue};
use crate::kinds::function::Function;
use crate::kinds::log_group::LogGroup;
use crate::kinds::queue::Queue;
use crate::model::plan::Planned;
use crate::model::reference::references_in;
use crate::model::{Action, Desired, Live, Node, ResourceId, Step};

/// Hours that are looked back.
const TWO_WEEKS: i64 = 14 * 24;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Days for which CloudWatch keeps points (GetMetricData, API reference).
const LONGEST: i64 = 455;
/// Pages of events that are counted where no metric tells what a log group took in.
const PAGES: usize = 3;
/// A plan waits no longer than that for what it can do without.
const PATIENCE: Duration = Duration::from_secs(20);

/// What ran says of a plan.
#[derive(Debug, Default)]
pub struct Argued {
    /// By the address of what changes.
    pub objections: BTreeMap<ResourceId, Vec<Objection>>,
    /// What could not be had, and which right gives it.
    pub missing: BTreeSet<String>,
}

/// A change that can be held against what ran.
struct Question<'a> {
    step: &'a Step,
    node: &'a Node,
}

impl Question<'_> {
    fn change(&self, path: &str) -> Option<(&Value, &Value)> {
        let change = self.step.changes.iter().find(|change| change.path == path && !change.is_sensitive())?;
        Some((change.before.shown(), change.after.shown()))
    }

    /// What a number becomes, where that is less.
    fn less(&self, path: &str) -> Option<u32> {
        let (before, after) = self.change(path)?;
        let (before, after) = (before.as_u64()?, after.as_u64()?);
        u32::try_from(after).ok().filter(|_| after < before)
    }

    /// Whether a number becomes more.
    fn more(&self, path: &str) -> bool {
        self.change(path).is_some_and(|(before, after)| after.as_u64() > before.as_u64())
    }

    fn changes(&self) -> Changes {
        let (memory, timeout) = (self.less("memory"), self.less("timeout"));
        let reserved = self.change("reserved_concurrency").map(|(before, after)| (before.as_u64(), after.as_u64()));
        let concurrency = reserved.and_then(|(before, after)| after.filter(|after| before.is_none_or(|before| *after < before)));
        let was_reserved = reserved.is_some_and(|(before, _)| before.is_some());
        Changes { memory, timeout, concurrency: concurrency.and_then(|after| u32::try_from(after).ok()), was_reserved }
    }

    /// Whether calls of a function may speak against it.
    fn is_of_calls(&self) -> bool {
        self.step.id.kind == Function::NAME && (self.to_arm() || self.changes().any())
    }

    fn to_arm(&self) -> bool {
        self.change("architecture").is_some_and(|(before, after)| before == "x86_64" && after == "arm64")
    }

    /// Days that logs were kept before, none where for ever, and are kept from now on.
    fn retention(&self) -> Option<(Option<i64>, i64)> {
        let (before, after) = self.change("retention_days")?;
        let (before, after) = (before.as_i64(), after.as_i64()?);
        before.is_none_or(|before| after < before).then_some((before, after))
    }
}

/// The changes of a plan that can be held against what ran.
fn questions<'a>(planned: &'a Planned, desired: &'a Desired) -> Vec<Question<'a>> {
    let steps = planned.plan.steps.iter().filter(|step| matches!(step.action, Action::Update | Action::Replace | Action::Adopt));
    steps.filter_map(|step| Some(Question { step, node: desired.nodes.get(&step.id)? })).collect()
}

/// The functions whose metrics are wanted, by physical name.
pub fn functions<'a>(planned: &'a Planned, desired: &'a Desired) -> BTreeSet<&'a str> {
    let questions = questions(planned, desired);
    let hidden = visibility(&questions, desired).into_iter().map(|(_, function, _)| function.name.as_str());
    let changed = questions.iter().filter(|question| question.is_of_calls()).map(|question| question.step.name.as_str());
    changed.chain(hidden).collect()
}

/// Metrics of functions, or why there are none.
pub type Ran<'a> = Result<&'a BTreeMap<String, Metrics>, &'a Unmeasured>;

/// Holds a plan against what ran. Without a change that can be held against it no call is made.
pub async fn of(read: &ReadCx, planned: &Planned, live: &Live, desired: &Desired, ran: Ran<'_>) -> Argued {
    let questions = questions(planned, desired);
    let asking = Asking { read, live, desired, now: Timestamp::now().as_second() };
    let mut argued = Argued::default();
    let late = tokio::time::timeout(PATIENCE, asking.all(&questions, ran, &mut argued)).await.is_err();
    if late {
        argued.missing.insert(format!("what ran was not told within {} s", PATIENCE.as_secs()));
    }
    argued
}

/// The node of a queue, and the functions that it feeds.
fn visibility<'a>(questions: &[Question<'_>], desired: &'a Desired) -> Vec<(&'a Node, &'a Node, &'static str)> {
    let functions = desired.nodes.values().filter(|node| node.id.kind == Function::NAME);
    let mut all = Vec::new();
    for function in functions {
        let sources = function.spec["event_sources"].as_object().into_iter().flatten();
        for queue in sources.filter_map(|(source, _)| references_in(source).find_map(|reference| desired.target(&reference))) {
            if queue.id.kind != Queue::NAME {
                continue;
            }
            let of = |id: &ResourceId| questions.iter().find(|question| question.step.id == *id);
            if of(&queue.id).is_some_and(|question| question.less("visibility_timeout").is_some()) {
                all.push((queue, function, "visibility_timeout"));
            } else if of(&function.id).is_some_and(|question| question.more("timeout")) {
                all.push((queue, function, "timeout"));
            }
        }
    }
    let number = |node: &Node, field: &str| node.spec[field].as_u64().unwrap_or_default();
    all.retain(|(queue, function, _)| number(queue, "visibility_timeout") < number(function, "timeout") * u64::from(HIDDEN));
    all
}

struct Asking<'a> {
    read: &'a ReadCx,
    live: &'a Live,
    desired: &'a Desired,
    /// Seconds since 1970.
    now: i64,
}

impl Asking<'_> {
    async fn all(&self, questions: &[Question<'_>], ran: Ran<'_>, argued: &mut Argued) {
        let hidden = visibility(questions, self.desired);
        let changed: Vec<&Question<'_>> = questions.iter().filter(|question| question.is_of_calls()).collect();
        let none = BTreeMap::new();
        let measured = ran.unwrap_or_else(|why| {
            if !changed.is_empty() || !hidden.is_empty() {
                argued.missing.insert(match why {
                    Unmeasured::Failed(error) => missing("metrics", error),
                    Unmeasured::Late(seconds) => format!("metrics were not told within {seconds} s"),
                });
            }
            &none
        });
        for question in changed {
            let metrics = measured.get(&question.step.name).cloned().unwrap_or_default();
            self.function(question, &metrics, argued).await;
        }
        for (queue, function, field) in hidden {
            let calls = measured.get(&function.name).and_then(|metrics| metrics.invocations).unwrap_or_default();
            if calls > 0.0 {
                let number = |node: &Node, field: &str| node.spec[field].as_u64().and_then(|it| u32::try_from(it).ok()).unwrap_or_default();
                let (hidden, timeout) = (number(queue, "visibility_timeout"), number(function, "timeout"));
                let against = Against::Hidden { hidden, timeout, function: function.name.clone() };
                let id = if field == "timeout" { &function.id } else { &queue.id };
                put(argued, id, Objection { field, against, samples: calls as u64, hours: TWO_WEEKS as f64 });
            }
        }
        for question in questions.iter().filter(|question| question.step.id.kind == LogGroup::NAME) {
            if let Some((before, after)) = question.retention() {
                self.logs(question, before, after, argued).await;
            }
        }
    }

    async fn function(&self, question: &Question<'_>, metrics: &Metrics, argued: &mut Argued) {
        let (step, changes) = (question.step, question.changes());
        let group = super::advise::log_group(question.node);
        // What the retention has taken is in no window.
        let kept = self.live.values().find(|seen| seen.name == group).and_then(|seen| seen.spec["retention_days"].as_i64());
        let hours = kept.map_or(TWO_WEEKS, |days| (days * 24).min(TWO_WEEKS));
        let mut samples = Samples::default();
        if changes.any() {
            match self.lines(question, &group, hours, metrics, &mut samples).await {
                // Who never ran has no group.
                Err(error) if !error.is_missing() => {
                    argued.missing.insert(missing(&format!("the lines of {}", step.id), &error));
                }
                _ => {}
            }
        }
        if let Some(mb) = metrics.most_used() {
            samples.used_beside(mb, None);
        }
        let hours = if samples.calls() == 0 { metrics.hours.unwrap_or(hours as f64) } else { hours as f64 };
        for objection in argue(changes, &samples, metrics, hours) {
            put(argued, &step.id, objection);
        }
        let calls = metrics.invocations.unwrap_or_default() as u64;
        if question.to_arm()
            && calls > 0
            && let Machine::Not(why @ (Refusal::MachineCode { .. } | Refusal::Layer { .. })) = code::machine(question.node, self.desired)
        {
            put(
                argued,
                &step.id,
                Objection { field: "architecture", against: Against::Machine { why: why.to_string() }, samples: calls, hours },
            );
        }
    }

    async fn lines(
        &self,
        question: &Question<'_>,
        group: &str,
        hours: i64,
        metrics: &Metrics,
        samples: &mut Samples,
    ) -> Result<(), AwsError> {
        let (_open, stop) = watch::channel(None);
        let search = lines::Search {
            group,
            name: &question.step.name,
            json: question.node.spec["logging"]["format"].as_str() == Some("JSON"),
            start: (self.now - hours * HOUR) * 1000,
            end: self.now * 1000,
            deep: false,
            expected: metrics.invocations,
        };
        lines::search(self.read, &search, &stop, samples, &mut |_| {}).await.failed.map_or(Ok(()), Err)
    }

    /// What a shorter retention deletes: what came in between the new limit and the old one.
    async fn logs(&self, question: &Question<'_>, before: Option<i64>, after: i64, argued: &mut Argued) {
        let name = &question.step.name;
        let start = self.now - before.unwrap_or(LONGEST).min(LONGEST) * DAY;
        let end = self.now - after * DAY;
        let incoming = self.incoming(name, start, end).await;
        let found = match incoming {
            Ok(Some(found)) => Ok(found),
            Ok(None) => self.counted(name, start, end).await,
            Err(error) => {
                argued.missing.insert(missing("metrics", &error));
                self.counted(name, start, end).await
            }
        };
        match found {
            Ok(Incoming { bytes, events, first, at_least }) if events > 0 => {
                let hours = (end - first.max(start)) as f64 / HOUR as f64;
                let against = Against::LogsDeleted { bytes, at_least };
                put(argued, &question.step.id, Objection { field: "retention_days", against, samples: events, hours });
            }
            Ok(_) => {}
            Err(error) if error.is_missing() => {}
            Err(error) => drop(argued.missing.insert(missing(&format!("the events of {}", question.step.id), &error))),
        }
    }

    /// What metrics say that a log group took in; none where they say nothing.
    async fn incoming(&self, group: &str, start: i64, end: i64) -> Result<Option<Incoming>, AwsError> {
        // Whole periods: points of an hour are kept for as long as any.
        let period = if end - start > 60 * DAY { DAY } else { HOUR };
        let (start, end) = (start.div_euclid(period) * period, end.div_euclid(period) * period);
        let query =
            |metric| Query { namespace: "AWS/Logs", metric, dimension: ("LogGroupName", group), statistic: "Sum", period: period as i32 };
        let queries = ["IncomingBytes", "IncomingLogEvents"].map(query);
        let points = metric_data::read(self.read, group, &queries, start, end).await?;
        let first = points.iter().flatten().map(|point| point.at.div_euclid(1000)).min();
        let sum = |at: usize| points.get(at).into_iter().flatten().map(|point| point.value).sum::<f64>();
        Ok(first.map(|first| Incoming { bytes: sum(0) as u64, events: sum(1) as u64, first, at_least: false }))
    }

    /// What the events themselves say.
    async fn counted(&self, group: &str, start: i64, end: i64) -> Result<Incoming, AwsError> {
        let mut found = Incoming { bytes: 0, events: 0, first: end, at_least: true };
        let (mut token, mut tokens) = (None::<String>, Tokens::default());
        let op = api::filter_log_events(&self.read.scope.region);
        for _ in 0..PAGES {
            let asked = || {
                let call = self.read.aws.logs.filter_log_events().log_group_name(group).set_next_token(token.clone());
                call.start_time(start.max(0) * 1000).end_time(end * 1000).send()
            };
            let page = self.read.call.send(op, group, asked).await?;
            for event in page.events() {
                found.bytes += event.message().map_or(0, str::len) as u64;
                found.events += 1;
                found.first = event.timestamp().map_or(found.first, |at| found.first.min(at.div_euclid(1000)));
            }
            token = tokens.next(op, group, page.next_token().map(str::to_owned))?;
            if token.is_none() {
                return Ok(Incoming { at_least: false, ..found });
            }
        }
        Ok(found)
    }
}

/// What a log group took in.
struct Incoming {
    bytes: u64,
    events: u64,
    /// When the first came, in seconds since 1970.
    first: i64,
    at_least: bool,
}

fn put(argued: &mut Argued, id: &ResourceId, objection: Objection) {
    argued.objections.entry(id.clone()).or_default().push(objection);
}

fn missing(what: &str, error: &AwsError) -> String {
    match error.failure {
        Failure::Denied => format!("{what} cannot be read: these credentials lack {}", error.operation),
        _ => format!("{what} cannot be read: {error}"),
    }
}
