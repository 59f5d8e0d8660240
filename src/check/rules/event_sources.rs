//! Event source mappings of queues and streams.

use super::event_source_kinds::settings_of_streams;
use super::lookup;
use crate::check::data::limits::{BATCH_OF_FIFO, BATCH_WITHOUT_WINDOW};
use crate::contract::Resource;
use crate::contract::{Findings, Rule, View};
use crate::contract::{Range, number_limit};
use crate::kinds::function::Function;
use crate::kinds::function::mapping::{EventSource, Origin};
use crate::kinds::function::words::StartingPosition;
use crate::kinds::rule::pattern;
use crate::model::counted;
use crate::model::reference::is_known;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::Yaml;
use crate::source::word::Word;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html";

/// Rules about event sources.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E150",
        title: "large batch without a window",
        why: "SQS hands out at most 10 messages at a time. For a larger batch Lambda has to gather messages for a while, and answers that \
              the batch window must be greater than 0.",
        fix: "add `batch_window: 1s` or more, or keep the batch at 10",
        source: PAGE,
        run: window_needed,
    },
    Rule {
        code: "E417",
        title: "a filter of an event source that Lambda does not take",
        why: "A filter is a pattern in JSON: a mapping whose keys have lists of what matches, or mappings. A mapping takes five, ten where the account's quota is raised. Lambda answers \"Invalid filter pattern definition.\" or \"Too many filter patterns\".",
        fix: "write each as a mapping, such as `{ body: { kind: [order] } }`, and join patterns where there are too many",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
        run: filters,
    },
    Rule {
        code: "W417",
        title: "more filters of an event source than AWS's default quota",
        why: "A mapping takes five filters where the account's quota is AWS's default, and ten where it is raised.",
        fix: "join patterns: values of one list are alternatives",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
        run: many_filters,
    },
    Rule {
        code: "E151",
        title: "batch window out of range",
        why: "Lambda gathers records for up to 300 seconds before it invokes the function. CreateEventSourceMapping refuses a longer \
              window.",
        fix: "write at most 5m",
        source: "botocore service model, lambda CreateEventSourceMapping, MaximumBatchingWindowInSeconds",
        run: window,
    },
    Rule {
        code: "E152",
        title: "concurrency of an event source out of range",
        why: "An SQS event source invokes 2 to 1,000 executions at a time where a limit is set. To process one message after the other, \
              use a FIFO queue with one message group instead of a limit of 1.",
        fix: "write 2 to 1000, or leave the field out",
        source: "botocore service model, lambda CreateEventSourceMapping, ScalingConfig.MaximumConcurrency",
        run: concurrency,
    },
    Rule {
        code: "E144",
        title: "concurrency of an event source above the function's own",
        why: "No event source can start more executions than are reserved for the function. CreateEventSourceMapping answers \
              \"MaximumConcurrency: 100 is greater than Function Reserved Concurrency: 5\".",
        fix: "lower `max_concurrency`, or reserve more",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
        run: above_reservation,
    },
    Rule {
        code: "E153",
        title: "batch too large for a FIFO queue",
        why: "A batch of a FIFO queue has at most 10 messages. The larger batches of standard queues are gathered over time, which FIFO \
              queues do not allow.",
        fix: "write at most 10",
        source: PAGE,
        run: fifo_batch,
    },
    Rule {
        code: "E154",
        title: "batch size out of range",
        why: "A batch has 1 to 10,000 records, whatever the source. CreateEventSourceMapping refuses any other number.",
        fix: "write 1 to 10000",
        source: "botocore service model, lambda CreateEventSourceMapping, BatchSize",
        run: batch,
    },
    Rule {
        code: "E155",
        title: "batch window on a FIFO queue",
        why: "Only standard queues have a batch window. Lambda refuses to gather messages of a FIFO queue over time.",
        fix: "take `batch_window` out",
        source: PAGE,
        run: fifo_window,
    },
    Rule {
        code: "E156",
        title: "setting of streams on a queue",
        why: "Retries, age, splitting, parallel batches, windows and a destination for failures belong to streams such as Kinesis and \
              DynamoDB. On SQS the queue's own redrive policy and visibility timeout do that work, and Lambda refuses the settings.",
        fix: "take it out; a queue has `redrive` for failed messages",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html",
        run: stream_only,
    },
    Rule {
        code: "E157",
        title: "setting of a stream out of range",
        why: "For Kinesis and DynamoDB, Lambda takes 1 to 10 parallel batches of a shard, windows up to 900 seconds, up to 10,000 retries \
              and records up to 7 days old. Other numbers are refused.",
        fix: "write a number in the range",
        source: "botocore service model, lambda CreateEventSourceMapping",
        run: stream_ranges,
    },
    Rule {
        code: "E158",
        title: "unknown starting position",
        why: "Reading of a stream begins at `LATEST`, at `TRIM_HORIZON`, its oldest record, or at `AT_TIMESTAMP`, in this spelling. Lambda \
              refuses any other word.",
        fix: "write `LATEST`, `TRIM_HORIZON` or `AT_TIMESTAMP`",
        source: "botocore service model, lambda CreateEventSourceMapping, StartingPosition",
        run: starting_position,
    },
    Rule {
        code: "E159",
        title: "concurrency limit on a stream",
        why: "Only SQS event sources take a limit of invocations at a time. How many run for a stream follows from its shards and from \
              `parallelization`.",
        fix: "take `max_concurrency` out, or set `parallelization`",
        source: PAGE,
        run: concurrency_on_stream,
    },
];

