//! What belongs to which kind of event source.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::event_sources::{Mapping, each};
use crate::contract::{Findings, Rule, View, rows};
use crate::kinds::function::Function;
use crate::kinds::function::mapping::{EventSource, Origin};
use crate::kinds::function::words::{MappingMetric, SourceAccessType, StartingPosition};
use crate::model::reference::is_known;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html";

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E145",
        title: "setting that this kind of event source does not have",
        why: "Kafka has topics and a consumer group, Amazon MQ queues, DocumentDB a database; parallel batches and windows belong to Kinesis \
              and DynamoDB, single failed records and destinations not to Amazon MQ and DocumentDB. Lambda answers that the parameter is \
              unsupported for the given event source mapping type.",
        fix: "take it out",
        source: PAGE,
        run: foreign_settings,
    },
    Rule {
        code: "E146",
        title: "event source without what its kind needs",
        why: "A source of Kafka names one topic, one of Amazon MQ one queue, one of DocumentDB its database; the last two are entered with a \
              secret of the type BASIC_AUTH. Lambda answers that a required parameter is missing.",
        fix: "add it",
        source: PAGE,
        run: missing_settings,
    },
    Rule {
        code: "E147",
        title: "provisioned pollers that Lambda does not take",
        why: "There are at least 1 poller and at most 2,000 for Kafka, for SQS at least 2 and at most 10,000, and at least as many at most as \
              at least. With SQS they stand in place of `max_concurrency`, and only pollers of Kafka share a `group`. Lambda refuses other \
              numbers, and both together.",
        fix: "write `provisioned_pollers: { min: 2, max: 20 }`, for one",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html",
        run: pollers,
    },
    Rule {
        code: "E148",
        title: "beginning at an instant that Lambda does not take",
        why: "`AT_TIMESTAMP` goes with an instant that is not in the future, and an instant with `AT_TIMESTAMP`. Kinesis, Kafka and DocumentDB \
              have it; for DynamoDB Lambda answers \"Unsupported starting position for arn type\".",
        fix: "write `starting_position: AT_TIMESTAMP` with `starting_position_timestamp`, or neither",
        source: PAGE,
        run: instants,
    },
    Rule {
        code: "E149",
        title: "value of an event source that Lambda does not take",
        why: "Types of access, metrics and what DocumentDB tells of changes are words of closed lists; names of databases and collections, \
              consumer groups and URIs are of bounded length. CreateEventSourceMapping refuses others. Amazon MQ takes BASIC_AUTH and \
              VIRTUAL_HOST alone, and only Kafka has ErrorCount and KafkaMetrics.",
        fix: "write one of AWS's words",
        source: "botocore service model, lambda CreateEventSourceMapping",
        run: values,
    },
];

/// A field, whether a source sets it, and who has it.
type Setting = (&'static str, fn(&EventSource) -> bool, &'static [Origin]);

const KAFKA: [Origin; 2] = [Origin::Kafka, Origin::OwnKafka];
const READ_FROM_A_PLACE: &[Origin] = &[Origin::Stream, Origin::Kafka, Origin::OwnKafka, Origin::Documents];
const BOUNDED: &[Origin] = &[Origin::Stream, Origin::Kafka, Origin::OwnKafka];

/// The settings that not every source has. What belongs to streams and stands at a queue has rules of its
/// own, E156 and E159.
const SETTINGS: &[Setting] = &[
    ("starting_position", |_| true, READ_FROM_A_PLACE),
    ("starting_position_timestamp", |_| true, READ_FROM_A_PLACE),
    ("max_retries", |source| source.max_retries.is_some(), BOUNDED),
    ("max_age", |source| source.max_age.is_some(), BOUNDED),
    ("bisect", |source| source.bisect, BOUNDED),
    ("on_failure", |source| source.on_failure.is_some(), BOUNDED),
    ("parallelization", |source| source.parallelization != 1, &[Origin::Stream]),
    ("tumbling_window", |source| source.tumbling_window != 0, &[Origin::Stream]),
    ("max_concurrency", |source| source.max_concurrency.is_some(), &[Origin::Queue]),
    (
        "report_batch_item_failures",
        |source| source.report_batch_item_failures,
        &[Origin::Queue, Origin::Stream, Origin::Kafka, Origin::OwnKafka],
    ),
    ("filters", |source| !source.filters.is_empty(), &[Origin::Queue, Origin::Stream, Origin::Kafka, Origin::OwnKafka, Origin::Broker]),
    ("provisioned_pollers", |source| source.provisioned_pollers.is_some(), &[Origin::Queue, Origin::Kafka, Origin::OwnKafka]),
    ("topics", |source| !source.topics.is_empty(), &KAFKA),
    ("consumer_group", |source| source.consumer_group.is_some(), &KAFKA),
    ("queues", |source| !source.queues.is_empty(), &[Origin::Broker]),
    ("source_access", |source| !source.source_access.is_empty(), &[Origin::Kafka, Origin::OwnKafka, Origin::Broker, Origin::Documents]),
    ("database", |source| source.database.is_some(), &[Origin::Documents]),
    ("collection", |source| source.collection.is_some(), &[Origin::Documents]),
    ("full_document", |source| source.full_document.is_some(), &[Origin::Documents]),
];

