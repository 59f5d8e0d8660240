//! `${ssm:…}` and `${secret:…}`: values that Systems Manager or Secrets Manager keeps. A spec holds
//! the reference; the value is filled in where a plan is made, and shown nowhere.

use std::fmt;

use super::Scope;
use super::reference::{Piece, opens_variable, pieces};

mod values;

pub use values::{Hidden, Values, fill, hidden_in, json_bytes};

/// What stands before a parameter's name.
const PARAMETER: &str = "ssm:";
/// What stands before a secret's name.
const SECRET: &str = "secret:";
/// Bytes between the braces: twice what the stores' names, with an ARN before and a key behind, can
/// come to (2,048 for a parameter, SSM API Reference, GetParameters).
const LONGEST: usize = 4_096;
/// Words for the stores that other tools take, and slips.
const NEAR: [&str; 6] = ["parameter", "parameters", "resolve", "sm", "smm", "aws-ssm"];
/// The forms that are taken, for who wrote another.
pub const FORMS: &str = "write `${ssm:/path/to/parameter}`, with `:3` or `:label` behind it for one version, or `${secret:name}`, with \
                         `#key` behind it for one value of a JSON secret";

/// A stored value, by the name that its store knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stored {
    /// A parameter of Systems Manager.
    Parameter {
        /// Name or ARN.
        name: String,
        /// A version's number or label, the newest version where there is none.
        selector: Option<String>,
    },
    /// A secret of Secrets Manager, its version AWSCURRENT.
    Secret {
        /// Name or ARN.
        id: String,
        /// Key in the secret's JSON, the whole secret where there is none. Dots lead into mappings.
        key: Option<String>,
    },
}

impl Stored {
    /// Reads what stands between `${` and `}`.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn parse(expression: &str) -> Result<Self, String> {
        if let Some(rest) = expression.strip_prefix(PARAMETER) {
            return parameter(rest);
        }
        match expression.strip_prefix(SECRET) {
            Some(rest) => secret(rest),
            None => Err(format!("`{expression}` names no store")),
        }
    }

    /// The service that keeps it, as users know it.
    pub fn store(&self) -> &'static str {
        match self {
            Self::Parameter { .. } => "Systems Manager",
            Self::Secret { .. } => "Secrets Manager",
        }
    }

    /// Name or ARN, without selector and key.
    pub fn name(&self) -> &str {
        match self {
            Self::Parameter { name, .. } => name,
            Self::Secret { id, .. } => id,
        }
    }

    /// The ARN that permissions to read it are about. Secrets Manager puts a dash and six characters
    /// behind a secret's name (Secrets Manager User Guide, "What's in a secret").
    pub fn arn(&self, scope: &Scope) -> String {
        match self {
            Self::Parameter { name, .. } if is_arn(name) => name.clone(),
            Self::Parameter { name, .. } => scope.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))),
            Self::Secret { id, .. } if is_arn(id) && ends_in_six(id) => id.clone(),
            Self::Secret { id, .. } if is_arn(id) => format!("{id}-??????"),
            Self::Secret { id, .. } => scope.arn("secretsmanager", &format!("secret:{id}-??????")),
        }
    }

    /// Why a client of `scope` cannot read it, none where it can: both stores answer for their own
    /// region alone.
    pub fn out_of_reach(&self, scope: &Scope) -> Option<String> {
        let mut parts = self.name().split(':');
        let (Some("arn"), Some(partition), _, Some(region)) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return None };
        let elsewhere = partition != scope.partition || region != scope.region;
        elsewhere.then(|| format!("it lies in {region} ({partition}), and the stack in {} ({})", scope.region, scope.partition))
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, selector: None } => write!(f, "{PARAMETER}{name}"),
            Self::Parameter { name, selector: Some(selector) } => write!(f, "{PARAMETER}{name}:{selector}"),
            Self::Secret { id, key: None } => write!(f, "{SECRET}{id}"),
            Self::Secret { id, key: Some(key) } => write!(f, "{SECRET}{id}#{key}"),
        }
    }
}

