//! The page of all members of AWS's create and update requests, printed from their rows.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::aws::Member;
use crate::aws::member::{Bound, Carried, Limit};
use crate::contract::span;
use crate::kinds;

const HEAD: &str = "\
# Members of AWS's requests

Every member of the requests that create and update, and the path of a spec that carries it, as plans show it. Printed from the rows in \
`src/kinds/*/members.rs`; a test compares them with AWS's own service models, so that what AWS adds does not go unseen.

- *carried by*: `*` stands for the keys of a map and the items of a list; `etlctl` for what it sends by itself; – for what the file format has \
no field for, and why.
- *allowed*: what AWS takes, and the [rule](rules/README.md) that refuses the rest before the first call; where none is named, [E273](rules/E273.md). \
A *form* is the regular expression of AWS's model.
";

/// The text of `docs/members.md`.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    for kind in kinds::registry() {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {}\n", kind.name());
        for op in kind.api().iter().filter(|op| !op.members.is_empty()) {
            let _ = write!(text, "\n### {}\n\n| member | carried by | allowed |\n| --- | --- | --- |\n", op.iam);
            op.members.iter().for_each(|member| row(&mut text, member));
        }
    }
    text
}

fn row(text: &mut String, member: &Member) {
    let by = match member.carried {
        Carried::Name => "the name".to_owned(),
        Carried::Field(path) => format!("`{path}`"),
        Carried::Made(_) => "etlctl".to_owned(),
        Carried::Left(_) => "–".to_owned(),
    };
    let allowed = match member.carried {
        Carried::Made(what) => what.to_owned(),
        Carried::Left(why) => format!("left out: {why}"),
        Carried::Name | Carried::Field(_) => member.limits.iter().flatten().map(said).collect::<Vec<_>>().join(", "),
    };
    let _ = writeln!(text, "| `{}` | {by} | {allowed} |", member.name);
}

fn said(Limit { bound, refused }: &Limit) -> String {
    let bound = match bound {
        Bound::Range(min, max) => span(*min, *max, ""),
        Bound::Length(min, max) => span(*min, *max, " characters"),
        Bound::Count(min, max) => span(*min, *max, " items"),
        Bound::Words(words) => BTreeSet::from_iter(*words).iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        // A bar would end the cell.
        Bound::Form(form) => format!("form `{}`", form.replace('|', r"\|")),
    };
    refused.map_or_else(|| bound.clone(), |code| format!("{bound} ({code})"))
}
