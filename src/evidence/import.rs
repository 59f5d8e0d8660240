//! Evidence out of files: answers of FilterLogEvents, GetLogEvents, GetMetricData and
//! ListVersionsByFunction, records of a subscription, and raw lines.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::advise::VersionFacts;
use super::metrics::{Metrics, Point, Statistic};
use super::report::{self, Line};
use super::samples::Samples;
use super::stream;

/// A function of the stack, as files may name it.
#[derive(Debug, Clone)]
pub struct Known {
    /// Key in the stack file.
    pub key: String,
    /// Physical name.
    pub name: String,
    /// Its log group.
    pub log_group: String,
}

/// What a file is told by.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Name of the file without folder and extension.
    pub stem: String,
    /// Key of the function that it is said to be of.
    pub function: Option<String>,
    /// Key of the function where nothing else tells it.
    pub otherwise: Option<String>,
}

/// What all files hold, by the key of the function.
#[derive(Debug, Default)]
pub struct Imported {
    /// Calls.
    pub samples: BTreeMap<String, Samples>,
    /// Figures.
    pub metrics: BTreeMap<String, Metrics>,
    /// Facts of versions.
    pub versions: BTreeMap<String, BTreeMap<String, VersionFacts>>,
    /// Reports of calls whose function nothing tells, or which the files do not have.
    pub of_nobody: usize,
    /// Metrics that were not understood, by their label.
    pub unknown_metrics: BTreeSet<String>,
    seen: HashSet<String>,
    times: BTreeMap<String, Times>,
}

/// When metrics begin and end.
#[derive(Debug, Default)]
struct Times {
    at: BTreeSet<i64>,
    period: Option<i64>,
}

/// A file that holds none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// A version that no line tells.
const UNKNOWN: &str = "unknown";

/// Takes a file in.
///
/// # Errors
/// It holds neither reports of calls nor figures.
pub fn import(into: &mut Imported, known: &[Known], origin: &Origin, text: &str) -> Result<(), Unreadable> {
    let mut file = File { into, known, origin, started: HashMap::new(), found: false };
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(trimmed).into_iter::<Value>().collect();
    match documents {
        Ok(documents) if documents.iter().all(|document| document.is_object() || document.is_array()) && !documents.is_empty() => {
            documents.iter().for_each(|document| file.document(document));
        }
        _ => file.lines(text),
    }
    let found = file.found;
    into.settle_hours();
    if found { Ok(()) } else { Err(Unreadable) }
}

struct File<'a> {
    into: &'a mut Imported,
    known: &'a [Known],
    origin: &'a Origin,
    /// Versions of requests, as START lines tell them.
    started: HashMap<String, String>,
    found: bool,
}

/// Where a line stood.
#[derive(Default, Clone, Copy)]
struct Place<'a> {
    group: Option<&'a str>,
    stream: Option<&'a str>,
    at: Option<i64>,
}

