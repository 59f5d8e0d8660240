//! What a file writes twice, in two ways: as a key of the stack and as an ARN.

use crate::contract::{Findings, Rule, View};
use crate::model::account;
use crate::model::desired::Desired;
use crate::model::entries::{Twice, twice};
use crate::source::Loaded;
use crate::source::diagnostic::{Diagnostic, Place};
use crate::source::node::Node;

/// Rules of this subject.
pub const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    code: "E603",
    title: "one entry written twice, in two ways",
    why: "A source feeds a function through one mapping, and an endpoint has one subscription to a topic: AWS refuses the second, or gives back the first. Whichever way the two are written, one of them would be lost.",
    fix: "keep one of the two",
    source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html",
    run: entry_twice,
};

fn entry_twice(cx: &View<'_>, out: &mut Findings<'_>) {
    let desired = &cx.loaded.desired;
    for (place, address, message) in of_stack(cx.loaded, &|template| desired.told(template)) {
        out.add(place, address, message);
    }
}

/// What turns out to be the same only when the account is known, which an ARN of the file may write down.
pub fn of_account(loaded: &Loaded, id: &str) -> Vec<Diagnostic> {
    let all = of_stack(loaded, &|template| account::fill(&loaded.desired.told(template), id));
    all.into_iter().map(|(place, address, message)| RULE.finding(&loaded.source, place, address, message, None)).collect()
}

fn of_stack(loaded: &Loaded, told: &dyn Fn(&str) -> String) -> Vec<(Place, String, String)> {
    let Desired { nodes, .. } = &loaded.desired;
    let all = nodes.values().flat_map(|node| twice(&node.spec, told).into_iter().map(move |found| (node, found)));
    let of_one = |(node, Twice { path, written: [one, other], key }): (&crate::model::Node, Twice)| {
        let home: Vec<&str> = node.home.iter().map(String::as_str).collect();
        let field = path.first().map_or("", String::as_str);
        let place = written_at(&loaded.tree, &home, field, &key, told).or_else(|| loaded.tree.place_along(&[&home[..], &[field]].concat()));
        let message = format!("`{field}` has `{one}` and `{other}`, which are one");
        (place.unwrap_or(Place::START), node.id.to_string(), message)
    };
    all.map(of_one).collect()
}

/// The last item of a list, or of the triggers in its place, that names what a key ends in.
fn written_at(tree: &Node, home: &[&str], field: &str, key: &str, told: &dyn Fn(&str) -> String) -> Option<Place> {
    let lists = [field, "triggers"].map(|list| tree.at(&[home, &[list]].concat()));
    let items = lists.into_iter().flatten().flat_map(Node::items);
    let names_it = |item: &&Node| {
        let mut found = false;
        item.each_text(&mut |text, _| found |= !text.is_empty() && key.ends_with(&told(text)));
        found
    };
    items.filter(names_it).last().map(|item| item.place)
}
