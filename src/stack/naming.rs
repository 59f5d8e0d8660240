//! What physical names are made of: the instance, and the patterns under `naming`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::load::{Choice, builtins};
use crate::kinds;
use crate::model::Scope;
use crate::model::reference::{opens_variable, pieces, plain};
use crate::source::diagnostic::{Diagnostic, Place, Source, suggest};
use crate::source::naming::{NAME, Naming};
use crate::source::node::{Node, Yaml};
use crate::source::stored;
use crate::source::vars::Vars;

/// Key of the pattern for the sections that have none of their own.
const DEFAULT: &str = "default";

/// Longest name of all kinds: a log group's (CloudWatch Logs API Reference, CreateLogGroup).
const LONGEST: usize = 512;

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
        if opens_variable(&text) {
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
        problems.extend(stored::elsewhere(self.source, &filled, &kinds::stored_places()));
        if problems.is_empty() { Ok(filled) } else { Err(problems) }
    }
}

/// Whether a stack, an environment or an instance can be called so.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// A name of a stack, an environment or an instance.
pub(super) fn check_name(source: &Arc<Source>, place: Place, what: &str, name: &str) -> Result<(), Vec<Diagnostic>> {
    if is_name(name) {
        return Ok(());
    }
    let message = format!("`{name}` cannot name {what}");
    let fix = "use 1 to 40 letters, digits, `-` and `_`: the name stands in the marks of all that is made";
    Err(vec![Diagnostic::new(source, place, message, fix)])
}
