//! Hides secrets in a file that is no YAML, where no tree tells what stands where: rather too much.

use crate::model::secret::{Secrets, names_secret, starred, stars};

/// Sections whose values are hidden whatever their keys.
const HIDDEN_SECTIONS: [&str; 2] = ["variables", "environment"];

/// Words that are longer are no secrets that anything else could name, and take long to look for.
const LONGEST: usize = 4096;

/// What is hidden of the lines that are further in.
#[derive(Clone, Copy, PartialEq)]
enum Below {
    Nothing,
    Values,
    Everything,
}

/// The text with stars, and what they stand for.
pub(crate) fn hide(text: &str) -> (String, Secrets) {
    let mut secrets = Secrets::default();
    let mut shown = String::new();
    let (mut below, mut depth) = (Below::Nothing, 0);
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if !line.trim().is_empty() && indent <= depth {
            below = Below::Nothing;
        }
        let value = value_at(line);
        let key = value.map(|at| key_of(&line[..at]));
        let hidden = match (below, key) {
            (Below::Everything, _) | (Below::Values, None) => hide_from(line, 0),
            (Below::Values, Some(key)) => {
                if names_secret(key) {
                    (below, depth) = (Below::Everything, indent);
                }
                hide_from(line, value.unwrap_or(0))
            }
            (Below::Nothing, Some(key)) if names_secret(key) => {
                (below, depth) = (Below::Everything, indent);
                hide_from(line, value.unwrap_or(0))
            }
            (Below::Nothing, _) => {
                let section =
                    HIDDEN_SECTIONS.iter().filter_map(|section| line.find(&format!("{section}:")).map(|at| at + section.len() + 1)).min();
                match section {
                    Some(at) => {
                        (below, depth) = (Below::Values, indent);
                        hide_from(line, at)
                    }
                    None => starred(line),
                }
            }
        };
        told(line, &hidden, &mut secrets);
        shown.push_str(&hidden);
    }
    (shown, secrets)
}

/// Where the value of a `key: value` line begins.
fn value_at(line: &str) -> Option<usize> {
    let code = line.trim_end();
    code.find(": ").map(|at| at + 2).or_else(|| code.ends_with(':').then_some(code.len()))
}

fn key_of(before: &str) -> &str {
    before.trim().trim_start_matches(['-', '{', ' ', '?']).trim_end_matches([':', ' ']).trim_matches(['"', '\''])
}

/// The line with stars from a place on; blanks stay.
fn hide_from(line: &str, at: usize) -> String {
    let value = &line[at..];
    let hidden: String = value.chars().map(|c| if c.is_whitespace() { c.to_string() } else { stars(&c.to_string()) }).collect();
    format!("{}{hidden}", &line[..at])
}

/// Tells the words that became stars.
fn told(line: &str, hidden: &str, secrets: &mut Secrets) {
    let mut word = String::new();
    for (c, shown) in line.chars().zip(hidden.chars()).chain([(' ', ' ')]) {
        if shown == '*' && c != '*' {
            word.push(c);
        } else if !word.is_empty() {
            let word = std::mem::take(&mut word);
            if word.len() <= LONGEST {
                secrets.add_guessed(word.trim_matches(['"', '\'', ',', '{', '}', '[', ']']));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        let text = "a: [\nvariables:\n  x: neutral1\n  y: { default: flow1 }\nfunctions:\n  f:\n    memory: 512\n    environment:\n                          LOG: loud1\n      CERT: |\n        block1\n    DB_PASSWORD: hunter2\n    url: postgres://u:inurl1@h/x\n    g: { environment: { A: inline1 } }\n";
        let (shown, secrets) = hide(text);
        for gone in ["neutral1", "flow1", "loud1", "block1", "hunter2", "inurl1", "inline1"] {
            assert!(!shown.contains(gone), "{gone}\n{shown}");
            assert!(secrets.mask().text(gone) == "(sensitive)", "{gone}");
        }
        assert!(shown.contains("memory: 512") && shown.contains("DB_PASSWORD: "), "{shown}");
        assert_eq!(shown.chars().count(), text.chars().count());
    }
}
