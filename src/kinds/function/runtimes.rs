//! Lambda's runtimes with the days on which AWS lets go of them.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

/// One runtime of zip functions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// `python3.13` for one.
    pub id: String,
    /// Its language, or `provided`.
    pub family: String,
    /// First day without security patches.
    pub deprecated: Option<Date>,
    /// First day on which no function can be created with it.
    pub block_create: Option<Date>,
    /// First day on which no function that has it can be updated.
    pub block_update: Option<Date>,
    /// Blocked for so long that the days no longer matter.
    #[serde(default)]
    pub blocked: bool,
    /// Open to try, without support.
    #[serde(default)]
    pub preview: bool,
    /// Whether it runs on arm64.
    pub arm64: bool,
    /// Whether zip functions start from snapshots.
    pub snap_start: bool,
    /// Where AWS says so.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the data; a test asks for it"))]
    pub source: String,
}

impl Runtime {
    /// Whether functions with it can be created on a day.
    pub fn is_creatable(&self, on: Date) -> bool {
        !self.blocked && self.block_create.is_none_or(|day| on < day)
    }

    /// Whether it cannot be created on a day, as far as that is known and not only foretold: a day after
    /// the data was gathered has moved before.
    pub fn is_blocked(&self, on: Date, foretold: bool) -> bool {
        !self.is_creatable(on) && (self.blocked || foretold || self.block_create.is_some_and(|day| day <= runtimes().as_of))
    }

    /// Whether it is deprecated on a day.
    pub fn is_deprecated(&self, on: Date) -> bool {
        self.blocked || self.deprecated.is_some_and(|day| on >= day)
    }

    /// Whether it is a good choice on a day.
    pub fn is_current(&self, on: Date) -> bool {
        self.is_creatable(on) && !self.is_deprecated(on) && !self.preview
    }
}

/// SnapStart beside runtimes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapStart {
    /// Commercial regions that do not have it.
    pub regions_without: Vec<String>,
    /// Day on which the data was gathered.
    #[expect(dead_code, reason = "for who reads the data")]
    pub as_of: Date,
    /// Where AWS says so.
    #[expect(dead_code, reason = "for who reads the data")]
    pub source: String,
}

/// The file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtimes {
    /// Day on which the data was gathered.
    pub as_of: Date,
    /// What to know about the data.
    #[expect(dead_code, reason = "for who reads the data")]
    pub note: String,
    /// SnapStart.
    pub snap_start: SnapStart,
    /// The runtimes, newest first within a family.
    pub runtimes: Vec<Runtime>,
}

impl Runtimes {
    /// The runtime of this id.
    pub fn get(&self, id: &str) -> Option<&Runtime> {
        self.runtimes.iter().find(|runtime| runtime.id == id)
    }

    /// Whether an id that is not here is of the form of a family's, and newer than all of it that is:
    /// `python3.16`, `java21.al2026`.
    pub fn may_be_newer(&self, id: &str) -> bool {
        let Some((family, version)) = version_of(id).filter(|_| self.get(id).is_none()) else { return false };
        let known = self.runtimes.iter().filter_map(|runtime| version_of(&runtime.id)).filter(|(of, _)| *of == family);
        // The system that it stands on counts within one version of the language.
        let is_same = |other: &Vec<u32>| family == "java" && other[0] == version[0];
        let known: Vec<Vec<u32>> = known.map(|(_, version)| version).collect();
        let newest = if known.iter().any(is_same) { known.into_iter().filter(is_same).max() } else { known.into_iter().max() };
        newest.is_some_and(|newest| version > newest)
    }

    /// The newest of a family that is a good choice on a day.
    pub fn newest(&self, family: &str, on: Date) -> Option<&Runtime> {
        self.runtimes.iter().find(|runtime| runtime.family == family && runtime.is_current(on))
    }

