//! What a kind contributes to planning, without its types.

use std::collections::BTreeSet;

use serde_json::Value;

use super::driver::Erased;
use super::kind::Kind;
use super::typing::{found, plain, seen, texts, typed};
use crate::model::handover::Start;
use crate::model::plan::{Comparison, NotNormal, Rules};
use crate::model::reference::{self, map_texts};
use crate::model::{Artifact, Attributes, Change, Scope, Seen, diff};

impl<K: Kind> Rules for Erased<K> {
    fn section(&self) -> &'static str {
        K::SECTION
    }

    fn documents(&self) -> &'static [&'static str] {
        K::DOCUMENTS
    }

    fn identities(&self) -> &'static [&'static str] {
        K::IDENTITIES
    }

    fn loose(&self) -> &'static [&'static str] {
        K::LOOSE
    }

    fn within<'a>(&self, name: &'a str) -> Option<(&'static str, &'a str)> {
        K::within(name)
    }

    fn immutable(&self) -> &'static [&'static str] {
        K::IMMUTABLE
    }

    fn born_with(&self) -> &'static [&'static str] {
        K::BORN_WITH
    }

    fn adopts_unmarked(&self) -> bool {
        K::ADOPTS_UNMARKED
    }

    fn sensitive(&self, spec: &Value) -> Result<BTreeSet<String>, NotNormal> {
        Ok(K::sensitive(&typed::<K, K::Spec>(spec)?))
    }

    fn chosen(&self, scope: &Scope, want: &Value, have: &Seen) -> Result<Option<Seen>, NotNormal> {
        if !K::PUBLISHES {
            return Ok(None);
        }
        let mut found = found::<K>(have)?;
        let mut want = typed::<K, K::Spec>(&texts(want))?;
        K::normal(&mut want);
        let is_other = K::choose(&want, &mut found);
        is_other.then(|| seen(scope, found)).transpose()
    }

    fn compare(&self, want: &Value, have: &Seen, artifact: Option<&Artifact>) -> Result<Comparison, NotNormal> {
        let (mut want, mut spec) = (typed::<K, K::Spec>(want)?, typed::<K, K::Spec>(&have.spec)?);
        K::normal(&mut want);
        K::normal(&mut spec);
        // Both specs are templates here, and what is beside the live one is compared with them too.
        let mut live = typed::<K, K::Live>(&map_texts(have.live.clone(), &reference::template))?;
        let (left, impossible) = (K::left(&want, &spec, &live), K::impossible(&want, &spec));
        let along = K::along(&live);
        K::align(&mut want, &mut spec, &mut live, artifact);
        let (want, have) = (plain::<K>(&want)?, plain::<K>(&spec)?);
        let changes = diff(&have, &want, K::DOCUMENTS);
        Ok(Comparison { want, changes, left, impossible, along })
    }

    fn started_by(&self) -> &'static [&'static str] {
        K::STARTED_BY
    }

    fn lets_in(&self) -> &'static [&'static str] {
        K::LETS_IN
    }

    fn starts(&self, spec: &Value) -> Result<Vec<Start>, NotNormal> {
        Ok(K::starts(&typed::<K, K::Spec>(spec)?))
    }

    fn unsettled(&self, changes: &[Change]) -> &'static [&'static str] {
        K::unsettled(changes)
    }

    fn computed(&self, scope: &Scope, name: &str, spec: &Value) -> Result<Attributes, NotNormal> {
        Ok(K::attributes(scope, name, &typed::<K, K::Spec>(spec)?, None))
    }
}
