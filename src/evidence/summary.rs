//! Calls as Logs Insights counts them: many of one version, size and nearly the same time in one row.
//!
//! A row holds calls whose times are within 2 % of each other, so that sums, largest values, means and
//! percentiles are those of the calls, to 2 %. What a row cannot tell is which of its calls ran when: how
//! many ran at once comes from metrics alone. Fields and functions are those of the CloudWatch Logs guide,
//! "Logs Insights QL": sizes that Lambda tells in MB are there in millions of bytes.

use std::collections::BTreeMap;

use super::report;

/// Rows of an answer (CloudWatch Logs API Reference, GetQueryResults).
pub const MOST_ROWS: usize = 10_000;

/// What is asked: one row for each version, size, and step of 2 % of the time. Reports in either form are
/// taken, and the line by which a killed process is told apart from its report.
pub const QUERY: &str = r#"fields coalesce(@duration, record.metrics.durationMs) as ms, coalesce(@billedDuration, record.metrics.billedDurationMs) as billed, coalesce(@memorySize / 1000000, record.metrics.memorySizeMB) as mb, coalesce(@maxMemoryUsed / 1000000, record.metrics.maxMemoryUsedMB) as used
| filter @type = "REPORT" or type = "platform.report" or @message like /Runtime exited with error: signal: killed/
| parse @logStream /^\d{4}\/\d{2}\/\d{2}\/(?<named>[^\[]*)\[(?<version>[^\]]+)\]/
| stats count(*) as lines, count(ms) as calls, sum(ms) as total, max(ms) as longest, sum(billed) as paid, max(used) as most, sum(floor(used / mb)) as filled, min(@timestamp) as began, max(@timestamp) as ended, sum(strcontains(@message, "timeout")) as late, sum(strcontains(@message, "Runtime.OutOfMemory")) as starved, sum(strcontains(@message, "Runtime.ExitError")) as exited, sum(strcontains(@message, "signal: killed")) as killed, sum(strcontains(@message, "platform.report")) as json, sum(strcontains(@message, "success")) as succeeded by named, version, mb, floor(log(coalesce(ms, 0) + 1) * 50) as step
| limit 10000"#;

/// Calls of one version and size that took nearly the same time. Times are milliseconds, sizes MB.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// The function, in a group of one's own choice.
    pub function: Option<String>,
    /// Its version; none where the stream does not tell.
    pub version: Option<String>,
    /// Size of the function; none of lines that only tell of a kill.
    pub memory: Option<u32>,
    /// Reports of calls.
    pub calls: usize,
    /// Time of all of them together.
    pub duration: f64,
    /// Time of the longest.
    pub longest: f64,
    /// What is paid for, of all together.
    pub billed: u64,
    /// Largest memory used; none where nobody measured it.
    pub used: Option<u32>,
    /// Calls that filled their memory.
    pub full: usize,
    /// When the first and the last were logged, in milliseconds since 1970.
    pub span: Option<(i64, i64)>,
    /// Calls that ran into the timeout.
    pub timed_out: usize,
    /// Environments that were killed.
    pub killed: usize,
    /// Reports in JSON.
    pub json: usize,
    /// Those of them that tell of a success.
    pub succeeded: usize,
}

/// Why a row is none that the query could have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSummary;

impl Summary {
    /// Reads a row by the names of its fields.
    ///
    /// # Errors
    /// It lacks what every row of the query has.
    pub fn of(row: &BTreeMap<String, String>) -> Result<Self, NoSummary> {
        let text = |name: &str| row.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let number = |name: &str| {
            let value: f64 = text(name)?.parse().ok()?;
            (value.is_finite() && (0.0..1e18).contains(&value)).then_some(value)
        };
        let count = |name: &str| number(name).unwrap_or_default() as usize;
        let size = |name: &str| number(name).map(f64::round).filter(|mb| (1.0..=1e6).contains(mb)).map(|mb| mb as u32);
        let (Some(_), Some(calls)) = (number("lines"), number("calls")) else { return Err(NoSummary) };
        let (calls, memory) = (calls as usize, size("mb"));
        if calls > 0 && [number("total"), number("longest"), number("paid")].iter().any(Option::is_none) {
            return Err(NoSummary);
        }
        let signals = count("killed") + count("starved");
        Ok(Self {
            function: text("named").map(str::to_owned),
            version: text("version").map(str::to_owned),
            memory,
            calls,
            duration: number("total").unwrap_or_default(),
            longest: number("longest").unwrap_or_default(),
            billed: number("paid").unwrap_or_default().round() as u64,
            // As in a single report: what is far above the size is another's.
            used: size("most").filter(|used| memory.is_none_or(|memory| f64::from(*used) <= f64::from(memory) * 1.1)),
            full: if size("most").is_some() { count("filled").min(calls) } else { 0 },
            span: text("began").and_then(time).zip(text("ended").and_then(time)),
            timed_out: count("late").min(calls),
            // A report that says so names the exit; a line of its own names the signal.
            killed: if calls > 0 { signals.max(count("exited")).min(calls) } else { signals },
            json: count("json").min(calls),
            succeeded: count("succeeded").min(count("json")).min(calls),
        })
    }

