//! What `heal` of a stack file names.

use crate::check::fields::{Fields, Unknown};
use crate::contract::{Findings, Rule, View};
use crate::kinds;
use crate::model::ResourceId;
use crate::model::watch::Part;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::Yaml;

/// Rules of this subject.
pub const RULES: &[Rule] = &[Rule {
    code: "E901",
    title: "`heal` that names nothing",
    why: "`watch --heal` mends what `heal` of the stack file allows. An entry that names no kind, no resource or no field of one would allow or forbid nothing, and nobody would notice.",
    fix: "write a kind (`table`), an address (`function/loader`) or a field of either, as a line of a plan or its JSON has it (`function:environment`, `queue:redrive.queue`)",
    source: "docs/watch.md",
    run: look,
}];

/// How a field is written that is more than words with dots between them.
const WRITTEN: &str = "write it as a plan does: `event_sources[queue: in].batch_size`, `tags[\"a.b\"]`";

fn look(cx: &View<'_>, out: &mut Findings<'_>) {
    let heal = &cx.loaded.heal;
    for (list, parts) in [("only", heal.only.as_deref().unwrap_or_default()), ("never", heal.never.as_slice())] {
        for (index, text) in parts.iter().enumerate() {
            if let Some((message, fix)) = problem(cx, text) {
                out.add_with(place(cx, list, index), "", format!("`{text}` under `{list}` of `heal`: {message}"), fix);
            }
        }
    }
}

fn place(cx: &View<'_>, list: &str, index: usize) -> Place {
    let written = cx.loaded.tree.get("heal").and_then(|heal| heal.get(list));
    written.map_or_else(
        || cx.top_place("heal"),
        |node| match &node.yaml {
            Yaml::List(items) => items.get(index).map_or(node.place, |item| item.place),
            _ => node.place,
        },
    )
}

/// What is wrong with an entry, and how it is mended.
fn problem(cx: &View<'_>, text: &str) -> Option<(String, Option<String>)> {
    let Ok(Part { kind, name, field }) = text.parse::<Part>() else { return Some(("that names nothing".to_owned(), None)) };
    let Some(driver) = kinds::driver(&kind) else {
        let names = kinds::registry().iter().map(|driver| driver.name());
        let section = kinds::registry().iter().find(|driver| driver.section() == kind).map(|driver| format!("write `{}`", driver.name()));
        return Some((format!("there is no kind `{kind}`"), section.or_else(|| Some(suggest(&kind, names)))));
    };
    let nodes = cx.loaded.desired.nodes.values().filter(|node| node.id.kind == kind);
    if let Some(name) = name
        && !cx.loaded.desired.nodes.contains_key(&ResourceId::new(kind.as_str(), name.as_str()))
    {
        let known: Vec<String> = nodes.map(|node| node.id.to_string()).collect();
        let address = format!("{kind}/{name}");
        return Some((format!("this stack has no {address}"), Some(suggest(&address, known.iter().map(String::as_str)))));
    }
    let field = field?;
    let fields = Fields::of(driver, nodes.map(|node| &node.spec).collect());
    let Unknown { name, known } = fields.find(&field).err()?;
    let fix = if known.is_empty() { WRITTEN.to_owned() } else { suggest(&name, known.iter().map(String::as_str)) };
    Some((format!("a {kind} has no field `{name}`"), Some(fix)))
}
