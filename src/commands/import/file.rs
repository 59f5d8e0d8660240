//! The stack file of what was gathered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::circles::{self, Linked, Named};
use super::gather::{Gathered, Left, Name, Taken};
use super::secrets::{self, Told};
use crate::contract::Sections;
use crate::contract::written::Names;
use crate::error::Error;
use crate::model::{ResourceId, Scope};
use crate::source::emit;
use crate::stack::written;

/// The keys of what is imported.
pub type NamedKeys = BTreeMap<Name, String>;

/// What is said of a resource.
pub type Said = (ResourceId, String);

/// A text that names one resource, with section, key and attribute of the reference that stands for it.
type Link = (String, (&'static str, String, String));

/// A file, before it is written.
pub struct Composed {
    /// Its text.
    pub text: String,
    /// Variables that have to be set before it can be used.
    pub secrets: Vec<Told>,
    /// What no file can say, by address.
    pub untold: Vec<Said>,
    /// What an apply changes though the file says what runs, by address.
    pub moves: Vec<Said>,
    /// Resources by section.
    pub counts: BTreeMap<String, usize>,
}

/// Keys for all that is imported: what another tool calls it, or its name.
pub fn keys(gathered: &Gathered, hints: &BTreeMap<Name, String>, stack: &str) -> NamedKeys {
    let mut keys = NamedKeys::new();
    let mut taken: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, one) in &gathered.taken {
        let hint = hints.get(name).map_or_else(|| short(one.driver.name_in_file(&name.1), stack), |hint| slug(hint));
        let numbers = (2..).map(|n| format!("{hint}-{n}"));
        let is_free = |key: &String| !taken.contains(&(one.driver.section().to_owned(), key.clone()));
        // There is always a number more.
        let Some(key) = std::iter::once(hint.clone()).chain(numbers).find(is_free) else { continue };
        taken.insert((one.driver.section().to_owned(), key.clone()));
        keys.insert(name.clone(), key);
    }
    keys
}

/// A name without what all names of its kind have.
fn short(name: &str, stack: &str) -> String {
    let name = name.strip_prefix("/aws/lambda/").unwrap_or(name);
    let name = name.strip_suffix(".fifo").unwrap_or(name);
    let own = name.strip_prefix(stack).and_then(|rest| rest.strip_prefix(['-', '_'])).filter(|rest| !rest.is_empty());
    slug(own.unwrap_or(name))
}

fn slug(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "resource".to_owned() } else { plain.to_owned() }
}

/// Writes what was gathered as a file. `sources` are the paths of code, as the file names them.
///
/// # Errors
/// What was read is not what its kind reads.
pub fn compose(scope: &Scope, gathered: &Gathered, keys: &NamedKeys, sources: &BTreeMap<Name, String>) -> Result<Composed, Error> {
    let links = links(gathered, keys);
    let known = known(gathered, keys);
    let plain = plain(gathered, keys, &links);
    let mut sections = Sections::new();
    let (mut untold, mut moves) = (Vec::new(), Vec::new());
    for (name, taken) in &gathered.taken {
        let Some(key) = keys.get(name) else { continue };
        let id = ResourceId::new(taken.driver.name(), key);
        let spec = linked(taken, key, &links, &plain);
        let written = taken.driver.restated(scope, &known, &name.1, &spec).map_err(|reason| Error::NotNormal { id: id.clone(), reason })?;
        untold.extend(written.untold.into_iter().map(|what| (id.clone(), what)));
        let unread =
            taken.seen.unread.iter().map(|unread| (id.clone(), format!("`{}`, which could not be read: {}", unread.field, unread.why)));
        untold.extend(unread);
        untold.extend(taken.untold.iter().map(|what| (id.clone(), what.clone())));
        moves.extend(taken.moves.iter().map(|what| (id.clone(), what.clone())));
        let mut fields: Map<String, Value> =
            [("name".to_owned(), crate::model::reference::template(taken.driver.name_in_file(&name.1)).into())].into_iter().collect();
        fields.extend(written.fields);
        if let Some(source) = sources.get(name) {
            fields.insert("source".to_owned(), source.as_str().into());
        }
        sections.entry(taken.driver.section().to_owned()).or_default().insert(key.clone(), fields);
    }
    let takes_tags = |section: &str| crate::kinds::driver_of_section(section).is_some_and(|driver| driver.tags().is_some());
    let counts = sections.iter().map(|(section, all)| (section.clone(), all.len())).collect();
    let secrets = secrets::take_out(&scope.stack, &mut sections);
    written::nested(&mut sections, &apart(gathered));
    let tags = written::common_tags(&mut sections, takes_tags);
    let text = text(
        scope,
        &secrets,
        tags,
        (&untold, &moves),
        &[("Used by others, too", &gathered.used), ("Not imported", &gathered.left)],
        sections,
    );
    Ok(Composed { text, secrets, untold, moves, counts })
}

