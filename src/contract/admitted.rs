//! Statements that a resource needs in the policy of another one of its file, such as a rule in that of
//! its dead-letter queue. They are written down where they are needed, and put in once all resources are there.

use serde_json::Value;

use super::{Expand, Kind};
use crate::model::{ResourceId, policy};

/// A statement on its way to the policy that is to hold it.
pub struct Admitted {
    id: ResourceId,
    section: &'static str,
    put: fn(&mut Value, Value) -> serde_json::Result<()>,
    statement: Value,
}

impl Expand<'_> {
    /// Has the policy of the file's resource under this key hold a statement.
    pub fn admit<K: Kind>(&mut self, key: &str, statement: Value) {
        let id = ResourceId::new(K::NAME, key);
        self.admitted.push(Admitted { id, section: K::SECTION, put: put::<K>, statement });
    }

    /// Refuses a statement of a field under the id of one that a trigger brings along: one would take the other's place.
    pub fn refuse_taken(&mut self, section: &str, key: &str, field: &str, sid: &str) {
        self.refuse_brought(section, key, (field, sid), "a trigger");
    }

    /// The same, of what something else in the file brings along.
    pub fn refuse_brought(&mut self, section: &str, key: &str, (field, sid): (&str, &str), by: &str) {
        let message = format!("{section}.{key}: {by} brings the statement `{sid}` along, and `{field}` has another of that id");
        let place = self.place_within(section, key, &[field, sid]);
        self.problem(place, message, format!("give the statement of `{field}` another id"));
    }

    /// Puts all of them in. What is not there has been told already.
    pub fn put_admitted(&mut self) {
        for Admitted { id, section, put, statement } in std::mem::take(&mut self.admitted) {
            let Some(node) = self.nodes.get_mut(&id) else { continue };
            let taken = statement["Sid"].as_str().filter(|sid| policy::has_statement(&node.spec["policy"], sid)).map(str::to_owned);
            if let Some(sid) = taken {
                self.refuse_taken(section, &id.name, "policy", &sid);
                continue;
            }
            if let Err(error) = put(&mut node.spec, statement) {
                let place = self.place(section, &id.name, "policy");
                self.problem(place, format!("{id} takes no statement: {error}"), "report it as a defect");
            }
        }
    }
}

fn put<K: Kind>(spec: &mut Value, statement: Value) -> serde_json::Result<()> {
    let mut typed: K::Spec = serde_json::from_value(spec.clone())?;
    K::admit(&mut typed, statement);
    *spec = serde_json::to_value(&typed)?;
    Ok(())
}
