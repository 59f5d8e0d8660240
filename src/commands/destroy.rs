//! `etlctl destroy`: the same with nothing desired.

use super::carry::{self, ApplyRequest, Saved};
use super::cost::Costing;
use super::expired;
use super::lease;
use super::marks;
use super::protection;
use super::session::Session;
use crate::cli::{DestroyArgs, Global};
use crate::error::Error;
use crate::model::plan::Options;
use crate::report;

pub async fn run(global: &Global, args: &DestroyArgs) -> Result<u8, Error> {
    if args.expired {
        return expired::run(global, args).await;
    }
    let stacks = if args.from_marks.from_marks { marks::named(global, &args.from_marks).await? } else { marks::with_file(global)? };
    protection::of_destroyed(&stacks.loaded, args.confirm.as_deref())?;
    carry::check(&args.carry, if args.from_marks.from_marks { Saved::Not } else { Saved::Destroy })?;
    let costing = Costing::new(global, &args.carry.cost, None)?;
    let session = Session::open(global, stacks).await?.priced(costing);
    let again = report::again(&session.sensitive(), std::env::args());
    let options = Options { targets: args.target.iter().cloned().collect(), ..Options::default() };
    let (confirm, quiet, all) = (args.confirm.as_deref(), global.quiet, global.verbose > 0);
    let request = ApplyRequest { options, destroy: true, expired_by: None, confirm, carry: &args.carry, again, quiet, all };
    lease::hold(&session, args.carry.lock, carry::plan_and_apply(&session, &request)).await
}
