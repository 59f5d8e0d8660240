//! A file a verb. Each reads from top to bottom as the pipeline.

use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, Format, Global, asked, instead_of_a_word, our_option, ours};
use crate::error::{Error, exit};
use crate::report;

mod advise;
mod against;
mod apply;
mod beside;
mod carry;
mod claimed;
mod completions;
mod cost;
mod deployed;
mod destroy;
mod digests;
mod eject;
mod evidence;
mod execution;
mod expired;
mod expiry;
mod explain;
mod fmt;
mod foreign;
mod graph;
mod hidden;
mod import;
mod init;
mod interrupt;
mod invoke;
mod journal;
mod lease;
mod logs;
mod loss;
mod ls;
mod marks;
mod measured;
mod metric_data;
mod moved;
mod notified;
mod outputs;
mod over;
mod packager;
mod permissions;
mod plan;
pub(crate) mod planfile;
mod planned;
mod preflight;
mod protection;
mod redrive;
mod schema;
mod session;
mod stacks;
mod status;
mod stored;
mod targets;
mod trace;
mod traffic;
mod unrecorded;
mod validate;
mod waits;
mod watch;
mod who;
mod whole;
mod whose;
pub(crate) mod worded;

/// Tells what is wrong with the command line, or the help that it asks for; returns the exit code.
pub fn unread(error: &clap::Error) -> u8 {
    mistaken(error);
    let is_asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    ended(Ok(if is_asked { exit::DONE } else { exit::USAGE }))
}

fn mistaken(error: &clap::Error) {
    let named = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let arguments: Vec<String> = std::env::args_os().skip(1).filter_map(|word| word.into_string().ok()).collect();
    let usage = |message: String, hint: String| report::diagnostics::error(&Error::Usage { message, hint });
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            // The word is one of a list, so it is no secret.
            if let Some((word, (ask, why))) = named(ContextKind::InvalidSubcommand).and_then(|word| Some((word, ours(word)?))) {
                return usage(format!("etlctl has no `{word}`"), asked(ask, why));
            }
        }
        ErrorKind::UnknownArgument => {
            let unknown = named(ContextKind::InvalidArg).unwrap_or_default();
            if let Some((option, hint)) = our_option(&arguments, unknown) {
                return usage(format!("there is no option `{option}` here"), hint);
            }
            if !unknown.starts_with('-') {
                report::command_line(error);
                return report::diagnostics::hint(instead_of_a_word(&arguments));
            }
        }
        _ => {}
    }
    report::command_line(error);
}

/// As much as the main thread has: the steps of an apply are deep futures, and a build for tests makes none of them small.
const STACK: usize = 8 * 1024 * 1024;

/// Runs a command; returns the exit code.
pub fn run(cli: Cli) -> u8 {
    report::set_color(cli.global.color);
    report::hide_credentials();
    tell(cli.global.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            report::note(&format!("error: the runtime does not start: {error}"));
            return exit::FAILED;
        }
    };
    let format = match &cli.command {
        Command::Apply(args) => args.carry.format,
        Command::Destroy(args) => args.carry.format,
        _ => Format::Text,
    };
    let result = runtime.block_on(journal::told(format, async { trace::ended(dispatch(cli).await) }));
    // A read that hangs on the network must not hold back the exit.
    runtime.shutdown_background();
    ended(result)
}

/// Tells the error of a command that has run; returns the exit code.
fn ended(result: Result<u8, Error>) -> u8 {
    let told = |error: Error| {
        report::diagnostics::error(&error);
        error.exit_code()
    };
    let code = result.unwrap_or_else(told);
    match report::unwritten().map(|why| told(Error::Unwritten(why))) {
        Some(failed) if code == exit::DONE => failed,
        _ => code,
    }
}

/// `--env` as the one environment of a command; `validate` alone takes more than one.
fn environment(cli: &mut Cli) -> Result<(), Error> {
    let Global { envs, env, .. } = &mut cli.global;
    if envs.len() > 1 && !matches!(cli.command, Command::Validate(_)) {
        let message = format!("--env is there {} times: {}; this command is about one environment", envs.len(), envs.join(", "));
        return Err(Error::Usage { message, hint: "keep one, and run the command once for each; `validate` takes several".to_owned() });
    }
    *env = envs.first().cloned();
    Ok(())
}

async fn dispatch(mut cli: Cli) -> Result<u8, Error> {
    environment(&mut cli)?;
    let global = &cli.global;
    interrupt::heed(global.timeout.map(|seconds| Duration::from_secs(seconds.into())));
    if let Some(path) = &global.trace {
        trace::begin(path)?;
    }
    match cli.command {
        Command::Init(args) => init::run(global, &args),
        Command::Fmt(args) => fmt::run(global, &args),
        Command::Validate(args) => validate::run(global, &args),
        Command::Explain { code, time_zone } => explain::run(code.as_deref(), &time_zone),
        Command::Plan(args) => plan::run(global, &args).await,
        Command::Apply(args) => apply::run(global, &args).await,
        Command::Destroy(args) => destroy::run(global, &args).await,
        Command::Eject(args) => eject::run(global, &args).await,
        Command::Watch(args) => watch::run(global, &args).await,
        Command::Outputs { name, format, show_sensitive } => outputs::run(global, name.as_deref(), format, show_sensitive).await,
        Command::Status(args) => status::run(global, &args).await,
        Command::Redrive(args) => redrive::run(global, &args).await,
        Command::Invoke(args) => invoke::run(global, &args).await,
        Command::Ls(args) => ls::run(global, &args).await,
        Command::Logs(args) => logs::run(global, &args).await,
        Command::Import(args) => import::run(global, &args).await,
        Command::Graph { format } => graph::run(global, format),
        Command::Permissions(args) => permissions::run(global, &args).await,
        Command::Advise(args) => advise::run(global, &args).await,
        Command::Schema { of } => schema::run(of),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// `-v` tells of what was decided or is not as it should be, `-vv` of all calls and all that the SDK says of them:
/// one that is refused is no trouble by itself, since that is how AWS says that something is not there. `RUST_LOG`
/// overrides both.
fn tell(verbose: u8) {
    let default = match verbose {
        0 => "off",
        1 => "etlctl=debug",
        _ => "etlctl=trace,aws_smithy_runtime=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| report::Log).init();
}
