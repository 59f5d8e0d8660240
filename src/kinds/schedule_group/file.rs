//! Groups of schedules as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ScheduleGroup, Spec};
use crate::contract::{Expand, Kind, guard};
use crate::model::ResourceId;
use crate::model::mark::Guard;
use crate::source::scalar::{Flag, OnRemove, Text};

/// Key of the group that schedules are in where they name none. Who declares it says more of it.
pub const OWN: &str = "schedules";

/// A group of schedules.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleGroupFile {
    /// Physical name.
    pub name: Option<String>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &ScheduleGroupFile) {
    let ScheduleGroupFile { name, protect, on_remove, tags } = file;
    let spec = Spec { tags: cx.tags(tags, guard(*protect, *on_remove)) };
    let name = cx.physical(ScheduleGroup::SECTION, name.as_ref(), key);
    cx.add::<ScheduleGroup>(key, name, &spec);
}

/// Brings the stack's own group along, unless the file declares it. `home` is where the first schedule is
/// written that is in it.
pub fn bring(cx: &mut Expand<'_>, home: &[String]) {
    let is_there = cx.nodes.contains_key(&ResourceId::new(ScheduleGroup::NAME, OWN));
    if is_there || cx.has(ScheduleGroup::SECTION, OWN) {
        return;
    }
    let spec = Spec { tags: cx.tags(&BTreeMap::new(), Guard::default()) };
    let name = cx.physical(ScheduleGroup::SECTION, None, OWN);
    cx.bring::<ScheduleGroup>(OWN, name, &spec, home);
}
