//! Variables: what they are, and their substitution into the tree.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::budget::{Budget, DEEPEST, FILLED_IN, height, size};
use super::diagnostic::{Diagnostic, Place, Source, suggest};
use super::node::{Entry, Node, Yaml};
use crate::model::reference::{self, Piece, Reference, opens_variable, pieces};

/// Values by name. Texts are templates (`model::reference`), before and after.
pub struct Vars<'a> {
    source: &'a Arc<Source>,
    builtins: BTreeMap<String, String>,
    declared: BTreeMap<String, Node>,
    sections: &'a [&'a str],
    /// Variables that are filled in, with how far they refer to others; none for those that failed.
    flat: BTreeMap<String, Option<usize>>,
    budget: Budget,
}

impl<'a> Vars<'a> {
    /// Variables of a file. Precedence, highest first: `sets` (`--set`), the environment's own
    /// `variables`, the process environment (`from_env`), the declared value or default. What comes
    /// from the command line or the process is text, in which `${` opens nothing; a whole number or a flag
    /// where the value that it takes the place of is one.
    ///
    /// # Errors
    /// A variable without a value, a cycle, an unknown name, values that grow without measure.
    pub fn resolve(
        source: &'a Arc<Source>,
        file: &Node,
        environment: Option<&Node>,
        builtins: BTreeMap<String, String>,
        sets: &[(String, String)],
        sections: &'a [&'a str],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut declared: BTreeMap<String, Node> = BTreeMap::new();
        let mut problems = Vec::new();
        for entry in file.get("variables").map(Node::entries).unwrap_or_default() {
            if builtins.contains_key(&entry.key) || !entry.key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
                let fix = format!("use letters, digits, `_` and `-`, and none of {}", RESERVED.join(", "));
                problems.push(Diagnostic::new(source, entry.place, format!("`{}` cannot name a variable", entry.key), fix));
                continue;
            }
            let overridden =
                environment.and_then(|environment| environment.get("variables")).is_some_and(|own| own.get(&entry.key).is_some())
                    || sets.iter().any(|(name, _)| *name == entry.key);
            match value_of(source, entry, overridden) {
                Ok(value) => drop(declared.insert(entry.key.clone(), value)),
                Err(problem) => problems.push(problem),
            }
        }
        for entry in environment.and_then(|environment| environment.get("variables")).map(Node::entries).unwrap_or_default() {
            if !declared.contains_key(&entry.key) {
                let known = suggest(&entry.key, declared.keys().map(String::as_str));
                problems.push(Diagnostic::new(
                    source,
                    entry.place,
                    format!("the environment sets `{}`, which is no variable", entry.key),
                    known,
                ));
                continue;
            }
            declared.insert(entry.key.clone(), entry.value.clone());
        }
        for (name, text) in sets {
            if let (Some(node), Some(declaration)) = (declared.get_mut(name), file.get("variables").and_then(|all| all.get(name))) {
                match given(source, name, declaration, Some(node), text) {
                    Ok(yaml) => node.yaml = yaml,
                    Err(problem) => problems.push(problem),
                }
            }
        }
        let names: Vec<String> = declared.keys().cloned().collect();
        let mut vars = Self { source, builtins, declared, sections, flat: BTreeMap::new(), budget: Budget::of(FILLED_IN) };
        for name in &names {
            vars.flatten(name, &mut Vec::new(), &mut problems);
        }
        if problems.is_empty() { Ok(vars) } else { Err(problems) }
    }

    /// The same for a file beside this one that has values of its own: they stand above all others.
    pub fn with(&self, own: BTreeMap<String, Node>) -> Self {
        let Self { source, builtins, declared, sections, flat: _, budget } = self;
        let builtins = builtins.iter().filter(|(name, _)| !own.contains_key(*name)).map(|(name, value)| (name.clone(), value.clone()));
        let (builtins, mut declared, flat) = (builtins.collect(), declared.clone(), BTreeMap::new());
        declared.extend(own);
        Self { source, builtins, declared, sections, flat, budget: budget.clone() }
    }

    /// Fills in a variable, after those that it uses. Returns how far it refers to others; none where
    /// it failed, so that what uses it does not fail a second time.
    fn flatten(&mut self, name: &str, open: &mut Vec<String>, problems: &mut Vec<Diagnostic>) -> Option<usize> {
        if let Some(known) = self.flat.get(name) {
            return *known;
        }
        let mut node = self.declared[name].clone();
        let place = node.place;
        if open.iter().any(|seen| seen == name) {
            let message = format!("variables refer to each other: {} → {name}", open.join(" → "));
            problems.push(Diagnostic::new(self.source, place, message, "let one of them stand for itself"));
            return None;
        }
        let mut uses = BTreeSet::new();
        node.each_text(&mut |text, _| uses.extend(expressions(text).into_iter().map(str::to_owned)));
        uses.retain(|used| self.declared.contains_key(used));
        open.push(name.to_owned());
        let mut depth = Some(0);
        for used in &uses {
            let below = if open.len() > DEEPEST { Some(DEEPEST) } else { self.flatten(used, open, problems) };
            depth = depth.zip(below).map(|(depth, below)| depth.max(below + 1));
        }
        open.pop();
        if depth.is_some_and(|depth| depth > DEEPEST) {
            let message = format!("variables refer to each other more than {DEEPEST} deep");
            problems.push(Diagnostic::new(self.source, place, message, "write the value out"));
            depth = None;
        }
        if depth.is_some() {
            let before = problems.len();
            self.substitute(&mut node, problems);
            if problems.len() > before {
                problems.truncate(before + 1);
                depth = None;
            }
        }
        self.declared.insert(name.to_owned(), node);
        self.flat.insert(name.to_owned(), depth);
        depth
    }

    /// The value that a declared variable came to.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.declared.get(name)
    }

    /// Replaces variables in every text below `node`. A text that is one variable and nothing else
    /// becomes that variable's value, whatever its type; references to resources stay.
    pub fn substitute(&self, node: &mut Node, problems: &mut Vec<Diagnostic>) {
        self.substitute_at(node, 0, problems);
    }

    fn substitute_at(&self, node: &mut Node, depth: usize, problems: &mut Vec<Diagnostic>) {
        match &mut node.yaml {
            Yaml::Text(text) if opens_variable(text) => {
                let place = node.place;
                if let [Piece::Expression(name)] = pieces(text)[..]
                    && let Some(value) = self.declared.get(name)
                {
                    match self.spend(size(value), place).and_then(|()| self.fits(value, depth, place)) {
                        Ok(()) => node.yaml = value.yaml.clone(),
                        Err(problem) => problems.push(problem),
                    }
                    return;
                }
                match self.interpolate(text, place) {
                    Ok(new) => *text = new,
                    Err(problem) => problems.push(problem),
                }
            }
            Yaml::List(items) => {
                for item in items {
                    if self.budget.is_spent() {
                        return;
                    }
                    self.substitute_at(item, depth + 1, problems);
                }
            }
            Yaml::Map(entries) => {
                for entry in entries {
                    if self.budget.is_spent() {
                        return;
                    }
                    problems.extend(self.in_key(entry).err());
                    self.substitute_at(&mut entry.value, depth + 1, problems);
                }
            }
            _ => {}
        }
    }

    fn spend(&self, bytes: usize, place: Place) -> Result<(), Diagnostic> {
        if self.budget.spend(bytes) {
            return Ok(());
        }
        let message = format!("with its variables filled in the file is larger than {} MB", FILLED_IN / 1024 / 1024);
        Err(Diagnostic::new(self.source, place, message, "let the variables hold less, or use them less often"))
    }

    fn fits(&self, value: &Node, depth: usize, place: Place) -> Result<(), Diagnostic> {
        if depth + height(value) <= DEEPEST {
            return Ok(());
        }
        let message = format!("with its variables filled in the file is nested more than {DEEPEST} deep");
        Err(Diagnostic::new(self.source, place, message, "nest the lists and mappings less"))
    }

    /// Keys are templates too, in which nothing is looked up.
    fn in_key(&self, entry: &mut Entry) -> Result<(), Diagnostic> {
        let Some(expression) = expressions(&entry.key).into_iter().next() else {
            entry.key = reference::compose(pieces(&entry.key));
            return Ok(());
        };
        let message = format!("a key holds no variable, and this one holds `${{{expression}}}`");
        let fix = format!("write the key out; `$${{{expression}}}` is the text itself");
        Err(Diagnostic::new(self.source, entry.place, message, fix))
    }

    fn interpolate(&self, template: &str, place: Place) -> Result<String, Diagnostic> {
        let pieces = pieces(template);
        let values: Vec<Option<Cow<'_, str>>> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(_) => Ok(None),
                Piece::Expression(name) => self.value(name, place),
                Piece::Stored(name) => self.interpolate(name, place).map(|name| Some(format!("${{{name}}}").into())),
            })
            .collect::<Result<_, _>>()?;
        // Asked before anything is written: the text itself might not fit.
        self.spend(values.iter().flatten().map(|value| value.len()).sum(), place)?;
        // A value's own references go on as such, and its literals as literals.
        let filled = pieces.into_iter().zip(&values).flat_map(|(piece, value)| match value {
            Some(value) => reference::pieces(value),
            None => vec![piece],
        });
        Ok(reference::compose(filled))
    }

    /// The template that an expression stands for; none where it is a reference, which stays.
    fn value(&self, name: &str, place: Place) -> Result<Option<Cow<'_, str>>, Diagnostic> {
        if let Some(value) = self.builtins.get(name) {
            return Ok(Some(value.into()));
        }
        if let Some(node) = self.declared.get(name) {
            let refuse = |message: String, fix: String| Err(Diagnostic::new(self.source, place, message, fix));
            return match &node.yaml {
                Yaml::Text(text) => Ok(Some(text.into())),
                Yaml::Bool(value) => Ok(Some(value.to_string().into())),
                Yaml::Number(number) if number.is_f64() => refuse(
                    format!("`{name}` is the number {number} and stands inside a text, where its digits may change"),
                    "put the variable's value in quotes".to_owned(),
                ),
                Yaml::Number(number) => Ok(Some(number.to_string().into())),
                Yaml::Null => refuse(
                    format!("`{name}` is nothing and stands inside a text"),
                    "give the variable a value; \"\" is the empty text, and \"null\" or \"~\" in quotes is text".to_owned(),
                ),
                Yaml::List(_) | Yaml::Map(_) => refuse(
                    format!("`{name}` is a list or a mapping and stands inside a text"),
                    format!("let the value be `${{{name}}}` alone"),
                ),
            };
        }
        if let Some(reference) = Reference::parse(name) {
            if self.sections.contains(&reference.section.as_str()) {
                return Ok(None);
            }
            let fix = suggest(&reference.section, self.sections.iter().copied());
            let message = format!("unknown reference `{name}`: there is no section `{}`", reference.section);
            return Err(Diagnostic::new(self.source, place, message, fix));
        }
        let known = self.declared.keys().chain(self.builtins.keys()).map(String::as_str);
        Err(Diagnostic::new(self.source, place, format!("unknown variable `{name}`"), suggest(name, known)))
    }
}

