//! Outputs as assignments that a shell, a dotenv reader or GitHub Actions takes. Each value arrives
//! as it is, whatever it holds, or is refused.

use std::collections::BTreeMap;
use std::fmt;

/// Who reads the assignments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// `eval "$(…)"` in sh and its family.
    Shell,
    /// Files that sh, Node's dotenv and python-dotenv read alike.
    Dotenv,
    /// Lines for the file at `$GITHUB_OUTPUT` or `$GITHUB_ENV`.
    Github,
}

/// Why an output is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing can have this name.
    #[error("output `{name}` is no name of a variable: it begins with a digit, or holds no letter")]
    Name {
        /// The output.
        name: String,
    },
    /// Setting the variable changes how the reader itself works.
    #[error("output `{name}` would set {variable}, which decides what a shell or a program runs")]
    Acting {
        /// The output.
        name: String,
        /// The variable.
        variable: String,
    },
    /// Two outputs would be one.
    #[error("outputs `{first}` and `{second}` would both be {variable}")]
    Same {
        /// One output.
        first: String,
        /// The other.
        second: String,
        /// The variable.
        variable: String,
    },
    /// There is no way to write the value that the reader takes for the value.
    #[error("the value of output `{name}` cannot be written as {reader}: it holds {what}")]
    Value {
        /// The output.
        name: String,
        /// Who would read it.
        reader: Reader,
        /// What stands in the way.
        what: &'static str,
    },
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shell => "shell",
            Self::Dotenv => "dotenv",
            Self::Github => "github",
        })
    }
}

/// Variables that decide what runs, of shells, the loader and interpreters. GitHub refuses some of
/// them itself.
const ACTING: [&str; 30] = [
    "BASHOPTS",
    "BASH_ENV",
    "CDPATH",
    "ENV",
    "EUID",
    "GCONV_PATH",
    "GIT_SSH_COMMAND",
    "GLOBIGNORE",
    "HOME",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "LOCPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PATH",
    "PERL5LIB",
    "PERL5OPT",
    "PPID",
    "PROMPT_COMMAND",
    "PS1",
    "PS4",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYLIB",
    "RUBYOPT",
    "SHELL",
    "SHELLOPTS",
    "UID",
    "ZDOTDIR",
];
/// The same by how they begin: the dynamic loaders', bash's exported functions and GitHub's own.
const ACTING_PREFIXES: [&str; 5] = ["LD_", "DYLD_", "BASH_FUNC_", "GITHUB_", "RUNNER_"];

/// All outputs as `reader` takes them.
///
/// # Errors
/// The first output that cannot be written safely.
pub fn render<'a>(outputs: impl Iterator<Item = &'a (String, String)>, reader: Reader) -> Result<String, Refused> {
    let mut text = String::new();
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for (name, value) in outputs {
        let variable = variable(name, reader)?;
        if let Some(first) = names.insert(variable.clone(), name) {
            return Err(Refused::Same { first: first.to_owned(), second: name.clone(), variable });
        }
        let refused = |what| Refused::Value { name: name.clone(), reader, what };
        if value.contains('\0') {
            return Err(refused("a NUL character"));
        }
        match reader {
            Reader::Shell => text.push_str(&format!("export {variable}={}\n", single_quoted(value))),
            Reader::Dotenv => text.push_str(&format!("{variable}={}\n", dotenv(value).map_err(refused)?)),
            Reader::Github => text.push_str(&github(&variable, value)),
        }
    }
    Ok(text)
}

/// The name of the variable: what it cannot hold becomes `_`. GitHub takes dashes as well.
fn variable(name: &str, reader: Reader) -> Result<String, Refused> {
    let may_hold = |c: char| c.is_ascii_alphanumeric() || (c == '-' && reader == Reader::Github);
    let variable: String = name.chars().map(|c| if may_hold(c) { c } else { '_' }).collect();
    let begins = variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins || !variable.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Err(Refused::Name { name: name.to_owned() });
    }
    if ACTING.contains(&variable.as_str()) || ACTING_PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) {
        return Err(Refused::Acting { name: name.to_owned(), variable });
    }
    Ok(variable)
}

