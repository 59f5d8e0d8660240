//! `.npmrc`: which of its lines may count. A layer's own may hold what changes nothing about what is
//! installed; the user's and the machine's say where a registry is and how to reach it.

use std::path::Path;

use crate::package::finding::Finding;

/// Settings of a layer's `.npmrc` that pass: about output, checks, saving, and how hard to try.
const HARMLESS: [&str; 31] = [
    "audit",
    "audit-level",
    "color",
    "engine-strict",
    "fetch-retries",
    "fetch-retry-factor",
    "fetch-retry-maxtimeout",
    "fetch-retry-mintimeout",
    "fetch-timeout",
    "foreground-scripts",
    "fund",
    "heading",
    "init-author-email",
    "init-author-name",
    "init-license",
    "init-version",
    "legacy-peer-deps",
    "lockfile-version",
    "loglevel",
    "maxsockets",
    "omit-lockfile-registry-resolved",
    "package-lock",
    "prefer-offline",
    "prefer-online",
    "progress",
    "save",
    "save-exact",
    "save-prefix",
    "strict-peer-deps",
    "unicode",
    "update-notifier",
];

/// Settings of the user and the machine that pass: where a registry is, and how to reach it.
const REACH: [&str; 22] = [
    "_auth",
    "_authtoken",
    "_password",
    "always-auth",
    "ca",
    "ca[]",
    "cache",
    "cafile",
    "cert",
    "email",
    "fetch-retries",
    "fetch-retry-factor",
    "fetch-retry-maxtimeout",
    "fetch-retry-mintimeout",
    "fetch-timeout",
    "https-proxy",
    "key",
    "maxsockets",
    "noproxy",
    "proxy",
    "registry",
    "username",
];
/// Settings for one registry, behind its address: `//host/path/:_authToken`.
const OF_A_REGISTRY: [&str; 9] =
    ["_auth", "_authtoken", "_password", "always-auth", "certfile", "email", "keyfile", "username", "strict-ssl"];

/// Whether a setting of the user's or the machine's passes.
pub fn says_where(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    if REACH.contains(&lower.as_str()) || lower == "strict-ssl" || lower == "local-address" {
        return true;
    }
    if let Some(address) = lower.strip_prefix("//") {
        return address.rsplit_once(':').is_some_and(|(_, setting)| OF_A_REGISTRY.contains(&setting));
    }
    lower.strip_prefix('@').and_then(|scope| scope.strip_suffix(":registry")).is_some_and(|scope| !scope.is_empty())
}

/// The lines of a user's or machine's `.npmrc` that pass, as they stand: npm fills in their variables.
pub fn kept(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        // What follows a heading are keys of that section, which npm itself does not use.
        if line.trim_start().starts_with('[') {
            break;
        }
        if key(line).is_some_and(says_where) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// What is refused in a layer's `.npmrc`.
pub fn refused(path: &Path, text: &str) -> Vec<Finding> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let finding = |index: usize, line: &str| {
        let shown = key(line).unwrap_or_else(|| line.trim());
        Finding {
            file: path.to_owned(),
            line: index + 1,
            column: 1,
            length: shown.chars().count(),
            message: format!("`{shown}` may change what npm installs, what it runs or where it writes"),
            fix: Some(
                "take it out: a registry and its access are settings of the machine, in ~/.npmrc or `npm_config_…`; `allow_build: true` at \
                  the layer allows it"
                    .to_owned(),
            ),
        }
    };
    // A carriage return alone ends a line for npm, and is no line of its own for who counts.
    let lines = text.split('\n').enumerate().flat_map(|(index, line)| line.split('\r').map(move |line| (index, line)));
    let says_something = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with([';', '#']);
    lines.filter(|(_, line)| says_something(line) && !is_harmless(line)).map(|(index, line)| finding(index, line)).collect()
}

fn is_harmless(line: &str) -> bool {
    let (Some(key), value) = (key(line), line.split_once('=').map_or("true", |(_, value)| value.trim())) else { return false };
    // It is so anyway.
    let holds_scripts_back = key == "ignore-scripts" && value == "true";
    HARMLESS.contains(&key) || holds_scripts_back
}

/// The name before `=`, where it is plain: npm fills in variables in names too, and takes quotes off.
fn key(line: &str) -> Option<&str> {
    let key = line.split_once('=').map_or(line, |(key, _)| key).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-@/:.[]%~".contains(c);
    (!key.is_empty() && !key.starts_with('[') && key.chars().all(plain)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layers_npmrc_holds_what_is_harmless() {
        let fine = "omit-lockfile-registry-resolved=true\naudit=false\r\nfund = false\n\n; c\n# c\nignore-scripts=true\nignore-scripts\n";
        assert_eq!(refused(Path::new(".npmrc"), fine), []);
        for line in [
            "ignore-scripts=false",
            "ignore-scripts=${X}",
            "script-shell=/tmp/x",
            "node-options=--require=./x.js",
            "git=/tmp/git",
            "global=true",
            "prefix=/tmp",
            "registry=https://h/",
            "@acme:registry=https://h/",
            "//h/:_authToken=x",
            "omit=",
            "include=dev",
            "install-strategy=linked",
            "cache=/tmp",
            "userconfig=/tmp/x",
            "\"ignore-scripts\"=false",
            "${X}=false",
            "[section]",
            "IGNORE-SCRIPTS=false",
            "anything-new=1",
        ] {
            let found = refused(Path::new(".npmrc"), &format!("fund=false\n{line}\n"));
            assert_eq!((found.len(), found.first().map(|one| one.line)), (1, Some(2)), "{line}");
        }
        // The end of a line for npm, which an editor does not show.
        assert_eq!(refused(Path::new(".npmrc"), "fund=false\rignore-scripts=false").len(), 1);
    }

    #[test]
    fn of_the_machines_only_the_way_to_a_registry_counts() {
        let text = "registry=https://h/\n@acme:registry = https://a/\n//h/path/:_authToken=${TOKEN}\ncafile=/etc/ca.pem\nstrict-ssl=false\n\
                    ignore-scripts=false\nscript-shell=x\n//h/:tokenHelper=/tmp/x\ninclude=dev\n${X}=y\n[a]\nproxy=x\n";
        assert_eq!(
            kept(text),
            "registry=https://h/\n@acme:registry = https://a/\n//h/path/:_authToken=${TOKEN}\ncafile=/etc/ca.pem\nstrict-ssl=false\n"
        );
    }
}