pub(crate) fn expressions(text: &str) -> Vec<&str> {
    let of = |piece| match piece {
        Piece::Expression(expression) => vec![expression],
        Piece::Stored(expression) => expressions(expression),
        Piece::Text(_) => Vec::new(),
    };
    pieces(text).into_iter().flat_map(of).collect()
}

/// What stands for itself in a text, so that no variable is called so; `name` in `naming` alone, and so only in a
/// file that has one.
pub const RESERVED: [&str; 4] = ["env", "stack", "instance", "name"];

/// Keys of a declaration in its long form.
const LONG_FORM: [&str; 5] = ["from_env", "default", "sensitive", "number", "description"];

/// Whether a declaration is `{ from_env, default, sensitive, number, description }` and not a value.
pub(crate) fn is_long_form(node: &Node) -> bool {
    let only_known = node.entries().iter().all(|entry| LONG_FORM.contains(&entry.key.as_str()));
    node.get("from_env").is_some() || node.get("default").is_some() || (node.get("sensitive").is_some() && only_known)
}

/// What the command line or the process says, of the kind that the declared value is: a number that stands
/// where nothing asks for a type, in a definition for one, would be another one as text.
fn from_outside(text: &str, declared: Option<&Node>) -> Yaml {
    let as_declared = match declared.map(|node| &node.yaml) {
        Some(Yaml::Number(number)) if !number.is_f64() => text.parse().ok().map(|number: i64| Yaml::Number(number.into())),
        Some(Yaml::Number(_)) => text.parse().ok().and_then(serde_json::Number::from_f64).map(Yaml::Number),
        Some(Yaml::Bool(_)) => text.parse().ok().map(Yaml::Bool),
        Some(Yaml::Null | Yaml::Text(_) | Yaml::List(_) | Yaml::Map(_)) | None => None,
    };
    as_declared.unwrap_or_else(|| Yaml::Text(reference::template(text)))
}