fn single_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// The three readers agree on a text between single quotes that holds none, and between double
/// quotes where nothing in it is special to any of them.
fn dotenv(value: &str) -> Result<String, &'static str> {
    if value.contains('\r') {
        return Err("a carriage return, which dotenv readers drop");
    }
    if !value.contains('\'') {
        // python-dotenv takes `\\` for one backslash and `\'` for a quote.
        let misread = value.contains(r"\\") || value.ends_with('\\');
        return if misread { Err("backslashes that dotenv readers take for an escape") } else { Ok(format!("'{value}'")) };
    }
    if value.contains(['"', '\\', '$', '`']) {
        return Err("a single quote beside one of \" \\ $ `, which sh and dotenv readers unquote differently");
    }
    Ok(format!("\"{value}\""))
}

/// A line, or several up to a word that the value does not hold.
fn github(variable: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{variable}={value}\n");
    }
    let mut end = "END".to_owned();
    while value.contains(&end) {
        end.push('D');
    }
    format!("{variable}<<{end}\n{value}\n{end}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str, reader: Reader) -> Result<String, Refused> {
        render([(name.to_owned(), value.to_owned())].iter(), reader)
    }

    #[test]
    fn values_are_quoted_or_refused() {
        let shell = |value: &str| one("a", value, Reader::Shell);
        assert_eq!(shell("$(x) `y` $Z \\ \"").as_deref(), Ok("export a='$(x) `y` $Z \\ \"'\n"));
        assert_eq!(shell("it's\ntwo").as_deref(), Ok("export a='it'\\''s\ntwo'\n"));
        let dotenv = |value: &str| one("a", value, Reader::Dotenv);
        assert_eq!(dotenv("$(x) `y` #z").as_deref(), Ok("a='$(x) `y` #z'\n"));
        assert_eq!(dotenv("it's # here").as_deref(), Ok("a=\"it's # here\"\n"));
        for value in ["it's $HOME", "'`x`", "a\rb", r"\\host\share", r"ends in \"] {
            assert!(matches!(dotenv(value), Err(Refused::Value { .. })), "{value}");
        }
        let github = |value: &str| one("a-b", value, Reader::Github);
        assert_eq!(github("x=1<<END").as_deref(), Ok("a-b=x=1<<END\n"));
        assert_eq!(github("x\nEND\nb=2").as_deref(), Ok("a-b<<ENDD\nx\nEND\nb=2\nENDD\n"));
        assert!(one("a", "x\0", Reader::Shell).is_err());
    }

    #[test]
    fn names_are_variables_or_refused() {
        for name in ["1st", "", "-", "_", "2", "数"] {
            assert!(matches!(one(name, "x", Reader::Shell), Err(Refused::Name { .. })), "{name}");
        }
        for name in ["PATH", "LD-PRELOAD", "NODE_OPTIONS", "BASH.ENV", "IFS"] {
            assert!(matches!(one(name, "x", Reader::Dotenv), Err(Refused::Acting { .. })), "{name}");
        }
        let two = [("a-b".to_owned(), "1".to_owned()), ("a_b".to_owned(), "2".to_owned())];
        assert!(matches!(render(two.iter(), Reader::Shell), Err(Refused::Same { .. })));
        assert_eq!(render(two.iter(), Reader::Github).as_deref(), Ok("a-b=1\na_b=2\n"));
        assert_eq!(one("api.url", "x", Reader::Dotenv).as_deref(), Ok("api_url='x'\n"));
        assert_eq!(one("path", "x", Reader::Dotenv).as_deref(), Ok("path='x'\n"));
        assert_eq!(one("a b=$(x)", "x", Reader::Shell).as_deref(), Ok("export a_b___x_='x'\n"));
    }
}
