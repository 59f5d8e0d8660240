//! Options that other tools have, or that are written with one dash, and ours for the same.

use clap::{Command as Verb, CommandFactory};

use super::Cli;

/// What somebody is told whose option a verb does not have: how it is said there, and why. Both texts hold
/// nothing but words of this binary.
pub fn our_option(arguments: &[String], unknown: &str) -> Option<(String, String)> {
    let command = Cli::command();
    let verb = arguments.iter().find_map(|word| command.find_subcommand(word))?;
    let token = arguments.iter().find(|token| begins(token, unknown))?;
    let word = token.split('=').next().unwrap_or_default();
    let name = word.trim_start_matches('-');
    let has_one_dash = word.len() > 2 && !word.starts_with("--");
    if has_one_dash && has(&command, verb, name) {
        let own = format!("-{name}");
        return Some((own, format!("options have two dashes: pass --{name}")));
    }
    let mut rows = OPTIONS.iter().filter(|(words, ..)| words.contains(&name));
    let (words, ask, why) = rows.find(|(_, ask, _)| is_there(&command, verb, ask))?;
    // The word of the table, and not the one that was written: nobody knows what that holds.
    let ours = words.iter().find(|word| **word == name)?;
    let dashes = if word.starts_with("--") { "--" } else { "-" };
    let hint = if ask.is_empty() { format!("leave it out: {why}") } else { asked(ask, why) };
    Some((format!("{dashes}{ours}"), hint))
}

/// What to do instead, an option or a command, and why.
pub fn asked(ask: &str, why: &str) -> String {
    if ask.starts_with('-') { format!("pass {ask}: {why}") } else { format!("run `etlctl {ask}`: {why}") }
}

/// What somebody is told who writes a word where a verb takes none.
pub fn instead_of_a_word(arguments: &[String]) -> Option<&'static str> {
    let command = Cli::command();
    let verb = arguments.iter().find_map(|word| command.find_subcommand(word))?;
    Some(match verb.get_name() {
        "init" => "pass --name STACK: it is what the stack is called",
        "import" => "pass --function NAME, and --name STACK for the stack that is written",
        _ if has(&command, verb, "target") => {
            "an environment is named with --env, a stack with --stack, one resource with --target, and files with --dir"
        }
        _ => "an environment is named with --env, a stack with --stack, and files with --dir",
    })
}

/// Whether clap means this one: of several letters behind one dash it tells the first that it does not know.
fn begins(token: &str, unknown: &str) -> bool {
    let letter = unknown.strip_prefix('-').filter(|rest| rest.chars().count() == 1);
    match letter {
        Some(letter) => token.starts_with('-') && !token.starts_with("--") && token.contains(letter),
        None => token.split('=').next() == unknown.split('=').next(),
    }
}

/// Whether an answer is one for this verb: an option of it, another verb, or none at all.
fn is_there(command: &Verb, verb: &Verb, ask: &str) -> bool {
    let option = ask.split(' ').next().and_then(|word| word.strip_prefix("--"));
    option.is_none_or(|name| has(command, verb, name))
}

fn has(command: &Verb, verb: &Verb, name: &str) -> bool {
    let mut all = command.get_arguments().chain(verb.get_arguments());
    all.any(|arg| arg.get_long() == Some(name) || arg.get_all_aliases().unwrap_or_default().contains(&name))
}

