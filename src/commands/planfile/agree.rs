//! What stands beside a plan file on the command line, in the environment and in the stack files
//! has to agree with it.

use std::collections::BTreeSet;

use super::format::{Saved, SavedOptions, Setting};
use super::save::seal_of_setting;
use crate::cli::{ENV_VARIABLE, Global, Selection};
use crate::error::Error;
use crate::model::Scope;

/// The options that the plan was made with, once all that was said here agrees with them. Credentials
/// and the endpoint are not the plan's to say: those are the caller's.
///
/// # Errors
/// An option says something else, or a hidden value was not given again.
pub fn options(saved: &Saved, global: &Global, selection: &Selection) -> Result<(Global, Selection), Error> {
    environment(saved, global)?;
    stacks(saved, global)?;
    region(saved, global)?;
    endpoint(saved, global)?;
    selected(saved, selection)?;
    let options = &saved.options;
    let merged = Global {
        env: options.env.clone().or_else(|| global.env.clone()),
        stack: saved.stacks.iter().map(|stack| stack.scope.stack.clone()).collect(),
        set: settings(saved, global)?,
        region: options.region.clone().or_else(|| global.region.clone()),
        ..global.clone()
    };
    let SavedOptions { adopt, no_prune, deep, expires, ref target, .. } = *options;
    let selection = Selection { target: target.iter().cloned().collect(), adopt, no_prune, expires, deep };
    Ok((merged, selection))
}

/// Whether the plan was made where the stacks are now.
///
/// # Errors
/// Another account, region, instance or environment.
pub fn scopes<'a>(saved: &Saved, here: impl Iterator<Item = &'a Scope> + Clone) -> Result<(), Error> {
    for planned in saved.stacks.iter().map(|stack| &stack.scope) {
        match here.clone().find(|found| found.stack == planned.stack) {
            Some(found) if found == planned => {}
            Some(found) => return Err(Error::OtherScope { planned: Box::new(planned.clone()), found: Box::new(found.clone()) }),
            None => {
                let message = format!("the plan is for stack `{}`, and there is none here", planned.stack);
                return Err(Error::NoStack { message, hint: "run it where its stack file is, or make a new plan".into() });
            }
        }
    }
    Ok(())
}

/// Whether requests go to where they went for the plan: to AWS's own endpoints, or to others. Which
/// others is the caller's to say: a file must not send anybody's values anywhere.
///
/// # Errors
/// They do not.
pub fn endpoints(saved: &Saved, here: Option<&str>) -> Result<(), Error> {
    let (message, hint) = match (&saved.options.endpoint_url, here) {
        (Some(planned), None) => {
            (format!("the plan was made with the endpoint {planned}, and here it is AWS's own"), format!("pass --endpoint-url {planned}"))
        }
        (None, Some(here)) => (
            format!("the plan was made with AWS's own endpoints, and here it is {here}"),
            "leave --endpoint-url out, and unset AWS_ENDPOINT_URL".to_owned(),
        ),
        _ => return Ok(()),
    };
    Err(Error::Usage { message, hint })
}

fn environment(saved: &Saved, global: &Global) -> Result<(), Error> {
    let Some(asked) = &global.env else { return Ok(()) };
    let planned: BTreeSet<&str> = saved.stacks.iter().map(|stack| stack.scope.env.as_str()).collect();
    if planned.iter().all(|env| env == asked) {
        return Ok(());
    }
    let planned = listed(planned);
    if is_on_the_command_line("--env") {
        return Err(disagrees(
            &format!("--env {asked}"),
            &format!("it is for environment {planned}"),
            "leave --env out, or make a new plan with it",
        ));
    }
    let told = format!("{ENV_VARIABLE}={asked}, from the environment,");
    Err(disagrees(&told, &format!("it is for environment {planned}"), &format!("unset {ENV_VARIABLE}, or pass --env {planned}")))
}

fn stacks(saved: &Saved, global: &Global) -> Result<(), Error> {
    let planned: BTreeSet<&str> = saved.stacks.iter().map(|stack| stack.scope.stack.as_str()).collect();
    let asked: BTreeSet<&str> = global.stack.iter().map(String::as_str).collect();
    if asked.is_empty() || asked == planned {
        return Ok(());
    }
    Err(disagrees(
        &format!("--stack {}", listed(asked)),
        &format!("it holds {}", listed(planned)),
        "leave --stack out, or make a new plan with it",
    ))
}

