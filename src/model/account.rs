//! The account of a stack: a value that comes late, when AWS has told whose credentials these are.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::reference::{Piece, compose, pieces};

/// How files name the account.
pub const EXPRESSION: &str = "aws.account";
/// How an ARN reads whose account is not known yet: as a file would write it.
pub const LATE: &str = "${aws.account}";

/// Whether a text is an account's id: twelve digits.
pub fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Account {
    /// Its twelve digits.
    Known(String),
    /// Not told yet.
    Late,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(id) => id,
            Self::Late => LATE,
        })
    }
}

impl From<String> for Account {
    fn from(text: String) -> Self {
        if text == LATE { Self::Late } else { Self::Known(text) }
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

impl From<&str> for Account {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl PartialEq<str> for Account {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::Known(id) if id == other)
    }
}

/// The template of a text in which the account may be open.
pub fn template_of(text: &str) -> String {
    let mut found = Vec::new();
    for (index, part) in text.split(LATE).enumerate() {
        if index > 0 {
            found.push(Piece::Expression(EXPRESSION));
        }
        found.push(Piece::Text(part));
    }
    compose(found)
}

/// A template with the account filled in.
pub fn fill(template: &str, id: &str) -> String {
    if !template.contains(EXPRESSION) {
        return template.to_owned();
    }
    compose(pieces(template).into_iter().map(|piece| if piece == Piece::Expression(EXPRESSION) { Piece::Text(id) } else { piece }))
}

/// A text with the account filled in.
pub fn fill_text(text: &str, id: &str) -> String {
    text.replace(LATE, id)
}

/// A text with some account where that is open: for what a form alone hangs on, and each has twelve digits.
pub fn with_any(text: &str) -> String {
    // The account of AWS's own examples.
    fill_text(text, "123456789012")
}

/// A text without its account, where that is open.
pub fn without_late(text: &str) -> String {
    text.replace(LATE, "")
}

#[cfg(test)]
mod tests {
    use super::super::reference::plain;
    use super::*;

    #[test]
    fn an_account_comes_late_and_a_text_that_only_looks_like_it_stays() {
        let arn = format!("arn:aws:sqs:r:{}:q", Account::Late);
        let template = template_of(&arn);
        assert_eq!(plain(&fill(&template, "1")), "arn:aws:sqs:r:1:q");
        assert_eq!(fill_text(&arn, "1"), "arn:aws:sqs:r:1:q");
        let literal = super::super::reference::template(&arn);
        assert_eq!(plain(&fill(&literal, "1")), arn);
    }
}
