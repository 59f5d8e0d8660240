//! What a kind costs, without its types.

use serde_json::Value;

use super::cost::{Costs, Metric, Traffic};
use super::driver::Erased;
use super::kind::Kind;
use super::typing::{found, texts, typed};
use crate::model::plan::NotNormal;
use crate::model::{Artifact, Seen};

/// A kind as the sum of a plan sees it.
pub trait Costed {
    /// See [`Kind::METRICS`].
    fn metrics(&self) -> &'static [Metric];
    /// What both sides of a resource cost, brought to the form in which they compare: what only one of
    /// them can know is on both.
    ///
    /// # Errors
    /// A side is no spec of this kind.
    fn costs(&self, two: &TwoSides<'_>, traffic: Option<&Traffic>) -> Result<SidesCost, NotNormal>;
}

/// What the two sides of a resource cost.
#[derive(Debug, Clone, Default)]
pub struct SidesCost {
    /// As it is.
    pub before: Costs,
    /// As it is desired, at the same traffic.
    pub after: Costs,
    /// The same at the traffic of [`Kind::slowed`], where the change makes another of it.
    pub bound: Option<Costs>,
}

/// The two sides of a resource.
#[derive(Debug, Clone, Copy)]
pub struct TwoSides<'a> {
    /// What is desired of it.
    pub want: Option<&'a Value>,
    /// What is live.
    pub have: Option<&'a Seen>,
    /// Its sources.
    pub artifact: Option<&'a Artifact>,
}

impl<K: Kind> Costed for Erased<K> {
    fn metrics(&self) -> &'static [Metric] {
        K::METRICS
    }

    fn costs(&self, two: &TwoSides<'_>, traffic: Option<&Traffic>) -> Result<SidesCost, NotNormal> {
        let mut want = two.want.map(|want| typed::<K, K::Spec>(&texts(want))).transpose()?;
        let mut have = two.have.map(found::<K>).transpose()?;
        want.iter_mut().chain(have.iter_mut().map(|have| &mut have.spec)).for_each(K::normal);
        if let (Some(want), Some(have)) = (&mut want, &mut have) {
            K::align(want, &mut have.spec, &mut have.live, two.artifact);
        }
        let live = have.as_ref().map(|have| &have.live);
        let slowed = match (&have, &want, traffic) {
            (Some(have), Some(want), Some(traffic)) => K::slowed(&have.spec, want, traffic),
            _ => None,
        };
        let of = |spec: Option<&K::Spec>, traffic: Option<&Traffic>| spec.map(|spec| K::costs(spec, live, traffic));
        Ok(SidesCost {
            before: of(have.as_ref().map(|have| &have.spec), traffic).unwrap_or_default(),
            after: of(want.as_ref(), traffic).unwrap_or_default(),
            bound: slowed.and_then(|slowed| of(want.as_ref(), Some(&slowed))),
        })
    }
}
