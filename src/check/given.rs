//! What installers would be given, read once for all rules.

use std::cell::OnceCell;

use crate::contract::View;
use crate::package::{self, Installs};

type OfResource = (String, package::Given);

/// Read when the first rule asks.
#[derive(Default)]
pub(super) struct Given(OnceCell<Vec<OfResource>>);

/// Addresses of layers and functions with what their installers would be given. What cannot be read is
/// told where it is digested.
pub(super) fn given<'a>(cx: &View<'a>) -> &'a [OfResource] {
    let Some(Given(given)) = cx.sources() else { return &[] };
    given.get_or_init(|| {
        let nodes = cx.loaded.desired.nodes.values();
        let installs = nodes.filter_map(|node| Some((node.id.to_string(), Installs::of(node.artifact.as_ref()?)?)));
        installs.filter_map(|(address, installs)| Some((address, package::Given::of(&installs).ok()?))).collect()
    })
}
