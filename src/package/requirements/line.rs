//! What one line of a requirements file asks for, by a short list of forms: everything else is
//! refused, so that what pip may make of it need not be known.

use super::form::{has_scheme, requirement};
use super::lines::{Line, Word};
use crate::model::reference::opens_variable;

/// A line that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A package of a registry: `name[extra]==1.2; marker`, and its hashes.
    Package {
        /// The requirement, as pip is given it.
        requirement: String,
        /// Each `sha256:…`.
        hashes: Vec<String>,
    },
    /// `-r FILE`.
    Requirements(String),
    /// `-c FILE`.
    Constraints(String),
}

/// Why a line is not taken. Fields are the word that is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// An option but `--hash`, `-r` and `-c`.
    Option(Word),
    /// `-e`.
    Editable(Word),
    /// An option that says where packages come from.
    Index(Word),
    /// An option that lets pip build.
    Build(Word),
    /// A hash that is none.
    Hash(Word),
    /// A folder or a file of this machine.
    Local(Word),
    /// An address.
    Address(Word),
    /// `${NAME}`.
    Variable(Word),
    /// No form that is known.
    Form(Word),
}

const FOLLOW: [(&str, &str, bool); 2] = [("-r", "--requirement", false), ("-c", "--constraint", true)];
const EDITABLE: [&str; 2] = ["-e", "--editable"];
const INDEX: [&str; 8] = ["-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--trusted-host"];
const BUILD: [&str; 6] = ["--no-binary", "--only-binary", "--global-option", "--install-option", "--config-settings", "-C"];
/// Hashes that pip takes, and their hex digits.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
/// Reads a line, which has a word.
///
/// # Errors
/// The word that is not taken, and why.
pub fn read(line: &Line) -> Result<Entry, Refusal> {
    let words = &line.words;
    if let Some(word) = words.iter().find(|word| opens_variable(&word.text)) {
        return Err(Refusal::Variable(word.clone()));
    }
    let options = words.iter().position(|word| word.text.starts_with('-')).unwrap_or(words.len());
    let (package, options) = words.split_at(options);
    match (package.first(), options.first()) {
        (Some(first), _) => {
            let requirement = requirement(first, &joined(package))?;
            Ok(Entry::Package { requirement, hashes: hashes(options)? })
        }
        (None, Some(option)) => followed(option, &options[1..]),
        (None, None) => Ok(Entry::Package { requirement: String::new(), hashes: Vec::new() }),
    }
}

/// The name and the value of an option, where it has one in its own word: `--name=value`, `-rvalue`.
pub fn option(word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    }
    let end = word.char_indices().nth(2).map_or(word.len(), |(at, _)| at);
    (&word[..end], (end < word.len()).then(|| &word[end..]))
}

