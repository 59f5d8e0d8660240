//! `etlctl import`: a stack file of what runs, with its code beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use self::from::{Member, Said, Tool};
use self::gather::{Left, Name};
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
use crate::model::{Account, Partition, Reads, Scope};
use crate::report;
use crate::report::import::{Imported, LetGo, Manager};
use crate::stack::naming;

mod code;
mod file;
mod from;
mod gather;
mod notified;
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
    let out = args.out.clone().unwrap_or_else(|| folder(global).join(format!("{}.yaml", args.name)));
    if out.exists() && !args.force {
        return Err(code::there(&out));
    }
    let clients = connect(&session::connection(global, global.region.clone())).await?;
    if clients.region.is_empty() {
        return Err(Error::Usage { message: "no region is said".to_owned(), hint: "pass --region, or set AWS_REGION".to_owned() });
    }
    let cx = connected(global, args, &clients, env).await?;
    let said = args.from.as_ref().map(|path| from::read(path, &cx.scope, &global.set)).transpose()?;
    let asked = asked(&cx, args, said.as_ref()).await?;
    let mut gathered = gather::gather(&cx, &asked.names).await?;
    gathered.left.extend(asked.left);
    if gathered.taken.is_empty() {
        return Err(nothing(&gathered.left));
    }
    let fetched = code::fetch(&cx, clients.kind, &mut gathered).await?;
    let keys = file::keys(&gathered, &asked.hints, &args.name);
    let started = notified::left(&cx, &gathered, &keys).await?;
    gathered.left.extend(started);
    // What cannot be said is told before anything is written.
    file::compose(&cx.scope, &gathered, &keys, &BTreeMap::new())?;
    let folder = |name: &Name| {
        let (taken, key) = (gathered.taken.get(name)?, keys.get(name)?);
        Some((taken, file::folder_of(&out, taken.driver.publishes().then_some(taken.driver.section()), key)))
    };
    let folders = fetched.keys().filter_map(folder).flat_map(|(_, (path, _))| [path.with_extension("zip"), path]);
    if let Some(there) = folders.filter(|_| !args.force).find(|path| path.exists()) {
        return Err(code::there(&there));
    }
    let (mut places, mut sources) = (Vec::new(), BTreeMap::new());
    for (name, zip) in &fetched {
        let Some((taken, (folder, word))) = folder(name) else { continue };
        let place = code::put(zip, &folder, taken.driver.publishes(), args.force)?;
        sources.insert(name.clone(), if place.files.is_some() { word } else { format!("{word}.zip") });
        places.push((place.path, place.files));
    }
    let composed = file::compose(&cx.scope, &gathered, &keys, &sources)?;
    let failed = |error: std::io::Error| Error::File { path: out.display().to_string(), message: error.to_string() };
    whole::put(&out, &composed.text).map_err(failed)?;
    let let_go = said.map(|said| LetGo { tool: manager(said.tool), managed: said.declared.into_iter().map(|one| one.address).collect() });
    report::data(&report::import::text(&Imported {
        file: &out,
        counts: &composed.counts,
        code: &places,
        secrets: &composed.secrets.iter().map(|told| (told.from_env.clone(), told.places.join(", "))).collect::<Vec<_>>(),
        untold: &composed.untold,
        left: &gathered.left.iter().map(|Left { what, why }| (what.clone(), why.clone())).collect::<Vec<_>>(),
        publishes: &gathered
            .taken
            .values()
            .filter(|taken| taken.driver.publishes())
            .map(|taken| taken.seen.name.clone())
            .collect::<Vec<_>>(),
        unlogged: &unlogged(&gathered),
        let_go: let_go.as_ref(),
    }));
    Ok(exit::DONE)
}

fn nothing(left: &BTreeSet<Left>) -> Error {
    let why: Vec<String> = left.iter().map(|Left { what, why }| format!("{what}: {why}")).collect();
    let why = if why.is_empty() { "nothing carries these tags".to_owned() } else { why.join("; ") };
    let hint = "name what is there, in this account and region; --region looks in another one".to_owned();
    Error::Usage { message: format!("there is nothing to import: {why}"), hint }
}

