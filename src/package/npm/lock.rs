//! `package-lock.json` and `package.json`: whether all that npm would install comes from a registry.

use serde_json::{Map, Value};

/// Something in one of the two files, by a text that stands at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// A key of the file, as it stands there.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: Option<&'static str>,
}

/// What a lock file asks for.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    /// What is refused.
    pub refused: Vec<Refused>,
    /// Packages without a hash that holds, in file order.
    pub unhashed: Vec<String>,
    /// Folders beside the lock file that it installs from.
    pub folders: Vec<String>,
    /// Whether something is named whose content cannot be known here.
    pub open: bool,
}

const MOVE: &str = "name a package of a registry, or copy the modules into the layer's `nodejs/node_modules/`; `allow_build: true` at the layer \
                    allows it";
const ADDRESS: &str = "name a package of a registry, with a version; `allow_build: true` at the layer allows it";

const HASH: &str = "write the lock file anew with `npm install --package-lock-only`, which adds `integrity`; `allow_build: true` at the layer allows \
                    it";

/// Reads a lock file of version 2 or 3.
pub fn read(lock: &Value) -> Lock {
    let mut found = Lock::default();
    let Some(packages) = lock.get("packages").and_then(Value::as_object) else {
        found.refused.push(Refused {
            key: "lockfileVersion".into(),
            message: "the lock file has no `packages`: it is of version 1, which does not say all that npm installs".into(),
            fix: Some("write it anew: `npm install --package-lock-only --lockfile-version 3`"),
        });
        return found;
    };
    for (key, package) in packages {
        match package.as_object() {
            Some(package) if key.is_empty() => root(package, &mut found),
            Some(package) => entry(key, package, &mut found),
            None => refuse(&mut found, key, "is no object".into(), "write the lock file anew with `npm install --package-lock-only`"),
        }
    }
    // What npm 6 reads, and later ones keep beside `packages`.
    if let Some(tree) = lock.get("dependencies").and_then(Value::as_object) {
        old_tree(tree, &mut found, 0);
    }
    found
}

fn refuse(found: &mut Lock, key: &str, message: String, fix: &'static str) {
    found.refused.push(Refused { key: key.to_owned(), message: format!("`{key}` {message}"), fix: Some(fix) });
}

fn root(package: &Map<String, Value>, found: &mut Lock) {
    if package.contains_key("workspaces") {
        refuse(found, "workspaces", "are folders of this machine".into(), MOVE);
    }
}

/// One package: `node_modules/…`, or a folder beside the lock file.
fn entry(key: &str, package: &Map<String, Value>, found: &mut Lock) {
    let text = |field: &str| package.get(field).and_then(Value::as_str);
    let Some((_, name)) = key.rsplit_once("node_modules/").filter(|(before, _)| before.is_empty() || before.ends_with('/')) else {
        found.folders.push(key.to_owned());
        return refuse(found, key, "is a folder of this machine".into(), MOVE);
    };
    if key.split('/').any(|part| part == ".." || part == ".") || key.starts_with('/') || key.contains('\\') {
        found.open = true;
        return refuse(found, key, "leads out of `node_modules`".into(), "write the lock file anew with `npm install --package-lock-only`");
    }
    if package.get("link").is_some_and(|link| *link != Value::Bool(false)) {
        return refuse(found, key, "is a link to a folder of this machine".into(), MOVE);
    }
    let version = text("version");
    if let Some(version) = version.filter(|version| !is_version(version)) {
        found.open = true;
        return refuse(found, key, format!("has `{version}` for a version, which is an address"), ADDRESS);
    }
    let bundled = package.get("inBundle") == Some(&Value::Bool(true));
    match text("resolved") {
        Some(resolved) if !is_of_a_registry(resolved, text("name").unwrap_or(name)) => {
            found.open = true;
            return refuse(found, key, format!("comes from `{resolved}`, which is no package of a registry"), ADDRESS);
        }
        None if package.contains_key("resolved") => {
            return refuse(found, key, "has an address that is no text".into(), ADDRESS);
        }
        // Without a hash only the registry's own name says what lies there.
        Some(resolved) if text("integrity").is_none_or(|hash| hash.trim().is_empty()) && !is_the_registry(resolved) => {
            return refuse(found, key, format!("comes from `{resolved}`, and no hash says what lies there"), HASH);
        }
        // What its parent's archive brings along has the parent's hash.
        None if bundled => return,
        _ => {}
    }
    if !text("integrity").is_some_and(is_strong) {
        found.unhashed.push(key.to_owned());
    }
}

