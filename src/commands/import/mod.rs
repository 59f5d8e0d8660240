//! `etlctl import`: a stack file of what runs, with its code beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::folders::Folders;
use self::from::Tool;
use self::gather::{Gathered, Left, Name};
use self::named::Named;
use super::session;
use super::trace;
use super::waits::Waits;
use super::whole;
use crate::aws::pace::Pace;
use crate::aws::{Caller, Clients, Readers, connect};
use crate::cli::{Global, ImportArgs};
use crate::contract::{Kind, ReadCx};
use crate::error::{Error, exit};
use crate::kinds;
use crate::kinds::function::Function;
use crate::model::{Account, Partition, Reads, Scope};
use crate::report;
use crate::report::import::{Imported, LetGo, Manager};
use crate::stack::{find, naming};

mod circles;
mod code;
mod declared;
mod file;
mod folders;
mod from;
mod gather;
mod inside;
mod marked;
mod named;
mod notified;
mod refused;
mod released;
mod secrets;
mod settled;
mod shared;

/// Environment of a file where nobody says another one: what runs is used.
const ENVIRONMENT: &str = "prod";

/// Whether a stack, or an environment, can be called so.
fn check_name(option: &str, name: &str) -> Result<(), Error> {
    let message = format!("{option} {name}: a stack or an environment is not called so");
    if naming::is_name(name) { Ok(()) } else { Err(Error::Usage { message, hint: "use 1 to 40 letters, digits, `-` and `_`".to_owned() }) }
}

pub async fn run(global: &Global, args: &ImportArgs) -> Result<u8, Error> {
    let env = global.env.clone().unwrap_or_else(|| ENVIRONMENT.to_owned());
    check_name("--name", &args.name)?;
    check_name("--env", &env)?;
    let out = args.out.clone().map_or_else(|| standard_file(global, &args.name), Ok)?;
    if out.exists() && !args.force {
        return Err(code::there(&out));
    }
    let functions: Vec<Named> = args.function.iter().map(|text| named::read(text)).collect::<Result<_, _>>()?;
    if let (None, Some((name, _))) = (&args.from, global.set.first()) {
        return Err(from::unset(name, "no template is read"));
    }
    let mut folders = Folders::beside(&out, &args.name)?;
    let clients = connect(&session::connection(global, global.region.clone())).await?;
    if clients.region.is_empty() {
        return Err(Error::Usage { message: "no region is said".to_owned(), hint: "pass --region, or set AWS_REGION".to_owned() });
    }
    let cx = connected(global, args, &clients, env).await?;
    let said = args.from.as_ref().map(|path| from::read(path, &cx.scope, &global.set)).transpose()?;
    let mut asked = declared::asked(&cx, args, &functions, said.as_ref(), &global.set).await?;
    let mut gathered = gather::gather(&cx, &asked.names).await?;
    gathered.left.append(&mut asked.left);
    if gathered.taken.is_empty() {
        return Err(gathered.failed.take().map_or_else(|| nothing(args, &gathered.left), Error::from));
    }
    settled::settle(&cx, &mut gathered).await?;
    let beside = marked::beside(&cx, &mut gathered).await?;
    if !beside.is_empty() {
        return Err(would_go(&cx.scope, &beside));
    }
    let fetched = code::fetch(&cx, clients.kind, &mut gathered).await?;
    let keys = file::keys(&gathered, &asked.hints, &args.name);
    let started = notified::left(&cx, &gathered, &keys).await?;
    gathered.left.extend(started);
    // What cannot be said is told before anything is written.
    let unplaced = file::compose(&cx.scope, &gathered, &keys, &BTreeMap::new())?;
    report::hide(&secrets::known(&unplaced.secrets));
    let (mut placed, mut sources) = (Vec::new(), BTreeMap::new());
    for (name, zip) in &fetched {
        let (Some(taken), Some(key)) = (gathered.taken.get(name), keys.get(name)) else { continue };
        let installs = taken.driver.publishes();
        let (folder, word) = folders.choose(installs, key);
        let ways = [folder.with_extension("zip"), folder.clone()];
        if let Some(there) = ways.iter().find(|path| !args.force && path.exists()) {
            return Err(code::code_there(there));
        }
        let place = code::place(zip, &folder, installs)?;
        sources.insert(name.clone(), if place.files.is_some() { word } else { format!("{word}.zip") });
        placed.push((zip, place));
    }
    let composed = file::compose(&cx.scope, &gathered, &keys, &sources)?;
    // Nothing of all that is written before it is known what to write.
    for (zip, place) in &placed {
        code::put(zip, place, args.force)?;
    }
    let failed = |error: std::io::Error| Error::File { path: out.display().to_string(), message: error.to_string() };
    whole::put(&out, &composed.text).map_err(failed)?;
    let refused = refused::refused(&out, &cx.scope, &composed.secrets);
    let let_go = said.map(|said| LetGo { tool: manager(said.tool), managed: released::managed(&cx, &said, &asked.named, &gathered) });
    let let_go = let_go.filter(|let_go| !let_go.managed.is_empty());
    report::data(&report::import::text(&Imported {
        file: &out,
        counts: &composed.counts,
        code: &placed.into_iter().map(|(_, code::Place { path, files })| (path, files)).collect::<Vec<_>>(),
        secrets: &composed.secrets.iter().map(|told| (told.from_env.clone(), told.places.join(", "))).collect::<Vec<_>>(),
        untold: &composed.untold,
        moves: &composed.moves,
        ours: &ours(&gathered),
        used: &pairs(&gathered.used),
        left: &pairs(&gathered.left),
        refused: &refused,
        publishes: &gathered
            .taken
            .values()
            .filter(|taken| taken.driver.publishes() && !taken.seen.owner.is_ours())
            .map(|taken| taken.seen.name.clone())
            .collect::<Vec<_>>(),
        unlogged: &unlogged(&gathered),
        let_go: let_go.as_ref(),
    }));
    Ok(exit::DONE)
}

