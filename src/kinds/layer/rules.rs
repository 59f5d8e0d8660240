//! What Lambda refuses of a layer.

use super::{Layer, mark_length};
use crate::contract::{Findings, Rule, View, is_plain, length_limit, names, rows};
use crate::model::counted;
use crate::model::reference::least_length;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E175",
        title: "layer name that AWS refuses",
        why: "A layer's name has 1 to 140 letters, digits, `-` and `_`. PublishLayerVersion refuses dots and spaces in it.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, lambda PublishLayerVersion, LayerName",
        run: name,
    },
    Rule {
        code: "E181",
        title: "layer description too long",
        why: "A layer version takes no tags, so etlctl marks it at the end of its description, with the stack, the environment and a \
              digest of the sources. Text and mark together have at most 256 characters.",
        fix: "shorten the description",
        source: "botocore service model, lambda PublishLayerVersion, Description",
        run: description,
    },
    Rule {
        code: "E106",
        title: "layer for too many runtimes",
        why: "A layer version declares up to 15 compatible runtimes. The list only helps people to find a layer: a function may use a \
              layer whatever the list says, so shorten it to the runtimes that matter.",
        fix: "keep the runtimes that your functions use",
        source: "botocore service model, lambda PublishLayerVersion, CompatibleRuntimes",
        run: rows::<Layer>,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Layer>(cx, out, "layer", is_plain);
}

fn description(cx: &View<'_>, found: &mut Findings<'_>) {
    let scope = &cx.loaded.scope;
    for layer in cx.all::<Layer>() {
        let mark = mark_length(scope) as i64;
        let most = length_limit::<Layer>("description").max.saturating_sub(mark);
        let is = least_length(&layer.spec.description);
        if is > most {
            let place = cx.place("layers", &layer.key, &["description"]);
            let message = format!("the description has {is} characters; beside etlctl's mark there is room for {most}");
            found.add_with(place, &layer.address, message, format!("take {} away", counted(is - most, "character")));
        }
    }
}