fn old_tree(tree: &Map<String, Value>, found: &mut Lock, depth: usize) {
    // No tree of packages is as deep; one that is would be somebody's trap.
    if depth > 100 {
        return found.refused.push(Refused {
            key: "dependencies".into(),
            message: "`dependencies` is more than 100 deep".into(),
            fix: Some("write the lock file anew with `npm install --package-lock-only`"),
        });
    }
    for (name, package) in tree {
        let Some(package) = package.as_object() else { continue };
        let text = |field: &str| package.get(field).and_then(Value::as_str);
        let alias = text("version").and_then(|version| version.strip_prefix("npm:")).and_then(|alias| alias.rsplit_once('@'));
        let version = alias.map(|(_, version)| version).or_else(|| text("version"));
        let real = alias.map_or(name.as_str(), |(real, _)| real);
        let foreign = version.filter(|version| !is_version(version)).or_else(|| text("resolved").filter(|at| !is_of_a_registry(at, real)));
        if let Some(from) = foreign {
            found.open = true;
            refuse(found, name, format!("comes from `{from}`, which is no package of a registry"), ADDRESS);
        }
        if let Some(tree) = package.get("dependencies").and_then(Value::as_object) {
            old_tree(tree, found, depth + 1);
        }
    }
}

/// What is refused in a `package.json`: what names more than packages of a registry.
pub fn manifest(package: &Value) -> Vec<Refused> {
    let mut found = Lock::default();
    if package.get("workspaces").is_some() {
        refuse(&mut found, "workspaces", "are folders of this machine".into(), MOVE);
    }
    for section in ["dependencies", "optionalDependencies", "devDependencies", "peerDependencies", "overrides"] {
        if let Some(named) = package.get(section) {
            specs(section, named, &mut found, 0);
        }
    }
    found.refused
}

fn specs(key: &str, named: &Value, found: &mut Lock, depth: usize) {
    match named {
        Value::Object(map) if depth < 100 => map.iter().for_each(|(key, named)| specs(key, named, found, depth + 1)),
        Value::String(spec) if !is_range(spec) => {
            refuse(found, key, format!("is wanted as `{spec}`, which is no version of a registry's package"), ADDRESS);
        }
        Value::String(_) => {}
        _ => refuse(found, key, "is no version".into(), ADDRESS),
    }
}

/// A range of versions, a tag, another version's name (`$name`), or another package by `npm:`.
fn is_range(spec: &str) -> bool {
    let spec = spec.strip_prefix("npm:").map_or(spec, |alias| {
        let scoped = alias.strip_prefix('@').and_then(|rest| rest.split_once('/'));
        let rest = scoped.map_or(alias, |(_, rest)| rest);
        rest.split_once('@').map_or("", |(_, range)| range)
    });
    if spec.starts_with('$') {
        return !spec.contains(':');
    }
    let lower = spec.to_ascii_lowercase();
    let is_archive = [".tgz", ".tar", ".tar.gz"].iter().any(|ending| lower.ends_with(ending));
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" .*^~<>=|+_-".contains(&b);
    spec.bytes().all(plain) && !is_archive && !spec.starts_with('.')
}

fn is_version(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit()) && version.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b))
}

/// Whether an address has the form that registries give to a package's archive: `…/<name>/-/…`, or
/// GitHub's `…/download/<name>/…`.
fn is_of_a_registry(address: &str, name: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    if !(lower.starts_with("https://") || lower.starts_with("http://")) || name.is_empty() || address.contains(['?', '#', '\\']) {
        return false;
    }
    let (lower, name) = (lower.replace("%2f", "/").replace("%40", "@"), name.to_ascii_lowercase());
    !lower.contains("/../") && (lower.contains(&format!("/{name}/-/")) || lower.contains(&format!("/download/{name}/")))
}

/// Whether it is the registry that npm asks where nothing else is said.
fn is_the_registry(address: &str) -> bool {
    address.to_ascii_lowercase().starts_with("https://registry.npmjs.org/")
}

