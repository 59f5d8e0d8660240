//! Provisioned concurrency.

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::model::counted;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E126",
    title: "provisioned concurrency that AWS refuses",
    why: "At least one execution stands ready, and no more than the function's reserved concurrency sets aside. A function that starts \
              from snapshots has none: Lambda supports SnapStart or provisioned concurrency on a version, not both.",
    fix: "write 1 or more, up to `reserved_concurrency`, in a function without `snap_start`",
    source: PAGE,
    run: provisioned,
}];

fn provisioned(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(ready) = function.spec.aliases.values().find_map(|alias| alias.provisioned_concurrency) else { continue };
        let place = cx.place("functions", &function.key, &["provisioned_concurrency"]);
        if ready < 1 {
            let message = format!("{ready} executions are to stand ready; AWS takes 1 or more");
            found.add_with(place, &function.address, message, "write 1 or more, or leave the field out".to_owned());
        }
        if let Some(reserved) = function.spec.reserved_concurrency.filter(|reserved| ready > *reserved) {
            let message = format!("{} to stand ready, and {reserved} set aside for the function", counted(ready, "execution"));
            let fix = match reserved {
                ..1 => "take `provisioned_concurrency` out, or raise `reserved_concurrency`".to_owned(),
                _ => format!("write {reserved} or less, or raise `reserved_concurrency`"),
            };
            found.add_with(place, &function.address, message, fix);
        }
        if function.spec.config.snap_start {
            let message = "the function starts from snapshots, which leaves nothing to stand ready".to_owned();
            found.add_with(place, &function.address, message, "take `provisioned_concurrency` out, or `snap_start`".to_owned());
        }
    }
}
