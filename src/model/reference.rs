//! `${section.key.attribute}`: how one resource names an attribute of another.
//!
//! Texts of files, and specs of both sides as long as they travel as JSON, are *templates*: an
//! expression stands for what it names, and `$${` is a literal `${`. References to what AWS makes (a
//! queue's URL, a layer version's ARN) stay in a template until the attribute is known, so a plan can
//! say "known after apply" instead of guessing. A template becomes plain text once: where a call to
//! AWS or an output takes it. What AWS reports becomes a template where it is read. So a text that
//! looks like a reference and is none stays what it is, however often references are resolved.

use std::fmt;

use serde_json::Value;

use super::{account, stored};

/// A reference to an attribute of a resource, in the words of the file format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Section of the stack file, `queues` for one.
    pub section: String,
    /// Key within the section.
    pub key: String,
    /// Attribute, `arn` for one.
    pub attribute: String,
}

impl Reference {
    /// Reads `queues.dlq.arn`. A key may itself hold dots: the first part is the section, the last
    /// the attribute.
    pub fn parse(expression: &str) -> Option<Self> {
        let (section, rest) = expression.split_once('.')?;
        let (key, attribute) = rest.rsplit_once('.')?;
        let filled = !section.is_empty() && !key.is_empty() && !attribute.is_empty();
        filled.then(|| Self { section: section.into(), key: key.into(), attribute: attribute.into() })
    }

    /// The one reference that a template is, where it says nothing else.
    pub fn whole(template: &str) -> Option<Self> {
        match pieces(template)[..] {
            [Piece::Expression(expression)] => Self::parse(expression),
            _ => None,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.section, self.key, self.attribute)
    }
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// What stands between `${` and `}`.
    Expression(&'a str),
    /// The same where it names a [`stored::Stored`] value. Variables may stand in it.
    Stored(&'a str),
}

impl<'a> Piece<'a> {
    /// The text, or the expression's inside.
    pub fn text(&self) -> &'a str {
        match self {
            Self::Text(text) | Self::Expression(text) | Self::Stored(text) => text,
        }
    }
}

/// Cuts a template into text and expressions. Directly before `{`, two `$` stand for one of text, and
/// a `$` without another opens an expression: `$${x}` is the text `${x}`, `$$${x}` is a `$` and then
/// what `x` is. What holds other characters than letters, digits, `_`, `-` and `.` is text: IAM's own
/// policy variables (`${aws:username}`) pass through.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    let mut from = 0;
    while let Some(at) = rest[from..].find("${").map(|i| i + from) {
        let run = dollars(&rest[..=at]);
        if run > 1 {
            found.push(Piece::Text(&rest[..at + 1 - run + run / 2]));
            // An odd `$` may open an expression.
            rest = &rest[at + 1 - run % 2..];
            from = 0;
            continue;
        }
        match expression(&rest[at..]) {
            Some(expression) => {
                found.push(Piece::Text(&rest[..at]));
                let is_stored = stored::begins(expression);
                found.push(if is_stored { Piece::Stored(expression) } else { Piece::Expression(expression) });
                rest = &rest[at + expression.len() + 3..];
                from = 0;
            }
            None => from = at + 2,
        }
    }
    found.push(Piece::Text(rest));
    found.retain(|piece| *piece != Piece::Text(""));
    found
}

/// The template that [`pieces`] cuts into these again, always written in the same way.
pub fn compose<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> String {
    let mut template = String::new();
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(more) => text.push_str(more),
            Piece::Expression(expression) | Piece::Stored(expression) => {
                put_text(&mut template, &text, true);
                // A `$` that is text must not join the one that opens the expression.
                template.extend(std::iter::repeat_n('$', dollars(&text)));
                text.clear();
                template.push_str("${");
                template.push_str(expression);
                template.push('}');
            }
        }
    }
    put_text(&mut template, &text, false);
    template
}

/// Where more is to come, an opening that this text does not close is escaped as well.
fn put_text(template: &mut String, text: &str, more: bool) {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let run = dollars(&rest[..=at]);
        let opens = expression(&rest[at..]).is_some() || (more && stored::begins(&rest[at + 2..]));
        let is_plain = run == 1 && !opens;
        template.push_str(&rest[..=at]);
        template.extend(std::iter::repeat_n('$', if is_plain { 0 } else { run }));
        rest = &rest[at + 1..];
    }
    template.push_str(rest);
}

/// How many `$` stand at the end.
fn dollars(text: &str) -> usize {
    text.len() - text.trim_end_matches('$').len()
}