/// ARNs and addresses of what is imported, the longest first, with the references that stand for them.
fn links(gathered: &Gathered, keys: &NamedKeys) -> Vec<Link> {
    let mut links = Vec::new();
    for (name, taken) in &gathered.taken {
        let (Some(key), section) = (keys.get(name), taken.driver.section()) else { continue };
        let told = taken.seen.attributes.iter().map(|(attribute, value)| (attribute.clone(), value.clone()));
        // What is known by the version that is named: there is none of ours yet.
        let newest = gathered.newest(name).filter(|_| taken.driver.publishes() && !taken.seen.attributes.contains_key("arn"));
        let newest = newest.map(|arn| ("arn".to_owned(), arn.clone()));
        let names_one = |value: &str| value.starts_with("arn:") || value.starts_with("https://") || value.starts_with("http://");
        let all = told.chain(newest).filter(|(_, value)| names_one(value));
        links.extend(all.map(|(attribute, value)| (value, (section, key.clone(), attribute))));
    }
    links.sort_by(|(a, (.., one)), (b, (.., other))| b.len().cmp(&a.len()).then_with(|| one.cmp(other)));
    links
}

fn known(gathered: &Gathered, keys: &NamedKeys) -> Names {
    let mut known = Names::default();
    for (name, taken) in &gathered.taken {
        let Some(key) = keys.get(name) else { continue };
        known.add_named(taken.driver.section(), key, &name.1);
        if taken.seen.attributes.contains_key("alias_arn") {
            known.means_alias(taken.driver.section(), key);
        }
    }
    known
}

/// What is there and only named.
fn apart(gathered: &Gathered) -> BTreeSet<(String, String)> {
    let section = |kind: &str| Some(crate::kinds::driver(kind)?.section().to_owned());
    gathered.apart.iter().filter_map(|(kind, name)| Some((section(kind)?, name.clone()))).collect()
}

/// References that are to stay ARNs.
fn plain(gathered: &Gathered, keys: &NamedKeys, links: &[Link]) -> BTreeSet<Named> {
    let of = |section: &str, name: &str| {
        let kind = crate::kinds::driver_of_section(section)?.name();
        Some(ResourceId::new(kind, keys.get(&(kind, name.to_owned()))?))
    };
    let specs = gathered.taken.iter().filter_map(|(name, taken)| Some((taken, keys.get(name)?, &name.1)));
    let specs: Vec<_> = specs.map(|(taken, key, name)| (taken, key, name, linked(taken, key, links, &BTreeSet::new()))).collect();
    let linked = specs.iter().map(|(taken, key, name, spec)| {
        let within = taken.driver.within(name).map(|(section, name)| (section, name.to_owned()));
        let bound = taken.driver.uses(&taken.spec).into_iter().chain(within);
        let bound = bound.filter_map(|(section, name)| of(section, &name)).collect();
        Linked { id: ResourceId::new(taken.driver.name(), *key), driver: taken.driver, spec, bound }
    });
    circles::closing(&linked.collect::<Vec<_>>())
}

/// A spec in which references stand for what is imported. What stands alone refers to nothing else that
/// does: two functions may know each other.
fn linked(taken: &Taken, key: &str, links: &[Link], plain: &BTreeSet<Named>) -> Value {
    let driver = taken.driver;
    let id = ResourceId::new(driver.name(), key);
    let others = |field: Option<&str>| -> Vec<&Link> {
        let stays = |kind: &str, other: &str| {
            field.is_some_and(|field| plain.contains(&(id.clone(), field.to_owned(), ResourceId::new(kind, other))))
        };
        let is_named = |(_, (section, other, _)): &&Link| {
            crate::kinds::driver_of_section(section).is_some_and(|of| {
                let is_itself = of.name() == driver.name() && other == key;
                let are_alone = driver.stands_alone() && of.stands_alone();
                !(is_itself || are_alone || stays(of.name(), other))
            })
        };
        links.iter().filter(is_named).collect()
    };
    match &taken.spec {
        Value::Object(fields) => fields.iter().map(|(field, value)| (field.clone(), within(value, &others(Some(field))))).collect(),
        other => within(other, &others(None)),
    }
}

