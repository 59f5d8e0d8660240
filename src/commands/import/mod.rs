//! `etlctl import`: a stack file of what runs, with its code beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::folders::Folders;
use self::from::{Member, Said, Tool};
use self::gather::{Gathered, Left, Name};
use self::named::Named;
use super::session;
use super::trace;
use super::waits::Waits;
use super::whole;
use crate::aws::pace::Pace;
use crate::aws::{Caller, Clients, Page, Readers, api, connect, pages};
use crate::cli::{Global, ImportArgs};
use crate::contract::{Driver, Kind, ReadCx};
use crate::error::{Error, exit};
use crate::kinds;
use crate::kinds::function::Function;
use crate::model::{Account, Partition, Reach, Reads, Scope};
use crate::report;
use crate::report::import::{Imported, LetGo, Manager};
use crate::stack::{find, naming};

mod code;
mod file;
mod folders;
mod from;
mod gather;
mod named;
mod notified;
mod released;
mod secrets;

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
    let mut asked = asked(&cx, args, &functions, said.as_ref(), &global.set).await?;
    let mut gathered = gather::gather(&cx, &asked.names).await?;
    gathered.left.append(&mut asked.left);
    if gathered.taken.is_empty() {
        return Err(nothing(args, &gathered.left));
    }
    let beside = gather::beside(&cx, &mut gathered).await?;
    if !beside.is_empty() {
        return Err(would_go(&cx.scope, &beside));
    }
    let fetched = code::fetch(&cx, clients.kind, &mut gathered).await?;
    let keys = file::keys(&gathered, &asked.hints, &args.name);
    let started = notified::left(&cx, &gathered, &keys).await?;
    gathered.left.extend(started);
    // What cannot be said is told before anything is written.
    file::compose(&cx.scope, &gathered, &keys, &BTreeMap::new())?;
    let mut placed = Vec::new();
    for (name, zip) in &fetched {
        let (Some(taken), Some(key)) = (gathered.taken.get(name), keys.get(name)) else { continue };
        let installs = taken.driver.publishes();
        placed.push((name, zip, installs, folders.choose(installs, key)));
    }
    let paths = placed.iter().flat_map(|(.., (path, _))| [path.with_extension("zip"), path.clone()]);
    if let Some(there) = paths.filter(|_| !args.force).find(|path| path.exists()) {
        return Err(code::code_there(&there));
    }
    let (mut places, mut sources) = (Vec::new(), BTreeMap::new());
    for (name, zip, installs, (folder, word)) in placed {
        let place = code::put(zip, &folder, installs, args.force)?;
        sources.insert(name.clone(), if place.files.is_some() { word } else { format!("{word}.zip") });
        places.push((place.path, place.files));
    }
    let composed = file::compose(&cx.scope, &gathered, &keys, &sources)?;
    let failed = |error: std::io::Error| Error::File { path: out.display().to_string(), message: error.to_string() };
    whole::put(&out, &composed.text).map_err(failed)?;
    let let_go = said.map(|said| LetGo { tool: manager(said.tool), managed: released::managed(&cx, &said, &asked.named, &gathered) });
    let let_go = let_go.filter(|let_go| !let_go.managed.is_empty());
    report::data(&report::import::text(&Imported {
        file: &out,
        counts: &composed.counts,
        code: &places,
        secrets: &composed.secrets.iter().map(|told| (told.from_env.clone(), told.places.join(", "))).collect::<Vec<_>>(),
        untold: &composed.untold,
        moves: &composed.moves,
        ours: &ours(&gathered),
        left: &gathered.left.iter().map(|Left { what, why }| (what.clone(), why.clone())).collect::<Vec<_>>(),
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

/// What is asked for.
#[derive(Default)]
struct Asked {
    names: BTreeSet<Name>,
    /// What another tool calls it.
    hints: BTreeMap<Name, String>,
    /// The other way round, by the whole address.
    named: BTreeMap<String, Name>,
    left: BTreeSet<Left>,
}

/// What `--set` says.
type Set = [(String, String)];

async fn asked(cx: &ReadCx, args: &ImportArgs, functions: &[Named], said: Option<&Said>, set: &Set) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    for function in functions {
        asked.names.insert((Function::NAME, named::here(cx, function)?));
    }
    if !args.tag.is_empty() {
        let tags: Vec<(&str, &str)> = args.tag.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        for arn in tagged(cx, &tags).await? {
            match gather::named(cx, &arn) {
                Some((driver, name)) => drop(asked.names.insert((driver.name(), name))),
                None => drop(asked.left.insert(Left { what: arn, why: "etlctl has no such kind of resource".to_owned() })),
            }
        }
    }
    if let Some(said) = said {
        declared(cx, said, set, &mut asked).await?;
    }
    Ok(asked)
}

/// What a file of another tool names.
async fn declared(cx: &ReadCx, said: &Said, set: &Set, asked: &mut Asked) -> Result<(), Error> {
    for one in &said.declared {
        let what = format!("{} ({})", one.address, one.of_type);
        if said.tool == Tool::CloudFormation && one.address.starts_with("Fn::") {
            let why = "what it comes to only CloudFormation knows: add its functions by --function NAME".to_owned();
            asked.left.insert(Left { what: one.address.clone(), why });
            continue;
        }
        let of = kinds::registry().iter().find_map(|driver| {
            let (_, members) = driver.elsewhere().named.iter().find(|(of_type, _)| *of_type == one.of_type)?;
            Some((*driver, *members))
        });
        let Some((driver, members)) = of else {
            let is_part = kinds::registry().iter().any(|driver| driver.elsewhere().parts.contains(&one.of_type.as_str()));
            if !is_part {
                asked.left.insert(Left { what, why: "etlctl has no such kind of resource".to_owned() });
            }
            continue;
        };
        let given = set.iter().find(|(name, _)| said.tool == Tool::CloudFormation && *name == one.address);
        let name = match (given, members.iter().find_map(|member| one.members.get(*member))) {
            // What a bus or a group has in it is known by both.
            (Some((_, given)), _) => match given.rsplit_once('/').filter(|_| is_within(driver)) {
                Some((within, name)) => Ok(driver.physical(name, Some(within))),
                None => physical(cx, driver, one, given),
            },
            (None, Some(Member::Text(text))) => physical(cx, driver, one, text),
            (None, Some(open)) => Err(open_ended("its name", open, &format!("{}=NAME", one.address))),
            (None, None) => by_logical_id(cx, driver, said.tool, &one.address).await?,
        };
        match elsewhere(cx, driver, one).map_or(name, Err) {
            Ok(name) => {
                asked.hints.insert((driver.name(), name.clone()), one.key.clone());
                asked.named.insert(one.address.clone(), (driver.name(), name.clone()));
                asked.names.insert((driver.name(), name));
            }
            Err(why) => drop(asked.left.insert(Left { what, why })),
        }
    }
    Ok(())
}

/// Why a name is not known, and what makes it known: `way` is what `--set` takes.
fn open_ended(whose: &str, member: &Member, way: &str) -> String {
    match member {
        Member::Text(text) => format!("{whose} is {text}"),
        Member::Unset(parameter) => format!("{whose} hangs on the parameter {parameter}; say it with --set '{parameter}=VALUE'"),
        Member::Open(expression) => {
            format!("{whose} hangs on `{expression}`, which a template does not tell; say its own with --set '{way}'")
        }
    }
}

/// Whether names of a kind are names within a bus or a group.
fn is_within(driver: &dyn Driver) -> bool {
    driver.physical("name", None) != driver.physical("name", Some("another"))
}

/// Where a declaration says that its resource is, where that is not here.
fn elsewhere(cx: &ReadCx, driver: &dyn Driver, one: &from::Declared) -> Option<String> {
    let text = |names: [&str; 2]| {
        names.iter().find_map(|name| match one.members.get(*name)? {
            Member::Text(text) => Some(text.as_str()),
            Member::Unset(_) | Member::Open(_) => None,
        })
    };
    let arn = text(["arn", "Arn"]).and_then(place_of);
    let region = text(["region", "Region"]).filter(|_| driver.reach() == Reach::Region).map(|region| (region, ""));
    arn.into_iter().chain(region).find_map(|place| not_here(cx, place))
}

/// Region and account of an ARN.
fn place_of(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':').skip(2);
    Some((parts.next()?, parts.next()?))
}

fn not_here(cx: &ReadCx, (region, account): (&str, &str)) -> Option<String> {
    let here = &cx.scope;
    let is = |of: &str, here: &str| of.is_empty() || of == here;
    if !is(account, &here.account.to_string()) {
        return Some(format!("it is of account {account}, and this is account {}", here.account));
    }
    (!is(region, &here.region)).then(|| format!("it is in {region}: import it with --region {region}, into a stack of its own"))
}

/// Members that say on which bus or in which group something is.
const WITHIN: [&str; 6] = ["EventBusName", "GroupName", "event_bus_name", "group_name", "eventBusName", "groupName"];

/// The physical name that a member of a declaration tells.
fn physical(cx: &ReadCx, driver: &dyn Driver, one: &from::Declared, text: &str) -> Result<String, String> {
    let account = cx.scope.account.to_string();
    if let Some(name) = driver.arn_form().and_then(|form| form.name(text, &account, &cx.scope.region)) {
        return Ok(name.to_owned());
    }
    if let Some(place) = place_of(text) {
        return Err(not_here(cx, place).unwrap_or_else(|| format!("{text} is no ARN of a {}", driver.name())));
    }
    let within = WITHIN.iter().find_map(|member| one.members.get(*member)).filter(|_| is_within(driver));
    match within {
        None => Ok(driver.physical(text, None)),
        Some(Member::Text(within)) => match gather::named(cx, within) {
            Some((_, name)) => Ok(driver.physical(text, Some(&name))),
            None if within.starts_with("arn:") => Err(format!("it is within {within}, which is not of this account and region")),
            None => Ok(driver.physical(text, Some(within))),
        },
        Some(open) => Err(open_ended("the bus or group that it is in", open, &format!("{}=BUS_OR_GROUP/{text}", one.address))),
    }
}

/// A resource whose name CloudFormation made: it tags what it makes with the logical id.
async fn by_logical_id(cx: &ReadCx, driver: &dyn Driver, tool: Tool, id: &str) -> Result<Result<String, String>, Error> {
    if tool != Tool::CloudFormation {
        return Ok(Err("the file does not tell its name".to_owned()));
    }
    let all = tagged(cx, &[("aws:cloudformation:logical-id", id)]).await?;
    let names: BTreeSet<String> =
        all.iter().filter_map(|arn| gather::named(cx, arn)).filter(|(of, _)| of.name() == driver.name()).map(|(_, name)| name).collect();
    let mut names = names.into_iter();
    Ok(match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        (None, _) => {
            let why = "CloudFormation made its name, and nothing carries its tag: it is imported where something else here names it";
            Err(format!("{why}; or say its name with --set '{id}=NAME'"))
        }
        (Some(_), Some(_)) => {
            Err(format!("CloudFormation made its name, and several stacks have one of this id: say its name with --set '{id}=NAME'"))
        }
    })
}

/// ARNs of all that carries these tags.
async fn tagged(cx: &ReadCx, tags: &[(&str, &str)]) -> Result<Vec<String>, Error> {
    use aws_sdk_resourcegroupstagging::types::TagFilter;
    let filters: Vec<TagFilter> = tags.iter().map(|(key, value)| TagFilter::builder().key(*key).values(*value).build()).collect();
    let filters = &filters;
    let found = pages(&api::GET_RESOURCES, "tags", |token| async move {
        let asked = || {
            let all = cx.aws.tagging.get_resources().set_tag_filters(Some(filters.clone()));
            all.resources_per_page(100).set_pagination_token(token.clone()).send()
        };
        let page = cx.call.send(&api::GET_RESOURCES, "tags", asked).await?;
        Ok(Page::new(page.resource_tag_mapping_list, page.pagination_token))
    });
    Ok(found.await?.into_iter().filter_map(|one| one.resource_arn).collect())
}
