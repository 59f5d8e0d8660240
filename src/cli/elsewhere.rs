//! Verbs that other tools have, and ours for the same.

/// What somebody is told who writes another tool's verb: how it is asked for here, and why.
pub fn ours(word: &str) -> Option<(&'static str, &'static str)> {
    let (_, ask, why) = WORDS.iter().find(|(words, ..)| words.contains(&word.to_ascii_lowercase().as_str()))?;
    Some((ask, why))
}

/// Their words, how it is asked for here, and why.
const WORDS: [(&[&str], &str, &str); 29] = [
    (
        &["list", "stacks", "workspace", "workspaces", "stack", "get", "ps"],
        "ls",
        "it lists every stack, environment and instance from marks alone",
    ),
    (&["state", "resources"], "ls --stack NAME", "there is no state file: live AWS and the marks on it tell what is a stack's"),
    (&["forget", "unmanage", "orphan", "untrack"], "eject ADDRESS", "it takes the marks off and leaves the resource to you"),
    (&["refresh", "drift", "detect-drift"], "plan", "each plan reads live AWS anew, so what drifted is a change of it"),
    (&["show", "inspect", "describe", "info"], "status", "it shows how what is deployed does; `plan` shows what would change"),
    (&["output"], "outputs", "it prints all of them, or the one that is named"),
    (&["new", "create", "generate", "bootstrap"], "init", "it begins a project: a stack file, and a handler with its test"),
    (&["down", "undeploy", "teardown"], "destroy", "it deletes all that the stack owns"),
    (
        &["rm", "delete"],
        "destroy --target ADDRESS",
        "it deletes this resource and what needs it, and without --target all that the stack owns; to keep it away, take it out of the file and apply",
    ),
    (
        &["local", "dev", "offline", "sandbox"],
        "--endpoint-url URL",
        "a local AWS is an endpoint; handlers are tested by the tools of their languages",
    ),
    (&["config", "set", "var", "vars"], "--set NAME=VALUE", "variables stand in the file, and can be set for one run"),
    (&["version"], "--version", "it prints the version"),
    (&["metrics", "stats", "top", "health"], "status", "it shows states, calls, errors, queues, alarms and drift"),
    (&["replay", "requeue", "dlq"], "redrive KEY", "it looks at dead letters, and sends them back"),
    (
        &["test", "check", "lint", "verify"],
        "validate",
        "it checks the files without network; handlers are tested by the tools of their languages",
    ),
    (&["format"], "fmt", "it lays stack files out in one way"),
    (&["tail", "log"], "logs KEY --follow", "it goes on with what is logged from now on"),
    (
        &["run", "call", "exec", "execute", "start", "start-execution"],
        "invoke KEY",
        "it runs a function or starts a state machine, and follows it",
    ),
    (&["sync", "update", "push", "publish", "release", "rollout"], "apply", "it brings live AWS to what the files say, code too"),
    (&["rollback", "undo", "cancel"], "apply", "what was before is in the files of an earlier commit: check it out, and apply that"),
    (&["console", "repl", "eval"], "outputs", "there is no console: `outputs` prints what resources tell, `graph` what needs what"),
    (&["adopt", "takeover"], "plan --adopt", "it shows what taking over resources would change; `import` writes the file for them"),
    (
        &["synth", "render", "compile", "template"],
        "plan --format json",
        "nothing stands between the files and AWS: a plan has all that would be asked for",
    ),
    (&["package", "build", "bundle"], "apply", "it builds the packages that it uploads; there is nothing to build before"),
    (
        &["taint", "untaint", "replace", "recreate"],
        "plan",
        "what cannot be changed in place is replaced by itself; change its name to have it made anew",
    ),
    (
        &["force-unlock", "unlock", "lock"],
        "apply --lock",
        "a lease ends by itself half a minute after its holder; there is nothing to unlock",
    ),
    (&["login", "configure", "auth"], "--profile NAME", "credentials come from where the AWS command line has them"),
    (&["cost", "price", "estimate"], "plan --cost", "it tells what a month costs, and what the plan makes of it"),
    (&["policy", "iam"], "permissions --for apply", "it prints the least policy that a command needs"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn flags(ask: &str) -> impl Iterator<Item = &str> {
        ask.split(' ').filter_map(|word| word.strip_prefix("--"))
    }

    fn has(command: &clap::Command, verb: &str, flag: &str) -> bool {
        let own = command.find_subcommand(verb).into_iter().flat_map(|verb| verb.get_arguments());
        command.get_arguments().chain(own).any(|arg| arg.get_long() == Some(flag))
    }

    #[test]
    fn each_is_answered_with_a_verb_that_there_is_and_none_hides_one() {
        let command = Cli::command();
        let ours: Vec<&str> =
            command.get_subcommands().flat_map(|verb| std::iter::once(verb.get_name()).chain(verb.get_all_aliases())).collect();
        for (words, ask, _) in WORDS {
            let verb = ask.split(' ').next().unwrap_or_default();
            assert!(ours.contains(&verb) || verb.starts_with("--"), "{ask}");
            for word in words {
                assert!(!ours.contains(word), "{word} is a verb of ours");
                assert!(flags(ask).all(|flag| flag == "version" || has(&command, verb, flag)), "{ask}");
                assert_eq!(WORDS.iter().filter(|(words, ..)| words.contains(word)).count(), 1, "{word}");
            }
        }
        assert_eq!(super::ours("LIST").map(|(ask, _)| ask), Some("ls"));
        assert_eq!(super::ours("frobnicate"), None);
    }
}
