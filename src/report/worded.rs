//! A plan in the words of its stack file: what each step changes there, and why it is so.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::written::Line;
use crate::model::ResourceId;

/// What is told of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The line.
    pub line: Line,
    /// Where its value comes from.
    pub from: From,
}

/// Where the value of a new resource's field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The file says it, or it is another than AWS takes by itself.
    File,
    /// AWS, or etlctl, takes it where a file says nothing.
    Default,
    /// The tags of the stack.
    Stack,
    /// It lets in what the resource brings along itself.
    Itself,
}

/// What has the words of a plan, put together once somebody wants them: who reads JSON, or plans anew to
/// compare, does not.
pub trait Wording {
    /// The plan in the words of its file.
    fn worded(&self) -> &Worded;
}

impl Wording for Worded {
    fn worded(&self) -> &Worded {
        self
    }
}

/// The steps of a plan in the words of its file.
#[derive(Debug, Clone, Default)]
pub struct Worded {
    /// Lines by address.
    pub steps: BTreeMap<ResourceId, Vec<Told>>,
}

impl Worded {
    /// Lines of a step, with all that goes without saying or without it.
    pub fn of(&self, id: &ResourceId, all: bool) -> Vec<&Line> {
        let told = self.steps.get(id).into_iter().flatten();
        told.filter(|told| all || (told.from == From::File && told.line.left.is_none())).map(|told| &told.line).collect()
    }

    /// Tags that new resources have since the stack has them, as they may be shown.
    pub fn inherited(&self) -> BTreeMap<String, &Value> {
        let told = self.steps.values().flatten().filter(|told| told.from == From::Stack);
        told.filter_map(|told| Some((told.line.path.last_key()?.to_owned(), &told.line.after))).collect()
    }
}
