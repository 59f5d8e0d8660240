//! `etlctl destroy --expired`: every instance whose time has come, by its marks alone.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::carry::{self, ApplyRequest, Saved};
use super::cost::Costing;
use super::journal;
use super::lease;
use super::marks;
use super::session::Session;
use super::stacks;
use crate::cli::{DestroyArgs, Global};
use crate::error::{Error, exit};
use crate::live::survey::survey;
use crate::model::inventory::{Instance, Inventory};
use crate::model::plan::Options;
use crate::report;
use crate::report::ls::Narrowed;
use crate::source::expiry::Lifespan;
use crate::source::loaded::Protection;

pub async fn run(global: &Global, args: &DestroyArgs) -> Result<u8, Error> {
    carry::check(&args.carry, Saved::Not)?;
    let region = marks::region(global).await?;
    let session = Session::open(global, marks::stacks(vec![marks::anybody(&region)])).await?;
    let Some(connected) = session.connected.first() else { return Ok(exit::DONE) };
    let mut found = survey(&connected.read).await?;
    // Of what could not be searched, something may say that it is protected, or that it does not expire.
    if !found.unread.is_empty() {
        report::ls::unread(&found).iter().for_each(|line| report::tell(line));
        return Ok(exit::FAILED);
    }
    let narrowed = Narrowed { stacks: &global.stack, env: global.env.as_deref() };
    found.narrow(|instance| narrowed.holds(instance));
    let now = Timestamp::now();
    let expired = over(&found, &protected(global)?, now);
    if expired.is_empty() {
        report::tell(&format!("Nothing in {region} has expired."));
    }
    let (mut wrote, mut worst) = (false, exit::DONE);
    for instance in expired {
        let code = match destroy(global, args, &region, &instance, now).await {
            Ok(code) => code,
            Err(error) => {
                report::diagnostics::error(&error);
                journal::failed(&error);
                error.exit_code()
            }
        };
        match code {
            exit::DONE => wrote = true,
            exit::INTERRUPTED | exit::CREDENTIALS => return Ok(code),
            exit::PARTLY => (wrote, worst) = (true, code),
            _ => worst = code,
        }
    }
    Ok(if worst != exit::DONE && wrote { exit::PARTLY } else { worst })
}

/// Instances whose time has come. Who is left out although it has a time is told.
fn over(found: &Inventory, protected: &BTreeSet<(String, String)>, now: Timestamp) -> Vec<Instance> {
    let mut over = Vec::new();
    for (instance, standing) in &found.instances {
        let Instance { stack, env, instance: own } = instance;
        let leave = |why: &str| report::tell(&format!("{stack}/{env}/{own} is left alone: {why}"));
        match Lifespan::of(standing) {
            Lifespan::Endless => {}
            Lifespan::Unreadable(text) => leave(&format!("its tag etlctl:expires says `{text}`, which is no time")),
            Lifespan::Partly(at) if at <= now => {
                leave("not all of it carries the time; apply it again with --expires, or destroy it by name")
            }
            lifespan if !lifespan.is_over(now) => {}
            _ if !standing.protected.is_empty() => leave("it has expired, and holds what is protected"),
            _ if protected.contains(&(stack.clone(), env.clone())) => {
                leave("it has expired, and its file says that the environment is protected")
            }
            _ => over.push(instance.clone()),
        }
    }
    over
}

/// Environments that files of the folder say are protected: since when, no mark tells.
fn protected(global: &Global) -> Result<BTreeSet<(String, String)>, Error> {
    let files = stacks::files(global)?;
    Ok(files.into_iter().flat_map(|(stack, file)| file.protected.into_iter().map(move |env| (stack.clone(), env))).collect())
}

async fn destroy(global: &Global, args: &DestroyArgs, region: &str, instance: &Instance, now: Timestamp) -> Result<u8, Error> {
    let mut stack = marks::stack(region, instance);
    // What is protected does not expire, so that it is none.
    stack.protection = Protection::Open;
    let costing = Costing::new(global, &args.carry.cost, None)?;
    let session = Session::open(global, marks::stacks(vec![stack])).await?.priced(costing);
    let again = report::again(&session.sensitive(), std::env::args());
    let request = ApplyRequest {
        options: Options::default(),
        destroy: true,
        expired_by: Some(now),
        confirm: None,
        carry: &args.carry,
        again,
        quiet: global.quiet,
        all: global.verbose > 0,
    };
    lease::hold(&session, args.carry.lock, carry::plan_and_apply(&session, &request)).await
}
