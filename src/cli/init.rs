//! What a new project begins with.

use std::str::FromStr;

use clap::{Args, ValueEnum};

/// Options of init.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Name of the stack; asked for on a terminal, else that of the folder
    #[arg(long, value_name = "STACK")]
    pub name: Option<String>,
    /// Language of the handler
    #[arg(long, value_enum)]
    pub language: Option<Language>,
    /// What starts it: schedule=EXPRESSION, queue, none, or bucket=NAME, of which dev has NAME-dev and prod NAME-prod
    #[arg(long, value_name = "TRIGGER")]
    pub trigger: Option<Trigger>,
}

/// Languages that there are handlers of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// JavaScript on Node.js
    #[default]
    Nodejs,
    /// Python
    Python,
}

/// What starts a new function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Nothing: it is invoked.
    #[default]
    None,
    /// The clock.
    Schedule(String),
    /// Messages of a queue of its own.
    Queue,
    /// New objects of a bucket, which the stack makes.
    Bucket(String),
}

impl FromStr for Trigger {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=').map_or((text, ""), |(word, value)| (word, value.trim())) {
            ("none", "") => Ok(Self::None),
            ("queue", "") => Ok(Self::Queue),
            ("schedule", value) => match crate::source::times::Times::parse(value) {
                Ok(_) => Ok(Self::Schedule(value.to_owned())),
                Err(why) => Err(format!("{why}; write such as schedule='rate(1 hour)' or schedule='cron(0 2 * * ? *)'")),
            },
            ("bucket", name) if is_bucket(name) => Ok(Self::Bucket(name.to_owned())),
            ("bucket", _) => Err("a bucket has a name of 3 to 58 small letters, digits, `-` and `.`, to which the environment is added: bucket=my-landing-zone"
                .to_owned()),
            _ => Err("write schedule=EXPRESSION, queue, bucket=NAME or none".to_owned()),
        }
    }
}

fn is_bucket(name: &str) -> bool {
    let of = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    // AWS takes 63; the longest environment is added, with a dash.
    (3..=63 - "-prod".len()).contains(&name.len())
        && name.starts_with(of)
        && name.ends_with(of)
        && name.chars().all(|c| of(c) || matches!(c, '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_one_of_four() {
        assert_eq!("none".parse(), Ok(Trigger::None));
        assert_eq!("queue".parse(), Ok(Trigger::Queue));
        assert_eq!("bucket=raw-data".parse(), Ok(Trigger::Bucket("raw-data".into())));
        assert_eq!("schedule=rate(1 hour)".parse(), Ok(Trigger::Schedule("rate(1 hour)".into())));
        for wrong in ["", "queue=x", "bucket", "bucket=Raw", "bucket=x", "schedule", "schedule=hourly", "stream"] {
            assert!(wrong.parse::<Trigger>().is_err(), "{wrong}");
        }
    }
}