    /// The creatable runtime whose id is nearest to a word, the newer of two that are as near.
    pub fn nearest(&self, word: &str, on: Date) -> Option<&Runtime> {
        let word = word.to_lowercase();
        let near = |runtime: &Runtime| strsim::damerau_levenshtein(&word, &runtime.id);
        let creatable = self.runtimes.iter().filter(|runtime| runtime.is_creatable(on) && !runtime.preview);
        creatable.min_by_key(|runtime| (near(runtime), runtime.is_deprecated(on))).filter(|runtime| near(runtime) <= 4)
    }
}

/// Family and version of what has the form of a runtime's id.
fn version_of(id: &str) -> Option<(&str, Vec<u32>)> {
    let start = id.find(|c: char| c.is_ascii_digit())?;
    let (family, numbers) = match id.split_once(".al") {
        Some(("provided", system)) => ("provided", vec![system]),
        Some((language, system)) => ("java", vec![language.strip_prefix("java")?, system]),
        None => (&id[..start], id[start..].split('.').collect()),
    };
    let numbers = match (family, numbers.as_slice()) {
        ("nodejs", [major, "x"]) => vec![*major],
        ("python" | "ruby", [_, _]) | ("java" | "dotnet" | "provided", [_]) => numbers,
        ("java", [_, _]) if id.contains(".al") => numbers,
        _ => return None,
    };
    let is_number = |text: &&str| (1..=4).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    let version = numbers.iter().all(is_number).then(|| numbers.iter().filter_map(|text| text.parse().ok()).collect())?;
    Some((family, version))
}

static RUNTIMES: LazyLock<Result<Runtimes, serde_json::Error>> = LazyLock::new(|| serde_json::from_str(include_str!("runtimes.json")));
static NONE: LazyLock<Runtimes> = LazyLock::new(Runtimes::default);

/// The runtimes that this version knows; none where its data cannot be read, which
/// [`unreadable`] tells.
pub fn runtimes() -> &'static Runtimes {
    RUNTIMES.as_ref().unwrap_or(&NONE)
}

/// Why the runtimes in this binary cannot be read.
pub fn unreadable() -> Option<String> {
    RUNTIMES.as_ref().err().map(|error| format!("runtimes.json: {error}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn all() -> Runtimes {
        serde_json::from_str(include_str!("runtimes.json")).unwrap()
    }

    #[test]
    fn days_are_in_order_and_every_row_has_a_source() {
        for runtime in all().runtimes {
            let days: Vec<Date> = [runtime.deprecated, runtime.block_create, runtime.block_update].into_iter().flatten().collect();
            assert!(days.is_sorted(), "{}", runtime.id);
            assert!(runtime.source.starts_with("https://"), "{}", runtime.id);
        }
    }

    #[test]
    fn a_day_decides() {
        let all = all();
        let node = all.get("nodejs18.x").unwrap();
        assert!(node.is_creatable(date(2026, 11, 21)) && node.is_deprecated(date(2026, 11, 21)));
        assert!(!node.is_creatable(date(2027, 2, 1)));
        assert_eq!(all.newest("nodejs", date(2026, 11, 21)).map(|r| r.id.as_str()), Some("nodejs24.x"));
        assert_eq!(all.nearest("nodejs22", date(2026, 11, 21)).map(|r| r.id.as_str()), Some("nodejs22.x"));
        assert_eq!(all.nearest("Python3.13", date(2026, 11, 21)).map(|r| r.id.as_str()), Some("python3.13"));
        assert!(all.nearest("cobol85", date(2026, 11, 21)).is_none());
    }

    #[test]
    fn what_is_newer_than_the_list_has_the_form_of_a_family() {
        let all = all();
        for id in ["python3.16", "python4.0", "nodejs28.x", "java29", "java21.al2026", "dotnet12", "ruby5.0", "provided.al2026"] {
            assert!(all.may_be_newer(id), "{id}");
        }
        for id in [
            "python3.13",
            "python3.5",
            "nodejs25.x",
            "nodejs28",
            "dotnet9",
            "python3",
            "python3.x",
            "java",
            "go2.x",
            "provided.al1",
            "cobol85",
            "ruby5",
            "java17.al2x",
            "python3.14.al2023",
        ] {
            assert!(!all.may_be_newer(id), "{id}");
        }
    }
}