fn pairs(all: &BTreeSet<Left>) -> Vec<(String, String)> {
    all.iter().map(|Left { what, why }| (what.clone(), why.clone())).collect()
}

fn nothing(args: &ImportArgs, left: &BTreeSet<Left>) -> Error {
    let why: Vec<String> = left.iter().map(|Left { what, why }| format!("{what}: {why}")).collect();
    let why = match &args.from {
        _ if !why.is_empty() => why.join("; "),
        Some(path) if args.tag.is_empty() => format!("{} names no resource", path.display()),
        _ => "nothing carries these tags".to_owned(),
    };
    let hint = "name what is there, in this account and region; --region looks in another one".to_owned();
    Error::Usage { message: format!("there is nothing to import: {why}"), hint }
}

/// What is said where the next plan would delete something.
fn would_go(scope: &Scope, beside: &BTreeSet<Name>) -> Error {
    let names: Vec<String> = beside.iter().map(|(kind, name)| format!("{kind} ({name})")).collect();
    let Scope { stack, env, .. } = scope;
    let message = format!("the stack {stack} has other resources in {env} already, which this file would not have: {}", names.join(", "));
    let hint =
        "nothing was written, since a plan of that file would delete them; give the new stack another --name, or import these with it"
            .to_owned();
    Error::Usage { message, hint }
}

/// What carries the mark of this stack already.
fn ours(gathered: &Gathered) -> Vec<String> {
    let ours = gathered.taken.iter().filter(|(_, taken)| taken.seen.owner.is_ours());
    ours.map(|((kind, name), _)| format!("{kind} ({name})")).collect()
}

/// Functions whose log group is not there: Lambda makes it with the first line.
fn unlogged(gathered: &Gathered) -> Vec<String> {
    let there = |section: &str, name: &str| gathered.taken.iter().any(|((_, of), taken)| taken.driver.section() == section && of == name);
    // One that cannot be read, or is another stack's, is there.
    let is_told = |section: &str, name: &str| {
        let kind = kinds::driver_of_section(section).map_or(section, |driver| driver.name());
        gathered.left.iter().any(|left| left.what == format!("{kind} ({name})"))
    };
    let functions = gathered.taken.iter().filter(|((kind, _), _)| *kind == Function::NAME);
    let lacks = |taken: &gather::Taken| {
        // All that a function uses by its name is where it logs.
        taken.driver.uses(&taken.spec).into_iter().any(|(section, name)| !there(section, &name) && !is_told(section, &name))
    };
    functions.filter(|(_, taken)| lacks(taken)).map(|((_, name), _)| name.clone()).collect()
}

fn manager(tool: Tool) -> Manager {
    match tool {
        Tool::CloudFormation => Manager::CloudFormation,
        Tool::Terraform => Manager::Terraform,
        Tool::Pulumi => Manager::Pulumi,
    }
}

/// Where a new stack file of this name is.
fn standard_file(global: &Global, name: &str) -> Result<PathBuf, Error> {
    let hint = "name the folder of the project, or the file by --out".to_owned();
    let project = find::project(global.dir.as_deref()).map_err(|message| Error::Usage { message, hint })?;
    let project = if project == Path::new(".") { PathBuf::new() } else { project };
    Ok(project.join(find::FOLDER).join(format!("{name}.yaml")))
}

async fn connected(global: &Global, args: &ImportArgs, clients: &Clients, env: String) -> Result<ReadCx, Error> {
    let pace = Arc::new(Pace::new(session::quotas(global, std::iter::once(clients.kind))?));
    let call = Caller::new(pace).with_progress(Arc::new(Waits { quiet: global.quiet })).noted(trace::record());
    let (account, _) = session::identity(clients, &call).await?;
    let scope = Scope {
        partition: Partition::of_region(&clients.region).id.to_owned(),
        account: Account::Known(account),
        region: clients.region.clone(),
        stack: args.name.clone(),
        instance: env.clone(),
        env,
    };
    let reads = global.reads.unwrap_or(clients.kind.reads());
    Ok(ReadCx::new(scope, Readers::of(clients), call, reads == Reads::List))
}