/// Names: letters, digits, `_`, `.`, `-` and `/` (SSM API Reference, PutParameter, Name); labels the
/// same without `/`, no digit first (LabelParameterVersion).
fn parameter(rest: &str) -> Result<Stored, String> {
    // The colons of an ARN are no selector's.
    let (head, tail) = match rest.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "ssm", _, _, path] if path.starts_with("parameter/") => rest.split_at(rest.len() - path.len() + "parameter/".len()),
        ["arn", ..] => return Err(format!("`{rest}` is no ARN of a parameter")),
        _ => ("", rest),
    };
    let (name, selector) = match tail.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (tail, None),
    };
    if name.is_empty() || name == "/" {
        return Err("the name of the parameter is missing".to_owned());
    }
    if let Some(wrong) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/'))) {
        return Err(format!("a parameter's name holds no {wrong:?}"));
    }
    if name.contains("//") || name.ends_with('/') {
        return Err("a part of the parameter's path is empty".to_owned());
    }
    if let Some(secret) = name.strip_prefix("/aws/reference/secretsmanager/") {
        return Err(format!("a secret is read from Secrets Manager itself: `${{{SECRET}{secret}}}`"));
    }
    if let Some(selector) = selector {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let number = selector.chars().all(|c| c.is_ascii_digit()) && selector != "0";
        let label = !selector.starts_with(|c: char| c.is_ascii_digit()) && selector.chars().all(fits);
        if selector.is_empty() || selector.len() > 100 || !(number || label) {
            return Err("behind the second `:` stands a version's number or a label".to_owned());
        }
    }
    Ok(Stored::Parameter { name: format!("{head}{name}"), selector: selector.map(str::to_owned) })
}

/// Names: 1 to 512 letters, digits and `/_+=.@-` (Secrets Manager API Reference, CreateSecret, Name).
fn secret(rest: &str) -> Result<Stored, String> {
    let (id, key) = match rest.split_once('#') {
        Some((id, key)) => (id, Some(key)),
        None => (rest, None),
    };
    let name = if is_arn(id) {
        match id.split(':').collect::<Vec<_>>()[..] {
            [_, _, "secretsmanager", _, _, "secret", name] => name,
            _ => return Err(format!("`{id}` is no ARN of a secret")),
        }
    } else {
        id
    };
    if name.is_empty() {
        return Err("the name of the secret is missing".to_owned());
    }
    if name.contains(':') {
        return Err(
            "a secret's name holds no `:`; the key of a JSON secret stands behind `#`, and the version is always AWSCURRENT".to_owned()
        );
    }
    if let Some(wrong) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "/_+=.@-".contains(*c))) {
        return Err(format!("a secret's name holds no {wrong:?}"));
    }
    if name.len() > 512 {
        return Err("a secret's name has at most 512 characters".to_owned());
    }
    match key {
        Some("") => Err("the key behind `#` is missing".to_owned()),
        Some(key) if opens_variable(key) => Err("the key behind `#` holds `${`".to_owned()),
        _ => Ok(Stored::Secret { id: id.to_owned(), key: key.map(str::to_owned) }),
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

fn ends_in_six(arn: &str) -> bool {
    arn.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6 && end.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Whether what stands behind `${` is meant to name a stored value.
pub fn begins(expression: &str) -> bool {
    expression.starts_with(PARAMETER) || expression.starts_with(SECRET)
}

/// Where the braces that `text` stands in close. The braces of variables in it open and close before.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut open = 0;
    let mut before = ' ';
    // Bounded, so that a long text of nothing but openings is read once and not once an opening.
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < LONGEST) {
        match c {
            '{' if before == '$' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
        before = c;
    }
    None
}

/// What in a text is meant to name a stored value and names none: another case, another word for the
/// store, a blank, no closing brace.
pub fn slip(text: &str) -> Option<&str> {
    let openings = text.match_indices("${").map(|(at, _)| at).filter(|at| !text[..*at].ends_with('$'));
    openings.map(|at| &text[at..]).find_map(|from| {
        let inner = &from[2..];
        if begins(inner) && closing(inner).is_some() {
            return None;
        }
        let end = inner.find('}').unwrap_or(inner.len());
        let (store, _) = inner[..end].split_once(':')?;
        let word = store.trim().to_ascii_lowercase();
        let near = word.starts_with("ssm") || word.starts_with("secret") || NEAR.contains(&word.as_str());
        near.then(|| &from[..from.len().min(end + 3)])
    })
}

/// What stands between the braces of each stored value in a text.
pub fn expressions(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Stored(expression) => Some(expression),
        _ => None,
    })
}