/// A declaration's value: itself, or what `from_env`/`default` say. Where the value is `overridden`
/// it needs none of its own.
fn value_of(source: &Arc<Source>, entry: &Entry, overridden: bool) -> Result<Node, Diagnostic> {
    let node = &entry.value;
    if !is_long_form(node) {
        return Ok(node.clone());
    }
    if let Some(other) = node.entries().iter().find(|entry| !LONG_FORM.contains(&entry.key.as_str())) {
        let fix = suggest(&other.key, LONG_FORM);
        return Err(Diagnostic::new(source, other.place, format!("unknown key `{}`", other.key), fix));
    }
    for word in ["sensitive", "number"] {
        if let Some(flag) = node.get(word).filter(|flag| !matches!(flag.yaml, Yaml::Bool(_))) {
            return Err(Diagnostic::new(source, flag.place, format!("`{word}` is true or false"), format!("write {word}: true")));
        }
    }
    let from_env = node.get("from_env");
    let name = from_env.and_then(Node::text).unwrap_or_default();
    if from_env.is_some() && name.is_empty() {
        return Err(Diagnostic::new(source, node.place, "`from_env` names an environment variable", "write from_env: NAME"));
    }
    match std::env::var(name) {
        Ok(text) if !overridden && !name.is_empty() && !text.is_empty() => {
            Ok(Node { place: node.place, yaml: given(source, &entry.key, node, node.get("default"), &text)? })
        }
        _ if overridden => Ok(node.get("default").cloned().unwrap_or(Node { place: node.place, yaml: Yaml::Null })),
        _ => node.get("default").cloned().ok_or_else(|| {
            let key = &entry.key;
            let (why, fix) = match name {
                "" => (String::new(), format!("pass --set {key}=…, or give it a `from_env` or a `default`")),
                name => (format!(": {name} is not set"), format!("set {name}, give a default, or pass --set {key}=…")),
            };
            Diagnostic::new(source, node.place, format!("variable `{key}` has no value{why}"), fix)
        }),
    }
}

