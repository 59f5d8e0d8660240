//! Stacks of which no file is at hand: what is known of them stands in marks.

use std::path::Path;
use std::sync::Arc;

use super::session::connection;
use super::stacks::Stacks;
use crate::aws::connect;
use crate::cli::Global;
use crate::error::Error;
use crate::model::inventory::Instance;
use crate::model::scope::partition_of;
use crate::model::{Account, Scope};
use crate::package::{Memory, Sources};
use crate::source::Loaded;
use crate::stack::find;

/// The region of who names no file: of the command line, the environment or the AWS configuration.
///
/// # Errors
/// None of them says one.
pub async fn region(global: &Global) -> Result<String, Error> {
    let region = connect(&connection(global, global.region.clone())).await?.region;
    if region.is_empty() {
        let hint = "pass --region, or set AWS_REGION: without a stack file nothing else says it".to_owned();
        return Err(Error::Usage { message: "no region is said".to_owned(), hint });
    }
    Ok(region)
}

/// A stack that is known by its marks alone.
pub fn stack(region: &str, instance: &Instance) -> Loaded {
    let Instance { stack, env, instance } = instance.clone();
    let partition = partition_of(region).to_owned();
    Loaded::without_file(Scope { partition, account: Account::Late, region: region.to_owned(), stack, env, instance })
}

/// Whoever's account and region: no mark names a stack like this.
pub fn anybody(region: &str) -> Loaded {
    stack(region, &Instance { stack: String::new(), env: String::new(), instance: String::new() })
}

/// Stacks without files; there are no sources to look at.
pub fn stacks(loaded: Vec<Loaded>) -> Stacks {
    let sources = Arc::new(Sources::new(&find::cache_dir(Path::new(".")), Memory::Used));
    Stacks { loaded, sources, warnings: Vec::new(), refused_if_new: Vec::new() }
}
