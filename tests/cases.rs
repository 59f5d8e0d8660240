//! Pure planning, data-driven: each folder of `tests/cases` holds a stack file, what is live, and
//! the plan that follows. `UPDATE_CASES=1` writes the plans anew; read the diff before it is
//! committed.
//!
//! `live.json`:
//! ```json
//! {
//!   "env": "dev", "adopt": false, "no_prune": false, "targets": ["function/a"], "destroy": false,
//!   "live": {
//!     "*": {},
//!     "function/a": {"patch": {"memory": 512}, "owner": "unmarked", "handle": {"url": "https://…"}},
//!     "queue/b": null
//!   },
//!   "orphans": {"queue/old": {"like": "queue/b", "name": "old-dev"}}
//! }
//! ```
//! A live resource is the desired one under a JSON merge patch; `*` stands for every resource that
//! is not named, null for one that is not there. `owner` is `ours` (the default), `unmarked`, or
//! the `stack/env` that it belongs to. `versions` are published versions of a function, each a
//! patch over the desired configuration. An orphan is a live resource that no file names.

mod common;

use std::path::{Path, PathBuf};

use common::planning::{Given, fill_digests, live_of, plan_it, plan_text, re_plan, refused};
use etlctl::testing::kinds;
use etlctl::testing::model::Desired;
use etlctl::testing::model::notes::notes;
use etlctl::testing::model::stake::Stakes;
use etlctl::testing::stack::{Choice, load};

const ACCOUNT: &str = "111111111111";

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Those are the cases of tests/refused.rs: files that are never planned.
    found.retain(|case| !case.ends_with("refused"));
    found.sort();
    found
}

/// What the case plans, as text, and what is wrong with the plan beside its text.
fn planned(case: &Path) -> (String, Vec<String>) {
    let given = Given::read(&case.join("live.json"));
    let choice = Choice {
        env: Some(given.env.clone()),
        sets: given.sets(),
        region: given.region.clone(),
        account: Some(ACCOUNT.into()),
        kept: vec![],
    };
    let mut loaded = load(&case.join("stack.yaml"), &choice).unwrap_or_else(|found| panic!("{}: {found:#?}", case.display()));
    fill_digests(&mut loaded.desired);
    let live = live_of(&loaded, &given);
    let desired = if given.destroy { Desired::default() } else { loaded.desired.clone() };
    let options = given.options();
    let plan = || plan_it(&loaded, &options, &desired, &live);
    let mut problems = Vec::new();
    let planned = match (plan(), plan()) {
        (Ok(first), Ok(second)) => {
            if first.plan != second.plan {
                problems.push("the same desired and live give two plans".to_owned());
            }
            first
        }
        (Err(refusal), _) | (_, Err(refusal)) => return (refused(refusal), problems),
    };
    let again = re_plan(&loaded, &desired, &options, &live, &planned);
    if again.plan.has_changes() {
        problems
            .push(format!("planned again on what the plan makes, it is not empty:\n{}", plan_text(&loaded, &again, &[], &Stakes::new())));
    }
    let notes = notes(
        &planned,
        &given.neighbours(&loaded.scope),
        |step| loaded.could_have_named(&step.name, kinds::own_name(step)),
        |kind| kinds::driver(kind)?.strays(),
    );
    (plan_text(&loaded, &planned, &notes, &given.stakes), problems)
}

#[test]
fn every_case_plans_as_its_file_says() {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let cases = cases();
    assert!(cases.len() >= 14, "only {} cases found", cases.len());
    let mut problems = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let (text, wrong) = planned(case);
        problems.extend(wrong.iter().map(|wrong| format!("{name}: {wrong}")));
        let file = case.join("plan.txt");
        if update {
            std::fs::write(&file, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_else(|error| format!("{}: {error}", file.display()));
        if text != expected {
            problems.push(format!("{name}: the plan is another\n{}", common::line_diff(&expected, &text)));
        }
    }
    assert!(problems.is_empty(), "{}\nTo take these plans as they are: UPDATE_CASES=1 cargo test --test cases", problems.join("\n"));
}