fn region(saved: &Saved, global: &Global) -> Result<(), Error> {
    let Some(asked) = &global.region else { return Ok(()) };
    let planned: BTreeSet<&str> = saved.stacks.iter().map(|stack| stack.scope.region.as_str()).collect();
    if planned.iter().all(|region| region == asked) {
        return Ok(());
    }
    Err(disagrees(
        &format!("--region {asked}"),
        &format!("it is for {}", listed(planned)),
        "leave --region out, or make a new plan with it",
    ))
}

fn endpoint(saved: &Saved, global: &Global) -> Result<(), Error> {
    let Some(asked) = &global.endpoint_url else { return Ok(()) };
    let bare = |url: &str| url.trim_end_matches('/').to_owned();
    let planned = saved.options.endpoint_url.as_deref();
    if planned.map(bare) == Some(bare(asked)) {
        return Ok(());
    }
    let planned = planned.map_or_else(|| "AWS's own endpoints".to_owned(), ToString::to_string);
    Err(disagrees(&format!("--endpoint-url {asked}"), &format!("it was made with {planned}"), "pass the plan's, or leave it out"))
}

fn selected(saved: &Saved, selection: &Selection) -> Result<(), Error> {
    let options = &saved.options;
    let asked: BTreeSet<_> = selection.target.iter().cloned().collect();
    if !asked.is_empty() && asked != options.target {
        let all = |ids: &BTreeSet<crate::model::ResourceId>| listed(ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
        let planned = if options.target.is_empty() { "it was made without".to_owned() } else { format!("it has {}", all(&options.target)) };
        return Err(disagrees(&format!("--target {}", all(&asked)), &planned, "leave --target out, or make a new plan with it"));
    }
    let asked = [
        ("--adopt", selection.adopt, options.adopt),
        ("--no-prune", selection.no_prune, options.no_prune),
        ("--deep", selection.deep, options.deep),
    ];
    if let Some(asked) = selection.expires.filter(|asked| options.expires != Some(*asked)) {
        let planned = options.expires.map_or_else(|| "it was made without".to_owned(), |planned| format!("it has {planned}"));
        return Err(disagrees(&format!("--expires {asked}"), &planned, "leave --expires out, or make a new plan with it"));
    }
    for (option, asked, planned) in asked {
        if asked && !planned {
            return Err(disagrees(option, "it was made without", &format!("leave {option} out")));
        }
    }
    Ok(())
}

/// The variables of the plan: those in the file, and the hidden ones as they were given again.
fn settings(saved: &Saved, global: &Global) -> Result<Vec<(String, String)>, Error> {
    let planned = &saved.options.set;
    let mut merged = Vec::new();
    for (name, setting) in planned {
        let given = global.set.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value);
        let agrees = match (setting, given) {
            (Setting::Value(value), given) => {
                merged.push((name.clone(), value.clone()));
                given.is_none_or(|given| given == value)
            }
            (Setting::Hidden(seal), Some(given)) => {
                merged.push((name.clone(), given.clone()));
                let sealed = seal_of_setting(&saved.salt, name, given);
                sealed.map_err(|message| Error::File { path: "the plan file".into(), message })? == *seal
            }
            (Setting::Hidden(_), None) => {
                let message = format!("the plan was made with --set {name}, and the file does not hold its value, which is hidden");
                return Err(Error::Usage { message, hint: format!("nothing was changed; pass --set {name}=… again") });
            }
        };
        if !agrees {
            let option = format!("--set {name}=…");
            return Err(disagrees(&option, "it was made with another value", "pass the plan's value, or make a new plan"));
        }
    }
    if let Some((name, _)) = global.set.iter().find(|(name, _)| !planned.contains_key(name)) {
        return Err(disagrees(&format!("--set {name}=…"), "it was made without", &format!("leave --set {name} out")));
    }
    Ok(merged)
}

fn disagrees(option: &str, plan: &str, hint: &str) -> Error {
    let message = format!("{option} does not agree with the plan file: {plan}");
    Error::Usage { message, hint: format!("nothing was changed; {hint}") }
}

fn listed<T: AsRef<str>>(names: BTreeSet<T>) -> String {
    names.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" and ")
}

/// Whether an option was typed; else its value came from a variable of the environment.
fn is_on_the_command_line(option: &str) -> bool {
    std::env::args_os().skip(1).any(|argument| {
        let text = argument.to_string_lossy();
        text == option || text.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
    })
}
