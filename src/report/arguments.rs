//! The command line as it may be shown.

use std::collections::BTreeSet;

use super::net;
use crate::model::secret::{HIDDEN, Secrets, looks_secret, redact_message};

/// The command that goes on where this one stopped: the same again, without the values of variables
/// that are not shown.
pub fn again(sensitive: &BTreeSet<String>, arguments: impl IntoIterator<Item = String>) -> String {
    let mut shown = vec!["etlctl".to_owned()];
    let mut hidden = false;
    let mut is_set = false;
    for argument in arguments.into_iter().skip(1) {
        let (flag, pair) = match argument.strip_prefix("--set=") {
            Some(pair) => ("--set=", Some(pair)),
            None => ("", Some(argument.as_str()).filter(|_| is_set)),
        };
        is_set = argument == "--set";
        let secret = |name: &str, value: &str| !value.is_empty() && (sensitive.contains(name) || looks_secret(name, value));
        match pair.and_then(|pair| pair.split_once('=')) {
            Some((name, value)) if secret(name, value) => {
                hidden = true;
                shown.push(format!("'{flag}{name}={HIDDEN}'"));
            }
            _ => shown.push(quoted(&redact_message(&argument))),
        }
    }
    let command = shown.join(" ");
    if hidden { format!("{command}\n  {HIDDEN} stands for a value that is not shown: give it again") } else { command }
}

/// An argument as a shell takes it.
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) { argument.to_owned() } else { format!("'{}'", argument.replace('\'', r"'\''")) }
}

/// A message about the command line without what may be the value of a variable: which of them are
/// sensitive is not known where the command line is wrong.
pub(super) fn without_values(message: &str, arguments: impl Iterator<Item = String>) -> String {
    let arguments: Vec<String> = arguments.skip(1).collect();
    let mut secrets = Secrets::default();
    let mut of_set = false;
    let mut loose = false;
    for argument in &arguments {
        let option = argument.starts_with('-');
        let sets = argument.split('=').next().is_some_and(|flag| flag.len() > 3 && "--set".starts_with(flag) || flag.starts_with("--set"));
        if option && sets {
            // A value, or name and value, is behind the first `=`.
            let rest = argument.split_once('=').map(|(_, rest)| rest);
            rest.into_iter().for_each(|rest| tell(rest, &mut secrets));
            (of_set, loose) = (rest.is_none(), rest.is_some_and(|rest| !rest.contains('=')));
        } else if of_set && !option {
            tell(argument, &mut secrets);
            (of_set, loose) = (false, !argument.contains('='));
        } else if loose && !option {
            // `--set name value`: clap takes the value for something else.
            secrets.add(argument);
        } else {
            (of_set, loose) = (false, false);
            if let Some((name, value)) = argument.split_once('=').filter(|(name, value)| looks_secret(name, value)) {
                let _ = name;
                secrets.add(value);
            }
        }
    }
    net::hide(&secrets);
    net::message(message)
}

/// `name=value`, or a value whose name was forgotten; a word alone may be the name.
fn tell(pair: &str, secrets: &mut Secrets) {
    match pair.split_once('=') {
        Some((_, value)) => secrets.add(value),
        None => {
            let name = pair.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-'));
            if !name {
                secrets.add(pair);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<String> {
        std::iter::once("etlctl").chain(text.split(' ')).map(str::to_owned).collect()
    }

    #[test]
    fn the_command_is_the_same_without_secrets() {
        let sensitive: BTreeSet<String> = ["pin".to_owned()].into();
        let shown = again(&sensitive, line("apply --set pin=12 --set=db_password=x --set memory=512 --endpoint-url http://u:pw1@h"));
        assert!(shown.starts_with(
            "etlctl apply --set 'pin=(sensitive)' '--set=db_password=(sensitive)' --set memory=512 --endpoint-url 'http://u:(sensitive)@h'\n"
        ), "{shown}");
        assert!(shown.ends_with("give it again"));
        assert_eq!(again(&sensitive, line("apply --set memory=512")), "etlctl apply --set memory=512");
    }

    #[test]
    fn a_wrong_command_line_quotes_no_value() {
        for (arguments, message) in [
            ("plan --set Hunter2x", "invalid value 'Hunter2x' for '--set <NAME=VALUE>'"),
            ("plan --set pw Hunter3x", "unexpected argument 'Hunter3x' found"),
            ("plan --sett=pw=Hunter4x", "unexpected argument '--sett=pw=Hunter4x' found"),
            ("plan db_password=Hunter5x", "unexpected argument 'db_password=Hunter5x' found"),
        ] {
            let shown = without_values(message, line(arguments).into_iter());
            assert!(!shown.contains("Hunter") && shown.contains(HIDDEN), "{shown}");
        }
    }
}
