//! No channel shows a secret.

mod common;

use common::secret_forms::{hidden, shown};
use etlctl::model::secret::looks_secret;

#[test]
fn forms_are_told_apart() {
    let missed: Vec<String> =
        hidden().iter().filter(|form| !looks_secret(form.name, &form.value)).map(|form| format!("{}: {}", form.name, form.value)).collect();
    let hit: Vec<String> =
        shown().iter().filter(|form| looks_secret(form.name, &form.value)).map(|form| format!("{}: {}", form.name, form.value)).collect();
    assert!(missed.is_empty() && hit.is_empty(), "shown:\n{}\nhidden:\n{}", missed.join("\n"), hit.join("\n"));
}