    /// Milliseconds of each call: the longest is the longest, and the others share what is left.
    pub(super) fn durations(&self) -> impl Iterator<Item = f64> {
        let rest = if self.calls > 1 { ((self.duration - self.longest) / (self.calls - 1) as f64).clamp(0.0, self.longest) } else { 0.0 };
        std::iter::once(self.longest).chain(std::iter::repeat(rest)).take(self.calls)
    }

    /// Milliseconds of each call that are paid for, whole ones that add up to the sum.
    pub(super) fn each_billed(&self) -> impl Iterator<Item = u64> {
        let calls = (self.calls as u64).max(1);
        let (each, more) = (self.billed / calls, self.billed % calls);
        (0..calls).map(move |nth| each + u64::from(nth < more)).take(self.calls)
    }
}

/// Milliseconds since 1970, or a day and a time in UTC.
fn time(text: &str) -> Option<i64> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..1e15).contains(number)).map(|number| number as i64);
    number.or_else(|| report::time(&format!("{}Z", text.trim_end_matches('Z').replacen(' ', "T", 1))))
}

#[cfg(test)]
mod tests {
    use super::super::Samples;
    use super::*;

    /// A row as GetQueryResults has it.
    fn row(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const ROW: [(&str, &str); 17] = [
        ("version", "7"),
        ("mb", "1024"),
        ("step", "334"),
        ("lines", "60"),
        ("calls", "60"),
        ("total", "48100.5"),
        ("longest", "812.25"),
        ("paid", "48160"),
        ("most", "412.0"),
        ("filled", "0"),
        ("began", "1763900000000"),
        ("ended", "2025-11-24 12:13:20.000"),
        ("late", "0"),
        ("starved", "0"),
        ("exited", "0"),
        ("killed", "0"),
        ("json", "0"),
    ];

    #[test]
    fn a_row_is_read() -> Result<(), NoSummary> {
        let is = Summary::of(&row(&ROW))?;
        assert_eq!((is.version.as_deref(), is.memory, is.calls, is.billed, is.used), (Some("7"), Some(1024), 60, 48_160, Some(412)));
        assert_eq!(is.span, Some((1_763_900_000_000, 1_763_986_400_000)));
        assert_eq!(is.each_billed().sum::<u64>(), 48_160);
        assert!((is.durations().sum::<f64>() - 48_100.5).abs() < 1e-6 && is.durations().fold(0.0, f64::max) == 812.25);
        // Lines as they stand are no answer to the query.
        assert_eq!(Summary::of(&row(&[("@message", "REPORT RequestId: x"), ("@ptr", "y")])), Err(NoSummary));
        assert_eq!(Summary::of(&row(&[("lines", "3"), ("calls", "3"), ("mb", "128")])), Err(NoSummary), "calls without a time");
        Ok(())
    }

    #[test]
    fn kills_and_timeouts_of_rows_count() -> Result<(), NoSummary> {
        let mut samples = Samples::default();
        let mut late = row(&ROW);
        late.insert("late".into(), "2".into());
        late.insert("longest".into(), "5000.0".into());
        late.insert("total".into(), "300000".into());
        samples.add_summary(&Summary::of(&late)?);
        assert_eq!(samples.timed_out(), Some((5, 2)));
        // A line of its own: no size stands in it, and the version's largest is taken.
        samples.add_summary(&Summary::of(&row(&[("version", "7"), ("lines", "3"), ("calls", "0"), ("killed", "3")]))?);
        assert_eq!((samples.killed(), samples.calls(), samples.at_once()), (Some((1024, 3)), 60, None));
        Ok(())
    }
}
