//! The network that a function runs in.

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E127",
    title: "a network that is told in part",
    why: "A function runs in the subnets of a VPC behind security groups of it: Lambda takes one of each at least, or none of both, and refuses the \
          rest: \"SecurityGroupIds and SubnetIds must coexist or be both empty list\".",
    fix: "name `subnets` and `security_groups`, or take `vpc` out",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
    run: in_part,
}];

fn in_part(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(vpc) = &function.spec.config.vpc else { continue };
        let fields = [("subnets", vpc.subnets.is_empty()), ("security_groups", vpc.security_groups.is_empty())];
        for (field, _) in fields.into_iter().filter(|(_, is_empty)| *is_empty) {
            let place = cx.place("functions", &function.key, &["vpc", field]);
            out.add(place, &function.address, format!("`vpc` has no `{field}`"));
        }
    }
}
