//! When an instance expires: what of it is asked for, and what its resources are to carry. The clock is read
//! once a run, by who opens a session.

use jiff::Timestamp;

use crate::error::Error;
use crate::kinds;
use crate::model::Live;
use crate::model::mark::EXPIRES_TAG;
use crate::model::notes::Note;
use crate::model::plan::Planned;
use crate::source::Loaded;
use crate::source::duration::show_seconds;
use crate::source::expiry::{Expiry, Renewal, wanted};
use crate::source::loaded::Protection;

/// What the command line asks for, and the time from which it counts.
#[derive(Debug, Clone, Copy)]
pub struct Expiring {
    /// `--expires`.
    pub asked: Option<Renewal>,
    /// Now, or when a saved plan was made.
    pub at: Timestamp,
}

impl Expiring {
    /// Nothing beside the files, from now.
    pub fn now() -> Self {
        Self { asked: None, at: Timestamp::now() }
    }
}

/// Checks `--expires` against the files.
///
/// # Errors
/// An environment is protected, or its file asks for an expiry that would never be.
pub fn check(stacks: &[Loaded], asked: Option<Renewal>) -> Result<(), Error> {
    let Some(asked) = asked else { return Ok(()) };
    for stack in stacks {
        let (name, env) = (&stack.scope.stack, &stack.scope.env);
        if asked != Renewal::Never && stack.protection == Protection::Protected {
            let message = format!("--expires {asked}: {name} in {env} is protected, and what is protected does not expire");
            return Err(Error::Usage { message, hint: "leave --expires out, or choose another environment with --env".to_owned() });
        }
        if let (Renewal::Never, Some(seconds)) = (asked, stack.expires) {
            let message = format!("--expires never: the file of {name} asks for `expires: {}` in {env}", show_seconds(seconds.into()));
            return Err(Error::Usage { message, hint: "take `expires` out of the file, or pass a longer time".to_owned() });
        }
    }
    Ok(())
}

/// Gives all that takes tags the expiry of its instance. What is live and was set for the same file is kept.
pub fn settle(loaded: &mut Loaded, live: &Live, expiring: Expiring) -> Option<Note> {
    if loaded.protection == Protection::Protected {
        return None;
    }
    let ours = live.values().filter(|seen| seen.owner.is_ours());
    let expiry = wanted(loaded.expires, expiring.asked, ours.filter_map(|seen| seen.spec["tags"][EXPIRES_TAG].as_str()), expiring.at)?;
    for node in loaded.desired.nodes.values_mut() {
        if kinds::driver(&node.id.kind).is_some_and(|driver| driver.tags().is_some()) {
            node.spec["tags"][EXPIRES_TAG] = expiry.to_string().into();
        }
    }
    (expiry.at <= expiring.at).then(|| Note::Expired(expiry.at.to_string()))
}

/// Whether all that a plan would delete carries a time that has passed: a search may have told an older one
/// than is live.
pub fn is_over(planned: &Planned, now: Timestamp) -> bool {
    let live = planned.sides.iter().filter_map(|(id, sides)| Some((id, sides.have.as_ref()?)));
    let mut tagged = live.filter(|(id, _)| kinds::driver(&id.kind).is_some_and(|driver| driver.tags().is_some()));
    tagged.all(|(_, seen)| {
        let expiry = seen.spec["tags"][EXPIRES_TAG].as_str().and_then(|text| text.parse::<Expiry>().ok());
        expiry.is_some_and(|expiry| expiry.at <= now)
    })
}
