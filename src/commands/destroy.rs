//! `etlctl destroy`: the same with nothing desired.

use super::apply::again;
use super::carry::{self, Deed};
use super::session::Session;
use super::stacks;
use crate::cli::{DestroyArgs, Global};
use crate::error::Error;
use crate::model::plan::Options;

pub async fn run(global: &Global, args: &DestroyArgs) -> Result<u8, Error> {
    let stacks = stacks::load(global)?;
    for stack in &stacks.loaded {
        let env = &stack.scope.env;
        if stack.protected && args.confirm.as_ref() != Some(env) {
            let message = format!("{} in {env} is protected", stack.scope.stack);
            return Err(Error::Usage { message, hint: format!("nothing was changed; to destroy it, pass --confirm {env}") });
        }
        if let Some(confirmed) = args.confirm.as_ref().filter(|confirmed| *confirmed != env) {
            let message = format!("--confirm {confirmed} does not name the environment, which is {env}");
            return Err(Error::Usage { message, hint: format!("nothing was changed; pass --confirm {env}, or choose with --env") });
        }
    }
    carry::check(&args.carry)?;
    let session = Session::open(global, stacks).await?;
    let again = again();
    let options = Options { targets: args.target.iter().cloned().collect(), ..Options::default() };
    carry::out(&session, &Deed { options, destroy: true, carry: &args.carry, again, quiet: global.quiet }).await
}