/// Settings of streams that a queue has not, and whether a source sets them.
pub(super) fn settings_of_streams() -> impl Iterator<Item = (&'static str, fn(&EventSource) -> bool)> {
    SETTINGS.iter().filter(|(_, _, of)| is_of_streams(of)).map(|(field, is_set, _)| (*field, *is_set))
}

fn is_of_streams(of: &[Origin]) -> bool {
    of.contains(&Origin::Stream) && !of.contains(&Origin::Queue)
}

/// Fields of which another rule speaks where this kind has them not.
fn is_told_elsewhere(field: &str, of: &[Origin], origin: Origin) -> bool {
    match origin {
        Origin::Queue => is_of_streams(of),
        Origin::Stream => field == "max_concurrency",
        _ => false,
    }
}

fn what(origin: Origin) -> &'static str {
    match origin {
        Origin::Queue => "an SQS queue",
        Origin::Stream => "a stream",
        Origin::Kafka | Origin::OwnKafka => "Kafka",
        Origin::Broker => "Amazon MQ",
        Origin::Documents => "DocumentDB",
    }
}

fn each_known(cx: &View<'_>, mut look: impl FnMut(&Mapping<'_>, Origin)) {
    for mapping in each(cx) {
        if let Some(origin) = mapping.origin {
            look(&mapping, origin);
        }
    }
}

fn foreign_settings(cx: &View<'_>, out: &mut Findings<'_>) {
    each_known(cx, |mapping, origin| {
        for (field, is_set, of) in SETTINGS.iter().filter(|(field, _, of)| !of.contains(&origin) && !is_told_elsewhere(field, of, origin)) {
            if mapping.says(field) && is_set(mapping.source) {
                let mut others: Vec<&str> = of.iter().map(|of| what(*of)).collect();
                others.dedup();
                let message = format!("`{field}` is a setting of {}; this source is {}", others.join(", "), what(origin));
                out.add(mapping.place(field), &mapping.function.address, message);
            }
        }
    });
}

fn missing_settings(cx: &View<'_>, out: &mut Findings<'_>) {
    each_known(cx, |mapping, origin| {
        let source = mapping.source;
        let one = |list: &[String]| list.len() == 1;
        let has_secret = source.source_access.iter().any(|access| access.kind.is(SourceAccessType::BasicAuth));
        let lacking: &[(&str, bool)] = match origin {
            Origin::Kafka | Origin::OwnKafka => &[("exactly one of `topics`", !one(&source.topics))],
            Origin::Broker => &[("exactly one of `queues`", !one(&source.queues)), ("`source_access` of the type BASIC_AUTH", !has_secret)],
            Origin::Documents => &[("`database`", source.database.is_none()), ("`source_access` of the type BASIC_AUTH", !has_secret)],
            Origin::Queue | Origin::Stream => &[],
        };
        for (needed, _) in lacking.iter().filter(|(_, is_lacking)| *is_lacking) {
            let message = format!("a source of {} needs {needed}", what(origin));
            out.add(mapping.place(""), &mapping.function.address, message);
        }
    });
}

fn pollers(cx: &View<'_>, out: &mut Findings<'_>) {
    each_known(cx, |mapping, origin| {
        let Some(pollers) = &mapping.source.provisioned_pollers else { return };
        let (least, most) = if origin == Origin::Queue { (2, 10_000) } else { (1, 2_000) };
        let (min, max) = (pollers.min, pollers.max);
        let message = if !(least..=200).contains(&min) {
            format!("`min` is {min}; for {} AWS takes {least} to 200", what(origin))
        } else if !(least..=most).contains(&max) {
            format!("`max` is {max}; for {} AWS takes {least} to {most}", what(origin))
        } else if min > max {
            format!("`min` is {min} and `max` {max}")
        } else if origin == Origin::Queue && mapping.source.max_concurrency.is_some() {
            "`max_concurrency` does not go with provisioned pollers; `max` bounds them".to_owned()
        } else if pollers.group.is_some() && !origin.is_kafka() {
            format!("`group` is for Kafka; this source is {}", what(origin))
        } else {
            return;
        };
        out.add(mapping.place("provisioned_pollers"), &mapping.function.address, message);
    });
}