/// Functions whose log group is not there: Lambda makes it with the first line.
fn unlogged(gathered: &gather::Gathered) -> Vec<String> {
    let there = |section: &str, name: &str| gathered.taken.iter().any(|((_, of), taken)| taken.driver.section() == section && of == name);
    let functions = gathered.taken.iter().filter(|((kind, _), _)| *kind == Function::NAME);
    let lacks = |taken: &gather::Taken| {
        // All that a function uses by its name is where it logs.
        taken.driver.uses(&taken.spec).into_iter().any(|(section, name)| !there(section, &name))
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

/// Where stack files are: a folder of them, or the one to be.
fn folder(global: &Global) -> PathBuf {
    let standard = || PathBuf::from(crate::stack::find::FOLDER);
    match &global.dir {
        Some(dir) if dir.ends_with(crate::stack::find::FOLDER) => dir.clone(),
        Some(dir) => dir.join(standard()),
        None => standard(),
    }
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
    left: BTreeSet<Left>,
}

async fn asked(cx: &ReadCx, args: &ImportArgs, said: Option<&Said>) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    for name in &args.function {
        asked.names.insert((Function::NAME, name.clone()));
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
        declared(cx, said, &mut asked).await?;
    }
    Ok(asked)
}

/// What a file of another tool names.
async fn declared(cx: &ReadCx, said: &Said, asked: &mut Asked) -> Result<(), Error> {
    for one in &said.declared {
        let what = format!("{} ({})", one.address, one.of_type);
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
        let name = match members.iter().find_map(|member| one.members.get(*member)) {
            Some(Member::Text(text)) => Ok(physical(cx, driver, one, text)),
            Some(Member::Open(expression)) => Err(format!("its name hangs on `{expression}`; say it with --set '{expression}=VALUE'")),
            None => by_logical_id(cx, driver, said.tool, &one.address).await?,
        };
        match name {
            Ok(name) => {
                asked.hints.insert((driver.name(), name.clone()), one.key.clone());
                asked.names.insert((driver.name(), name));
            }
            Err(why) => drop(asked.left.insert(Left { what, why })),
        }
    }
    Ok(())
}

/// The physical name that a member of a declaration tells.
fn physical(cx: &ReadCx, driver: &dyn Driver, one: &from::Declared, text: &str) -> String {
    let account = cx.scope.account.to_string();
    let in_arn = driver.arn_form().and_then(|form| form.name(text, &account, &cx.scope.region));
    let within = ["EventBusName", "GroupName"].iter().find_map(|member| match one.members.get(*member)? {
        Member::Text(text) => Some(text.as_str()),
        Member::Open(_) => None,
    });
    in_arn.map_or_else(|| driver.physical(text, within), str::to_owned)
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
            Err("CloudFormation made its name, and nothing carries its tag: it is imported where something else here names it, and \
                          a function by --function NAME"
                .to_owned())
        }
        (Some(_), Some(_)) => {
            Err("CloudFormation made its name, and several stacks have one of this id: add a function by --function NAME".to_owned())
        }
    })
}

/// ARNs of all that carries these tags.
async fn tagged(cx: &ReadCx, tags: &[(&str, &str)]) -> Result<Vec<String>, Error> {
    use aws_sdk_resourcegroupstagging::types::TagFilter;
    let filters: Vec<TagFilter> = tags.iter().map(|(key, value)| TagFilter::builder().key(*key).values(*value).build()).collect();
    let filters = &filters;
    let found = pages(|token| async move {
        let asked = || {
            let all = cx.aws.tagging.get_resources().set_tag_filters(Some(filters.clone()));
            all.resources_per_page(100).set_pagination_token(token.clone()).send()
        };
        let page = cx.call.send(&api::GET_RESOURCES, "tags", asked).await?;
        Ok(Page::new(page.resource_tag_mapping_list, page.pagination_token))
    });
    Ok(found.await?.into_iter().filter_map(|one| one.resource_arn).collect())
}
