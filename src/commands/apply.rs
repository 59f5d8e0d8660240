//! `etlctl apply`: plan, show, ask, carry out, read back.

use std::path::Path;

use super::carry::{self, ApplyRequest, Saved};
use super::cost::Costing;
use super::expiry::{self, Expiring};
use super::lease;
use super::plan::options;
use super::planfile;
use super::preflight;
use super::protection;
use super::session::Session;
use super::stacks;
use crate::cli::{ApplyArgs, Carry, Global, Selection};
use crate::error::Error;
use crate::report;

pub async fn run(global: &Global, args: &ApplyArgs) -> Result<u8, Error> {
    if let Some(path) = &args.plan_file {
        return saved(path, global, args).await;
    }
    let stacks = stacks::checked_for_plan(global, None)?;
    report::diagnostics::counted(&stacks.warnings, global.env.as_deref(), global.quiet);
    expiry::check(&stacks.loaded, args.selection.expires)?;
    carry::check(&args.carry, Saved::Apply)?;
    let costing = Costing::new(global, &args.carry.cost, None)?;
    let mut session = Session::open(global, stacks).await?.priced(costing).arguing(args.evidence);
    session.carries = true;
    session.expiring.asked = args.selection.expires;
    let again = report::again(&session.sensitive(), std::env::args());
    let request = request(args, &args.selection, &args.carry, again, global);
    lease::hold(&session, args.carry.lock, carry::plan_and_apply(&session, &request)).await
}

/// Carries out a saved plan, where everything is as it was when it was saved.
async fn saved(path: &Path, global: &Global, args: &ApplyArgs) -> Result<u8, Error> {
    let saved = planfile::read(path)?;
    let (global, selection) = planfile::options(&saved, global, &args.selection)?;
    let destroy = saved.options.destroy;
    let stacks = if destroy { stacks::load(&global)? } else { stacks::checked_for_plan(&global, None)? };
    if destroy {
        protection::of_destroyed(&stacks.loaded, args.confirm.as_deref())?;
    }
    let costing = Costing::new(&global, &args.carry.cost, None)?;
    let mut session = Session::open(&global, stacks).await?.priced(costing).arguing(args.evidence);
    session.carries = true;
    session.expiring = Expiring { asked: selection.expires, at: saved.options.at };
    planfile::scopes(&saved, session.loaded().map(|stack| &stack.scope))?;
    planfile::endpoints(&saved, session.endpoint())?;
    let work = async {
        let planned = session.plan(&options(&selection), destroy).await?;
        let moved = planfile::moved(&saved, &planned)?;
        if !moved.is_empty() {
            return Err(Error::Stale(moved));
        }
        session.tell_prices(&planned, global.quiet);
        carry::show(&planned, global.verbose > 0);
        session.heed(&planned)?;
        protection::of_plans(&planned, args.confirm.as_deref())?;
        preflight::check(&session, &planned).await?;
        // The plan was looked at when it was saved: carrying it out needs no second yes.
        let carry = Carry { yes: true, ..args.carry.clone() };
        let request = ApplyRequest { destroy, ..request(args, &selection, &carry, planfile::again(&saved, &global), &global) };
        carry::reviewed(&session, planned, &request).await
    };
    lease::hold(&session, args.carry.lock, work).await
}

fn request<'a>(args: &'a ApplyArgs, selection: &Selection, carry: &'a Carry, again: String, global: &Global) -> ApplyRequest<'a> {
    let (confirm, quiet, all) = (args.confirm.as_deref(), global.quiet, global.verbose > 0);
    ApplyRequest { options: options(selection), destroy: false, expired_by: None, confirm, carry, again, quiet, all }
}