fn instants(cx: &View<'_>, out: &mut Findings<'_>) {
    each_known(cx, |mapping, origin| {
        let source = mapping.source;
        let at_instant = source.starting_position.as_ref().is_some_and(|position| position.is(StartingPosition::AtTimestamp));
        let instant = source.starting_position_timestamp.as_deref();
        // The day alone is known here: an instant of it may be past.
        let is_future = |text: &str| {
            text.parse::<Timestamp>().is_ok_and(|at| at.to_zoned(TimeZone::UTC).date() > cx.as_of.tomorrow().unwrap_or(cx.as_of))
        };
        let (message, fix) = match (at_instant, instant) {
            (true, _) if mapping.is_dynamodb() => {
                ("no stream of DynamoDB begins at an instant".to_owned(), "write `starting_position: TRIM_HORIZON` or `LATEST`")
            }
            (true, None) => (
                "`AT_TIMESTAMP` goes with `starting_position_timestamp`".to_owned(),
                "add `starting_position_timestamp`, an instant that has passed",
            ),
            (false, Some(_)) if origin.has_positions() => (
                "`starting_position_timestamp` goes with `AT_TIMESTAMP`".to_owned(),
                "write `starting_position: AT_TIMESTAMP`, or take the instant out",
            ),
            (true, Some(text)) if is_future(text) => (format!("{text} is in the future"), "write an instant that has passed"),
            _ => return,
        };
        let field = if instant.is_some() { "starting_position_timestamp" } else { "starting_position" };
        out.add_with(mapping.place(field), &mapping.function.address, message, fix);
    });
}

/// The most brokers of a Kafka of one's own, and the longest of them (EndpointLists and Endpoint of the model).
const BROKERS: usize = 10;
const LONGEST_BROKER: usize = 300;

/// Whether a text is a broker as Lambda takes it: `host:port`, and nothing before it.
fn is_broker(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_port = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= LONGEST_BROKER && text.rsplit_once(':').is_some_and(|(host, port)| host.split('.').all(is_label) && is_port(port))
}

/// A form in words, and whether a text has it.
type UriForm = (&'static str, fn(&str) -> bool);

/// The form that a way into a source has to have, none where any text may be one.
fn form_of(kind: SourceAccessType) -> Option<UriForm> {
    match kind {
        SourceAccessType::VirtualHost => None,
        SourceAccessType::VpcSubnet => Some(("`subnet:` and the id of a subnet", |uri| uri.starts_with("subnet:subnet-"))),
        SourceAccessType::VpcSecurityGroup => {
            Some(("`security_group:` and the id of a security group", |uri| uri.starts_with("security_group:sg-")))
        }
        SourceAccessType::BasicAuth
        | SourceAccessType::SaslScram256
        | SourceAccessType::SaslScram512
        | SourceAccessType::ClientCertificate
        | SourceAccessType::ServerRootCa => Some(("the ARN of a secret of Secrets Manager", |uri| {
            let parts: Vec<&str> = uri.splitn(7, ':').collect();
            matches!(parts[..], ["arn", _, "secretsmanager", _, _, "secret", name] if !name.is_empty())
        })),
    }
}

fn values(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Function>(cx, out);
    each_known(cx, |mapping, origin| {
        let address = &mapping.function.address;
        let servers = &mapping.source.bootstrap_servers;
        for server in servers.iter().filter(|server| is_known(server) && !is_broker(server)) {
            let message = format!("`{server}` is no broker: each is `host:port`, without a protocol");
            out.add_with(mapping.place_of("bootstrap_servers", server), address, message, "write `kafka-1.example.com:9092`");
        }
        if servers.len() > BROKERS {
            let message = format!("{} brokers; Lambda takes {BROKERS}", servers.len());
            out.add_with(mapping.place("bootstrap_servers"), address, message, "name some of them: they tell of the others");
        }
        let of_broker = [SourceAccessType::BasicAuth, SourceAccessType::VirtualHost];
        for access in &mapping.source.source_access {
            let Some(kind) = access.kind.known() else { continue };
            if let Some((form, _)) = form_of(kind).filter(|(_, is_one)| is_known(&access.uri) && !is_one(&access.uri)) {
                let message = format!("`{}` is no URI of `{}`", access.uri, access.kind);
                out.add_with(mapping.place_of("source_access", &access.uri), address, message, format!("write {form}"));
            }
            let is_foreign = match origin {
                Origin::Broker => !of_broker.contains(&kind),
                _ => kind == SourceAccessType::VirtualHost,
            };
            if is_foreign {
                let message = format!("`{}` is no access to {}", access.kind, what(origin));
                out.add(mapping.place("source_access"), address, message);
            }
        }
        for metric in &mapping.source.metrics {
            let is_common = metric.is(MappingMetric::EventCount);
            if is_known(metric.as_str()) && !is_common && (metric.known().is_none() || !origin.is_kafka()) {
                out.add_with(
                    mapping.place("metrics"),
                    address,
                    format!("`{metric}` is no metric of {}", what(origin)),
                    "write `EventCount`",
                );
            }
        }
    });
}
