//! The page of all operations, printed from their rows.

use std::fmt::Write;

use crate::aws::patience::{CLOCK, FAULTY, SETTLING, Settling, THROTTLED, UNREACHED, UNREADABLE};
use crate::aws::{Op, api};
use crate::kinds;

const HEAD: &str = "\
# Operations of AWS

Every call that `etlctl` can make, printed from the rows that it works by (`src/kinds/*/api.rs`, `src/aws/api.rs`). \
`etlctl permissions --for plan|apply|destroy` prints which of them your files need, on which resources, and what AWS does in your name beside \
them (`iam:PassRole`, keys, code in S3).

- *writes*: it changes something. A plan makes none of these calls.
- *`*`*: IAM lets no resource be named for it.
- *a second*: the rate under which `etlctl` keeps its calls, of an operation alone or of several together. There is none for a local AWS, nor \
where AWS publishes none.
";

const WAITING: &str = "
## Answers that are waited out

Told in the progress; each pause doubles, up to a bound. An answer that says \"already exists\" is none of them.

| code | message says | at most | told as |
| --- | --- | --- | --- |
";

const FAULTS: &str = "
Whatever was asked, this is waited for as well. Each pause doubles and is drawn out by up to a half. \
A service that answers nothing but faults for 30 s is given up by the whole run. What is written once is \
not sent again where nobody knows whether it was done: the resource is read, compared, and brought further.

| what comes back | at most | told as |
| --- | --- | --- |
";

/// The text of `docs/operations.md`.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    let kinds = kinds::registry().iter().map(|driver| (driver.name(), driver.api()));
    for (name, ops) in kinds.chain([("everything", api::ALL)]) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {name}\n\n| operation | writes | on | a second |\n| --- | --- | --- | --- |\n");
        ops.iter().for_each(|op| row(&mut text, op));
    }
    text.push_str(WAITING);
    SETTLING.iter().for_each(|row| waiting(&mut text, row));
    text.push_str(FAULTS);
    for (what, patience) in [
        ("a code of throttling, 429, or 503 without a body", THROTTLED),
        ("no connection", UNREACHED),
        ("no answer, or a fault of AWS (5xx), to what may be sent twice", FAULTY),
        ("an answer that is none of AWS's, or is cut off", UNREADABLE),
        ("a signature that the clock may be behind", CLOCK),
    ] {
        let _ = writeln!(text, "| {what} | {} s | {} |", patience.at_most.as_secs(), patience.reason);
    }
    text
}

fn waiting(text: &mut String, Settling { codes, says, of, never_of, only_of, patience }: &Settling) {
    let codes = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
    let mut says = says.iter().map(|says| format!("\"{says}\"")).collect::<Vec<_>>().join(" or ");
    if let Some(service) = of.strip_suffix(':') {
        says.push_str(&format!("anything, of {service}"));
    }
    if !never_of.is_empty() {
        says.push_str(&format!("anything else, but to {}", never_of.join(", ")));
    }
    if !only_of.is_empty() {
        says.push_str(&format!("anything, to {}", only_of.join(", ")));
    }
    let _ = writeln!(text, "| {codes} | {says} | {} s | {} |", patience.at_most.as_secs(), patience.reason);
}

fn row(text: &mut String, op: &Op) {
    let writes = match (op.writes, op.repeatable) {
        (false, _) => "",
        (true, true) => "writes",
        (true, false) => "writes, once",
    };
    let on = if op.anywhere { "`*`" } else { "" };
    let rate = op.quota.map(|quota| {
        let shared = if quota.name == op.iam { String::new() } else { format!(" ({})", quota.name) };
        format!("{}{shared}", quota.per_second)
    });
    let _ = writeln!(text, "| `{}` | {writes} | {on} | {} |", op.iam, rate.unwrap_or_default());
}