fn within(value: &Value, others: &[&Link]) -> Value {
    crate::model::reference::map_texts(value.clone(), &|text| {
        let mut text = text.to_owned();
        for (value, (section, key, attribute)) in others {
            if text.contains(value.as_str()) {
                text = replaced(&text, value, &format!("${{{section}.{key}.{attribute}}}"));
            }
        }
        text
    })
}

/// `text` with a reference wherever this value stands by itself, and not as the begin of a longer one.
fn replaced(text: &str, value: &str, reference: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(value) {
        out.push_str(before);
        let goes_on = after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        out.push_str(if goes_on { value } else { reference });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn text(
    scope: &Scope,
    secrets: &[Told],
    tags: Map<String, Value>,
    (untold, moves): (&[Said], &[Said]),
    others: &[(&str, &BTreeSet<Left>)],
    sections: Sections,
) -> String {
    let mut top = Map::new();
    top.insert("stack".to_owned(), scope.stack.as_str().into());
    top.insert("region".to_owned(), scope.region.as_str().into());
    let environment = json!({"protected": true, "account": scope.account.to_string()});
    top.insert("environments".to_owned(), json!({scope.env.clone(): environment}));
    if !secrets.is_empty() {
        let declared = secrets.iter().map(|told| {
            let mut declaration = json!({"from_env": told.from_env, "sensitive": true});
            if told.number {
                declaration["number"] = true.into();
            }
            (told.variable.clone(), declaration)
        });
        top.insert("variables".to_owned(), Value::Object(declared.collect()));
    }
    if !tags.is_empty() {
        top.insert("tags".to_owned(), tags.into());
    }
    let mut out = String::from("# Written by etlctl import from what runs. `etlctl plan --adopt` shows what an apply would change.\n");
    if !secrets.is_empty() {
        out.push_str("#\n# Set these before, to the values that run; they were secrets in the text:\n");
        for Told { from_env, places, .. } in secrets {
            out.push_str(&format!("#   {from_env}  {}\n", places.join(", ")));
        }
    }
    let told =
        [("No file can say these, and an apply would take them away or change them", untold), ("An apply would change these", moves)];
    for (title, all) in told.into_iter().filter(|(_, all)| !all.is_empty()) {
        out.push_str(&format!("#\n# {title}:\n"));
        for (id, what) in all {
            out.push_str(&format!("#   {id}: {}\n", crate::report::redacted(what)));
        }
    }
    for (title, left) in others.iter().filter(|(_, left)| !left.is_empty()) {
        out.push_str(&format!("#\n# {title}:\n"));
        for Left { what, why } in *left {
            out.push_str(&format!("#   {}: {}\n", crate::report::redacted(what), crate::report::redacted(why)));
        }
    }
    out.push_str(&emit::write(&top, 1));
    for (section, all) in written::in_order(sections) {
        let one: Map<String, Value> = [(section, all)].into_iter().collect();
        out.push('\n');
        out.push_str(&emit::write(&one, 2));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_stands_for_a_whole_arn_alone() {
        let with = |text: &str| replaced(text, "arn:aws:sqs:r:1:in", "${queues.in.arn}");
        assert_eq!(with("arn:aws:sqs:r:1:in"), "${queues.in.arn}");
        assert_eq!(with("arn:aws:sqs:r:1:in/*, arn:aws:sqs:r:1:in"), "${queues.in.arn}/*, ${queues.in.arn}");
        assert_eq!(with("arn:aws:sqs:r:1:in-more"), "arn:aws:sqs:r:1:in-more");
        assert_eq!(with("arn:aws:sqs:r:1:in.fifo"), "arn:aws:sqs:r:1:in.fifo");
    }

    #[test]
    fn a_key_is_what_tells_a_name_from_the_others() {
        for (name, key) in [
            ("orders-import", "import"),
            ("/aws/lambda/orders-import", "import"),
            ("orders", "orders"),
            ("jobs.fifo", "jobs"),
            ("a b/c", "a-b-c"),
            ("///", "resource"),
        ] {
            assert_eq!(short(name, "orders"), key, "{name}");
        }
    }
}
