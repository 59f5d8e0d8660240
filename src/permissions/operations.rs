//! The page of all operations, printed from their rows.

use std::fmt::Write;

use crate::aws::patience::{SETTLING, Settling};
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
    text
}

fn waiting(text: &mut String, Settling { codes, says, patience }: &Settling) {
    let codes = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
    let says = says.iter().map(|says| format!("\"{says}\"")).collect::<Vec<_>>().join(" or ");
    let _ = writeln!(text, "| {codes} | {says} | {} s | {} |", patience.at_most.as_secs(), patience.reason);
}

fn row(text: &mut String, op: &Op) {
    let writes = if op.writes { "writes" } else { "" };
    let on = if op.anywhere { "`*`" } else { "" };
    let rate = op.quota.map(|quota| {
        let shared = if quota.name == op.iam { String::new() } else { format!(" ({})", quota.name) };
        format!("{}{shared}", quota.per_second)
    });
    let _ = writeln!(text, "| `{}` | {writes} | {on} | {} |", op.iam, rate.unwrap_or_default());
}
