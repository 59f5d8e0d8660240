//! Why a watcher leaves a drift, in words.

use crate::model::plan::{InTheWay, Obstacle};
use crate::model::watch::{Forbidden, Left};

/// One sentence, without its end.
pub fn text(left: &Left) -> String {
    match left {
        Left::NotAsked => "watch runs without --heal".to_owned(),
        Left::Forbidden(Forbidden::Never(part)) => format!("the file says `heal: {{ never: [{part}] }}`"),
        Left::Forbidden(Forbidden::NotInOnly) => "`only` of `heal` in the file does not name it".to_owned(),
        Left::Holds => "it holds data or is in use, and what goes so goes only by hand".to_owned(),
        Left::ProtectedEnvironment => "the environment is protected: nothing is deleted or replaced in it".to_owned(),
        // What an apply adopts without being told to.
        Left::NotMarked => "it carries no mark of this stack: the next etlctl apply takes it over".to_owned(),
        Left::InTheWay(in_the_way) => of_obstacle(in_the_way),
        Left::Pending => "its files changed, and no apply has carried that out".to_owned(),
        Left::Fight(_) => "somebody keeps changing it back".to_owned(),
        Left::WaitsFor(id) => format!("it needs {id}, which is left"),
    }
}

fn of_obstacle(in_the_way: &InTheWay) -> String {
    match in_the_way {
        InTheWay::NotOurs(obstacle) => format!("it {obstacle}{}", way_out(obstacle)),
        InTheWay::Protected { action: _, by } => format!("it is protected (`{by}: true`)"),
        InTheWay::Unread(unread) => format!("its {} cannot be read ({})", unread.field, unread.why),
        InTheWay::Impossible(impossible) => format!("AWS would refuse it: {}", impossible.what),
    }
}

fn way_out(obstacle: &Obstacle) -> &'static str {
    if obstacle.is_adoptable() { ": etlctl apply --adopt takes it over" } else { "" }
}