/// The expression that a text, which begins with `${`, begins with.
fn expression(text: &str) -> Option<&str> {
    if stored::begins(&text[2..]) {
        return stored::closing(&text[2..]).map(|end| &text[2..end + 2]);
    }
    // Looking no further than the next opening keeps the work in proportion to the text.
    let end = text[2..].find(['}', '{', '$'])? + 2;
    let inside = &text[2..end];
    (text[end..].starts_with('}') && is_expression(inside)).then_some(inside)
}

fn is_expression(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Digits of an account's id.
const ACCOUNT_DIGITS: i64 = 12;

/// What every variable begins with.
pub(super) const OPENING: &str = "${";

/// The template that stands for this text and for nothing else.
pub fn template(text: &str) -> String {
    if text.contains(OPENING) { compose([Piece::Text(text)]) } else { text.to_owned() }
}

/// The text of a template; expressions that it still holds read as they are written.
pub fn plain(template: &str) -> String {
    if !template.contains(OPENING) {
        return template.to_owned();
    }
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Expression(expression) | Piece::Stored(expression) => text.extend(["${", expression, "}"]),
        }
    }
    text
}

/// `value` with every string and key put through `map`.
pub fn map_texts(value: Value, map: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(map(&text)),
        Value::Array(items) => items.into_iter().map(|item| map_texts(item, map)).collect(),
        Value::Object(entries) => Value::Object(entries.into_iter().map(|(key, item)| (map(&key), map_texts(item, map))).collect()),
        other => other,
    }
}

/// Replaces in every template of `value` the references that `lookup` knows, by the text it gives;
/// the others stay. Keys hold references too: an event source is known by the ARN of its queue.
pub fn resolve(value: &mut Value, lookup: &dyn Fn(&Reference) -> Option<String>) {
    *value = map_texts(value.take(), &|template| resolve_text(template, lookup));
}

/// [`resolve`] with templates in place of texts.
pub(super) fn splice(value: &mut Value, lookup: &dyn Fn(&Reference) -> Option<String>) {
    *value = map_texts(value.take(), &|template| splice_text(template, lookup));
}

/// [`splice`] for one template.
pub(super) fn splice_text(template: &str, lookup: &dyn Fn(&Reference) -> Option<String>) -> String {
    let cut = pieces(template);
    let known: Vec<Option<String>> = cut.iter().map(|piece| looked_up(piece, lookup)).collect();
    if known.iter().all(Option::is_none) {
        return template.to_owned();
    }
    compose(cut.into_iter().zip(&known).flat_map(|(piece, known)| known.as_deref().map_or_else(|| vec![piece], pieces)))
}

fn looked_up(piece: &Piece<'_>, lookup: &dyn Fn(&Reference) -> Option<String>) -> Option<String> {
    match piece {
        Piece::Expression(expression) => Reference::parse(expression).and_then(|reference| lookup(&reference)),
        Piece::Text(_) | Piece::Stored(_) => None,
    }
}

/// [`resolve`] for one template.
pub fn resolve_text(template: &str, lookup: &dyn Fn(&Reference) -> Option<String>) -> String {
    if !template.contains(OPENING) {
        return template.to_owned();
    }
    let pieces = pieces(template);
    let known: Vec<Option<String>> = pieces.iter().map(|piece| looked_up(piece, lookup)).collect();
    compose(pieces.into_iter().zip(&known).map(|(piece, known)| known.as_deref().map_or(piece, Piece::Text)))
}

/// Every reference in the templates of `value`.
pub fn references(value: &Value, found: &mut Vec<Reference>) {
    match value {
        Value::String(text) => found.extend(references_in(text)),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            found.extend(references_in(key));
            references(item, found);
        }),
        _ => {}
    }
}

/// Every reference in one template.
pub fn references_in(text: &str) -> impl Iterator<Item = Reference> + '_ {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Expression(expression) => Reference::parse(expression),
        Piece::Text(_) | Piece::Stored(_) => None,
    })
}

/// Whether a variable opens anywhere in a text: one of ours, or one of another language that uses the
/// same sign, as IAM's policies do.
pub fn opens_variable(text: &str) -> bool {
    text.contains(OPENING)
}

/// Whether nothing in the template is left to be filled in, but for the account, of which everything
/// that matters to a form is known.
pub fn is_known(template: &str) -> bool {
    !pieces(template).iter().any(|piece| matches!(piece, Piece::Expression(name) if *name != account::EXPRESSION))
}

