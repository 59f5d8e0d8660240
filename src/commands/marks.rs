//! Stacks of which no file is at hand: what is known of them stands in marks.

use std::path::Path;
use std::sync::Arc;

use super::planned::PlannedStack;
use super::session::{Session, connection};
use super::stacks::Stacks;
use crate::aws::connect;
use crate::cli::{FromMarksArgs, Global};
use crate::error::Error;
use crate::live::survey::survey;
use crate::model::inventory::{Instance, Narrowed};
use crate::model::notes::Note;
use crate::model::{Account, Partition, ResourceId, Scope};
use crate::package::{Memory, Sources};
use crate::report;
use crate::source::Loaded;
use crate::source::loaded::Protection;
use crate::stack::find;

/// The region of who names no file: of the command line, the environment or the AWS configuration.
///
/// # Errors
/// None of them says one.
pub async fn region(global: &Global) -> Result<String, Error> {
    let region = connect(&connection(global, global.region.clone())).await?.region;
    if region.is_empty() {
        let hint = "pass --region, or set AWS_REGION: without a stack file nothing else says it".to_owned();
        return Err(Error::Usage { message: "no region is said".to_owned(), hint });
    }
    Ok(region)
}

/// The stack that `--from-marks` names.
///
/// # Errors
/// The command line does not name one instance, or asks for what takes a file.
pub async fn named(global: &Global, args: &FromMarksArgs) -> Result<Stacks, Error> {
    let refuse = |message: &str, hint: &str| Err(Error::Usage { message: message.to_owned(), hint: hint.to_owned() });
    let ([stack], Some(env)) = (global.stack.as_slice(), &global.env) else {
        let named = "pass one --stack and --env, and --instance where it is not the environment's name";
        return refuse("--from-marks names no instance", &format!("{named}: {}", standing(global).await));
    };
    if !global.set.is_empty() {
        return refuse("--set: no stack file is read that could have variables", "leave it out, or leave out --from-marks");
    }
    let instance = args.instance.as_ref().unwrap_or(env).clone();
    let instance = Instance { stack: stack.clone(), env: env.clone(), instance };
    let region = region(global).await?;
    // A file that is here is not read, but for what it does not show.
    if let Some(file) = super::stacks::files(global)?.get(&instance.stack) {
        super::stacks::hide_of(global, &file.path, &instance.env, &Account::Late);
    }
    Ok(stacks(vec![self::stack(&region, &instance)]))
}

/// What could have been named, as the command line would name it.
async fn standing(global: &Global) -> String {
    let found = async {
        let session = open(global).await.ok()?;
        let read = &session.connected.first()?.read;
        Some((read.scope.region.clone(), survey(read).await.ok()?))
    };
    // What is in the way of the list is told by who is there for it.
    let Some((region, found)) = found.await else { return "`etlctl ls` lists them".to_owned() };
    let narrowed = Narrowed { stacks: &global.stack, env: global.env.as_deref() };
    let option = |Instance { stack, env, instance }: &Instance| {
        let is_default = instance == env;
        format!("--stack {stack} --env {env}") + &if is_default { String::new() } else { format!(" --instance {instance}") }
    };
    let all: Vec<String> = found.instances.keys().filter(|instance| narrowed.holds(instance)).map(option).collect();
    let rest = if found.unread.is_empty() { "" } else { "; not every kind could be searched, as `etlctl ls` tells" };
    match &all[..] {
        [] if !found.unread.is_empty() => {
            format!(
                "whether anything like that carries a mark in {region} is not known, since not every kind could be searched: `etlctl ls` tells"
            )
        }
        [] => format!("nothing like that carries a mark in {region}, and `etlctl ls` lists what does"),
        all => format!("{}{rest}", all.join(", or ")),
    }
}

/// A session for who asks for all that carries a mark, whoever's it is.
///
/// # Errors
/// No region is said, or no credentials.
pub async fn open(global: &Global) -> Result<Session, Error> {
    let region = region(global).await?;
    Session::open(global, stacks(vec![anybody(&region)])).await
}

/// The stacks of the files. Where there is no such file, what its stack left can still be taken by its marks.
///
/// # Errors
/// See [`super::stacks::load`].
pub fn with_file(global: &Global) -> Result<Stacks, Error> {
    super::stacks::load(global).map_err(|error| match (error, &global.stack[..]) {
        (Error::NoStack { message, hint }, [stack, ..]) => {
            let by_marks = format!("where its file is gone, pass --from-marks --stack {stack} --env ENV; `etlctl ls` lists what there is");
            Error::NoStack { message, hint: format!("{hint}; {by_marks}") }
        }
        (error, _) => error,
    })
}

/// Tells of stacks of which nothing is known but their marks, and that have none: a name may be mistyped.
pub fn tell_absent(planned: &[PlannedStack]) {
    let absent = planned.iter().filter(|stack| stack.loaded.protection == Protection::Unknown && stack.planned.plan.steps.is_empty());
    for stack in absent {
        let scope = &stack.loaded.scope;
        let instance = Instance::in_scope(scope);
        report::note(&format!("Nothing in {} carries the mark {instance}; `etlctl ls` lists what carries one.", scope.region));
    }
}

/// What stays because nothing but its file would say that it is the stack's.
pub fn unclaimed(loaded: &Loaded, unclaimed: Vec<ResourceId>) -> Option<Note> {
    (loaded.protection == Protection::Unknown && !unclaimed.is_empty()).then_some(Note::Unclaimed(unclaimed))
}

/// A stack that is known by its marks alone.
pub fn stack(region: &str, instance: &Instance) -> Loaded {
    let Instance { stack, env, instance } = instance.clone();
    let partition = Partition::of_region(region).id.to_owned();
    Loaded::without_file(Scope { partition, account: Account::Late, region: region.to_owned(), stack, env, instance })
}

/// Whoever's account and region: no mark names a stack like this.
pub fn anybody(region: &str) -> Loaded {
    stack(region, &Instance { stack: String::new(), env: String::new(), instance: String::new() })
}

/// Stacks without files; there are no sources to look at.
pub fn stacks(loaded: Vec<Loaded>) -> Stacks {
    let sources = Arc::new(Sources::new(&find::cache_dir(Path::new(".")), Memory::Used));
    Stacks { loaded, sources, warnings: Vec::new(), refused_if_new: Vec::new() }
}
