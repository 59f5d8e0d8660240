//! A lease: what a run holds while it works, where somebody wants runs in order. It is one empty log
//! group of a number of its own, there for as long as it is held: CreateLogGroup makes a name once, also
//! where two ask at the same moment, and so the next number is given to one of them.

use std::time::Duration;

use super::Scope;

/// Tag with who holds a lease.
pub const HOLDER_TAG: &str = "etlctl:lease-holder";
/// Tag with when it was renewed.
pub const RENEWED_TAG: &str = "etlctl:lease-renewed";
/// How often it is renewed.
pub const RENEWAL: Duration = Duration::from_secs(5);
/// Not renewed for so long, it has expired.
pub const TERM: Duration = Duration::from_secs(30);

/// The longest value of a tag (docs/aws-facts.md §7).
const LONGEST_HOLDER: usize = 256;

/// What the names of all log groups of a stack's leases begin with.
pub fn prefix(scope: &Scope) -> String {
    format!("/etlctl/lease/{}/{}/{}/", scope.stack, scope.env, scope.instance)
}

/// The log group of the lease of this number.
pub fn name(scope: &Scope, number: u64) -> String {
    format!("{}{number}", prefix(scope))
}

/// The number of a lease, where the log group is one of the stack's.
pub fn number(scope: &Scope, name: &str) -> Option<u64> {
    name.strip_prefix(&prefix(scope))?.parse().ok()
}

/// A lease that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Its number.
    pub number: u64,
    /// Who holds it.
    pub holder: String,
    /// When it was renewed, by the holder's clock: it is only compared with itself.
    pub renewed: String,
}

/// Who holds a lease, as a tag takes it: a session may have a name with a comma, and a user a long path.
pub fn holder(caller: &str, run: &str) -> String {
    let is_taken = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    let caller = caller.chars().map(|c| if is_taken(c) { c } else { '_' });
    caller.take(LONGEST_HOLDER.saturating_sub(run.len())).chain(run.chars()).collect()
}

/// Watches the lease of somebody else. No two clocks are compared: it has expired once the watcher has
/// seen it unchanged for its whole term.
#[derive(Debug, Default)]
pub struct Watch {
    last: Option<(Lease, Duration)>,
}

impl Watch {
    /// Whether the lease, as it is seen so long after the watch began, has expired.
    pub fn has_expired(&mut self, lease: &Lease, at: Duration) -> bool {
        match &self.last {
            Some((last, since)) if last == lease => at.saturating_sub(*since) >= TERM,
            _ => {
                self.last = Some((lease.clone(), at));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(number: u64, renewed: &str) -> Lease {
        Lease { number, holder: "somebody".into(), renewed: renewed.into() }
    }

    #[test]
    fn only_a_lease_that_stays_as_it_is_for_its_term_expires() {
        let (mut watch, at) = (Watch::default(), Duration::from_secs);
        assert!(!watch.has_expired(&lease(1, "a"), at(100)), "whatever its age: nobody knows the holder's clock");
        assert!(!watch.has_expired(&lease(1, "a"), at(129)));
        assert!(!watch.has_expired(&lease(1, "b"), at(130)), "it was renewed");
        assert!(!watch.has_expired(&lease(2, "b"), at(159)), "it is another one");
        assert!(!watch.has_expired(&lease(2, "b"), at(188)));
        assert!(watch.has_expired(&lease(2, "b"), at(189)));
    }

    #[test]
    fn a_holder_is_told_as_a_tag_takes_it() {
        assert_eq!(holder("assumed-role/Deploy/doe,jane", " process 7 ab"), "assumed-role/Deploy/doe_jane process 7 ab");
        let long = holder(&"p".repeat(600), " process 7 ab");
        assert!(long.len() == 256 && long.ends_with("p process 7 ab"));
    }

    #[test]
    fn a_lease_of_another_stack_is_none_of_this_one() {
        let scope = |stack: &str| Scope {
            partition: "aws".into(),
            account: crate::model::Account::Known("111122223333".into()),
            region: "us-east-1".into(),
            stack: stack.into(),
            env: "dev".into(),
            instance: "dev".into(),
        };
        let jobs = scope("jobs");
        assert_eq!(number(&jobs, &name(&jobs, 7)), Some(7));
        assert_eq!(number(&jobs, &name(&scope("jobs2"), 7)), None);
        assert_eq!(number(&jobs, &format!("{}x", prefix(&jobs))), None);
    }
}