/// The least number of characters that the template has once everything is filled in.
pub fn least_length(template: &str) -> i64 {
    let length = |piece: Piece<'_>| match piece {
        Piece::Text(text) => text.chars().count() as i64,
        Piece::Expression(account::EXPRESSION) => ACCOUNT_DIGITS,
        Piece::Expression(_) | Piece::Stored(_) => 0,
    };
    pieces(template).into_iter().map(length).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    use Piece::{Expression, Stored, Text};

    #[test]
    fn text_and_expressions_are_told_apart() {
        for (template, wanted) in [
            ("a-${b.c} ${aws:username}", vec![Text("a-"), Expression("b.c"), Text(" ${aws:username}")]),
            ("${open", vec![Text("${open")]),
            ("$${d}", vec![Text("$"), Text("{d}")]),
            ("a$${d}b${e}", vec![Text("a$"), Text("{d}b"), Expression("e")]),
            ("$$${d}", vec![Text("$"), Expression("d")]),
            ("$$$${d}", vec![Text("$$"), Text("{d}")]),
            ("$${${d}}", vec![Text("$"), Text("{"), Expression("d"), Text("}")]),
            ("$${aws:username}", vec![Text("$"), Text("{aws:username}")]),
            ("$$ $x $$y", vec![Text("$$ $x $$y")]),
        ] {
            assert_eq!(pieces(template), wanted, "{template}");
        }
    }

    #[test]
    fn a_literal_stays_one_however_often_it_is_resolved() {
        let lookup = |_: &Reference| Some("${queues.q.url}$".to_owned());
        let mut text = "$${queues.q.arn} ${queues.q.arn}${queues.q.arn}".to_owned();
        for _ in 0..3 {
            text = resolve_text(&text, &lookup);
            assert_eq!(references_in(&text).count(), 0, "{text}");
            assert_eq!(plain(&text), "${queues.q.arn} ${queues.q.url}$${queues.q.url}$");
        }
    }

    proptest! {
        #[test]
        fn every_text_has_a_template(text in "[a.:${}]{0,12}", more in "[a.:${}]{0,6}") {
            prop_assert_eq!(plain(&template(&text)), text.clone());
            prop_assert_eq!(references_in(&template(&text)).count(), 0);
            let both = compose([Text(&text), Expression("q.a.b"), Text(&more)]);
            let cut = pieces(&both);
            let at = cut.iter().position(|piece| matches!(piece, Expression(_)));
            prop_assert_eq!(at.map(|at| cut[at].clone()), Some(Expression("q.a.b")), "{}", both);
            prop_assert_eq!(cut.iter().filter(|piece| matches!(piece, Expression(_))).count(), 1);
            prop_assert_eq!(plain(&both), format!("{text}${{q.a.b}}{more}"));
            prop_assert_eq!(compose(cut), both);
        }
    }

    #[test]
    fn the_name_of_a_stored_value_may_hold_variables() {
        for (template, wanted) in [
            ("a${secret:x/${env}/${b}#c}d${env}", vec![Text("a"), Stored("secret:x/${env}/${b}#c"), Text("d"), Expression("env")]),
            ("${ssm:/a/${env}", vec![Text("${ssm:/a/"), Expression("env")]),
            ("${ssm:/a", vec![Text("${ssm:/a")]),
            ("$${ssm:/a}", vec![Text("$"), Text("{ssm:/a}")]),
            ("$$${ssm:/a}", vec![Text("$"), Stored("ssm:/a")]),
            ("$${ssm:/a/${env}}", vec![Text("$"), Text("{ssm:/a/"), Expression("env"), Text("}")]),
        ] {
            assert_eq!(pieces(template), wanted, "{template}");
            let again = compose(pieces(template));
            assert_eq!((compose(pieces(&again)), plain(&again)), (again.clone(), plain(template)), "{template}");
            let is_stored = |template: &str| pieces(template).iter().any(|piece| matches!(piece, Stored(_)));
            assert_eq!(is_stored(&again), is_stored(template), "{template}");
        }
        assert_eq!(pieces(&template("x ${ssm:/a}")).len(), 2);
    }

    #[test]
    fn keys_hold_references_too() {
        let mut spec = serde_json::json!({"event_sources": {"${queues.in.arn}": {"batch_size": 10}}});
        let mut found = Vec::new();
        references(&spec, &mut found);
        assert_eq!(found.len(), 1);
        resolve(&mut spec, &|_| Some("ARN".to_owned()));
        assert_eq!(spec, serde_json::json!({"event_sources": {"ARN": {"batch_size": 10}}}));
    }

    #[test]
    fn what_is_not_known_stays() {
        let known = |r: &Reference| (r.attribute == "arn").then(|| "ARN".to_owned());
        assert_eq!(resolve_text("x ${queues.dlq.arn} ${queues.dlq.url}", &known), "x ARN ${queues.dlq.url}");
    }
}
