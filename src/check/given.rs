//! What the installers of layers would be given, read once for all rules.

use std::cell::OnceCell;

use crate::contract::View;
use crate::kinds::layer::Layer;
use crate::package;

type OfLayer = (String, package::Given);

/// Read when the first rule asks.
#[derive(Default)]
pub(super) struct Given(OnceCell<Vec<OfLayer>>);

/// Addresses of layers with what their installers would be given. What cannot be read is told where it
/// is digested.
pub(super) fn given<'a>(cx: &View<'a>) -> &'a [OfLayer] {
    let Some(Given(given)) = cx.sources() else { return &[] };
    given.get_or_init(|| {
        let layers = cx.all::<Layer>().iter();
        let layers = layers.filter_map(|layer| Some((&layer.address, package::Layer::of(layer.artifact.as_ref()?)?)));
        layers.filter_map(|(address, layer)| Some((address.clone(), package::Given::of(&layer).ok()?))).collect()
    })
}