/// What the command line or the process gives: a number where the declaration says so, else of the kind of the value
/// whose place it takes.
fn given(source: &Arc<Source>, name: &str, declaration: &Node, declared: Option<&Node>, text: &str) -> Result<Yaml<Node>, Diagnostic> {
    let is_number = is_long_form(declaration) && declaration.get("number").is_some_and(|flag| matches!(flag.yaml, Yaml::Bool(true)));
    if !is_number {
        return Ok(from_outside(text, declared));
    }
    text.trim().parse().map(Yaml::Number).map_err(|_| {
        let fix = "give it a number, or take `number` out of its declaration";
        Diagnostic::new(source, declaration.place, format!("what is given for the variable `{name}` is no number"), fix)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;

    fn pin(declaration: &str, set: &str) -> Result<Value, String> {
        let source = Arc::new(Source::new(Path::new("s.yaml"), format!("variables:\n  pin: {declaration}\n")));
        let tree = Node::parse(&source).unwrap();
        let sets = [("pin".to_owned(), set.to_owned())];
        let vars = Vars::resolve(&source, &tree, None, BTreeMap::new(), &sets, &[]);
        vars.map(|vars| vars.get("pin").unwrap().to_json()).map_err(|problems| problems[0].message.clone())
    }

    #[test]
    fn what_is_given_is_a_number_where_the_declaration_says_so() {
        assert_eq!(pin("{ from_env: PIN_OF_NOBODY }", "42"), Ok(json!("42")));
        assert_eq!(pin("{ from_env: PIN_OF_NOBODY, number: true }", " 42"), Ok(json!(42)));
        assert_eq!(pin("{ from_env: PIN_OF_NOBODY, number: false }", "42"), Ok(json!("42")));
        assert_eq!(
            pin("{ from_env: PIN_OF_NOBODY, number: true }", "4-2"),
            Err("what is given for the variable `pin` is no number".into())
        );
        assert!(pin("{ from_env: PIN_OF_NOBODY, number: yes please }", "42").is_err());
    }
}
