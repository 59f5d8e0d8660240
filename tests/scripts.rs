//! Sequences on paper: edits, plans, applies and drift, one after the other, without AWS. Each file of
//! `tests/scripts` is a transcript: what stands under a line that begins with `> ` is what it prints.
//! `UPDATE_CASES=1` writes what is printed anew; read the diff before it is committed.
//!
//! | line | what it does |
//! | --- | --- |
//! | `> stack` | what stands under it is the stack file from here on |
//! | `> plan [OPTIONS]` | plans; `--adopt`, `--no-prune`, `--destroy`, `--target ADDRESS` |
//! | `> apply [OPTIONS]` | plans the same, carries it out on paper and plans once more, which must be empty |
//! | `> drift ADDRESS PATCH` | changes what is live by a JSON merge patch |
//! | `> gone ADDRESS` | takes it away |
//! | `> owner ADDRESS unmarked` | takes its mark off |

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::planning::{carried_out, fill_digests, merge, plan_it, plan_text, refused};
use common::project::Project;
use etlctl::testing::model::plan::{Options, Planned, Refusal};
use etlctl::testing::model::stake::Stakes;
use etlctl::testing::model::{Action, Desired, Live, Owner, ResourceId};
use etlctl::testing::source::Loaded;
use etlctl::testing::stack::{Choice, load};

const ACCOUNT: &str = "111111111111";
const PROMPT: &str = "> ";

/// What the files say, and AWS on paper.
#[derive(Default)]
struct Paper {
    loaded: Option<Loaded>,
    live: Live,
}

impl Paper {
    /// What a line prints; `body` is what stands under it.
    fn run(&mut self, line: &str, body: &str) -> String {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "stack" => {
                self.loaded = Some(loaded(body));
                self.address();
                return body.to_owned();
            }
            "plan" => match self.plan(rest) {
                Ok(planned) => return plan_text(self.loaded.as_ref().unwrap(), &planned, &[], &Stakes::new()),
                Err(refusal) => return refused(refusal),
            },
            "apply" => match self.plan(rest) {
                Ok(planned) => return self.apply(rest, &planned),
                Err(refusal) => return refused(refusal),
            },
            "drift" => {
                let (address, patch) = rest.split_once(' ').unwrap();
                merge(&mut self.live.get_mut(&id(address)).unwrap().spec, &serde_json::from_str(patch).unwrap());
            }
            "gone" => drop(self.live.remove(&id(rest)).unwrap()),
            "owner" => {
                let address = rest.strip_suffix(" unmarked").unwrap();
                self.live.get_mut(&id(address)).unwrap().owner = Owner::Unmarked;
            }
            other => panic!("no script knows `{other}`"),
        }
        String::new()
    }

    /// A read finds what the files name under their addresses, and the rest under its name.
    fn address(&mut self) {
        let nodes = self.loaded.iter().flat_map(|loaded| loaded.desired.nodes.values());
        let named: BTreeMap<_, _> = nodes.map(|node| ((node.id.kind.clone(), node.name.clone()), node.id.clone())).collect();
        let live = std::mem::take(&mut self.live).into_iter().map(|(id, seen)| {
            let known = named.get(&(id.kind.clone(), seen.name.clone())).cloned();
            (known.unwrap_or_else(|| ResourceId::new(&id.kind, &seen.name)), seen)
        });
        self.live = live.collect();
    }

    fn plan(&self, words: &str) -> Result<Planned, Refusal> {
        let loaded = self.loaded.as_ref().expect("a script begins with a stack");
        let mut options = Options::default();
        let mut desired = loaded.desired.clone();
        let mut words = words.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "--adopt" => options.adopt = true,
                "--no-prune" => options.keep_orphans = true,
                "--destroy" => desired = Desired::default(),
                "--target" => drop(options.targets.insert(id(words.next().unwrap()))),
                other => panic!("no plan of a script takes `{other}`"),
            }
        }
        plan_it(loaded, &options, &desired, &self.live)
    }

    /// Tells what each step that does something did.
    fn apply(&mut self, words: &str, planned: &Planned) -> String {
        self.live = carried_out(&self.live, planned);
        let again = self.plan(words).map_err(refused).unwrap();
        assert!(
            !again.plan.has_changes(),
            "not what was planned:\n{}",
            plan_text(self.loaded.as_ref().unwrap(), &again, &[], &Stakes::new())
        );
        let done = planned.plan.steps.iter().filter(|step| step.action != Action::Keep);
        let done: String = done.map(|step| format!("{:?} {}\n", step.action, step.id)).collect();
        if done.is_empty() { "nothing to do\n".to_owned() } else { done }
    }
}

fn id(address: &str) -> ResourceId {
    address.parse().unwrap()
}

fn loaded(stack: &str) -> Loaded {
    let project = Project::new(stack);
    let file = project.path().join("desired-state/stack.yaml");
    let choice = Choice { env: Some("dev".into()), sets: vec![], region: None, account: Some(ACCOUNT.into()), kept: vec![] };
    let mut loaded = load(&file, &choice).unwrap_or_else(|found| panic!("{found:#?}"));
    fill_digests(&mut loaded.desired);
    loaded
}

/// The transcript of a script, run again.
fn run(script: &str) -> String {
    let mut paper = Paper::default();
    let mut transcript = String::new();
    let mut lines = script.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix(PROMPT) else {
            // What stands above the first line says what the script is about.
            transcript.push_str(&format!("{line}\n"));
            continue;
        };
        let mut body = String::new();
        while let Some(under) = lines.next_if(|line| !line.starts_with(PROMPT)) {
            body.push_str(under);
            body.push('\n');
        }
        let printed = paper.run(command, body.trim_end());
        transcript.push_str(&format!("{line}\n{}\n\n", printed.trim_end()).replace("\n\n\n", "\n\n"));
    }
    format!("{}\n", transcript.trim_end())
}

#[test]
fn every_script_prints_what_its_transcript_says() {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    assert!(scripts.len() >= 5, "only {} scripts found", scripts.len());
    let mut problems = Vec::new();
    for script in scripts {
        let expected = std::fs::read_to_string(&script).unwrap();
        let found = run(&expected);
        if update {
            std::fs::write(&script, &found).unwrap();
        } else if found != expected {
            problems.push(format!("{}:\n{}", script.display(), common::line_diff(&expected, &found)));
        }
    }
    assert!(problems.is_empty(), "{}\nTo take them as they are: UPDATE_CASES=1 cargo test --test scripts", problems.join("\n"));
}
