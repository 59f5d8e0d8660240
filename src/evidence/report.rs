//! What Lambda says of one call: the REPORT line of text logs and the `platform.report` of JSON logs.
//!
//! A line is believed where all that always stands in it is there, once, with its unit; a field that
//! was cut off is none. Sources: the `*-logging` pages of the Lambda guide, and for JSON its "Telemetry
//! API event schema reference".

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a call ended, as its report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing is said, or that it succeeded.
    Success,
    /// It ran into the function's timeout.
    Timeout,
    /// Its environment ended.
    Error,
    /// The handler failed.
    Failure,
    /// Another word.
    Other,
}

impl Status {
    fn of(word: &str) -> Self {
        match word {
            "success" => Self::Success,
            "timeout" => Self::Timeout,
            "error" => Self::Error,
            "failure" => Self::Failure,
            _ => Self::Other,
        }
    }
}

/// A call. Times are milliseconds, sizes MB.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Request id.
    pub request: String,
    /// Time of the handler; with what a timeout is compared.
    pub duration: f64,
    /// What is paid for; holds Init and Restore already.
    pub billed: u64,
    /// Size of the function.
    pub memory: u32,
    /// Largest memory that its environment used so far; none where nobody measured it.
    pub used: Option<u32>,
    /// Start of the environment.
    pub init: Option<f64>,
    /// Restore of a snapshot.
    pub restore: Option<f64>,
    /// How it ended.
    pub status: Status,
    /// Whether the report says that the environment was killed.
    pub killed: bool,
    /// When it was written, where the line itself says so, in milliseconds since 1970.
    pub at: Option<i64>,
    /// Whether the line is JSON.
    pub json: bool,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A call's report.
    Report(Call),
    /// The environment of this request was killed.
    Killed(String),
    /// This request ran into the timeout.
    TimedOut(String),
}

/// Reads a line as Lambda wrote it; none where it says nothing of a call.
pub fn read(message: &str) -> Option<Line> {
    let message = message.trim();
    if message.starts_with('{') {
        return json(message);
    }
    if let Some(rest) = message.strip_prefix("REPORT").filter(|rest| rest.starts_with(char::is_whitespace)) {
        return text(rest).map(Line::Report);
    }
    died(message)
}

/// The fields of a line of text by name, in the order in which they stand. A name is all words up to
/// one that ends with a colon; its value is the next word, and a unit may follow.
fn fields(text: &str) -> Vec<(String, &str, Option<&str>)> {
    let mut found: Vec<(String, &str, Option<&str>)> = Vec::new();
    for cell in text.split(['\t', '\n', '\r']) {
        let mut words = cell.split_whitespace().peekable();
        let mut name = String::new();
        while let Some(word) = words.next() {
            if !name.is_empty() {
                name.push(' ');
            }
            let Some(last) = word.strip_suffix(':') else {
                name.push_str(word);
                continue;
            };
            name.push_str(last);
            let value = words.next().unwrap_or_default();
            let unit = words.next_if(|word| ["ms", "MB"].contains(word));
            found.push((std::mem::take(&mut name), value, unit));
        }
    }
    found
}

fn text(rest: &str) -> Option<Call> {
    let all = fields(rest);
    // A field that stands twice is a line of somebody else's.
    let one = |name: &str| {
        let mut values = all.iter().filter(|(is, ..)| is == name);
        let first = values.next();
        first.filter(|_| values.next().is_none())
    };
    let number = |name: &str, unit: &str| one(name).filter(|(.., is)| *is == Some(unit)).and_then(|(_, value, _)| decimal(value));
    let whole = |name: &str, unit: &str| number(name, unit).filter(|value| value.fract() == 0.0);
    let (_, request, _) = one("RequestId")?;
    if request.is_empty() {
        return None;
    }
    let memory = whole("Memory Size", "MB")?;
    let error = one("Error Type").map(|(_, value, _)| *value).unwrap_or_default();
    Some(Call {
        request: (*request).to_owned(),
        duration: number("Duration", "ms")?,
        billed: whole("Billed Duration", "ms")? as u64,
        memory: size(memory)?,
        used: used(whole("Max Memory Used", "MB")?, memory),
        init: number("Init Duration", "ms"),
        restore: number("Restore Duration", "ms"),
        status: one("Status").map_or(Status::Success, |(_, word, _)| Status::of(word)),
        killed: is_kill(error),
        at: None,
        json: false,
    })
}