/// A value without the quotes that a shell would take off.
pub fn unquoted(value: &str) -> &str {
    let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

/// Whether a refused option names nothing that could change by itself: it says how, and the file
/// itself says that it does.
pub fn names_nothing(refusal: &Refusal) -> bool {
    const HOW: [&str; 9] = [
        "--no-binary",
        "--only-binary",
        "--prefer-binary",
        "--pre",
        "--require-hashes",
        "--global-option",
        "--config-settings",
        "--trusted-host",
        "--no-index",
    ];
    matches!(refusal, Refusal::Option(word) | Refusal::Build(word) | Refusal::Index(word) if HOW.contains(&option(&word.text).0))
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn refused(option: &Word) -> Refusal {
    let name = self::option(&option.text).0;
    let is = |names: &[&str]| names.contains(&name);
    if is(&EDITABLE) {
        Refusal::Editable(option.clone())
    } else if is(&INDEX) {
        Refusal::Index(option.clone())
    } else if is(&BUILD) {
        Refusal::Build(option.clone())
    } else {
        Refusal::Option(option.clone())
    }
}

fn followed(first: &Word, rest: &[Word]) -> Result<Entry, Refusal> {
    let (name, own) = option(&first.text);
    let Some((.., constraint)) = FOLLOW.iter().find(|(short, long, _)| *short == name || *long == name) else { return Err(refused(first)) };
    let (value, rest) = match (own, rest) {
        (Some(own), rest) => (own.to_owned(), rest),
        (None, [value, rest @ ..]) => (value.text.clone(), rest),
        (None, []) => return Err(Refusal::Form(first.clone())),
    };
    if let Some(more) = rest.first() {
        return Err(if more.text.starts_with('-') { refused(more) } else { Refusal::Form(more.clone()) });
    }
    let file = unquoted(&value);
    if file.is_empty() || file.contains(['"', '\'', '\\']) {
        return Err(Refusal::Form(first.clone()));
    }
    if has_scheme(file) {
        return Err(Refusal::Address(first.clone()));
    }
    Ok(if *constraint { Entry::Constraints(file.to_owned()) } else { Entry::Requirements(file.to_owned()) })
}

fn hashes(words: &[Word]) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = match option(&word.text) {
            ("--hash", Some(value)) => value,
            ("--hash", None) => words.next().map_or("", |value| value.text.as_str()),
            _ if word.text.starts_with('-') => return Err(refused(word)),
            _ => return Err(Refusal::Form(word.clone())),
        };
        let value = unquoted(value);
        let is_hash = value.split_once(':').is_some_and(|(algorithm, digits)| {
            ALGORITHMS.contains(&(algorithm, digits.len())) && digits.bytes().all(|b| b.is_ascii_hexdigit())
        });
        if !is_hash {
            return Err(Refusal::Hash(word.clone()));
        }
        found.push(value.to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn line(text: &str) -> Result<Entry, Refusal> {
        let lines = lines::of(text);
        assert_eq!(lines.len(), 1, "{text}");
        read(&lines[0])
    }

    fn package(requirement: &str, hashes: &[&str]) -> Result<Entry, Refusal> {
        let hashes = hashes.iter().map(|hash| (*hash).to_owned()).collect();
        Ok(Entry::Package { requirement: requirement.to_owned(), hashes })
    }

    #[test]
    fn hashes_are_taken_in_both_forms() {
        let (a, b) = (format!("sha256:{}", "a1".repeat(32)), format!("sha512:{}", "0".repeat(128)));
        assert_eq!(line(&format!("x==1 --hash={a} --hash {b}")), package("x==1", &[&a, &b]));
        assert_eq!(line(&format!("x==1 \\\n  --hash='{a}'\\\n --hash \"{b}\"")), package("x==1", &[&a, &b]));
        for wrong in
            ["--hash", "--hash=", "--hash=sha256:aa", "--hash=md5:d41d8cd98f00b204e9800998ecf8427e", "--hash=sha256:xyz", "--hash sha1:aa"]
        {
            assert!(matches!(line(&format!("x==1 {wrong}")), Err(Refusal::Hash(_))), "{wrong}");
        }
        // Abbreviated, as optparse takes it.
        assert!(matches!(line(&format!("x==1 --has={a}")), Err(Refusal::Option(_))));
    }

    #[test]
    fn other_files_are_followed() {
        for (text, file) in [
            ("-r base.txt", "base.txt"),
            ("-rbase.txt", "base.txt"),
            ("-r ../base.txt", "../base.txt"),
            ("--requirement base.txt", "base.txt"),
            ("--requirement=base.txt", "base.txt"),
            ("--requirement='base.txt'", "base.txt"),
            ("\t-r\tbase.txt # why", "base.txt"),
        ] {
            assert_eq!(line(text), Ok(Entry::Requirements(file.into())), "{text}");
        }
        for text in ["-c c.txt", "-cc.txt", "--constraint=c.txt", "--constraint c.txt"] {
            assert_eq!(line(text), Ok(Entry::Constraints("c.txt".into())), "{text}");
        }
        assert!(matches!(line("-r https://h/base.txt"), Err(Refusal::Address(_))));
        assert!(matches!(line("-r file:///base.txt"), Err(Refusal::Address(_))));
        assert!(matches!(line("-r ${BASE}.txt"), Err(Refusal::Variable(_))));
        assert!(matches!(line("-r a.txt --pre"), Err(Refusal::Option(_))));
        assert!(matches!(line("-r a.txt -r b.txt"), Err(Refusal::Option(_))));
        assert!(matches!(line("-r a.txt b.txt"), Err(Refusal::Form(_))));
        assert!(matches!(line("-r"), Err(Refusal::Form(_))));
    }

    #[test]
    fn every_other_option_is_refused() {
        let kind = |text: &str| match line(text) {
            Err(Refusal::Option(_)) => "option",
            Err(Refusal::Build(_)) => "build",
            Err(Refusal::Index(_)) => "index",
            Err(Refusal::Editable(_)) => "editable",
            _ => "taken",
        };
        for (text, wanted) in [
            ("--no-binary :all:", "build"),
            ("--no-binary=:all:", "build"),
            ("--only-binary :none:", "build"),
            ("-C x=y", "build"),
            ("--no-bin :all:", "option"),
            ("--no-b=x", "option"),
            ("--requir base.txt", "option"),
            ("--pre", "option"),
            ("--prefer-binary", "option"),
            ("--require-hashes", "option"),
            ("--use-feature=fast-deps", "option"),
            ("--anything-new", "option"),
            ("--", "option"),
            ("-", "option"),
            ("-i https://h/simple", "index"),
            ("-ihttps://h/simple", "index"),
            ("--index-url=https://h/simple", "index"),
            ("--extra-index-url https://h/simple", "index"),
            ("--pypi-url https://h/simple", "index"),
            ("-f ./wheels", "index"),
            ("-f./wheels", "index"),
            ("--find-links ./wheels", "index"),
            ("--no-index", "index"),
            ("--trusted-host h", "index"),
            ("-e ./lib", "editable"),
            ("-e.", "editable"),
            ("--editable=git+https://h/x", "editable"),
            ("a==1 --no-binary a", "build"),
            ("a==1 --global-option=x", "build"),
            ("a==1 --config-settings x=y", "build"),
            ("a==1 --hash=sha256:x -r y", "taken"),
            ("a; python_version < '3' --pre", "option"),
            ("a\t--no-binary\t:all:", "build"),
            ("a \\\n--no-binary :all:", "build"),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }
}
