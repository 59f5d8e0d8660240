//! Names of rules. A rule's name is unique on its bus, and so is what its ARN ends in: `NAME` on the
//! default bus, `BUS/NAME` on another one. That is the physical name here.

/// The bus that every account has.
pub const DEFAULT_BUS: &str = "default";
/// Stands between both, and in no name of a rule; a partner's bus has it in its name.
const BEHIND_BUS: char = '/';

/// The physical name of a rule on a bus.
pub fn on_bus(bus: &str, rule: &str) -> String {
    if bus == DEFAULT_BUS { rule.to_owned() } else { format!("{bus}{BEHIND_BUS}{rule}") }
}

/// Bus and name of a rule.
pub fn parts(physical: &str) -> (&str, &str) {
    physical.rsplit_once(BEHIND_BUS).unwrap_or((DEFAULT_BUS, physical))
}

/// What a rule on this bus is called there, whatever it holds: a name that AWS takes has no `/`.
pub fn own<'a>(physical: &'a str, bus: &str) -> &'a str {
    if bus == DEFAULT_BUS {
        return physical;
    }
    let behind = physical.strip_prefix(bus).and_then(|rest| rest.strip_prefix(BEHIND_BUS));
    behind.unwrap_or_else(|| parts(physical).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_its_own_is_not_taken_for_a_bus() {
        assert_eq!(own("other/foo", DEFAULT_BUS), "other/foo");
        assert_eq!(own("orders/a/b", "orders"), "a/b");
        assert_eq!(own("aws.partner/example.com/orders/a", "aws.partner/example.com/orders"), "a");
    }

    #[test]
    fn a_name_tells_its_bus() {
        for (bus, rule) in [(DEFAULT_BUS, "nightly"), ("orders", "nightly"), ("aws.partner/example.com/orders", "nightly")] {
            assert_eq!(parts(&on_bus(bus, rule)), (bus, rule));
        }
    }
}