impl File<'_> {
    fn document(&mut self, document: &Value) {
        if let Some(list) = document.as_array() {
            list.iter().for_each(|one| self.document(one));
            return;
        }
        let word = |names: &[&str]| names.iter().find_map(|name| document[*name].as_str());
        let group = word(&["logGroupName", "logGroup", "logGroupIdentifier"]);
        let stream = word(&["logStreamName", "logStream"]);
        let place = Place { group, stream, at: None };
        if let Some(events) = document["events"].as_array().or(document["logEvents"].as_array()) {
            self.found = true;
            self.events(events, place);
        } else if let Some(results) = document["MetricDataResults"].as_array() {
            self.found = true;
            self.metrics(document, results);
        } else if let Some(versions) = document["Versions"].as_array() {
            self.found = true;
            versions.iter().for_each(|version| self.version(version));
        } else if document["message"].is_string() {
            self.events(std::slice::from_ref(document), place);
        } else if document["type"].is_string() {
            self.line(&document.to_string(), place);
        }
    }

    fn events(&mut self, events: &[Value], place: Place<'_>) {
        let message = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
        events.iter().for_each(|event| self.start(&message(event)));
        for event in events {
            let id = event["eventId"].as_str().or(event["id"].as_str());
            if id.is_some_and(|id| !self.into.seen.insert(id.to_owned())) {
                continue;
            }
            let word = |name: &str| event[name].as_str();
            let at = event["timestamp"].as_i64().or_else(|| word("timestamp").and_then(time));
            let group = word("logGroupName").or(place.group);
            self.line(&message(event), Place { group, stream: word("logStreamName").or(place.stream), at });
        }
    }

    fn lines(&mut self, text: &str) {
        text.lines().for_each(|line| self.start(unwrapped(line).1));
        for line in text.lines() {
            let (place, message) = unwrapped(line);
            // What begins with a time may be a line that Lambda wrote.
            let message = if report::read(message).is_none() && report::read(line).is_some() { line } else { message };
            self.line(message, place);
        }
    }

    /// Remembers which version a request started at.
    fn start(&mut self, message: &str) {
        let words: Vec<&str> = message.split_whitespace().take(5).collect();
        if let ["START", "RequestId:", request, "Version:", version] = words[..] {
            self.started.insert(request.to_owned(), version.to_owned());
        } else if message.starts_with('{') && message.contains("platform.start") {
            let value: Value = serde_json::from_str(message).unwrap_or_default();
            if let (Some("platform.start"), Some(request), Some(version)) =
                (value["type"].as_str(), value["record"]["requestId"].as_str(), value["record"]["version"].as_str())
            {
                self.started.insert(request.to_owned(), version.to_owned());
            }
        }
    }

    fn line(&mut self, message: &str, place: Place<'_>) {
        let Some(line) = report::read(message) else { return };
        self.found = true;
        let stream = place.stream.and_then(stream::stream);
        let Some(function) = self.function(place.group, stream.as_ref().and_then(|stream| stream.function.as_deref())) else {
            self.into.of_nobody += usize::from(matches!(line, Line::Report(_)));
            return;
        };
        let request = match &line {
            Line::Report(call) => &call.request,
            Line::Killed(request) | Line::TimedOut(request) => request,
        };
        let version = stream.map(|stream| stream.version).or_else(|| self.started.get(request).cloned());
        let samples = self.into.samples.entry(function).or_default();
        samples.add(version.as_deref().unwrap_or(UNKNOWN), place.at, line);
    }

    /// Whose a line is: what the line says, then what the file says, then what the command line says.
    fn function(&self, group: Option<&str>, by_stream: Option<&str>) -> Option<String> {
        let Origin { stem, function, otherwise } = self.origin;
        if let Some(function) = function {
            return Some(function.clone());
        }
        let the_one = |is: &dyn Fn(&Known) -> bool| {
            let mut all = self.known.iter().filter(|known| is(known));
            all.next().filter(|_| all.next().is_none()).map(|known| known.key.clone())
        };
        if let Some(name) = by_stream {
            return the_one(&|known| known.name == name);
        }
        if let Some(group) = group {
            let group = group.rsplit_once("log-group:").map_or(group, |(_, name)| name).trim_end_matches(":*");
            return the_one(&|known| known.log_group == group).or_else(|| the_one(&|known| group == format!("/aws/lambda/{}", known.name)));
        }
        let named = the_one(&|known| *stem == known.key || *stem == known.name);
        let named = named.or_else(|| longest(self.known, stem));
        named.or_else(|| otherwise.clone()).or_else(|| the_one(&|_| true))
    }

    fn version(&mut self, version: &Value) {
        let (Some(name), Some(number)) = (version["FunctionName"].as_str(), version["Version"].as_str()) else { return };
        let Some(known) = self.known.iter().find(|known| known.name == name) else { return };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let facts = VersionFacts { code: text(&version["CodeSha256"]), architecture: text(&version["Architectures"][0]) };
        self.into.versions.entry(known.key.clone()).or_default().insert(number.to_owned(), facts);
    }

    fn metrics(&mut self, document: &Value, results: &[Value]) {
        let queries = document["MetricDataQueries"].as_array().map(Vec::as_slice).unwrap_or_default();
        for result in results {
            let (id, label) = (result["Id"].as_str().unwrap_or_default(), result["Label"].as_str().unwrap_or_default());
            let query = queries.iter().find(|query| query["Id"].as_str() == Some(id)).map(|query| &query["MetricStat"]);
            let points = points(result);
            let statistic = query.and_then(of_query).or_else(|| of_words(label).or_else(|| of_words(id)));
            let asked = query.and_then(|query| {
                let dimensions = query["Metric"]["Dimensions"].as_array()?;
                dimensions
                        .iter()
                        .find(|one| ["FunctionName", "function_name"].iter().any(|name| one["Name"].as_str() == Some(*name)))?["Value"]
                        .as_str()
            });
            let function = match (asked, &self.origin.function) {
                (_, Some(function)) => Some(function.clone()),
                (Some(name), None) => self.known.iter().find(|known| known.name == name).map(|known| known.key.clone()),
                (None, None) => longest(self.known, label).or_else(|| longest(self.known, id)).or_else(|| self.function(None, None)),
            };
            let (Some(statistic), Some(function)) = (statistic, function) else {
                self.into.unknown_metrics.insert(if label.is_empty() { id.to_owned() } else { label.to_owned() });
                continue;
            };
            let times = self.into.times.entry(function.clone()).or_default();
            times.at.extend(points.iter().map(|point| point.at));
            times.period = query.and_then(|query| query["Period"].as_i64()).map(|seconds| seconds * 1000).or(times.period);
            self.into.metrics.entry(function).or_default().add(statistic, &points);
        }
    }
}