pub(super) enum SourceKind {
    Standard,
    Fifo,
    Stream,
    Other,
}

/// One mapping with what its source is and where its fields stand.
pub(super) struct Mapping<'a> {
    pub function: &'a Resource<Function>,
    pub source: &'a EventSource,
    arn: &'a str,
    pub kind: SourceKind,
    /// None where the source is not known yet.
    pub origin: Option<Origin>,
    /// Which list of the function it stands in, and where there.
    item: Option<(&'static str, usize)>,
    cx: &'a View<'a>,
}

impl Mapping<'_> {
    pub fn place(&self, field: &str) -> Place {
        match self.item {
            Some((list, index)) => self.cx.place("functions", &self.function.key, &[list, &index.to_string(), field]),
            None => self.cx.place("functions", &self.function.key, &["event_sources"]),
        }
    }

    /// Where a text stands within a field.
    pub fn place_of(&self, field: &str, text: &str) -> Place {
        let within = self.item.and_then(|(list, index)| {
            let index = index.to_string();
            self.cx.loaded.tree.at(&[&self.cx.home("functions", &self.function.key)[..], &[list, &index, field]].concat())
        });
        within.and_then(|node| node.place_of(text)).unwrap_or_else(|| self.place(field))
    }

    pub fn is_dynamodb(&self) -> bool {
        self.arn.split(':').nth(2) == Some("dynamodb") || lookup::is_of_a_table(self.arn)
    }

    fn is_queue(&self) -> bool {
        matches!(self.kind, SourceKind::Standard | SourceKind::Fifo)
    }

    /// Whether the file says something: the spec has defaults for what it does not.
    pub fn says(&self, field: &str) -> bool {
        let Some((list, index)) = self.item else { return false };
        let list = self.cx.loaded.tree.get("functions").and_then(|functions| functions.get(&self.function.key)?.get(list));
        match list.map(|list| &list.yaml) {
            Some(Yaml::List(items)) => items.get(index).is_some_and(|item| item.get(field).is_some()),
            _ => false,
        }
    }
}

pub(super) fn each<'a>(cx: &'a View<'a>) -> impl Iterator<Item = Mapping<'a>> {
    cx.all::<Function>().iter().flat_map(move |function| {
        function.spec.event_sources.iter().map(move |(arn, source)| {
            let service = arn.split(':').nth(2).unwrap_or_default();
            let fifo = lookup::queue_of(cx, arn).map_or_else(|| arn.ends_with(".fifo"), |queue| queue.spec.fifo);
            let kind = match service {
                _ if lookup::is_of_a_table(arn) => SourceKind::Stream,
                _ if !is_known(arn) => SourceKind::Other,
                "sqs" if fifo => SourceKind::Fifo,
                "sqs" => SourceKind::Standard,
                "kinesis" | "dynamodb" => SourceKind::Stream,
                _ => SourceKind::Other,
            };
            let origin =
                (!matches!(kind, SourceKind::Other) || !matches!(Origin::of(arn), Origin::Queue | Origin::Stream)).then(|| Origin::of(arn));
            Mapping { function, source, arn, kind, origin, item: lookup::source_item(cx, &function.key, arn), cx }
        })
    })
}

fn window_needed(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = BATCH_WITHOUT_WINDOW;
    for mapping in each(cx).filter(|mapping| matches!(mapping.kind, SourceKind::Standard)) {
        let size = mapping.source.batch_size;
        if i64::from(size) > most && mapping.source.batch_window < 1 {
            let message = format!("a batch of {size} messages needs a batch window; without one AWS takes {most}");
            found.add(mapping.place("batch_size"), &mapping.function.address, message);
        }
    }
}

fn window(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx) {
        let window = ("batch_window", i64::from(mapping.source.batch_window), "s");
        found.number(
            mapping.place("batch_window"),
            &mapping.function.address,
            window,
            &number_limit::<Function>("event_sources.*.batch_window"),
        );
    }
}

fn concurrency(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx).filter(|mapping| !matches!(mapping.kind, SourceKind::Stream)) {
        if let Some(most) = mapping.source.max_concurrency {
            let what = ("max_concurrency", i64::from(most), "");
            found.number(
                mapping.place("max_concurrency"),
                &mapping.function.address,
                what,
                &number_limit::<Function>("event_sources.*.max_concurrency"),
            );
        }
    }
}