/// The stored values that a text names.
pub fn named(text: &str) -> impl Iterator<Item = Stored> + '_ {
    expressions(text).filter_map(|expression| Stored::parse(expression).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            stack: "s".into(),
            env: "dev".into(),
            instance: "dev".into(),
        }
    }

    #[test]
    fn the_forms_are_read_and_written_alike() {
        for (text, name, part, arn) in [
            ("ssm:/app/db", "/app/db", None, "arn:aws:ssm:eu-west-1:111122223333:parameter/app/db"),
            ("ssm:/app/db:3", "/app/db", Some("3"), "arn:aws:ssm:eu-west-1:111122223333:parameter/app/db"),
            ("ssm:flat.name-1:live", "flat.name-1", Some("live"), "arn:aws:ssm:eu-west-1:111122223333:parameter/flat.name-1"),
            (
                "ssm:arn:aws:ssm:eu-west-1:999988887777:parameter/shared/db:2",
                "arn:aws:ssm:eu-west-1:999988887777:parameter/shared/db",
                Some("2"),
                "arn:aws:ssm:eu-west-1:999988887777:parameter/shared/db",
            ),
            ("secret:db", "db", None, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????"),
            (
                "secret:a/b_+=.@-c#pass word",
                "a/b_+=.@-c",
                Some("pass word"),
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a/b_+=.@-c-??????",
            ),
            (
                "secret:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC123#a#b",
                "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC123",
                Some("a#b"),
                "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC123",
            ),
        ] {
            let stored = Stored::parse(text).unwrap();
            let found = match &stored {
                Stored::Parameter { selector, .. } => selector,
                Stored::Secret { key, .. } => key,
            };
            assert_eq!((stored.name(), found.as_deref(), stored.arn(&scope()).as_str()), (name, part, arn), "{text}");
            assert_eq!(stored.to_string(), text);
            assert_eq!(stored.out_of_reach(&scope()), None);
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "ssm:",
            "ssm:/",
            "ssm:/a//b",
            "ssm:/a/",
            "ssm:/a b",
            "ssm: /a",
            "ssm:/a:",
            "ssm:/a:1:2",
            "ssm:/a:0",
            "ssm:/a:1a",
            "ssm:/a#key",
            "ssm:/a${x.y.z}",
            "ssm:arn:aws:sqs:eu-west-1:1:queue",
            "ssm:arn:aws:sqs:eu-west-1:1:parameter/a",
            "ssm:arn:aws:ssm:parameter/a",
            "ssm:/aws/reference/secretsmanager/db",
            "secret:",
            "secret:#key",
            "secret:db#",
            "secret:db:key",
            "secret:a b",
            "secret:a/ü",
            "secret:arn:aws:ssm:eu-west-1:1:secret:db",
            "secret:arn:aws:secretsmanager:eu-west-1:1:secret:",
            "secret:${queues.a.name}",
            "secret:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC123:key",
            "secret:db#${queues.a.name}",
        ] {
            assert!(Stored::parse(text).is_err(), "{text} passed");
        }
    }

    #[test]
    fn what_lies_in_another_region_is_out_of_reach() {
        let of = |text| Stored::parse(text).unwrap().out_of_reach(&scope());
        assert!(of("secret:arn:aws:secretsmanager:us-east-1:1:secret:db-AbC123").unwrap().contains("us-east-1"));
        assert!(of("ssm:arn:aws-cn:ssm:eu-west-1:1:parameter/a").is_some());
        assert_eq!(of("secret:db"), None);
    }

    #[test]
    fn slips_of_the_pen_are_told_from_other_text() {
        for text in [
            "${SSM:/a}",
            "x${Secret:db}",
            "${secrets:db}",
            "${secretsmanager:db}",
            "${ssm-secure:/a}",
            "${ ssm:/a}",
            "${ssm :/a}",
            "${ssm:/a",
        ] {
            assert!(slip(text).is_some(), "{text}");
        }
        for text in [
            "${ssm:/a}",
            "${secret:db}",
            "${aws:username}",
            "${s3:prefix}",
            "${level:upper}",
            "${ssm",
            "${date:short}",
            "ssm:/a",
            "$${ssm:/a}",
        ] {
            assert_eq!(slip(text), None, "{text}");
        }
    }

    #[test]
    fn they_are_found_between_other_text() {
        let text = "postgres://u:${secret:db#password}@${queues.q.url}/$${ssm:/no}/${aws:username}${ssm:/b}";
        assert_eq!(expressions(text).collect::<Vec<_>>(), ["secret:db#password", "ssm:/b"]);
    }
}
