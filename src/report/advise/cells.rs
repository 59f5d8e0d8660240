//! What stands in the columns, and the lines below a row.

use super::{FunctionAdvice, StackAdvice};
use crate::evidence::{Refusal, Time, Verdict, Window, grouped};
use crate::model::counted;

/// Titles of the columns.
pub(super) const TITLES: [&str; 8] = ["function", "samples", "memory", "timeout", "concurrency", "arch", "a month", "confidence"];

/// What stands for nothing.
const NOTHING: &str = "–";

/// The columns of a function.
pub(super) fn row(function: &FunctionAdvice) -> [String; 8] {
    let advice = &function.advice;
    let sizes = advice.sizes.iter().map(|size| size.memory).collect::<std::collections::BTreeSet<_>>().len();
    let samples = match sizes {
        0 => grouped(advice.calls as u64),
        1 => format!("{} (1 size)", grouped(advice.calls as u64)),
        _ => format!("{} ({sizes} sizes)", grouped(advice.calls as u64)),
    };
    let confidence = match (&advice.confidence, silence(function)) {
        (_, Some(refusal)) => short(refusal),
        (Some(confidence), None) => confidence.to_string(),
        (None, None) => NOTHING.to_owned(),
    };
    [
        function.key.clone(),
        samples,
        cell(&advice.memory, " MB"),
        cell(&advice.timeout, " s"),
        cell(&advice.concurrency, ""),
        cell(&advice.architecture, "").replace("x86_64", "x86"),
        function.cost.as_ref().map_or_else(|| NOTHING.to_owned(), |cost| cost.shown.clone()),
        confidence,
    ]
}

/// Why nothing is said at all, where that is one reason.
fn silence(function: &FunctionAdvice) -> Option<&Refusal> {
    let advice = &function.advice;
    let (Verdict::Silent { because }, Verdict::Silent { because: other }) = (&advice.memory, &advice.timeout) else { return None };
    // Calls of which a part was read are seen, and say something of the rest of the row.
    (because == other && *because != Refusal::Sampled).then_some(because)
}

fn short(refusal: &Refusal) -> String {
    match refusal {
        Refusal::TooFew { needed, .. } => format!("too few calls ({needed})"),
        Refusal::NoCalls => "no calls".to_owned(),
        _ => "no evidence".to_owned(),
    }
}

fn cell<T: std::fmt::Display>(verdict: &Verdict<T>, unit: &str) -> String {
    let or_nothing = |from: &Option<T>| from.as_ref().map_or_else(|| NOTHING.to_owned(), T::to_string);
    match verdict {
        Verdict::Propose { from, to, .. } => format!("{} → {to}{unit}", or_nothing(from)),
        Verdict::Experiment { from, to, .. } => format!("{}{unit}, try {to}", or_nothing(from)),
        Verdict::Keep { at: Some(at), .. } => format!("{at}{unit}"),
        Verdict::Keep { at: None, .. } | Verdict::Silent { .. } => NOTHING.to_owned(),
    }
}

/// The lines below a row: what was seen, what may follow, and why.
pub(super) fn below(function: &FunctionAdvice) -> Vec<String> {
    let advice = &function.advice;
    let mut lines = Vec::new();
    if let Some(refusal) = silence(function) {
        let window = function.window.hours.map(|hours| format!(" in {}", period(hours))).unwrap_or_default();
        lines.push(match refusal {
            Refusal::TooFew { calls, needed } => format!("{}{window}: too few ({needed})", counted(*calls, "call")),
            other => other.to_string(),
        });
        return lines;
    }
    let seen = seen(function);
    if !seen.is_empty() {
        lines.push(seen);
    }
    if let Some(fit) = advice.model.as_ref().and_then(|model| model.fit) {
        let (waits, computes) = (Time(fit.waits), Time(fit.computes));
        lines.push(format!("waits {waits} and computes {computes} on one core, within {:.1} % of what ran", fit.error * 100.0));
    }
    lines.extend(range(function));
    lines.extend(reason("memory", &advice.memory));
    lines.extend(reason("timeout", &advice.timeout));
    lines.extend(reason("concurrency", &advice.concurrency));
    lines.extend(reason("arch", &advice.architecture));
    lines.extend(advice.notes.iter().map(ToString::to_string));
    lines
}

