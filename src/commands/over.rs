//! What is over: AWS has taken it away by itself, as its file asked, so it is not made again.

use jiff::Timestamp;

use crate::error::Error;
use crate::kinds;
use crate::model::{Desired, Live, ResourceId};

/// Takes out of `desired` what is over and not there.
pub fn leave_out(desired: &mut Desired, live: &Live, now: Timestamp) -> Result<(), Error> {
    let mut over: Vec<ResourceId> = Vec::new();
    for (id, node) in desired.nodes.iter().filter(|(id, _)| !live.contains_key(*id)) {
        let Some(driver) = kinds::driver(&id.kind) else { continue };
        if driver.is_over(&node.spec, now).map_err(|reason| Error::NotNormal { id: id.clone(), reason })? {
            over.push(id.clone());
        }
    }
    over.iter().for_each(|id| drop(desired.nodes.remove(id)));
    Ok(())
}