/// Digits with at most one point among them: what Rust reads as a number beside that is none here.
fn decimal(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(part) { text.parse().ok() } else { None }
}

fn size(mb: f64) -> Option<u32> {
    (1.0..=f64::from(u32::MAX)).contains(&mb).then_some(mb as u32)
}

/// Zero, and far more than there is, are what an endpoint says that does not measure; AWS ends an
/// environment at its size.
fn used(mb: f64, memory: f64) -> Option<u32> {
    size(mb).filter(|_| mb <= memory * 1.1)
}

/// Words for an environment that ended before its call did.
fn is_kill(error: &str) -> bool {
    ["Runtime.OutOfMemory", "Runtime.ExitError"].contains(&error)
}

fn json(message: &str) -> Option<Line> {
    let value: Value = serde_json::from_str(message).ok()?;
    let kind = value["type"].as_str()?;
    let record = &value["record"];
    let request = record["requestId"].as_str().filter(|id| !id.is_empty())?.to_owned();
    let killed = is_kill(record["errorType"].as_str().unwrap_or_default());
    match kind {
        "platform.report" => {
            let metrics = &record["metrics"];
            let number = |name: &str| metrics[name].as_f64().filter(|value| *value >= 0.0 && *value < 1e15);
            let whole = |name: &str| number(name).filter(|value| value.fract() == 0.0);
            let memory = whole("memorySizeMB")?;
            Some(Line::Report(Call {
                request,
                duration: number("durationMs")?,
                billed: whole("billedDurationMs")? as u64,
                memory: size(memory)?,
                used: used(whole("maxMemoryUsedMB")?, memory),
                init: number("initDurationMs"),
                restore: number("restoreDurationMs"),
                status: record["status"].as_str().map_or(Status::Success, Status::of),
                killed,
                at: value["time"].as_str().and_then(time),
                json: true,
            }))
        }
        "platform.runtimeDone" if killed => Some(Line::Killed(request)),
        "platform.runtimeDone" if record["status"].as_str() == Some("timeout") => Some(Line::TimedOut(request)),
        _ => None,
    }
}