fn seen(function: &FunctionAdvice) -> String {
    let (advice, times) = (&function.advice, &function.advice.times);
    let mut parts = Vec::new();
    parts.extend(advice.used.map(|used| format!("used ≤ {} MB", used.mb)));
    let named = [("mean", times.mean), ("p99", times.p99), ("max", times.max)];
    let times: Vec<String> = named.iter().filter_map(|(name, value)| Some(format!("{name} {}", Time((*value)?)))).collect();
    if !times.is_empty() {
        parts.push(times.join(", "));
    }
    parts.extend(advice.at_once.map(|at_once| format!("most at once {}", at_once.most)));
    parts.extend(advice.days.filter(|_| function.window.hours.is_some()).map(|days| format!("calls on {}", counted(days, "day"))));
    let deaths = [(advice.timed_out, "timed out"), (advice.killed, "killed or out of memory")];
    parts.extend(deaths.iter().filter(|(calls, _)| *calls > 0).map(|(calls, what)| format!("{calls} {what}")));
    parts.extend(advice.throttles.filter(|calls| *calls > 0.0).map(|calls| format!("{calls:.0} turned away")));
    parts.join(" · ")
}

fn range(function: &FunctionAdvice) -> Option<String> {
    let advice = &function.advice;
    let slower = advice.slower.filter(|slower| advice.memory.proposed().is_some() && (slower.low, slower.high) != (1.0, 1.0))?;
    let mut text = if advice.sizes.iter().filter(|size| size.taken).count() > 1 {
        format!("time ×{:.2} (×{:.2} … ×{:.2})", slower.expected, slower.low, slower.high)
    } else {
        format!("time ×{:.1} (waits) … ×{:.1} (one thread)", slower.low, slower.high)
    };
    if let Some(all_cores) = advice.slower_on_all_cores.filter(|all_cores| *all_cores > slower.high) {
        let cost = function.cost.as_ref().and_then(|cost| cost.all_cores.as_deref()).and_then(|cost| cost.parse().ok());
        let cost = cost.map(|cost| format!(" and {}", crate::cost::shown(cost))).unwrap_or_default();
        text.push_str(&format!("; code that fills all cores: ×{all_cores:.1}{cost}"));
    }
    Some(text)
}

fn reason<T>(field: &str, verdict: &Verdict<T>) -> Option<String> {
    match verdict {
        Verdict::Propose { why, .. } | Verdict::Experiment { why, .. } => Some(format!("{field}: {why}")),
        Verdict::Keep { .. } => None,
        Verdict::Silent { because } => Some(format!("{field}: nothing, {because}")),
    }
}

/// The line above the table.
pub(super) fn heading(stack: &StackAdvice) -> String {
    let StackAdvice { stack: name, env, region, asked_hours, functions, prices_as_of, .. } = stack;
    let read = |window: &Window| if window.partial { window.covered.filter(|hours| *hours > 0.0) } else { window.hours };
    let found = functions.iter().filter_map(|function| read(&function.window)).reduce(f64::max);
    let found = found.map_or_else(|| "no window found".to_owned(), |hours| format!("{} found", period(hours)));
    let prices = prices_as_of.as_ref().map(|day| format!(" · prices of {day}")).unwrap_or_default();
    format!("{name} · {env} · {region} · {} asked, {found}{prices}", period(*asked_hours))
}

/// What the whole stack costs.
pub(super) fn sum(stack: &StackAdvice) -> Option<String> {
    let cost = stack.cost.as_ref()?;
    let known = stack.functions.iter().filter(|function| function.cost.is_some()).count();
    let of = if known == stack.functions.len() { String::new() } else { format!(" for {known} of {} functions", stack.functions.len()) };
    let missing = if cost.missing.is_empty() { String::new() } else { format!("; {}", cost.missing.join(", ")) };
    Some(format!("a month{of}: {} (calls, before free tiers{missing})", cost.shown))
}

/// `14 d`, `36 h`.
fn period(hours: f64) -> String {
    if hours >= 48.0 { format!("{:.0} d", hours / 24.0) } else { format!("{hours:.0} h") }
}
