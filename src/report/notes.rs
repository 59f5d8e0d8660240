//! Notes of a plan as sentences.

use super::escape;
use crate::model::ResourceId;
use crate::model::counted;
use crate::model::notes::Note;

/// Addresses that a note names; the steps below it name them all.
const NAMED: usize = 5;

/// One note, without a full stop where a list follows.
pub fn text(note: &Note) -> String {
    escape::line(&sentence(note))
}

fn sentence(note: &Note) -> String {
    match note {
        Note::AllAnew { created, deleted, renamed } => {
            let cause = match renamed {
                Some((old, new)) => {
                    format!("the names hold `{new}` where the live ones hold `{old}`, so a variable or `naming` is another than last time")
                }
                None => "`naming`, or a variable in it, is another than last time".to_owned(),
            };
            format!("Nothing of this stack would be kept: {created} made anew under other names, {deleted} deleted. Likely {cause}.")
        }
        Note::FirstOfInstance => {
            "Nothing of this instance is there yet: all of it would be new. If that is not meant, the region or a variable \
                                  in `instance` is another than last time."
                .to_owned()
        }
        Note::Neighbour { instance, region, resources } => {
            let at = region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
            format!(
                "Instance {instance} of this stack and environment stands{at} too ({} seen); it is left alone.",
                counted(*resources, "resource")
            )
        }
        Note::OddNames { ids, way_out } => {
            let way_out = way_out.map_or_else(
                || "If somebody else tagged them, take the etlctl: tags off.".to_owned(),
                |way_out| format!("If somebody else made them: {way_out}."),
            );
            format!("Marked as this stack's, and of no name that its file would give: {}. {way_out}", listed(ids))
        }
        Note::NotThere(ids) => format!("Not there, so that there is nothing to do for it: {}.", listed(ids)),
        Note::NotOurs(all) => {
            let all: Vec<String> = all.iter().map(|(id, name, why)| format!("{id} ({name}) {why}")).collect();
            format!("Not this stack's, and so they stay: {}.", all.join("; "))
        }
        Note::Unclaimed(ids) => format!(
            "Left alone, since their marks of version 0.1 tell no region and may be another one's: {}. Delete them by hand if they are this one's.",
            listed(ids)
        ),
        Note::Left(id, what) => format!("Left as it is, {id}: {what}."),
        Note::Moved { to, from, name: Some(name), anew: None } => {
            format!("{to} was {from} and keeps the name {name}, which AWS cannot change, and so does all that it brings along.")
        }
        Note::Moved { to, from, name: Some(name), anew: Some((ids, why)) } => format!(
            "{to} was {from} and keeps the name {name}, which AWS cannot change, and so does what it brings along, but for {}: made anew, not moved, since {why}. The old one stays the other stack's, which deletes it with its next apply.",
            listed(ids)
        ),
        Note::Moved { to, from, name: None, anew: _ } => {
            format!("{to} was {from}: nothing of that name is there, and so nothing is moved.")
        }
        Note::Anew { to, from, why } => format!("{to} was {from} and is made anew, not moved: {why}. The old one stays the other stack's."),
        Note::Displaces { by, entry, of: Some(of) } => {
            format!(
                "{by} takes the place of {entry}. That is of {of}, which this plan leaves out: what it has in its place comes with its own."
            )
        }
        Note::Displaces { by, entry, of: None } => {
            format!("{by} takes the place of {entry}. That is of something that this stack let go, and S3 takes no two of them.")
        }
        Note::Claimed { by, ids } => format!(
            "{by} takes over {}, by `moved` in its file, and has not yet: left alone here. Apply {by}, or take its entry out.",
            listed(ids)
        ),
        Note::Rekeyed { to, from } => format!(
            "{to} is new, and {from}, which is like it, goes. If it is the same under another key, say so with `moved: [{{ from: {from}, to: {to} }}]`, and it stays under its name."
        ),
        Note::Expired(at) => format!(
            "This instance expired at {at}. `etlctl destroy --expired` takes it away; `etlctl apply --expires 3d` gives it three days more."
        ),
        Note::OldMarks(number) => {
            format!("Marks of version 0.1, without instance or region, on {}: apply completes them.", counted(*number, "resource"))
        }
    }
}

fn listed(ids: &[ResourceId]) -> String {
    let more = ids.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let ids: Vec<String> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    format!("{}{more}", ids.join(", "))
}
