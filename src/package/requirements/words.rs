//! What is said of a line that is refused: what it would do, and what to write instead.

use super::line::Refusal;
use super::lines::Word;

/// A file that is no text.
pub const NOT_UTF8: (&str, &str) = ("the file is not UTF-8", "save it as UTF-8");

/// The word, what is wrong with it, and what to do.
pub fn of(refusal: &Refusal) -> (&Word, String, &'static str) {
    let (word, why, fix) = match refusal {
        Refusal::Option(word) => (
            word,
            "is an option, and pip takes options of this file before those of the command line",
            "take it out: beside packages, this file holds `-r`, `-c` and `--hash`; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Editable(word) => (
            word,
            "has pip build a folder or an address, which runs the code that lies there",
            "name a package of a registry, or copy the modules into the source, of a layer into its `python/`; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Index(word) => (
            word,
            "says where packages come from, which the machine that installs decides",
            "take it out, and set it for the machine in pip.conf or `PIP_INDEX_URL`; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Build(word) => (
            word,
            "decides whether and how pip builds, and a build runs the package's own code",
            "take it out, and choose versions that have wheels; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Hash(word) => (word, "is no hash that pip takes", "write `--hash=sha256:` and 64 hex digits (sha384: 96, sha512: 128)"),
        Refusal::Local(word) => (
            word,
            "is a folder or a file of this machine: pip runs its setup.py or its build, and no hash holds it",
            "name a package of a registry, or copy the modules into the source, of a layer into its `python/`; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Address(word) => (
            word,
            "is an address: what lies there may change, and may be built with code of its own",
            "name a package of a registry, with version and hash; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Variable(word) => (
            word,
            "is filled in by pip from the environment, so the file does not say what is installed",
            "write what is meant; `allow_build: true` beside its `source` allows it",
        ),
        Refusal::Form(word) if word.text.starts_with('-') => {
            (word, "does not name one file", "write `-r` or `-c` and a file, alone on its line and without spaces in the name")
        }
        Refusal::Form(word) => (
            word,
            "is no requirement of the form `name==1.2.3`",
            "write a name, with extras, versions, a marker and `--hash` where wanted, one package a line",
        ),
    };
    (word, format!("`{}` {why}", word.text), fix)
}
