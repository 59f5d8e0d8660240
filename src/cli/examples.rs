//! An example of each verb, as its help ends. Lines end where a sentence does: the terminal breaks them.

pub(super) const INIT: &str = "\
Example:
  etlctl init --name orders --language python --trigger queue";

pub(super) const FMT: &str = "\
Example:
  etlctl fmt --check";

pub(super) const VALIDATE: &str = "\
Example:
  etlctl validate --all-environments";

pub(super) const EXPLAIN: &str = "\
Example:
  etlctl explain E101";

pub(super) const PLAN: &str = "\
Example:
  etlctl plan --env prod --out prod.plan";

pub(super) const APPLY: &str = "\
Example:
  etlctl apply prod.plan --env prod";

pub(super) const DESTROY: &str = "\
Example:
  etlctl destroy --env dev --target queue/dlq";

pub(super) const OUTPUTS: &str = "\
Example:
  etlctl outputs --env prod --format json";

pub(super) const INVOKE: &str = "\
Example:
  echo '{\"id\": 1}' | etlctl invoke work --payload -";

pub(super) const IMPORT: &str = "\
Example:
  etlctl import --function orders-import --name orders";

pub(super) const GRAPH: &str = "\
Example:
  etlctl graph --format mermaid";

pub(super) const PERMISSIONS: &str = "\
The policy names what the files name. Before a resource is taken out of the files, or renamed, \
print the policy and keep it until the apply that deletes the resource is done.

Example:
  etlctl permissions --for plan --env prod";

pub(super) const SCHEMA: &str = "\
Example:
  etlctl schema > stack.schema.json";

pub(super) const COMPLETIONS: &str = "\
Example:
  etlctl completions bash > /etc/bash_completion.d/etlctl";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::Cli;

    #[test]
    fn no_help_is_broken_within_a_sentence() {
        for verb in Cli::command().get_subcommands() {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = help.lines().collect();
            for pair in lines.windows(2) {
                let goes_on = !pair[0].is_empty() && !pair[1].is_empty() && !pair[0].starts_with(' ') && !pair[1].starts_with(' ');
                assert!(!goes_on || pair[0].ends_with(['.', ':']), "{}: {}", verb.get_name(), pair[0]);
            }
        }
    }
}