impl Imported {
    /// From the first period to the end of the last.
    fn settle_hours(&mut self) {
        for (function, Times { at, period }) in &self.times {
            let (Some(first), Some(last)) = (at.first(), at.last()) else { continue };
            let apart = at.iter().zip(at.iter().skip(1)).map(|(one, next)| next - one).min();
            let Some(period) = period.or(apart) else { continue };
            if let Some(metrics) = self.metrics.get_mut(function) {
                metrics.hours = Some((last - first + period) as f64 / 3_600_000.0);
            }
        }
    }
}

/// The function whose name stands in a text, the longest where one name is a part of another.
fn longest(known: &[Known], text: &str) -> Option<String> {
    let named = known.iter().flat_map(|known| [(&known.name, &known.key), (&known.key, &known.key)]);
    let standing = named.filter(|(name, _)| !name.is_empty() && text.contains(name.as_str()));
    standing.max_by_key(|(name, _)| name.len()).map(|(_, key)| key.clone())
}

fn of_query(query: &Value) -> Option<Statistic> {
    Statistic::of(query["Metric"]["MetricName"].as_str()?, query["Stat"].as_str()?)
}

/// The statistic that a label or an id tells: `data-ingestion Duration p99`, `duration_max`.
fn of_words(text: &str) -> Option<Statistic> {
    let text = text.to_ascii_lowercase();
    let has = |word: &str| text.contains(word);
    if has("concurrentexecutions") || has("concurrent") {
        return Some(Statistic::ConcurrentExecutions);
    }
    if has("used_memory") {
        return Some(Statistic::UsedMemory);
    }
    if has("duration") {
        let words = [("p99.9", Statistic::DurationP999), ("p99_9", Statistic::DurationP999), ("p999", Statistic::DurationP999)];
        let found = words.into_iter().find(|(word, _)| has(word)).map(|(_, statistic)| statistic);
        return found.or_else(|| has("p99").then_some(Statistic::DurationP99)).or_else(|| has("max").then_some(Statistic::DurationMax));
    }
    let sums = [("invocations", Statistic::Invocations), ("errors", Statistic::Errors), ("throttles", Statistic::Throttles)];
    sums.into_iter().find(|(word, _)| has(word)).map(|(_, statistic)| statistic)
}

