//! What advice says to people.

use std::fmt::{Display, Formatter, Result};

use super::advice::{Refusal, Why};
use super::note::{Confidence, Note};
use crate::model::{counted, one_or_many};

/// Milliseconds as people read them.
pub struct Time(pub f64);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.0 >= 1000.0 { write!(f, "{:.1} s", self.0 / 1000.0) } else { write!(f, "{:.0} ms", self.0) }
    }
}

/// `4,310`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Display for Why {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Best { floor } => write!(f, "the best from {floor} MB on, which is what was used and a fifth"),
            Self::UnderFloor { used } => write!(f, "a call used {used} MB; a fifth more is needed"),
            Self::Killed { size, calls } => {
                write!(f, "at {size} MB memory was full or the environment killed ({})", counted(*calls, "call"))
            }
            Self::OneThread => f.write_str("experiment: in one thread it costs the same, and less where it waits"),
            Self::NothingBetter => f.write_str("nothing from the floor on is surely better"),
            Self::Longest { max, p99, slower } => {
                write!(f, "the longest call took {}", Time(*max))?;
                if let Some(p99) = p99 {
                    write!(f, ", p99 {}", Time(*p99))?;
                }
                if *slower > 1.0 { write!(f, ", and may take ×{slower:.1} with the memory that goes with it") } else { Ok(()) }
            }
            Self::CutOff { timeout, calls } => {
                let (calls, were) = (counted(*calls, "call"), one_or_many(calls, "was", "were"));
                write!(f, "{calls} {were} ended at {timeout} s, so nobody knows how long they take")
            }
            Self::AtOnce { most } => write!(f, "most at once were {most}, and half again"),
            Self::Throttled { most, calls } => write!(f, "{calls:.0} calls were turned away with {most} at once"),
            Self::RunsOnArm => f.write_str("nothing in the code is made for x86 alone"),
            Self::Already => f.write_str("it is already"),
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::NoCalls => f.write_str("no calls found"),
            Self::NoLogGroup { group } => write!(f, "there is no log group {group}"),
            Self::Denied { right } => write!(f, "these credentials lack {right}"),
            Self::Unread { why } => write!(f, "it could not be read: {why}"),
            Self::TooFew { calls, needed } => write!(f, "{}: too few ({needed})", counted(*calls, "call")),
            Self::TooFewAtEachSize { calls, needed } => write!(f, "{}, too few at each size ({needed})", counted(*calls, "call")),
            Self::OnlyFailures => f.write_str("only failures are logged (system log level WARN or above): set it to INFO"),
            Self::MemoryUnknown => f.write_str("no line tells how much memory was used"),
            Self::Sampled => f.write_str("a part of the lines was read, and the largest may be among the others: use --deep"),
            Self::TimedOut { calls } => write!(f, "{} ran into the timeout: with less memory there would be more", counted(*calls, "call")),
            Self::OverlapUnknown => f.write_str("nothing tells how many calls ran at once"),
            Self::TimesUnknown => f.write_str("nothing tells how long calls take"),
            Self::Stopped => f.write_str("0 stops it on purpose"),
            Self::MachineCode { file, machine } => write!(f, "{file} is machine code for {machine}: rebuild it for arm64 first"),
            Self::Layer { layer } => write!(f, "{layer} does not list arm64"),
            Self::ForeignLayer { layer } => write!(f, "what {layer} holds is not known"),
            Self::Installed { what } => write!(f, "packages of {what} are installed for x86_64: see that all are there for arm64 first"),
            Self::Unseen { file } => write!(f, "{file} is too large, too deep within archives or broken, and may hold machine code"),
            Self::NoSources => f.write_str("the code is not in this project"),
            Self::Unreadable { why } => write!(f, "the code could not be read: {why}"),
        }
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let list = |versions: &[String]| versions.join(", ");
        match self {
            Self::Sampled { hours } => write!(f, "sampled: lines of {hours:.1} h in equal slices; --deep reads all"),
            Self::Partial { hours } => write!(f, "partial: reading ended after {hours:.1} h of lines"),
            Self::CodeChanged { versions } => write!(f, "the code changed too: versions {} are not compared", list(versions)),
            Self::CodeUnknown { versions } => write!(f, "whether versions {} have the same code is not known", list(versions)),
            Self::AllCores { size } => {
                write!(f, "ran at {size} MB, more than one core: code that fills all cores takes longer than the range")
            }
            Self::TimeoutGoesWith { p99 } => write!(f, "p99 may reach {}: the timeout has to go with the memory", Time(*p99)),
            Self::Visibility { seconds, needed } => {
                write!(f, "a queue that it reads has a visibility timeout of {seconds} s: with the timeout it should be {needed} s")
            }
            Self::ForeignCode { file, format } => write!(f, "warning: {file} is machine code in {format}, which no function runs"),
            Self::Counted => f.write_str("counted by Logs Insights: times are within 2 %, and calls at once come from metrics"),
            Self::TimeOnArm => f.write_str("time on arm64 is taken to be the same; nothing measured it"),
            Self::Ran { size } => write!(f, "numbers are of {size} MB, which ran last"),
            Self::NoWindow => f.write_str("no line tells when it was logged: --since says how long they cover"),
        }
    }
}

impl Display for Confidence {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}
