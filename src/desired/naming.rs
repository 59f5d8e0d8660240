//! What physical names are made of: the instance, and the patterns under `naming`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Place, Source, suggest};
use super::load::{Choice, builtins};
use super::node::{Node, Yaml};
use super::stored;
use super::vars::Vars;
use crate::kinds;
use crate::model::Scope;
use crate::model::reference::{Piece, pieces, plain};

/// Key of the pattern for the sections that have none of their own.
const DEFAULT: &str = "default";

/// Longest name of all kinds: a log group's (CloudWatch Logs API Reference, CreateLogGroup).
const LONGEST: usize = 512;
/// What stands for the key in a pattern.
const NAME: Piece<'_> = Piece::Expression("name");

/// The patterns of physical names, templates with everything but `${name}` filled in.
#[derive(Debug, Clone)]
pub struct Naming {
    default: String,
    by_section: BTreeMap<String, String>,
}

impl Naming {
    /// The physical name that a key of a section gets.
    pub fn physical(&self, section: &str, key: &str) -> String {
        let pattern = self.by_section.get(section).unwrap_or(&self.default);
        pieces(pattern).into_iter().map(|piece| if piece == NAME { key } else { piece.text() }).collect()
    }

    /// Whether a pattern, any section's, could have made this name. What a kind puts around a name
    /// counts as part of the name.
    pub fn could_have_made(&self, name: &str) -> bool {
        let bare = name.strip_suffix(".fifo").unwrap_or(name);
        let fits = |pattern: &String| {
            let pieces = pieces(pattern);
            let mut around = pieces.splitn(2, |piece| *piece == NAME).map(|part| part.iter().map(Piece::text).collect::<String>());
            let (before, after) = (around.next().unwrap_or_default(), around.next().unwrap_or_default());
            [name, bare].iter().any(|name| name.contains(&before) && name.ends_with(&after))
        };
        fits(&self.default) || self.by_section.values().any(fits)
    }
}

/// What the files say of names, and what they are filled in with.
pub(super) struct Names<'a> {
    pub source: &'a Arc<Source>,
    pub tree: &'a Node,
    pub environment: &'a Node,
    pub choice: &'a Choice,
}

impl Names<'_> {
    /// The instance: the environment's name where the file says none. `scope.instance` is not read.
    pub fn instance(&self, scope: &Scope) -> Result<String, Vec<Diagnostic>> {
        let Some(node) = self.tree.get("instance") else { return Ok(scope.env.clone()) };
        // Variables may hold ${instance}; the instance itself may not.
        let filled = self.filled(node, scope, "instance")?;
        let refuse = |message: String, fix: &str| Err(vec![Diagnostic::new(self.source, node.place, message, fix)]);
        let text = match &filled.yaml {
            Yaml::Text(text) => plain(text),
            Yaml::Number(number) => number.to_string(),
            _ => return refuse("`instance` is a text".into(), "write instance: ${suffix}, or another text"),
        };
        if text.contains("${") {
            let fix = "build it from variables, ${env} and ${stack}: it is known before any resource is";
            return refuse(format!("`instance` holds `{text}`, which has no value here"), fix);
        }
        check_name(self.source, node.place, "an instance", &text)?;
        Ok(text)
    }

    /// The patterns of names.
    pub fn naming(&self, scope: &Scope) -> Result<Naming, Vec<Diagnostic>> {
        let Scope { stack, instance, .. } = scope;
        let mut naming = Naming { default: format!("{stack}-${{name}}-{instance}"), by_section: BTreeMap::new() };
        let Some(node) = self.tree.get("naming") else { return Ok(naming) };
        let Yaml::Map(entries) = &node.yaml else {
            naming.default = self.pattern(node, scope)?;
            return Ok(naming);
        };
        let sections: Vec<&str> = kinds::registry().iter().map(|driver| driver.section()).chain([DEFAULT]).collect();
        for entry in entries {
            if !sections.contains(&entry.key.as_str()) {
                let message = format!("unknown key `{}` under `naming`", entry.key);
                let fix = suggest(&entry.key, sections.iter().copied());
                return Err(vec![Diagnostic::new(self.source, entry.place, message, fix)]);
            }
            let pattern = self.pattern(&entry.value, scope)?;
            if entry.key == DEFAULT {
                naming.default = pattern;
            } else {
                naming.by_section.insert(entry.key.clone(), pattern);
            }
        }
        Ok(naming)
    }

    fn pattern(&self, node: &Node, scope: &Scope) -> Result<String, Vec<Diagnostic>> {
        let filled = self.filled(node, scope, "name")?;
        match filled.text() {
            Some(text) if text.len() > LONGEST => {
                let message = format!("`naming` has {} bytes; no name of AWS has more than {LONGEST}", text.len());
                Err(vec![Diagnostic::new(self.source, node.place, message, "write naming: \"${name}-${instance}\"")])
            }
            Some(text) if pieces(text).contains(&NAME) => Ok(text.to_owned()),
            _ => {
                let message = "`naming` has to hold ${name}, or all resources would have one name";
                Err(vec![Diagnostic::new(self.source, node.place, message, "write naming: \"${name}-${instance}\"")])
            }
        }
    }

    /// `node` with everything but `${open}` filled in.
    fn filled(&self, node: &Node, scope: &Scope, open: &str) -> Result<Node, Vec<Diagnostic>> {
        let mut known = builtins(scope);
        known.insert(open.to_owned(), format!("${{{open}}}"));
        let vars = Vars::resolve(self.source, self.tree, Some(self.environment), known, &self.choice.sets, &[])?;
        let mut filled = node.clone();
        let mut problems = Vec::new();
        vars.substitute(&mut filled, &mut problems);
        problems.extend(stored::elsewhere(self.source, &filled));
        if problems.is_empty() { Ok(filled) } else { Err(problems) }
    }
}

/// A name of a stack, an environment or an instance.
pub(super) fn check_name(source: &Arc<Source>, place: Place, what: &str, name: &str) -> Result<(), Vec<Diagnostic>> {
    if !name.is_empty() && name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Ok(());
    }
    let message = format!("`{name}` cannot name {what}");
    let fix = "use 1 to 40 letters, digits, `-` and `_`: the name stands in the marks of all that is made";
    Err(vec![Diagnostic::new(source, place, message, fix)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whether_a_pattern_could_have_made_it() {
        let by_section = [("roles".to_owned(), "${name}-dev-eu-west-1".to_owned())].into();
        let naming = Naming { default: "etl-${name}-dev".into(), by_section };
        for name in ["etl-orders-dev", "/aws/lambda/etl-orders-dev", "etl-orders-dev.fifo", "api-role-dev-eu-west-1"] {
            assert!(naming.could_have_made(name), "{name}");
        }
        for name in ["payments", "etl-orders-prod", "orders-dev"] {
            assert!(!naming.could_have_made(name), "{name}");
        }
        assert_eq!(naming.physical("roles", "x"), "x-dev-eu-west-1");
        assert_eq!(naming.physical("queues", "x"), "etl-x-dev");
    }
}