/// Their words, how it is said here, and why. The first row counts whose option the verb has.
const OPTIONS: [(&[&str], &str, &str); 32] = [
    (&["dry-run", "dryrun", "n", "list", "list-different"], "--check", "it writes nothing, and lists the files that would change"),
    (&["all"], "--all-environments", "every environment of the files is checked"),
    (&["destroy"], "destroy", "it deletes all that the stack owns, or what --target names"),
    (&["out", "save"], "plan --out FILE", "`etlctl apply FILE` then carries out that plan"),
    (
        &["dry-run", "dryrun", "preview", "check", "noop", "what-if", "no-execute-changeset", "plan-only"],
        "plan",
        "it shows what apply would do, and writes nothing",
    ),
    (
        &[
            "auto-approve",
            "approve",
            "force",
            "f",
            "assume-yes",
            "no-confirm-changeset",
            "no-confirm",
            "input",
            "no-input",
            "require-approval",
            "skip-preview",
        ],
        "--yes",
        "it answers what would be asked",
    ),
    (
        &["tail", "lines", "limit", "n", "last"],
        "--since DURATION",
        "what is logged since then is printed, and --follow goes on with what comes",
    ),
    (&["json", "output", "o", "output-format", "j"], "--format json", "it is for programs; --help lists the other forms"),
    (&["refresh", "refresh-only", "no-refresh"], "", "each plan reads live AWS anew, so there is no state that could be old"),
    (
        &["state", "state-out", "backend", "backend-config", "migrate-state", "reconfigure", "upgrade"],
        "",
        "there is no state file: live AWS and the marks on it tell what is a stack's",
    ),
    (&["guided", "g"], "", "an apply shows its plan and asks, where there is a terminal; `etlctl init` begins a project"),
    (&["capabilities"], "", "roles are made where the files ask for them, and the plan shows them"),
    (&["s3-bucket", "resolve-s3", "s3-prefix"], "", "packages need no bucket; `artifacts` in the file names one for large zips"),
    (
        &["no-rollback", "disable-rollback", "rollback"],
        "",
        "nothing is rolled back: what failed is told, and the next apply goes on from there",
    ),
    (&["hotswap", "express"], "", "an apply writes what differs and nothing else, so code alone where code alone differs"),
    (&["wait", "no-wait"], "--async", "without it the command waits for the answer"),
    (&["wait"], "", "an apply waits until what it wrote is there"),
    // Before those that every verb has.
    (&["data", "body", "event", "d", "e", "cli-input-json"], "--payload FILE", "`-` reads it from stdin"),
    (&["concurrency", "parallel", "p"], "--parallelism N", "so many calls are in flight at a time"),
    (
        &["var", "variable", "parameter-overrides", "parameters", "parameter", "param", "context", "c", "define", "d", "values"],
        "--set NAME=VALUE",
        "it sets a variable of the file",
    ),
    (
        &["var-file", "config-env", "config-file", "env-file"],
        "--set NAME=VALUE",
        "what differs by environment stands in the file, under the environment",
    ),
    (&["stage", "s", "environment", "workspace", "e"], "--env NAME", "it is an environment of the file; the first where none is said"),
    (&["stack-name", "project", "service", "app"], "--stack NAME", "it is what the file calls its stack"),
    (
        &["template", "template-file", "file", "f", "cwd", "chdir", "C", "directory", "path", "p"],
        "--dir PATH",
        "it is the folder of the stack files, or one file",
    ),
    (&["no-color", "no-colors", "no-colour", "colour"], "--color never", "NO_COLOR does the same"),
    (&["debug", "log-level", "loglevel", "V"], "--verbose", "twice, as -vv, it tells of every call"),
    (&["silent", "no-progress"], "--quiet", "only what was asked for is printed"),
    (
        &["only", "resource", "resources", "include", "exclusively", "urn", "t"],
        "--target ADDRESS",
        "it is one resource, such as function/work, and what it needs",
    ),
    (&["all", "a", "recursive"], "", "all stacks of the folder are taken where --stack names none"),
    (&["w"], "--watch", "it looks again and again"),
    (&["watch", "w"], "watch", "it looks again and again, and tells what drifts"),
    (&["lock", "no-lock", "lock-timeout"], "", "nothing is locked but where `apply --lock` or `lock: true` in the file asks for it"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str, unknown: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        our_option(&words, unknown).map(|(own, hint)| format!("{own}: {hint}")).unwrap_or_default()
    }

    #[test]
    fn another_tools_options_are_answered_with_ours() {
        for (line, unknown, says) in [
            ("apply -auto-approve", "-a", "-auto-approve: options have two dashes: pass --auto-approve"),
            ("plan -out=x", "-o", "-out: options have two dashes: pass --out"),
            ("plan -target=function/a", "-t", "pass --target"),
            ("plan -verbose", "-e", "pass --verbose"),
            ("plan --refresh=false", "--refresh", "--refresh: leave it out"),
            ("deploy --guided", "--guided", "an apply shows its plan and asks"),
            ("plan --json", "--json", "pass --format json"),
            ("plan -json", "-j", "-json: pass --format json"),
            ("apply --dry-run", "--dry-run", "run `etlctl plan`"),
            ("fmt --dry-run", "--dry-run", "pass --check"),
            ("plan -f x", "-f", "pass --dir PATH"),
            ("apply -f x", "-f", "pass --yes"),
            ("logs --tail 5", "--tail", "pass --since DURATION"),
            ("apply --out x", "--out", "run `etlctl plan --out FILE`"),
            ("validate --all", "--all", "pass --all-environments"),
            ("plan --stage=prod", "--stage", "pass --env NAME"),
            ("invoke f -e event.json", "-e", "pass --payload FILE"),
            ("invoke f -d {}", "-d", "pass --payload FILE"),
            ("plan -e dev", "-e", "pass --env NAME"),
            ("apply -p 5", "-p", "pass --parallelism N"),
            ("status -w", "-w", "pass --watch"),
        ] {
            assert!(told(line, unknown).contains(says), "{line}: {}", told(line, unknown));
        }
        assert_eq!(told("plan --hunter2", "--hunter2"), "", "what nobody knows is not quoted");
        assert_eq!(told("plan -Hunter2", "-H"), "");
    }

    #[test]
    fn each_answer_is_one_that_there_is() {
        let command = Cli::command();
        for (words, ask, _) in OPTIONS {
            let mut verbs = command.get_subcommands();
            assert!(verbs.any(|verb| is_there(&command, verb, ask)), "{ask}");
            let named = ask.split(' ').next().filter(|word| !word.is_empty() && !word.starts_with('-'));
            assert!(named.is_none_or(|verb| command.find_subcommand(verb).is_some()), "{ask}");
            let is_first = |word: &&str| {
                command.get_subcommands().any(|verb| {
                    let mut rows = OPTIONS.iter().filter(|(words, ..)| words.contains(word));
                    rows.find(|(_, ask, _)| is_there(&command, verb, ask)).is_some_and(|(_, first, _)| *first == ask)
                })
            };
            assert!(words.iter().any(is_first), "{ask} is told to nobody");
        }
    }

    #[test]
    fn a_word_too_many_is_told_where_it_belongs() {
        let told = |line: &str| instead_of_a_word(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(told("init orders").is_some_and(|hint| hint.contains("--name")));
        assert!(told("destroy function/a").is_some_and(|hint| hint.contains("--target")));
        assert!(told("validate dev").is_some_and(|hint| hint.contains("--env") && !hint.contains("--target")));
    }
}
