//! `etlctl ls`: what stands in the account and region, as marks tell of it. No stack file is needed.

use jiff::Timestamp;

use super::marks;
use super::stacks;
use crate::cli::{Format, Global, LsArgs};
use crate::error::{Error, exit};
use crate::live::survey::survey;
use crate::model::inventory::Narrowed;
use crate::report;
use crate::report::ls::View;
use crate::report::wrap;

pub async fn run(global: &Global, args: &LsArgs) -> Result<u8, Error> {
    let files = stacks::files(global)?;
    let session = marks::open(global).await?;
    let Some(connected) = session.connected.first() else { return Ok(exit::DONE) };
    let (found, alias) = tokio::join!(survey(&connected.read), session.alias());
    let mut found = found?;
    let narrowed = Narrowed { stacks: &global.stack, env: global.env.as_deref() };
    found.narrow(&narrowed);
    for instance in found.instances.keys() {
        // Names may be built from what its file does not show.
        if let Some(file) = files.get(&instance.stack) {
            stacks::hide_of(global, &file.path, &instance.env, &connected.read.scope.account);
        }
    }
    let files = files.iter().map(|(name, file)| (name.as_str(), (file.path.as_path(), file.environments.as_slice()))).collect();
    let view =
        View { scope: &connected.read.scope, alias: alias.as_deref(), narrowed, files: &files, found: &found, now: Timestamp::now() };
    match args.format {
        Format::Text => report::data(&wrap::lines(&report::ls::text(&view), wrap::stdout_width())),
        Format::Json => report::data(&report::ls::json(&view)),
    }
    report::ls::tell_unread(&found);
    Ok(if found.unread.is_empty() { exit::DONE } else { exit::FAILED })
}
