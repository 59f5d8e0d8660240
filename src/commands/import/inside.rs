//! A secret that stands inside another text, as a password in the settings of a connection.

use serde_json::Value;

use super::secrets::Told;
use crate::model::reference::{Piece, compose, pieces};
use crate::model::secret::is_common;

/// Fields in which whatever stands is the user's own: elsewhere a word is one of the format.
const FREE: [&str; 3] = ["environment", "input", "description"];

/// Whether a value can be looked for in texts at all.
pub fn is_telling(value: &str) -> bool {
    !is_common(value)
}

/// Puts the variable of a secret in its place in all texts below a field, and says where that was.
pub fn replace(place: &str, field: &str, value: &mut Value, told: &mut Told) {
    let is_words = told.value.text().chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_' | '.' | '/'));
    if field == "name" || (is_words && !FREE.contains(&field)) {
        return;
    }
    match value {
        Value::String(text) => {
            if let Some(new) = replaced(text, told.value.text(), &told.variable) {
                *text = new;
                told.places.push(place.to_owned());
            }
        }
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(index, item)| replace(&format!("{place}[{index}]"), field, item, told));
        }
        Value::Object(map) => map.iter_mut().for_each(|(key, item)| replace(&format!("{place}.{key}"), field, item, told)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The template with a variable wherever `secret` stands in its text; none where that is nowhere.
fn replaced(template: &str, secret: &str, variable: &str) -> Option<String> {
    // An escape is cut in two pieces of text, and a secret may have one in it.
    let mut whole: Vec<Part> = Vec::new();
    for piece in pieces(template) {
        match (whole.last_mut(), piece) {
            (Some(Part::Text(text)), Piece::Text(more)) => text.push_str(more),
            (_, Piece::Text(text)) => whole.push(Part::Text(text.to_owned())),
            (_, other) => whole.push(Part::Other(other)),
        }
    }
    let stands = whole.iter().any(|part| matches!(part, Part::Text(text) if text.contains(secret)));
    let cut = whole.iter().flat_map(|part| match part {
        Part::Text(text) => {
            let texts = text.split(secret).map(Piece::Text);
            let mut cut: Vec<Piece<'_>> = texts.flat_map(|text| [Piece::Expression(variable), text]).skip(1).collect();
            cut.retain(|piece| *piece != Piece::Text(""));
            cut
        }
        Part::Other(piece) => vec![piece.clone()],
    });
    stands.then(|| compose(cut))
}

enum Part<'a> {
    Text(String),
    Other(Piece<'a>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_inside_a_text_becomes_its_variable() {
        let with = |template: &str| replaced(template, "p${x}w1", "pw");
        assert_eq!(with("host=x;zz=p$${x}w1;y").as_deref(), Some("host=x;zz=${pw};y"));
        assert_eq!(with("p$${x}w1p$${x}w1").as_deref(), Some("${pw}${pw}"));
        assert_eq!(with("${queues.a.url}/p$${x}w1").as_deref(), Some("${queues.a.url}/${pw}"));
        assert_eq!(with("${p}w1"), None);
        assert_eq!(replaced("${queues.secret1.url}", "secret1", "pw"), None);
    }
}