/// Whether one of the hashes is none that can be forged.
fn is_strong(integrity: &str) -> bool {
    integrity.split_whitespace().any(|hash| {
        [("sha512-", 88), ("sha384-", 64), ("sha256-", 44)].iter().any(|(algorithm, length)| {
            hash.strip_prefix(algorithm).and_then(|hash| hash.split('?').next()).is_some_and(|hash| hash.len() == *length)
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hash() -> String {
        format!("sha512-{}==", "A".repeat(86))
    }

    fn of(key: &str, package: Value) -> Lock {
        read(&json!({"lockfileVersion": 3, "packages": {"": {}, key: package}}))
    }

    #[test]
    fn packages_of_a_registry_are_taken() {
        for (key, package) in [
            ("node_modules/a", json!({"version": "1.0.0", "integrity": hash()})),
            ("node_modules/a", json!({"version": "1.0.0-rc.1+b", "resolved": "https://h/a/-/a-1.0.0-rc.1.tgz", "integrity": hash()})),
            ("node_modules/@s/a", json!({"version": "1.0.0", "resolved": "https://h/npm/@s/a/-/a-1.0.0.tgz", "integrity": hash()})),
            ("node_modules/@s/a", json!({"version": "1.0.0", "resolved": "https://h/@s%2fa/-/a-1.0.0.tgz", "integrity": hash()})),
            ("node_modules/@s/a", json!({"version": "1.0.0", "resolved": "https://h/download/@s/a/1.0.0/abc", "integrity": hash()})),
            ("node_modules/x", json!({"name": "a", "version": "1.0.0", "resolved": "https://h/a/-/a-1.0.0.tgz", "integrity": hash()})),
            ("node_modules/b/node_modules/a", json!({"version": "1.0.0", "inBundle": true})),
            ("node_modules/a", json!({"version": "1.0.0", "integrity": hash(), "hasInstallScript": true, "dev": true})),
        ] {
            let lock = of(key, package.clone());
            assert!(lock.refused.is_empty() && lock.unhashed.is_empty(), "{package}: {lock:?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (key, package) in [
            ("packages/a", json!({"version": "1.0.0"})),
            ("../a", json!({})),
            ("node_modules/../../a", json!({"version": "1.0.0", "integrity": hash()})),
            ("node_modules/a", json!({"resolved": "packages/a", "link": true})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "file:../a", "integrity": hash()})),
            ("node_modules/a", json!({"version": "file:../a"})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "git+ssh://git@h/a.git#abc"})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "git+https://h/a.git#abc", "inBundle": true})),
            ("node_modules/a", json!({"version": "github:u/a"})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "https://codeload.h/u/a/tar.gz/abc", "integrity": hash()})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "https://h/a.tgz"})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "https://h/b/-/b-1.0.0.tgz", "integrity": hash()})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "https://h/x?y=/a/-/a.tgz", "integrity": hash()})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "https://h/a/-/a-1.0.0.tgz"})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": "http://registry.npmjs.org/a/-/a-1.0.0.tgz", "integrity": ""})),
            ("node_modules/a", json!({"version": "1.0.0", "resolved": true})),
            ("node_modules/a", json!("x")),
        ] {
            assert_eq!(of(key, package.clone()).refused.len(), 1, "{key} {package}");
        }
        assert_eq!(read(&json!({"lockfileVersion": 1, "dependencies": {}})).refused.len(), 1);
        assert_eq!(read(&json!({"packages": {"": {"workspaces": ["a"]}}})).refused.len(), 1);
        let old =
            json!({"packages": {}, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "git+https://h/b"}}}}});
        assert_eq!(read(&old).refused.len(), 1);
    }

    #[test]
    fn weak_and_missing_hashes_are_counted() {
        for package in [
            json!({"version": "1.0.0"}),
            json!({"version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"}),
            json!({"version": "1.0.0", "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="}),
            json!({"version": "1.0.0", "integrity": ""}),
        ] {
            assert_eq!(of("node_modules/a", package.clone()).unhashed, ["node_modules/a"], "{package}");
        }
    }

    #[test]
    fn a_manifest_wants_versions() {
        for spec in ["1.0.0", "^1.2", "~1", ">=1 <2", "1 || 2", "*", "", "latest", "1.x", "npm:@s/b@^1", "npm:b@1.0.0", "$b"] {
            assert_eq!(manifest(&json!({"dependencies": {"a": spec}})), [], "{spec}");
        }
        for spec in [
            "file:../a",
            "link:../a",
            "../a",
            "./a",
            "~/a",
            "/a",
            "u/a",
            "github:u/a",
            "git+https://h/a",
            "git@h:u/a",
            "https://h/a.tgz",
            "a.tgz",
            "workspace:*",
            "npm:b@file:x",
        ] {
            for section in ["dependencies", "optionalDependencies", "devDependencies", "overrides"] {
                assert_eq!(manifest(&json!({section: {"a": spec}})).len(), 1, "{section} {spec}");
            }
        }
        assert_eq!(manifest(&json!({"overrides": {"a": {"b": "git+https://h/b"}}})).len(), 1);
        assert_eq!(manifest(&json!({"workspaces": ["a"]})).len(), 1);
    }
}
