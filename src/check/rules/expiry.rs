//! When instances expire.

use crate::contract::{Findings, Rule, View};
use crate::source::loaded::Protection;

/// Rules of this subject.
pub const RULES: &[Rule] = &[Rule {
    code: "E194",
    title: "a protected environment that expires",
    why: "An instance that has expired is destroyed by `destroy --expired`, without its file and without `--confirm`. A protected environment \
          is one that is destroyed only where its name is said.",
    fix: "write `expires` under the environments that are not protected, or take `protected` off",
    source: "docs/instances.md",
    run: protected,
}];

fn protected(cx: &View<'_>, out: &mut Findings<'_>) {
    if cx.loaded.expires.is_none() || cx.loaded.protection != Protection::Protected {
        return;
    }
    let env = &cx.loaded.scope.env;
    let own = cx.loaded.tree.get("environments").and_then(|all| all.get(env)?.get("expires"));
    let place = own.map_or_else(|| cx.top_place("expires"), |node| node.place);
    out.add(place, "", format!("the environment {env} is protected, and its instances would expire"));
}