fn points(result: &Value) -> Vec<Point> {
    let list = |name: &str| result[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let at = |value: &Value| match value {
        Value::Number(seconds) => seconds.as_f64().map(|seconds| (seconds * 1000.0) as i64),
        other => other.as_str().and_then(time),
    };
    let pairs = list("Timestamps").iter().zip(list("Values"));
    pairs.filter_map(|(time, value)| Some(Point { at: at(time)?, value: value.as_f64()? })).collect()
}

/// A time with or without its zone.
fn time(text: &str) -> Option<i64> {
    report::time(text).or_else(|| report::time(&format!("{text}Z")))
}

/// Takes off what stands before a line in exports: a time, a stream, a group, in any order.
fn unwrapped(line: &str) -> (Place<'_>, &str) {
    let mut place = Place::default();
    let mut rest = line.trim();
    let dated = rest.split_once(',').filter(|(stamp, _)| stamp.len() == 13);
    if let Some((at, message)) = dated.and_then(|(stamp, message)| Some((stamp.parse().ok()?, message))) {
        return (Place { at: Some(at), ..place }, message.trim_matches('"'));
    }
    while let Some((word, after)) = rest.split_once(char::is_whitespace) {
        if let Some(at) = word.starts_with(|c: char| c.is_ascii_digit()).then(|| time(word)).flatten() {
            place.at = Some(at);
        } else if stream::stream(word).is_some() {
            place.stream = Some(word);
        } else if word.starts_with('/') {
            place.group = Some(word);
        } else {
            break;
        }
        rest = after.trim_start();
    }
    (place, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "REPORT RequestId: r1\tDuration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 512 MB\tMax Memory Used: 91 MB\t";

    fn known() -> Vec<Known> {
        let of = |key: &str, group: &str| Known { key: key.into(), name: format!("{key}-dev"), log_group: group.into() };
        vec![of("in", "/aws/lambda/in-dev"), of("out", "/etl/shared"), of("output", "/etl/shared")]
    }

    fn imported(origin: &Origin, text: &str) -> Imported {
        let mut all = Imported::default();
        assert_eq!(import(&mut all, &known(), origin, text), Ok(()), "{text}");
        all
    }

    fn calls(all: &Imported) -> Vec<(String, String, usize)> {
        let of = |(key, samples): (&String, &Samples)| (key.clone(), samples.versions().join(","), samples.calls());
        all.samples.iter().map(of).collect()
    }

    #[test]
    fn whose_a_line_is() {
        let event = |stream: &str, id: &str| serde_json::json!({"logStreamName": stream, "timestamp": 1, "message": REPORT, "eventId": id});
        let answer = serde_json::json!({"events": [event("2026/11/12/out-dev[3]a", "1"), event("2026/11/12/out-dev[3]a", "1"),
            event("2026/11/12/output-dev[$LATEST]a", "2"), event("2026/11/12/[7]a", "3"), event("2026/11/12/else[7]a", "4")]});
        let all = imported(&Origin { stem: "in-dev".into(), ..Origin::default() }, &answer.to_string());
        let row = |key: &str, version: &str| (key.to_owned(), version.to_owned(), 1);
        assert_eq!(calls(&all), [row("in", "7"), row("out", "3"), row("output", "$LATEST")]);
        assert_eq!(all.of_nobody, 1);
        let record = serde_json::json!({"logGroup": "/aws/lambda/in-dev", "logStream": "2026/11/12/[2]a", "logEvents": [{"id": "9", "timestamp": 1, "message": REPORT}]});
        assert_eq!(calls(&imported(&Origin::default(), &record.to_string())), [row("in", "2")]);
        let said = Origin { function: Some("out".into()), ..Origin::default() };
        let raw = format!("START RequestId: r1 Version: 5\n2026-11-20T08:42:44.080Z {REPORT}\n");
        let all = imported(&said, &raw);
        assert_eq!(calls(&all), [row("out", "5")]);
        assert_eq!(all.samples["out"].span(), Some((1_795_164_164_080, 1_795_164_164_080)));
        let tail = format!("2026-11-20T08:42:44+00:00 2026/11/20/output-dev[4]ab {REPORT}");
        assert_eq!(calls(&imported(&Origin::default(), &tail)), [row("output", "4")]);
        assert_eq!(import(&mut Imported::default(), &known(), &Origin::default(), "nothing of it"), Err(Unreadable));
    }

    #[test]
    fn whose_a_metric_is() {
        let stamps = ["2026-11-12T00:00:00Z", "2026-11-13T00:00:00Z"];
        let result =
            |id: &str, label: &str, values: [f64; 2]| serde_json::json!({"Id": id, "Label": label, "Timestamps": stamps, "Values": values});
        let answer = serde_json::json!({"MetricDataResults": [result("a", "in-dev Invocations", [10.0, 20.0]), result("b", "in-dev Duration p99", [5.0, 9.0]),
            result("c", "output Duration Maximum", [7.0, 8.0]), result("d", "in-dev Duration", [1.0, 1.0])]});
        let all = imported(&Origin::default(), &answer.to_string());
        let metrics = &all.metrics["in"];
        assert_eq!((metrics.invocations, metrics.p99, metrics.longest, metrics.hours), (Some(30.0), Some(9.0), None, Some(48.0)));
        assert_eq!(all.metrics["output"].longest, Some(8.0));
        assert_eq!(all.unknown_metrics.iter().next().map(String::as_str), Some("in-dev Duration"));
    }
}
