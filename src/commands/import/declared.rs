//! What is asked for: functions by name, whatever carries a tag, and what a file of another tool names.

use std::collections::{BTreeMap, BTreeSet};

use super::from::{self, Member, Said, Tool};
use super::gather::{self, Left, Name};
use super::named::{self, Named};
use crate::aws::{Page, api, pages};
use crate::cli::ImportArgs;
use crate::contract::{Driver, Kind, ReadCx};
use crate::error::Error;
use crate::kinds;
use crate::kinds::function::Function;

/// What is asked for.
#[derive(Default)]
pub struct Asked {
    /// Kinds and physical names.
    pub names: BTreeSet<Name>,
    /// What another tool calls it.
    pub hints: BTreeMap<Name, String>,
    /// The other way round, by the whole address.
    pub named: BTreeMap<String, Name>,
    /// What names nothing here.
    pub left: BTreeSet<Left>,
}

/// What `--set` says.
type Set = [(String, String)];

/// What the command line and the file that it names ask for.
///
/// # Errors
/// A function is of another place, or a search for tags failed.
pub async fn asked(cx: &ReadCx, args: &ImportArgs, functions: &[Named], said: Option<&Said>, set: &Set) -> Result<Asked, Error> {
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
        match elsewhere(cx, one).map_or(name, Err) {
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
fn elsewhere(cx: &ReadCx, one: &from::Declared) -> Option<String> {
    let text = |names: [&str; 2]| {
        names.iter().find_map(|name| match one.members.get(*name)? {
            Member::Text(text) => Some(text.as_str()),
            Member::Unset(_) | Member::Open(_) => None,
        })
    };
    let arn = text(["arn", "Arn"]).and_then(place_of);
    // What has no region has no such member; a bucket has one, whatever region its name is asked in.
    let region = text(["region", "Region"]).map(|region| (region, ""));
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