fn above_reservation(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx) {
        if let (Some(most), Some(reserved)) = (mapping.source.max_concurrency, mapping.function.spec.reserved_concurrency)
            && most > reserved
        {
            let message = format!("max_concurrency is {most}; {} reserved for the function", counted(reserved, "execution"));
            found.add(mapping.place("max_concurrency"), &mapping.function.address, message);
        }
    }
}

fn fifo_batch(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = BATCH_OF_FIFO;
    for mapping in each(cx).filter(|mapping| matches!(mapping.kind, SourceKind::Fifo)) {
        let size = i64::from(mapping.source.batch_size);
        if size > most {
            let message = format!("a batch of {size} messages of a FIFO queue; AWS takes at most {most}");
            found.add(mapping.place("batch_size"), &mapping.function.address, message);
        }
    }
}

fn batch(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx).filter(|mapping| !matches!(mapping.kind, SourceKind::Fifo) || mapping.source.batch_size < 1) {
        let what = ("batch_size", i64::from(mapping.source.batch_size), "");
        found.number(mapping.place("batch_size"), &mapping.function.address, what, &number_limit::<Function>("event_sources.*.batch_size"));
    }
}

fn fifo_window(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx).filter(|mapping| matches!(mapping.kind, SourceKind::Fifo) && mapping.source.batch_window > 0) {
        found.add(mapping.place("batch_window"), &mapping.function.address, "a FIFO queue has no batch window");
    }
}

fn stream_only(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx).filter(Mapping::is_queue) {
        for (field, _) in settings_of_streams().filter(|(field, is_set)| is_set(mapping.source) && mapping.says(field)) {
            let message = format!("`{field}` is a setting of streams; this source is an SQS queue");
            found.add(mapping.place(field), &mapping.function.address, message);
        }
    }
}

fn stream_ranges(cx: &View<'_>, found: &mut Findings<'_>) {
    let of = |field: &str| number_limit::<Function>(&format!("event_sources.*.{field}"));
    let is_judged = |mapping: &Mapping<'_>| matches!(mapping.kind, SourceKind::Stream) || mapping.origin.is_some_and(Origin::is_kafka);
    for mapping in each(cx).filter(is_judged) {
        let source = mapping.source;
        let address = &mapping.function.address;
        let mut look = |field: &str, value: Option<i32>, unit: &str, range: Range| {
            if let Some(value) = value {
                found.number(mapping.place(field), address, (field, i64::from(value), unit), &range);
            }
        };
        look("parallelization", Some(source.parallelization), "", of("parallelization"));
        look("tumbling_window", Some(source.tumbling_window), "s", of("tumbling_window"));
        look("max_retries", source.max_retries, "", of("max_retries"));
        look("max_age", source.max_age, "s", of("max_age"));
    }
}

fn starting_position(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx).filter(|mapping| !mapping.is_queue()) {
        let Some(word) = &mapping.source.starting_position else { continue };
        if is_known(word.as_str()) && word.known().is_none() {
            let fix = suggest(&word.as_str().to_uppercase(), Word::<StartingPosition>::all());
            found.add_with(mapping.place("starting_position"), &mapping.function.address, format!("no stream begins at `{word}`"), fix);
        }
    }
}

fn concurrency_on_stream(cx: &View<'_>, found: &mut Findings<'_>) {
    for mapping in each(cx).filter(|mapping| matches!(mapping.kind, SourceKind::Stream) && mapping.source.max_concurrency.is_some()) {
        found.add(mapping.place("max_concurrency"), &mapping.function.address, "`max_concurrency` is a setting of SQS sources");
    }
}

/// Filters of one mapping: AWS's default, and the most that the quota is raised to.
const FILTERS: (usize, usize) = (5, 10);

fn filters(cx: &View<'_>, out: &mut Findings<'_>) {
    for mapping in each(cx) {
        let (place, filters) = (mapping.place("filters"), &mapping.source.filters);
        if filters.len() > FILTERS.1 {
            let message = format!("{} filters of one event source; Lambda takes {} at most", filters.len(), FILTERS.1);
            out.add(place, &mapping.function.address, message);
        }
        for wrong in filters.iter().flat_map(pattern::check) {
            let at = if wrong.path.is_empty() { "a filter".to_owned() } else { format!("`{}` of a filter", wrong.path.join(".")) };
            out.add_with(place, &mapping.function.address, format!("{at} {}", wrong.what), wrong.fix);
        }
    }
}

fn many_filters(cx: &View<'_>, out: &mut Findings<'_>) {
    for mapping in each(cx) {
        let number = mapping.source.filters.len();
        if number > FILTERS.0 && number <= FILTERS.1 {
            let message = format!("{number} filters of one event source; AWS's default is {}", FILTERS.0);
            out.add(mapping.place("filters"), &mapping.function.address, message);
        }
    }
}