/// A time as logs write it, in milliseconds since 1970.
pub fn time(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// Lines of text that tell of a call's end: `RequestId: ID Error: Runtime exited with error: signal:
/// killed` and, in older logs, `TIME ID Task timed out after 5.00 seconds`.
fn died(message: &str) -> Option<Line> {
    let words: Vec<&str> = message.split_whitespace().take(9).collect();
    if let ["RequestId:", request, "Error:", ..] = words[..] {
        // A process that ends by itself says so, and no memory is short.
        let ended_itself = message.contains("exit status");
        let signs = ["signal: killed", "Runtime.OutOfMemory", "Runtime.ExitError"];
        return signs.iter().any(|sign| message.contains(sign)).then(|| Line::Killed(request.to_owned())).filter(|_| !ended_itself);
    }
    match words[..] {
        [at, request, "Task", "timed", "out", "after", seconds, "seconds"] if time(at).is_some() && decimal(seconds).is_some() => {
            Some(Line::TimedOut(request.to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call(message: &str) -> Call {
        match read(message) {
            Some(Line::Report(call)) => call,
            other => panic!("{message}: {other:?}"),
        }
    }

    fn call_at_128(used: u32) -> Call {
        call(&format!("REPORT RequestId: x Duration: 245 ms Billed Duration: 245 ms Memory Size: 128 MB Max Memory Used: {used} MB"))
    }

    const ROW_1: &str = "REPORT RequestId: ID\tDuration: 469.40 ms\tBilled Duration: 571 ms\tMemory Size: 1024 MB\t\
        Max Memory Used: 21 MB\tInit Duration: 100.99 ms\t\n";
    const ROW_4: &str = r#"{"time":"2026-11-20T08:42:44.080Z","type":"platform.report","record":{"requestId":"x","status":"success",
        "metrics":{"durationMs":147.156,"billedDurationMs":201,"memorySizeMB":512,"maxMemoryUsedMB":91,"restoreDurationMs":500.795,
        "billedRestoreDurationMs":53}}}"#;

    #[test]
    fn row_1_text_with_init() {
        let call = call(ROW_1);
        assert_eq!((call.duration, call.billed, call.memory, call.used, call.init), (469.40, 571, 1024, Some(21), Some(100.99)));
        assert_eq!((call.duration + call.init.unwrap()).ceil() as u64, call.billed);
    }

    #[test]
    fn row_2_spaces_and_a_timeout() {
        let call = call(
            "REPORT RequestId: x Duration: 5000.00 ms Billed Duration: 5579 ms Memory Size: 3008 MB Max Memory Used: 113 MB \
             Init Duration: 578.07 ms Status: timeout",
        );
        assert_eq!((call.status, call.duration, call.billed, call.init), (Status::Timeout, 5000.0, 5579, Some(578.07)));
    }

    #[test]
    fn row_3_snapstart_is_billed_already() {
        let call = call(
            "REPORT RequestId: x\tDuration: 306.34 ms\tBilled Duration: 610 ms\tMemory Size: 3009 MB\tMax Memory Used: 155 MB\t\
             Restore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t",
        );
        assert_eq!((call.duration, call.billed, call.memory, call.restore), (306.34, 610, 3009, Some(511.25)));
    }

    #[test]
    fn row_4_json() {
        let call = call(ROW_4);
        assert_eq!((call.duration, call.billed, call.memory, call.used), (147.156, 201, 512, Some(91)));
        assert_eq!((call.restore, call.status, call.at), (Some(500.795), Status::Success, time("2026-11-20T08:42:44.080Z")));
    }

    #[test]
    fn row_5_memory_zero_is_unknown() {
        let call = call("REPORT RequestId: x\tDuration: 245 ms\tBilled Duration: 245 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB");
        assert_eq!((call.duration, call.used), (245.0, None));
        let line = |used: u32| call_at_128(used).used;
        assert_eq!([128, 129, 429].map(line), [Some(128), Some(129), None], "what is larger than the size is another function's");
    }

    #[test]
    fn row_6_what_is_no_call() {
        for line in [
            "INIT_REPORT Init Duration: 10001.79 ms Phase: init Status: timeout",
            r#"{"level":"INFO","message":"REPORT RequestId: me"}"#,
            &ROW_4[..ROW_4.len() / 2],
            "REPORT RequestId: me",
            "REPORTS RequestId: x Duration: 1 ms Billed Duration: 1 ms Memory Size: 128 MB Max Memory Used: 1 MB",
            "REPORT RequestId: x Duration: 1e3 ms Billed Duration: 1 ms Memory Size: 128 MB Max Memory Used: 1 MB",
            "REPORT RequestId: x Duration: -1 ms Billed Duration: 1 ms Memory Size: 128 MB Max Memory Used: 1 MB",
            "REPORT RequestId: x Duration: 1 ms Billed Duration: 1 ms Memory Size: 1",
            r#"{"type":"platform.invokeReport","record":{"requestId":"x","metrics":{"durationMs":1}}}"#,
            "",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn signs_of_an_end() {
        let killed = |message| read(message) == Some(Line::Killed("x".into()));
        assert!(killed("RequestId: x Error: Runtime exited with error: signal: killed\nRuntime.ExitError"));
        assert!(!killed("RequestId: x Error: Runtime exited with error: exit status 1\nRuntime.ExitError"));
        assert!(killed(r#"{"type":"platform.runtimeDone","record":{"requestId":"x","status":"error","errorType":"Runtime.ExitError"}}"#));
        assert_eq!(read("2026-11-20T08:42:44.080Z x Task timed out after 5.00 seconds"), Some(Line::TimedOut("x".into())));
        assert_eq!(read("a word: Task timed out after 5.00 seconds"), None);
        assert!(call(&ROW_1.replace("\t\n", "\tStatus: error\tError Type: Runtime.OutOfMemory")).killed);
    }

    /// Fields that may be there, in any order, with any white space between.
    fn written() -> impl Strategy<Value = (String, Call)> {
        let optional = (proptest::option::of(0u32..100_000), proptest::option::of(0u32..100_000), any::<bool>(), any::<bool>());
        (0u32..90_000_000, 0u64..900_000, 128u32..=10_240, 0u32..10_240, optional, "(\t| |  |\t )", any::<bool>()).prop_map(
            |(duration, billed, memory, used, (init, restore, timed_out, order), gap, decimals)| {
                let ms = |hundredths: u32| {
                    if decimals { format!("{}.{:02} ms", hundredths / 100, hundredths % 100) } else { format!("{} ms", hundredths / 100) }
                };
                let of = |hundredths: u32| if decimals { f64::from(hundredths) / 100.0 } else { f64::from(hundredths / 100) };
                let mut last = vec![
                    init.map(|init| format!("Init Duration: {}", ms(init))),
                    restore.map(|restore| format!("Restore Duration: {}{gap}Billed Restore Duration: 7 ms", ms(restore))),
                    timed_out.then(|| "Status: timeout".to_owned()),
                    Some("XRAY TraceId: 1-5e SegmentId: 3f Sampled: true".to_owned()),
                ];
                if order {
                    last.reverse();
                }
                let mut parts = vec![
                    format!("REPORT RequestId: x-1{gap}Duration: {}", ms(duration)),
                    format!("Billed Duration: {billed} ms"),
                    format!("Memory Size: {memory} MB"),
                    format!("Max Memory Used: {used} MB"),
                ];
                parts.extend(last.into_iter().flatten());
                let call = Call {
                    request: "x-1".into(),
                    duration: of(duration),
                    billed,
                    memory,
                    used: (used > 0 && f64::from(used) <= f64::from(memory) * 1.1).then_some(used),
                    init: init.map(of),
                    restore: restore.map(of),
                    status: if timed_out { Status::Timeout } else { Status::Success },
                    killed: false,
                    at: None,
                    json: false,
                };
                (parts.join(&gap) + &gap + "\n", call)
            },
        )
    }

    proptest! {
        #[test]
        fn what_was_written_is_read((line, expected) in written()) {
            prop_assert_eq!(read(&line), Some(Line::Report(expected)), "{}", line);
        }

        #[test]
        fn a_line_that_was_cut_gives_no_wrong_field((line, expected) in written(), at in 0usize..400) {
            let cut: String = line.chars().take(at).collect();
            if let Some(Line::Report(call)) = read(&cut) {
                let Call { request, duration, billed, memory, used, init, restore, .. } = call;
                prop_assert_eq!((request, duration, billed, memory, used),
                    (expected.request, expected.duration, expected.billed, expected.memory, expected.used));
                prop_assert!(init.is_none() || init == expected.init);
                prop_assert!(restore.is_none() || restore == expected.restore);
            }
        }

        #[test]
        fn nothing_panics(message in ".{0,200}", tail in "[ -~\t\n]{0,200}") {
            read(&message);
            read(&format!("REPORT {tail}"));
            read(&format!("{{\"type\":\"platform.report\",\"record\":{{{tail}}}}}"));
        }
    }
}
