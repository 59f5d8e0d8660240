//! What an installer sees of the environment: where a registry is and how to reach it, and nothing
//! that changes what is installed, what runs or where it goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::package::npm::settings;

/// Options of pip that pass, as its environment names them without `PIP_`.
const PIP: [&str; 15] = [
    "CACHE_DIR",
    "CERT",
    "CLIENT_CERT",
    "DEFAULT_TIMEOUT",
    "EXTRA_INDEX_URL",
    "FIND_LINKS",
    "INDEX_URL",
    "KEYRING_PROVIDER",
    "NO_CACHE_DIR",
    "NO_INDEX",
    "PROXY",
    "PYPI_URL",
    "RETRIES",
    "TIMEOUT",
    "TRUSTED_HOST",
];
/// Of these the value is a path, or may be one, relative to where etlctl was called.
const PIP_PATHS: [&str; 4] = ["CACHE_DIR", "CERT", "CLIENT_CERT", "FIND_LINKS"];
/// Variables of Node.js that pass: how to reach a registry, and the token that settings of CI name.
const NODE: [&str; 5] =
    ["NODE_AUTH_TOKEN", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_ENV_PROXY", "NODE_USE_SYSTEM_CA"];

/// Takes from the child what would change its work, and what could ask at a terminal.
pub fn clean(command: &mut Command) {
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let upper = name.to_ascii_uppercase();
        let passes = if let Some(option) = upper.strip_prefix("PIP_") {
            PIP.contains(&option)
        } else if upper.starts_with("NPM_CONFIG_") {
            settings::says_where(&npm_key(&name["NPM_CONFIG_".len()..]))
        } else if upper.starts_with("NODE_") {
            NODE.contains(&upper.as_str())
        } else {
            !upper.starts_with("PYTHON")
        };
        if !passes {
            command.env_remove(name);
        } else if let Some(value) = upper.strip_prefix("PIP_").filter(|option| PIP_PATHS.contains(option)).and(value.to_str()) {
            command.env(name, absolute(value));
        }
    }
    command.env("GIT_TERMINAL_PROMPT", "0");
    if std::env::var_os("GIT_SSH_COMMAND").is_none() {
        command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
    }
}

/// A name as npm reads it from the environment: `_` within is `-`, but for tokens of a registry.
fn npm_key(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("//") || lower.starts_with('@') {
        return lower;
    }
    let leading = lower.len() - lower.trim_start_matches('_').len();
    format!("{}{}", &lower[..leading], lower[leading..].replace('_', "-"))
}

fn absolute(value: &str) -> String {
    let one = |part: &str| match std::path::absolute(part) {
        Ok(path) if !part.contains("://") && Path::new(part).exists() => path.to_string_lossy().into_owned(),
        _ => part.to_owned(),
    };
    // One path may hold a space; several are separated by it.
    if Path::new(value).exists() { one(value) } else { value.split_whitespace().map(one).collect::<Vec<_>>().join(" ") }
}

/// Variables that stand for the settings of pip's files, from what `pip config list` prints. The files
/// themselves are not read any more where these are given.
pub fn of_pip(listed: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = vec![("PIP_CONFIG_FILE".into(), if cfg!(windows) { "nul" } else { "/dev/null" }.into())];
    for section in ["global.", "install."] {
        for line in listed.lines() {
            let Some((key, value)) = line.strip_prefix(section).and_then(|line| line.split_once('=')) else { continue };
            let option = key.trim().replace('-', "_").to_ascii_uppercase();
            let name = format!("PIP_{option}");
            if PIP.contains(&option.as_str()) && std::env::var_os(&name).is_none() {
                found.retain(|(known, _)| *known != name);
                let value = literal(value.trim());
                found.push((name, if PIP_PATHS.contains(&option.as_str()) { absolute(&value) } else { value }));
            }
        }
    }
    found
}

/// The text that Python prints in quotes. Lists stand on lines of their own there, and between spaces
/// in a variable.
fn literal(shown: &str) -> String {
    let quote = shown.chars().next().filter(|c| ['"', '\''].contains(c));
    let inner = quote.and_then(|quote| shown.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(shown);
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, true) => match characters.next() {
                Some('n' | 'r' | 't') => text.push(' '),
                Some(other) => text.push(other),
                None => {}
            },
            (c, _) => text.push(c),
        }
    }
    text.trim().to_owned()
}

/// Where npm's settings of user and machine are, from what `npm config get` prints.
pub fn of_npm(listed: &str, key: &str) -> Option<PathBuf> {
    let value = listed.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(PathBuf::from(value.trim())).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_files_say_where_a_registry_is_and_no_more() {
        let listed = "global.index-url='https://u:p@h/simple'\nglobal.no-binary=':all:'\nglobal.extra-index-url='\\nhttps://a\\nhttps://b'\n\
                      install.index-url=\"https://other/it's\"\ninstall.target='/tmp'\n:env:.retries='1'\nfreeze.timeout='1'\n";
        let found: Vec<(String, String)> = of_pip(listed).into_iter().skip(1).collect();
        assert_eq!(
            found,
            [
                ("PIP_EXTRA_INDEX_URL".to_owned(), "https://a https://b".to_owned()),
                ("PIP_INDEX_URL".to_owned(), "https://other/it's".to_owned())
            ]
        );
    }

    #[test]
    fn npm_reads_its_variables_in_any_case() {
        for (name, passes) in [
            ("registry", true),
            ("REGISTRY", true),
            ("strict_ssl", true),
            ("_auth", true),
            ("@acme:registry", true),
            ("//h/:_authToken", true),
            ("IGNORE_SCRIPTS", false),
            ("ignore_scripts", false),
            ("script_shell", false),
            ("userconfig", false),
            ("include", false),
            ("prefix", false),
        ] {
            assert_eq!(settings::says_where(&npm_key(name)), passes, "{name}");
        }
    }
}
